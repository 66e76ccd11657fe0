"""The bundled corpus `sample`: minimal pairs from a seeded grammar."""

SAMPLE = "sample"
"""What it is called."""
