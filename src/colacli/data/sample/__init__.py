"""The bundled corpus `sample`: minimal pairs from a seeded grammar."""
