"""Planted faults of sensors and clocks: how many are found, by kind, and how often something is found that is none.

    python benchmarks/series_checks.py [--seeds 10] [--units 60] [--rows 2000]

Presses of the simulator, a record every ten minutes, two weeks each; per seed each kind of fault is planted `--each`
times, each in another unit or column. A fault is found if a span of its kind names its unit and column (a clock: its
unit) and overlaps its rows. Every other span is false, also one of another kind in the right place, and infos count as
warnings do. Then the same on records without any fault, and on C-MAPSS and SKAB, where nobody knows the truth: there
the number of spans per kind, and of findings, is what is shown. Last, what spans of each kind a clean table of the
same size has where its sensors are noisier or quieter than usual.
"""

from __future__ import annotations

import argparse
import gzip
import io
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import polars as pl

from benchmarks.record import DATA, row

KINDS = {
    "stuck": "stuck_sensor", "saturated": "saturated_sensor", "unit_jump": "unit_jump", "swapped": "swapped_sensors",
    "drift": "sensor_drift", "clock_jump": "clock_set", "dst": "summer_time", "gap": "gap",
    "step_back": "time_steps_back", "irregular": "irregular_sampling",
}  # fmt: skip
"""Planted -> what it is called when found."""


def spans_in(frame: pl.DataFrame, unit: str, time: str):
    """Spans, names of units and findings of a table."""
    from andon.checks import Facts, gather
    from andon.checks.series import series, spans_of
    from andon.plan.settings import Plan
    from andon.records.records import Column, Records
    from andon.summary import fold

    def kind(dtype: pl.DataType) -> str:
        return "number" if dtype.is_numeric() else "date" if dtype.is_temporal() else "category"

    roles = {unit: "unit", time: "time"}
    columns = tuple(Column(name, kind(dtype), roles.get(name, "input")) for name, dtype in frame.schema.items())
    records = Records(frame.lazy(), columns)
    summary = fold(records.frame, {column.name: column.kind for column in columns})
    facts = Facts(records, summary, Plan(job="classify"))
    return *spans_of(facts), list(gather(series(facts)))


def judged(made) -> tuple[Counter, Counter, list, list]:
    """Planted and found faults by kind, spans that are none of them, and faults that were missed."""
    spans, units, _ = spans_in(made.frame, "unit", "time")
    planted, found, right = Counter(), Counter(), set()
    missed = []
    for kind, column, other, unit, first, last in made.truth.faults.rows():
        planted[kind] += 1
        hits = [
            number for number, span in enumerate(spans)
            if span.kind == KINDS[kind] and units[span.unit] == unit and span.first <= last and first <= span.last
            and (not column or {span.column, span.other or span.column} == {column, other or column})
        ]  # fmt: skip
        found[kind] += bool(hits)
        right |= set(hits)
        missed += [] if hits else [(kind, column, other, unit, first, last)]
    return planted, found, [span for number, span in enumerate(spans) if number not in right], missed


def cmapss(name: str) -> pl.DataFrame:
    """Engines that run to failure: unit, cycle, three settings, 21 sensors."""
    text = gzip.decompress((DATA / "series" / f"cmapss_{name}" / f"train_{name}.txt.gz").read_bytes()).decode()
    names = ["unit", "cycle", *(f"setting{i}" for i in range(1, 4)), *(f"s{i}" for i in range(1, 22))]
    rows = [line.split() for line in text.splitlines() if line.strip()]
    return pl.DataFrame(rows, schema=names, orient="row").select(
        pl.col("unit"), pl.col("cycle").cast(pl.Int64), pl.col(names[2:]).cast(pl.Float64)
    )


def skab() -> pl.DataFrame:
    """A water rig: 34 labelled records, a row a second."""
    parts = []
    for path in sorted((DATA / "series" / "skab").glob("[vo]*/*.csv*")):
        raw = path.read_bytes()
        text = gzip.decompress(raw) if path.suffix == ".gz" else raw
        part = pl.read_csv(io.BytesIO(text), separator=";", try_parse_dates=True).with_columns(
            unit=pl.lit(f"{path.parent.name}/{path.name.partition('.')[0]}")
        )
        parts.append(part.drop("anomaly", "changepoint"))
    return pl.concat(parts, how="diagonal_relaxed")


def main() -> None:
    """A row per kind, one for false ones, one per real set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=310, help="limits were set on smaller seeds")
    parser.add_argument("--units", type=int, default=60)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--each", type=int, default=4)
    parser.add_argument("--show", action="store_true")
    asked = parser.parse_args()
    from andon.simulate import histories

    planted, found, false, days = Counter(), Counter(), Counter(), 0.0
    clean, clean_days = Counter(), 0.0
    for seed in range(asked.first, asked.first + asked.seeds):
        made = histories(asked.units, seed=seed, rows=asked.rows, faults=dict.fromkeys(KINDS, asked.each))
        were, are, wrong, missed = judged(made)
        planted, found = planted + were, found + are
        false.update(span.kind for span in wrong)
        days += asked.units * asked.rows / 144
        if asked.show:
            print(seed, "missed", missed, "false", [(s.kind, s.column, s.other, s.unit, s.note) for s in wrong][:12])
        good = histories(asked.units, seed=seed, rows=asked.rows, noise=(0.5, 1.0, 2.0)[seed % 3])
        wrong = judged(good)[2]
        clean.update(span.kind for span in wrong)
        clean_days += asked.units * asked.rows / 144
        if asked.show and wrong:
            print("clean", seed, [(s.kind, s.column, s.other, s.unit, s.note) for s in wrong][:12])
    for kind in KINDS:
        row("series_checks: recall", set=kind, value=found[kind] / max(planted[kind], 1), n=planted[kind])
    row("series_checks: recall", set="all kinds", value=found.total() / planted.total(), n=planted.total())
    row("series_checks: false per 100 unit-days", set="with faults", value=100 * false.total() / days, n=round(days),
        **dict(false))  # fmt: skip
    row("series_checks: false per 100 unit-days", set="without faults", value=100 * clean.total() / clean_days,
        n=round(clean_days), **dict(clean))  # fmt: skip
    for name, frame, unit, time in (
        *((f"C-MAPSS {name}", cmapss(name), "unit", "cycle") for name in ("FD001", "FD002", "FD003")),
        ("SKAB", skab(), "unit", "datetime"),
    ):
        spans, _, findings = spans_in(frame, unit, time)
        if asked.show:
            for finding in findings:
                print(finding.level, finding.code, finding.what)
        row("series_checks: spans on real records", set=name, value=len(spans), n=frame.height, findings=len(findings),
            **dict(Counter(span.kind for span in spans)))  # fmt: skip


if __name__ == "__main__":
    main()
