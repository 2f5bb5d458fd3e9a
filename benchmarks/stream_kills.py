"""`andon predict --follow` killed with -9 at random moments while its file grows, and started again: every row answered
once, and the bytes of a run that nobody killed.

    python benchmarks/stream_kills.py --kills 200

The file is C-MAPSS FD001's test part by cycle, a hundred engines interleaved; a tenth of its lines come twice or too
late. A life lasts a random time up to some seconds, start-up included.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])  # this folder has a `queue` of its own

from benchmarks.record import WORK, row
from benchmarks.stream_equal import engines, follow_to_end, trained_lives

LONGEST = 2.5
"""Seconds of a life beyond start-up, at most."""


def lines_of(seed: int) -> list[str]:
    """Heading and rows, some of them twice or late."""
    chance = random.Random(seed)
    heading, *rows = engines("test").sort("cycle", "unit").write_csv().splitlines(keepends=True)
    found = [heading]
    for number, line in enumerate(rows):
        found.append(line)
        if chance.random() < 0.1:
            found.append(rows[chance.randrange(number + 1)])
    return found


def start(run: Path, path: Path, out: Path) -> subprocess.Popen[bytes]:
    """One life of the stream."""
    command = [sys.executable, "-m", "andon.cli", "predict", run, path, "--follow", "--out", out]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main() -> None:
    """Print a row; exit code 1 where answers differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    run, chance = trained_lives(), random.Random(asked.seed)
    lines = lines_of(asked.seed)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=WORK) as name:
        path, out, whole = (Path(name) / each for each in ("line.csv", "often.csv", "whole.csv"))
        path.write_text(lines[0])
        warm = 0.0
        place, size = 1, (len(lines) - 1) // asked.kills + 1
        for _ in range(asked.kills):
            process = start(run, path, out)
            until = time.monotonic() + warm + chance.uniform(0, LONGEST)
            stop = min(place + size, len(lines))
            text, place = "".join(lines[place:stop]), stop
            before = out.stat().st_size if out.exists() else 0
            born = time.monotonic()
            while time.monotonic() < until:
                cut = chance.randint(1, 400)  # lines come in pieces that end anywhere
                with path.open("a") as file:
                    file.write(text[:cut])
                text = text[cut:]
                time.sleep(0.02)
                if not warm and out.exists() and out.stat().st_size > before:
                    warm = 0.8 * (time.monotonic() - born)
            process.kill()
            process.wait()
            with path.open("a") as file:
                file.write(text)
        with path.open("a") as file:
            file.writelines(lines[place:])
        for each in (out, whole):
            follow_to_end(run, path, each)
        ours, theirs = out.read_text("utf-8-sig").splitlines(), whole.read_text("utf-8-sig").splitlines()
    apart = sum(a != b for a, b in zip(ours, theirs, strict=False)) + abs(len(ours) - len(theirs))
    numbers = [line.partition(",")[0] for line in ours[1:]]
    once = numbers == [str(n) for n in range(len(lines) - 1)]
    row("stream_kills", set="FD001", seed=asked.seed, value=float(apart), n=len(lines) - 1, kills=asked.kills,
        mismatches=apart, every_row_once=once, seconds=round(time.monotonic() - began))  # fmt: skip
    sys.exit(bool(apart) or not once)


if __name__ == "__main__":
    main()
