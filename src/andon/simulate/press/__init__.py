"""Presses that wear out, are repaired and are stopped before they fail, with all of it known. NumPy and Polars."""
