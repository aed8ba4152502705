"""A scorecard as text and as JSON."""
