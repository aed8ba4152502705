"""From a finished call to a scorecard: pure functions on spans and words."""
