"""Fitted, replayable steps; a file per step."""
