"""Corpora, their formats, and packed batches."""
