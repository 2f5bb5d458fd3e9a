"""Runs the claims one after the other, goes on where it was stopped, and keeps each printed JSON line.

    python -m benchmarks.run_all                 what has no result for this version of its script yet
    python -m benchmarks.run_all --only mnist    one claim (again)
    python -m benchmarks.run_all --kind timing   one kind

One lock per machine keeps accuracy and timing runs apart: a second queue waits for nobody and says so.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

from andon.run.machine import machine, versions
from benchmarks.claims import CLAIMS, Claim
from benchmarks.record import WORK
from benchmarks.results import RESULTS, write

ROOT = Path(__file__).parents[1]
DONE = WORK / "done.json"


def main() -> int:
    """Run the queue; the exit code is the number of claims that failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[], choices=[c.name for c in CLAIMS])
    parser.add_argument("--kind", choices=["accuracy", "timing", "safety"])
    asked = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    with (WORK / "queue.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another queue is running: accuracy and timing runs never go at once", file=sys.stderr)
            return 2
        done = json.loads(DONE.read_text()) if DONE.exists() else {}
        failed = 0
        for claim in CLAIMS:
            if (asked.only and claim.name not in asked.only) or (asked.kind and claim.kind != asked.kind):
                continue
            if not asked.only and done.get(claim.name) == version(claim):
                print(f"{claim.name}: done")
                continue
            if run(claim):
                done[claim.name] = version(claim)
                DONE.write_text(json.dumps(done, indent=1))
            else:
                failed += 1
            write()
    return failed


def version(claim: Claim) -> str:
    """Hash of the script and its arguments: another script is another claim."""
    digest = hashlib.sha256(" ".join(claim.command).encode())
    digest.update((ROOT / claim.command[0]).read_bytes() if (ROOT / claim.command[0]).exists() else b"")
    return digest.hexdigest()[:16]


def run(claim: Claim) -> bool:
    """One claim in a process of its own; its lines are kept as they come, so that a kill loses none."""
    command = [sys.executable, *claim.command]
    facts = {
        "commit": _git("rev-parse", "--short", "HEAD") + ("+" if _git("status", "--porcelain", "src") else ""),
        "command": " ".join(["python", *claim.command]), "date": time.strftime("%Y-%m-%d"), "machine": machine(),
        "versions": versions(),
    }  # fmt: skip
    print(f"{claim.name}: {claim.what}", flush=True)
    RESULTS.mkdir(exist_ok=True)
    with (
        (WORK / f"{claim.name}.log").open("w") as log,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        assert process.stdout is not None
        with (RESULTS / f"{claim.name}.jsonl").open("a", encoding="utf-8") as file:
            for line in process.stdout:
                if line.startswith("{"):
                    file.write(json.dumps({**json.loads(line), **facts}, ensure_ascii=False) + "\n")
                    file.flush()
                    print("  " + line.strip()[:200], flush=True)
    if process.returncode:
        print(f"{claim.name}: failed; see {log.name}", file=sys.stderr)
    return process.returncode == 0


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
