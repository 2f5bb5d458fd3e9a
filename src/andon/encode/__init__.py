"""Frames to arrays."""
