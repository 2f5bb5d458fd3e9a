"""A stream answers as the batch does: row by row through dicts, and as a followed file, beside the whole table.

    python benchmarks/stream_equal.py

C-MAPSS FD001's test part whole, a hundred engines interleaved, and SKAB's labelled records, each the history of a unit,
answered by small runs; what SKAB's is asked (how long the record goes on) is no matter, only that both ways agree.
"""

from __future__ import annotations

import gzip
import os
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import polars as pl

from andon.run.folder import Run
from benchmarks.record import DATA, WORK, row

NAMES = ["unit", "cycle", "setting1", "setting2", "setting3", *[f"s{i}" for i in range(1, 22)]]


def engines(part: str) -> pl.DataFrame:
    """C-MAPSS FD001's rows of a part."""
    with gzip.open(DATA / f"series/cmapss_FD001/{part}_FD001.txt.gz", "rt") as file:
        return pl.DataFrame(np.loadtxt(file), schema=NAMES).with_columns(pl.col("unit", "cycle").cast(pl.Int64))


def records() -> pl.DataFrame:
    """SKAB's labelled records, the record as unit, of all valves and others."""
    pieces = []
    for path in sorted((DATA / "series/skab").glob("*/*.csv*")):
        if path.parent.name == "anomaly-free":
            continue
        frame = pl.read_csv(path, separator=";", try_parse_dates=True)
        pieces.append(
            frame.drop("anomaly", "changepoint").with_columns(
                record=pl.lit(f"{path.parent.name}/{path.name.split('.')[0]}")
            )
        )
    return pl.concat(pieces, how="vertical_relaxed")


def trained(name: str, frame: pl.DataFrame, unit: str, when: str, **settings: object) -> Path:
    """A small run of `remaining_life`, trained once for all benchmarks of streams."""
    import andon

    base = WORK / "streams" / name
    found = [run for place in sorted(base.rglob("manifest.json")) if (run := Run(place.parent)).finished]
    if found:
        return found[0].folder
    return andon.fit(
        "remaining_life", frame, runs=base, quiet=True, accept=["*"], unit=unit, time=when, size="small", epochs=1,
        threads=1, train={"trees": "off"}, **settings,
    ).folder  # fmt: skip


def trained_lives() -> Path:
    """A run on C-MAPSS FD001."""
    return trained("FD001", engines("train").filter(pl.col("unit") <= 50), "unit", "cycle", series={"cap": 125})


def follow_to_end(run: Path, path: Path, out: Path) -> None:
    """Follow a file until all that is there is answered."""
    from andon.api.following import follow

    with closing(follow(run, str(path), out)) as steps:
        next(step for step in steps if step.waiting)


def compared(name: str, run: Path, frame: pl.DataFrame) -> bool:
    """Print the largest differences of one set; `frame` is in the order its rows come."""
    import andon

    model = andon.load(run, threads=1)
    whole = model.predict(frame)
    stream, began = model.stream(), time.perf_counter()
    alone = pl.DataFrame([stream.predict(row) for row in frame.iter_rows(named=True)], infer_schema_length=None)
    seconds = time.perf_counter() - began
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        path, out = Path(folder) / "line.csv", Path(folder) / "out.csv"
        lines = frame.write_csv().splitlines(keepends=True)
        for start in range(0, len(lines), len(lines) // 20 + 1):
            with path.open("a") as file:
                file.writelines(lines[start : start + len(lines) // 20 + 1])
            follow_to_end(run, path, out)
        followed = pl.read_csv(out)
    good = True
    for way, answers in (("row by row", alone), ("followed file", followed)):
        apart = max(
            float((answers[c].cast(pl.Float64) - whole[c]).abs().max() or 0.0) for c in whole.columns if c != "problem"
        )
        same = answers["problem"].cast(pl.String).equals(whole["problem"], null_equal=True)
        row("stream_equal", set=f"{name}, {way}", value=apart, n=len(frame), peer="the whole table", same_rows=same,
            without_answer=len(frame) - whole["problem"].null_count(), us_per_row=round(seconds / len(frame) * 1e6))  # fmt: skip
        good &= apart <= 1e-6 and same
    return good


def main() -> None:
    """Print the rows; exit code 1 where a difference is above 1e-6."""
    WORK.mkdir(exist_ok=True)
    good = compared("FD001", trained_lives(), engines("test").sort("cycle", "unit"))
    skab = records()
    run = trained("SKAB", skab, "record", "datetime", series={"lookback": 60, "gap": "30 s"})
    good &= compared("SKAB", run, skab.sort("datetime", "record"))
    sys.exit(not good)


if __name__ == "__main__":
    main()
