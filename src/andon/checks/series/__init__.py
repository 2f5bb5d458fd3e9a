"""Checks that only series need: records with a unit or a time. One pass, unit by unit; a file per family."""

from __future__ import annotations

from andon.checks.series.judged import series, spans_of

__all__ = ["series", "spans_of"]
