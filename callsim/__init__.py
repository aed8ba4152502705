"""A local voice-call simulator for phone-support practice."""
