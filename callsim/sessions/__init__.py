"""What a call leaves behind: the session folder."""
