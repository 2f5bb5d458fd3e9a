"""Judges records and parts; never changes them. A file per family of findings."""
