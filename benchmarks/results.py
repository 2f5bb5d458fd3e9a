"""RESULTS.md from the JSON lines: per claim, set, peer and measure the newest rows of one commit, mean ± sd over seeds."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

from benchmarks.claims import CLAIMS

RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).parent / "RESULTS.md"
FOUND = ("verdict",)
"""Words that are what was found, not what was asked: a new one takes the place of the old one."""
FACTS = {"claim", "set", "seed", "value", "n", "peer", "ratio", "commit", "command", "date", "machine", "versions"}


def write() -> None:
    """Write the page."""
    lines = ["# What was measured", "", "Made by `python -m benchmarks.results` from `benchmarks/results/*.jsonl`; do not edit.",
             "`ratio` is ours over the peer's; values are mean ± sd over seeds where there are several.", ""]  # fmt: skip
    for claim in CLAIMS:
        path = RESULTS / f"{claim.name}.jsonl"
        if path.exists() and path.stat().st_size:
            lines += section(claim.what, [json.loads(line) for line in path.read_text("utf-8").splitlines()])
    PAGE.write_text("\n".join(lines), "utf-8")


def section(title: str, rows: list[dict]) -> list[str]:
    """One table of the newest commit's rows."""
    groups: dict[tuple, list[dict]] = {}
    for row in rows:
        extra = tuple(sorted((k, v) for k, v in row.items() if k not in {*FACTS, *FOUND} and isinstance(v, str)))
        groups.setdefault((row["claim"], row["set"], row["peer"], extra), []).append(row)
    last = rows[-1]
    lines = [f"## {title}", "", f"`{last['command']}` on {last['machine']['processor']}, {last['machine']['cores']} cores", "",
             "| claim | set | peer | value | ratio | n | more | commit |", "| --- | --- | --- | --- | --- | --- | --- | --- |"]  # fmt: skip
    for (name, data, peer, extra), found in groups.items():
        if not peer and any(key[:2] == (name, data) and key[2] for key in groups):
            continue  # it has been measured beside a peer since
        newest = [r for r in found if r["commit"] == found[-1]["commit"]]
        by_seed = {r["seed"]: r for r in newest}.values()  # a seed measured twice counts once: the newest
        told = [*extra, *((k, newest[-1][k]) for k in FOUND if k in newest[-1])]
        more = ", ".join([f"{k} {v}" for k, v in told] + _numbers(list(by_seed)))
        lines.append(
            f"| {name} | {data} | {peer} | {spread(by_seed, 'value')} | {spread(by_seed, 'ratio')} "
            f"| {newest[-1]['n'] or ''} | {more} | {newest[-1]['commit']} |"
        )
    return [*lines, ""]


def _numbers(rows: list[dict]) -> list[str]:
    """Further measured numbers of a row."""
    names = [
        k for k, v in rows[-1].items() if k not in FACTS and isinstance(v, int | float) and not isinstance(v, bool)
    ]
    return [f"{name} {spread(rows, name)}" for name in names]


def spread(rows: object, key: str) -> str:
    """Mean ± sd over rows that have the key."""
    values = [r[key] for r in rows if isinstance(r.get(key), int | float)]  # type: ignore[attr-defined]
    if not values:
        return ""
    mean = f"{statistics.fmean(values):.4g}"
    return f"{mean} ± {statistics.stdev(values):.2g} ({len(values)})" if len(values) > 1 else mean


if __name__ == "__main__":
    write()
