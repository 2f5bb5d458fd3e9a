"""Families: whole networks from inputs to outputs, at a size."""
