"""Something broken, typed as a user would: how a case is played, and what must come of it."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.record import row

ANDON = Path(sys.executable).parent / "andon"
Content = bytes | str | Callable[[Path], object]
WRITTEN = {"check": ("findings/",), "new": ("plan.",), "predict": ("new.answers.csv",), "fit": ("runs/",)}
"""What a verb leaves where it did what was asked (`check` where it found errors, too)."""
KEPT = "runs/.pictures/"
"""Decoded pictures of the last dozen sets, kept for the next run; whole files, named by their content."""
HANGS = 600.0
"""Seconds by the clock after which a command is taken to hang, and killed."""
TORCH = "torchinductor_"
"""The one folder of torch's own compiler among the temporary files."""


@dataclass(frozen=True)
class Case:
    """How the folder is prepared, what is typed, and what must come of it."""

    name: str
    files: dict[str, Content]
    words: str
    code: int
    says: tuple[str, ...]
    "In the sentence, where there must be one (exit codes 2 to 4, and 1 of `fit`), else in what is printed."
    unsaid: tuple[str, ...] = ()
    "Not in it."


@dataclass(frozen=True)
class Ended:
    """What a command did: seconds of work (of all its threads, not of the clock, so that a busy machine does not count),
    and MiB of memory at most."""

    code: int
    said: str
    printed: str
    seconds: float
    memory: float


def ask(words: Sequence[str], folder: Path, scratch: Path, *, limit: float) -> Ended:
    """One command in a folder, its temporary files in `scratch`; killed after `limit` seconds by the clock (code -9)."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "TMPDIR": str(scratch)}
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen([ANDON, *words], cwd=folder, stdout=printed, stderr=said, env=env)
        while True:
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.perf_counter() - began > limit:
                process.kill()
            time.sleep(0.02)
        seconds = used.ru_utime + used.ru_stime
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = [(file.seek(0), file.read().decode("utf-8", "replace"))[1] for file in (said, printed)]
    return Ended(process.returncode, texts[0].strip(), texts[1], seconds, used.ru_maxrss / 1024)


def play(case: Case, *, limit: float = float("inf"), memory: float = float("inf")) -> dict[str, Any]:
    """Run one case in a folder of its own; `wrong` says what was not as it should be. Bounds in seconds of work, MiB."""
    with tempfile.TemporaryDirectory() as name:
        folder, scratch = Path(name, "work"), Path(name, "scratch")
        folder.mkdir()
        scratch.mkdir()
        for file, content in case.files.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            if callable(content):
                content(path)
            else:
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
        before = _inside(folder)
        words = shlex.split(case.words)
        ended = ask(words, folder, scratch, limit=HANGS)
        left = _left(_inside(folder) - before, words[0], case.code) + sorted(
            p.name for p in scratch.iterdir() if not p.name.startswith(TORCH)
        )
    lines = ended.said.splitlines()
    refused = case.code > 1 or (case.code == 1 and words[0] != "check")
    answer = (lines[-1] if lines else "") if refused else ended.printed
    wrong = []
    if ended.code != case.code:
        wrong.append(f"exit code {ended.code}, not {case.code}: {lines[-1] if lines else 'nothing was said'}")
    if "Traceback" in ended.said + ended.printed:
        wrong.append("traceback")
    if refused and len(lines) != 1:
        wrong.append(f"{len(lines)} lines instead of one sentence")
    wrong += [f"does not say {word!r}" for word in case.says if word not in answer]
    wrong += [f"says {word!r}" for word in case.unsaid if word in answer]
    if left:
        wrong.append(f"left behind: {left[:3]}")
    if ended.seconds > limit:
        wrong.append(f"{ended.seconds:.0f} s of work")
    if ended.memory > memory:
        wrong.append(f"{ended.memory:.0f} MiB")
    shown = answer if refused else _around(answer, case.says)
    return {"case": case.name, "said": shown[-500:], "wrong": wrong, "seconds": ended.seconds, "memory": ended.memory}


def _inside(folder: Path) -> set[str]:
    """Files of a folder, whatever their names."""
    return {
        os.path.relpath(os.path.join(base, name), folder) for base, _, names in os.walk(folder) for name in names
    }  # fmt: skip


def _left(new: set[str], verb: str, code: int) -> list[str]:
    """Files that should not be there."""
    mine = WRITTEN.get(verb, ()) if code == 0 or (code == 1 and verb in ("check", "new")) else ()
    return sorted(name for name in new if not name.startswith((*mine, KEPT)) or name.endswith((".half", ".tmp")))


def _around(printed: str, words: Sequence[str]) -> str:
    """The lines of what is printed that hold the words."""
    found = [line for line in printed.splitlines() if any(word in line for word in words)]
    return " / ".join(found) or printed.strip()[-200:]


def main(
    claim: str, cases: Sequence[Case], about: str | None, *, limit: float = float("inf"), memory: float = float("inf")
) -> int:
    """Play all cases and print a row; the exit code is the number that went wrong."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[""], help="cases whose names hold one of these")
    parser.add_argument("--show", action="store_true", help="print every sentence")
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args()
    chosen = [case for case in cases if any(word in case.name for word in asked.only)]
    with ThreadPoolExecutor(asked.jobs) as pool:
        played = []
        for p in pool.map(lambda case: play(case, limit=limit, memory=memory), chosen):
            played.append(p)
            if asked.show or p["wrong"]:
                mark, wrong = "!!" if p["wrong"] else "ok", "; ".join(p["wrong"])
                figures = f"{p['seconds']:.1f} s, {p['memory']:.0f} MiB"
                print(f"{mark} {p['case']} ({figures}): {wrong}\n     {p['said']}", file=sys.stderr, flush=True)
    failed = [p for p in played if p["wrong"]]
    row(claim, set="command line", value=len(played) - len(failed), n=len(played), failed=len(failed),
        most_seconds=round(max(p["seconds"] for p in played), 1),
        memory_mib=round(max(p["memory"] for p in played)))  # fmt: skip
    return len(failed)
