"""The grammar that made the bundled corpus `sample`."""
