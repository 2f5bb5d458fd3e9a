"""Rows of units as histories, and what cuts them into lives."""
