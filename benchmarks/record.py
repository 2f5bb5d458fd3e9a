"""What every benchmark prints: one JSON line per measured value."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Callable
from os import PathLike
from pathlib import Path

DATA = Path(os.environ.get("ANDON_DATA", "../shared/data"))
WORK = Path(__file__).parent / ".work"


def row(claim: str, *, set: str = "", seed: int | None = None, value: float | None = None, n: int | None = None,
        peer: str = "", ratio: float | None = None, **more: object) -> None:  # fmt: skip
    """Print one result. `value` is ours, `ratio` ours over the peer's (of times: below 1 is faster)."""
    line = {"claim": claim, "set": set, "seed": seed, "value": value, "n": n, "peer": peer, "ratio": ratio, **more}
    print(json.dumps(line, ensure_ascii=False), flush=True)


def parity(run: PathLike[str]) -> dict[str, float]:
    """What the gate saw between file and decision: rows replayed through the trained network and through the shipped
    file, decisions that flipped, and the largest difference of two scores (of a number: in spreads of the target)."""
    seen = json.loads((Path(run) / "parity.json").read_text("utf-8"))
    return {"parity_rows": seen["rows"], "parity_flips": seen["flips"], "parity_largest": seen["largest"]}


def laps(calls: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Median of each call's own reading, called in turn."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            found[name].append(call())
    return {name: statistics.median(values) for name, values in found.items()}
