"""The web app on 127.0.0.1: a page to take a call from, and a page to hear it again."""
