"""Normalisation: the statistics. The layers that apply them are in nets."""
