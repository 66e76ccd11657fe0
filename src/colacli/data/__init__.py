"""Corpora: their formats, the bundled ones, transfer sets, summaries."""
