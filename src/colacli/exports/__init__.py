"""Runs as other programs read them: a file a kind, with one function `write`."""
