"""The one mergeable summary that everything fitted stands on, and hash-partitioned duplicates.

`summarise(block, kinds)`, `a + b`, `finish()`: a fold over blocks in any order gives what one look at the whole gives.
`fold(lazy, kinds)` does it over a lazy frame in one streaming pass with flat memory.
"""

from andon.summary.duplicates import Duplicates, duplicate_rows
from andon.summary.facts import CategoryFacts, DateFacts, Finished, NumberFacts
from andon.summary.fold import fold
from andon.summary.rows import row_hash
from andon.summary.sample import SAMPLE_ROWS
from andon.summary.state import Summary, summarise

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
