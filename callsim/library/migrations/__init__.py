"""How the database came to be what it is: one step a module, applied when a library is opened."""
