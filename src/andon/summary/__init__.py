"""The one mergeable summary that everything fitted stands on, and hash-partitioned duplicates.

`summarise(block, kinds)`, `a + b`, `finish()`: a fold over blocks in any order gives what one look at the whole gives.
`fold(lazy, kinds)` does it over a lazy frame in one streaming pass with flat memory. All names are loaded when first
used, so that what only mentions the room needs no Polars.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from andon.summary.duplicates import Duplicates, duplicate_rows
    from andon.summary.facts import CategoryFacts, DateFacts, Finished, NumberFacts
    from andon.summary.folding import fold
    from andon.summary.rows import row_hash
    from andon.summary.sample import SAMPLE_ROWS
    from andon.summary.state import Summary, summarise

_HOME = {
    "Duplicates": "duplicates",
    "duplicate_rows": "duplicates",
    "CategoryFacts": "facts",
    "DateFacts": "facts",
    "Finished": "facts",
    "NumberFacts": "facts",
    "fold": "folding",
    "row_hash": "rows",
    "SAMPLE_ROWS": "sample",
    "Summary": "state",
    "summarise": "state",
}

__all__ = [
    "SAMPLE_ROWS",
    "CategoryFacts",
    "DateFacts",
    "Duplicates",
    "Finished",
    "NumberFacts",
    "Summary",
    "duplicate_rows",
    "fold",
    "row_hash",
    "summarise",
]


def __getattr__(name: str) -> Any:
    """Load a public name when first used."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"andon.summary.{_HOME[name]}"), name)
