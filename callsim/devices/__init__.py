"""Every engine and every import of one: sound devices, recordings, recognisers, speech engines."""
