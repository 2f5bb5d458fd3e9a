"""Mutated files: 2,000 per reader, never a traceback, never a hang. One JSON line per reader on standard output.

    python benchmarks/mutate_records.py [READER …] [--count 2000] [--seconds 10] [--memory 4]

Each reader works in a process of its own with a memory limit (GiB); a file that takes longer than `--seconds`, or that
kills the process, is counted, kept under `benchmarks/.work/mutated` and passed over. `large-` readers treat the file as
too large to be read whole, so that it goes through the lazy scan.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import selectors
import subprocess
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # not the folder itself: its `queue` would hide the standard one
sys.path.append(str(ROOT / "tests" / "records"))

from benchmarks.record import WORK, row

KEPT = WORK / "mutated"


def main() -> int:
    """Run all readers asked for; 1 if any left with anything but rows or one sentence."""
    from mutations import seeds

    large = ("t.csv", "t.csv.gz", "t.jsonl", "t.parquet", "t.arrow", "z.arrow")
    names = [*sorted(seeds()), *(f"large-{name}" for name in large)]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("readers", nargs="*", default=names)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--memory", type=float, default=4.0)
    parser.add_argument("--worker", type=int, default=-1, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker >= 0:
        work(asked.readers[0], asked)
        return 0
    bad = 0
    for name in asked.readers:
        counts, figures = judged(name, asked)
        wrong = counts["traceback"] + counts["hang"] + counts["crash"]
        row("mutated files give rows or one sentence", set=name, seed=asked.seed, value=wrong, n=asked.count, **figures)
        bad += wrong
    return int(bad > 0)


def judged(name: str, asked: argparse.Namespace) -> tuple[Counter[str], dict[str, object]]:
    """All mutations of one reader, through as many workers as it takes."""
    counts: Counter[str] = Counter()
    longest, begun, number, panics = 0.0, time.perf_counter(), 0, 0
    while number < asked.count:
        command = [sys.executable, __file__, name, "--worker", str(number), "--count", str(asked.count)]
        command += ["--seed", str(asked.seed), "--memory", str(asked.memory)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1) as worker:
            assert worker.stdout is not None
            assert worker.stderr is not None
            for line in answers(worker, asked.seconds):
                answer = json.loads(line)
                number = answer["number"] + 1
                counts[answer["outcome"]] += 1
                longest = max(longest, answer["ms"])
                if answer["outcome"] == "traceback":
                    print(f"{name} {answer['number']}\n{answer['text']}", file=sys.stderr, flush=True)
            hung = worker.poll() is None
            if hung:
                worker.kill()
            said = worker.stderr.read()
            panics += said.count("panicked at")
        if number < asked.count:
            counts["hang" if hung else "crash"] += 1
            print(f"{name} {number}: {'hang' if hung else f'crash {worker.returncode}'} {said[-600:]}", file=sys.stderr)
            number += 1
    return counts, {
        "rows": counts["rows"], "problems": counts["problem"], "tracebacks": counts["traceback"],
        "hangs": counts["hang"], "crashes": counts["crash"], "panics": panics, "longest_ms": round(longest, 1),
        "seconds": round(time.perf_counter() - begun, 1),
    }  # fmt: skip


def answers(worker: subprocess.Popen[str], seconds: float):
    """Lines of a worker until it ends or is silent for too long. Its start may take a minute."""
    assert worker.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(worker.stdout, selectors.EVENT_READ)
        limit = 60.0
        while selector.select(limit):
            line = worker.stdout.readline()
            if not line:
                worker.wait(60)
                return
            limit = seconds
            yield line


def work(name: str, asked: argparse.Namespace) -> None:
    """The worker: mutate, read, tell; one JSON line per file."""
    limit = int(asked.memory * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    from mutations import mutated, seeds
    from reading_aids import plan_for

    import andon.records.delimited as delimited
    import andon.records.source as source
    import andon.records.text as text
    from andon.errors import Problem
    from andon.records import read, reading

    file = name.removeprefix("large-")
    if file != name:
        text.SMALL, text.CHUNK, delimited.PIECE = 600, 256, 300
        source._rows = lambda schema: 20
    good = seeds()[file]
    with TemporaryDirectory() as folder:
        path = Path(folder) / file
        for number in range(asked.worker, asked.count):
            content = mutated(good, random.Random(f"{asked.seed} {file} {number}"))
            path.write_bytes(content)
            kept = KEPT / f"{number}-{name}"
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(content)
            begun, said = time.perf_counter(), ""
            try:
                records = read(plan_for(path))
                with reading(records):
                    records.frame.collect()
                outcome = "rows"
            except Problem as problem:
                outcome = "problem" if file in str(problem) and "\n" not in str(problem) else "traceback"
                said = str(problem)
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException:  # noqa: BLE001 - whatever it is, it is a finding
                outcome, said = "traceback", traceback.format_exc()
            if outcome != "traceback":
                kept.unlink()
            ms = 1000 * (time.perf_counter() - begun)
            print(json.dumps({"number": number, "outcome": outcome, "ms": ms, "text": said}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
