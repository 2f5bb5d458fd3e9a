"""Layers, encoders, families, heads, sizes."""
