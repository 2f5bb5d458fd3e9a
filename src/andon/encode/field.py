"""`Field`: what a run knows of one input column."""

from __future__ import annotations

from msgspec import Struct, field


class Field(Struct, frozen=True, kw_only=True):
    """One input column: what it must be and what was seen in training."""

    name: str
    kind: str
    low: float | None = None
    high: float | None = None
    missing: float = 0.0
    "Share of missing cells in the training part."
    categories: list[str] = field(default_factory=list)
    shape: list[int] = field(default_factory=list)
    dtype: str = ""
    fit: str = ""
    "How picture files are fitted (`pad`, `crop`, `stretch`, `1/k`), or `file` of waveforms; empty: cells are arrays."
    rate: int = 0
    "Values a second of recordings, where they say so; those of another rate are refused."
    whole: list[int] = field(default_factory=list)
    "Height and width of a picture that is cut into tiles; `shape` is that of their stack, tiles first."
    why: str = ""
    "Why it is cut, where nobody asked for it."
