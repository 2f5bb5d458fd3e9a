"""Layers: one file each, built from the options in `andon.layers`."""
