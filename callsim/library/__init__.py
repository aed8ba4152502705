"""The library: all sessions of a folder in a database, to be found, sorted and searched, and what only people know."""
