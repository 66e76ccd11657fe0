"""Runs from one store to another: as a file, or over a remote."""
