"""Tables of 1, 10 and 30 million rows × 20 number columns: one-pass summary, all checks, clean + scale to arrays.

    python benchmarks/scan_tables.py [--millions 1 10 30] [--rounds 5] [--work summary prepare pandas_prepare …]

Each is a ratio of a bare Polars scan that sums every column, and stands beside pandas + scikit-learn. Makes its own
Parquet files under benchmarks/.work (zstd, row groups of 64 MB). Every measurement is a fresh process on two cores; the
works take turns, and a ratio is one of medians. Seconds are those of the work, imports apart (the ratio of
processor seconds, `cpu_ratio`, stands beside, as others on the machine disturb it less); memory is RssAnon (no
file cache), read by the parent every 10 ms: its peak, and what it was when the work began. pandas has to hold the
table: it runs up to `--pandas` million rows, and where it is killed for memory the row says so.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])  # not the folder itself: its `queue` would hide the standard one

import numpy as np

from benchmarks.record import WORK, row

GROUP_ROWS = 400_000
BARE = "bare"
PEER = "polars scan that sums every column, streaming engine, 2 cores"
PEERS = {"summary": "pandas_summary", "prepare": "pandas_prepare"}
"""Ours -> the same done by pandas and scikit-learn."""
CLEAN = [{"missing": "median"}, {"clip": [0.001, 0.999]}]


def make(millions: int) -> Path:
    """The file, made if it is not there: sensors, a totaliser at 1e9, whole numbers, zeros, gaps."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path, rows = WORK / f"scan_{millions}M.parquet", millions * 1_000_000
    if path.exists():
        return path
    WORK.mkdir(exist_ok=True)
    rng, total, unfinished = np.random.default_rng(0), 1e9, path.with_suffix(".part")
    writer = None
    for start in range(0, rows, GROUP_ROWS):
        n = min(GROUP_ROWS, rows - start)
        columns = {f"sensor_{i}": pa.array(rng.normal(i, 1 + i, n)) for i in range(12)}
        totals = total + np.cumsum(rng.random(n))
        total = totals[-1]
        gap = rng.random(n) < 0.01
        columns |= {
            "totaliser": pa.array(totals),
            "celsius": pa.array(np.round(rng.normal(80, 5, n), 1)),
            "skewed": pa.array(rng.lognormal(0, 1, n), mask=gap),
            "level": pa.array(rng.integers(0, 1000, n), mask=gap),
            "scrap": pa.array(rng.integers(0, 2, n)),
            "serial": pa.array(rng.integers(0, 1 << 40, n)),
            "often_zero": pa.array(np.where(rng.random(n) < 0.5, 0.0, rng.random(n))),
            "pressure_pa": pa.array(rng.normal(1e6, 1, n)),
        }
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(unfinished, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=GROUP_ROWS)
    assert writer is not None
    writer.close()
    unfinished.rename(path)
    return path


def bare(path: str) -> Callable[[], object]:
    """The yardstick."""
    import polars as pl

    return lambda: pl.scan_parquet(path).select(pl.all().sum()).collect(engine="streaming")


def summary(path: str) -> Callable[[], object]:
    """Exact facts of every column and the sample, in one pass."""
    import polars as pl

    from andon.summary import fold, summarise

    summarise(pl.DataFrame({"x": [1.0]}), {"x": "number"})  # imports
    lazy = pl.scan_parquet(path)
    return lambda: fold(lazy, dict.fromkeys(lazy.collect_schema().names(), "number"))


def duplicates(path: str) -> Callable[[], object]:
    """Equal rows over all columns."""
    import polars as pl

    from andon.summary import duplicate_rows

    return lambda: duplicate_rows(pl.scan_parquet(path))


def checks(path: str) -> Callable[[], object]:
    """What `andon check` looks at before a split: reading, summary and every check."""
    from andon.checks import check_records
    from andon.plan.settings import Data, Plan, Rows
    from andon.records import read
    from andon.summary import fold

    plan = Plan(job="classify", data=Data(rows=Rows(path=path)), target="scrap")

    def all_checks() -> object:
        records = read(plan)
        return check_records(records, fold(records.frame, {c.name: c.kind for c in records.columns}), plan)

    return all_checks


def series(path: str) -> Callable[[], object]:
    """What only series are asked, of the same table as 5,000 units (per 10 M rows) with a row every ten minutes."""
    import polars as pl

    from andon.checks import Facts
    from andon.checks.series import series as look
    from andon.plan.settings import Plan
    from andon.records.records import Column, Records
    from andon.summary import fold, summarise

    summarise(pl.DataFrame({"x": [1.0]}), {"x": "number"})
    place = pl.col("row")
    frame = pl.scan_parquet(path).with_row_index("row").with_columns(
        unit=place // 2000, time=pl.datetime(2024, 1, 1) + pl.duration(minutes=10 * (place % 2000))
    ).drop("row")  # fmt: skip
    roles = {"unit": "unit", "time": "time"}
    kinds = {name: "date" if name == "time" else "number" for name in frame.collect_schema().names()}
    columns = tuple(Column(name, kind, roles.get(name, "input")) for name, kind in kinds.items())
    facts = Facts(Records(frame, columns), fold(frame, kinds), Plan(job="classify"))
    return lambda: look(facts)


class Way:
    """Everything between a file and arrays of scaled numbers."""

    def __init__(self, path: str) -> None:
        import polars as pl

        self.frame = pl.scan_parquet(path)
        self.names = self.frame.collect_schema().names()

    def fit(self) -> None:
        """Summary, cleaning (each step on what the one before leaves), scaling."""
        from andon.clean import Cleaning, fit_steps, read_steps
        from andon.encode.arrays import encoding_of, specs
        from andon.encode.schema import Field, Schema
        from andon.encode.summed import of_sample
        from andon.plan.settings import Scale
        from andon.records.records import Column
        from andon.scale import fit_scaling
        from andon.summary import Finished, fold

        found = fold(self.frame, dict.fromkeys(self.names, "number"))
        columns = [Column(name, "number", "input") for name in self.names]
        self.rows = found.rows
        self.schema = Schema(fields=[Field(name=name, kind="number") for name in self.names])

        def look(cleaning: Cleaning) -> Finished:
            if not cleaning.steps:
                return found
            left = of_sample(self.schema, cleaning, found)
            assert left is not None
            return left

        self.cleaning = fit_steps(read_steps(CLEAN), look, columns)
        self.encoding = encoding_of(self.schema)
        self.scaling = fit_scaling(Scale(), specs(self.schema, self.encoding)[0], found)

    def arrays(self) -> None:
        """Every block cleaned, summed up as it is now, encoded and scaled into one memory-mapped float32 array."""
        from andon.encode.store import blocks
        from andon.encode.summed import Summed
        from andon.scale import apply_scaling

        start, out, summed = 0, None, Summed(self.schema)
        for piece in blocks(self.frame, self.names, self.schema):
            cleaned = self.cleaning.apply(self.schema.block(piece)[0])
            summed.add(piece, cleaned.block, ~cleaned.reject)
            scaled = apply_scaling(self.encoding.apply(cleaned.block)["numbers"], self.scaling)
            if out is None:
                shape = (self.rows, scaled.shape[1])
                out = np.lib.format.open_memmap(WORK / "scan_arrays.npy", mode="w+", dtype=np.float32, shape=shape)
            out[start : start + len(scaled)] = scaled
            start += len(scaled)
        (WORK / "scan_arrays.npy").unlink()


def clean_scale(path: str) -> Callable[[], object]:
    """Clean and scale to arrays, what is fitted being there already."""
    way = Way(path)
    way.fit()
    return way.arrays


def prepare(path: str) -> Callable[[], object]:
    """Fit and apply: summary, cleaning, scaling, arrays."""
    way = Way(path)

    def both() -> None:
        way.fit()
        way.arrays()

    return both


def pandas_summary(path: str) -> Callable[[], object]:
    """Counts, gaps, zeros, extremes, moments and a sample by pandas."""
    import pandas as pd

    def look() -> object:
        frame = pd.read_parquet(path)
        facts = [
            frame.count(),
            frame.isna().sum(),
            (frame == 0).sum(),
            frame.min(),
            frame.max(),
            frame.mean(),
            frame.std(ddof=0),
        ]
        return facts, frame.sample(16_384, random_state=0)

    return look


def pandas_prepare(path: str) -> Callable[[], object]:
    """Median, clipping at quantiles and robust scaling by pandas and scikit-learn."""
    import pandas as pd
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import RobustScaler

    def fit_and_apply() -> object:
        frame = pd.read_parquet(path)
        low, high = frame.quantile(0.001), frame.quantile(0.999)
        filled = SimpleImputer(strategy="median", add_indicator=True).fit_transform(frame)
        filled[:, : frame.shape[1]] = filled[:, : frame.shape[1]].clip(low.to_numpy(), high.to_numpy())
        return RobustScaler().fit_transform(filled).astype(np.float32)

    return fit_and_apply


WORKS: dict[str, Callable[[str], Callable[[], object]]] = {
    f.__name__: f
    for f in (bare, summary, duplicates, checks, series, clean_scale, prepare, pandas_summary, pandas_prepare)
}


def child(work: str, path: str) -> None:
    """In a process of its own: get ready, say so, work, say how long it took."""
    call = WORKS[work](path)
    print("ready", flush=True)
    begun, spent = time.perf_counter(), time.process_time()
    call()
    print(time.perf_counter() - begun, time.process_time() - spent, flush=True)


def anonymous(process: int) -> float:
    """RssAnon of a process in MiB, 0 when it is gone."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("RssAnon")), 0.0)


def measure(work: str, path: Path) -> tuple[float, float, float, float]:
    """Seconds, processor seconds, peak anonymous MiB while working and MiB at the start. Raises if the work failed."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    command = [sys.executable, __file__, "--child", work, str(path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, preexec_fn=lambda: os.sched_setaffinity(0, cores)
    ) as p:
        assert p.stdout is not None
        if p.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{work} could not start")
        start = peak = anonymous(p.pid)
        os.set_blocking(p.stdout.fileno(), False)
        while p.poll() is None:
            peak = max(peak, anonymous(p.pid))
            time.sleep(0.01)
        said = p.stdout.read()
    if p.returncode:
        raise RuntimeError(f"{work} ended with {p.returncode} at {peak:,.0f} MiB of anonymous memory")
    seconds, spent = map(float, said.split())
    return seconds, spent, peak, start


def main() -> None:
    """Measure in turn and print one line per work and size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--millions", type=int, nargs="+", default=[1, 10, 30])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--work", nargs="+", choices=WORKS, default=list(WORKS))
    parser.add_argument("--pandas", type=int, default=10, help="largest table for pandas, in millions of rows")
    parser.add_argument("--child", nargs=2)
    asked = parser.parse_args()
    if asked.child:
        child(*asked.child)
        return
    for millions in asked.millions:
        path = make(millions)
        works = [w for w in asked.work if not (w.startswith("pandas") and millions > asked.pandas)]
        works = [BARE, *(w for w in works if w != BARE)]
        measure(BARE, path)  # the file cache
        found: dict[str, list[tuple[float, float, float, float]]] = {w: [] for w in works}
        for _ in range(asked.rounds):
            for work in [w for w in works if w in found]:
                try:
                    found[work].append(measure(work, path))
                except RuntimeError as error:
                    if work not in PEERS.values():
                        raise
                    del found[work]  # a peer that the machine cannot hold is a result too
                    row(f"scan: {work}", set=f"{millions} M rows × 20", peer=PEER, failed=str(error))
        seconds = {w: statistics.median(lap[0] for lap in f) for w, f in found.items()}
        spent = {w: statistics.median(lap[1] for lap in f) for w, f in found.items()}
        peaks = {w: max(lap[2] for lap in f) for w, f in found.items()}
        for work, laps in found.items():
            facts = {
                "set": f"{millions} M rows × 20", "n": asked.rounds, "seconds": round(seconds[work], 3),
                "cpu_seconds": round(spent[work], 3),
                "cpu_ratio": round(spent[work] / spent[BARE], 3),
                "seconds_low": round(min(lap[0] for lap in laps), 3), "anonymous_mib": round(peaks[work], 1),
                "anonymous_start_mib": round(max(lap[3] for lap in laps), 1),
            }  # fmt: skip
            row(f"scan: {work}", value=seconds[work], peer=PEER, ratio=seconds[work] / seconds[BARE], **facts)
            other = PEERS.get(work)
            if other in seconds:
                share = peaks[work] / peaks[other]
                row(f"scan: {work}", value=seconds[work], peer="pandas + scikit-learn",
                    ratio=seconds[work] / seconds[other], memory_ratio=round(share, 3), **facts)  # fmt: skip


if __name__ == "__main__":
    main()
