"""Turns a factory's records into neural networks that run at the line."""
