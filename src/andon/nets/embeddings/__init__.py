"""Embeddings: categories and numbers as vectors."""
