"""`Part`: what an augmentation may look at when it is built."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from andon.encode.block import Arrays, InputSpec


class Part(Struct, frozen=True):
    """The training part: what each input is, the arrays of all records, and the row numbers that train."""

    inputs: Sequence[InputSpec]
    arrays: Arrays
    rows: np.ndarray
