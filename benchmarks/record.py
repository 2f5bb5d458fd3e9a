"""What every benchmark prints: one JSON line per measured value."""

from __future__ import annotations

import json
import os
from pathlib import Path

DATA = Path(os.environ.get("ANDON_DATA", "../shared/data"))
WORK = Path(__file__).parent / ".work"


def row(claim: str, *, set: str = "", seed: int | None = None, value: float | None = None, n: int | None = None,
        peer: str = "", ratio: float | None = None, **more: object) -> None:  # fmt: skip
    """Print one result. `value` is ours, `ratio` ours over the peer's (of times: below 1 is faster)."""
    line = {"claim": claim, "set": set, "seed": seed, "value": value, "n": n, "peer": peer, "ratio": ratio, **more}
    print(json.dumps(line, ensure_ascii=False), flush=True)
