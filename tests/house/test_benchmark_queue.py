"""The queue of benchmarks: rows are kept as they come, what is done is not done again, two queues never run at once."""

from __future__ import annotations

import fcntl
import json

import pytest
from benchmarks import results, run_all
from benchmarks.claims import Claim

SCRIPT = """
import json, sys
for value in (1.0, 2.0):
    print(json.dumps({"claim": "c", "set": "s", "seed": int(value), "value": value, "n": 1, "peer": "", "ratio": None}), flush=True)
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture
def queue(tmp_path, monkeypatch):
    """A queue of its own with one script."""
    (tmp_path / "one.py").write_text(SCRIPT)
    for module in (run_all, results):
        monkeypatch.setattr(module, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(results, "PAGE", tmp_path / "RESULTS.md")
    monkeypatch.setattr(run_all, "WORK", tmp_path)
    monkeypatch.setattr(run_all, "DONE", tmp_path / "done.json")
    monkeypatch.setattr(run_all, "ROOT", tmp_path)
    monkeypatch.setattr(run_all, "_git", lambda *_: "abc")

    def go(code: int) -> int:
        claims = (Claim("one", "accuracy", ("one.py", str(code)), "one thing"),)
        monkeypatch.setattr(run_all, "CLAIMS", claims)
        monkeypatch.setattr(results, "CLAIMS", claims)
        monkeypatch.setattr("sys.argv", ["run_all"])
        return run_all.main()

    return go


def lines(folder):
    return [json.loads(line) for line in (folder / "results/one.jsonl").read_text().splitlines()]


def test_rows_of_a_script_that_fell_over_are_kept_and_it_is_run_again(queue, tmp_path):
    """A crash loses nothing that was printed; the claim is not called done."""
    assert queue(3) == 1
    assert [line["value"] for line in lines(tmp_path)] == [1.0, 2.0]

    assert queue(0) == 0
    assert len(lines(tmp_path)) == 4


def test_what_is_done_is_not_done_again_and_the_page_has_it(queue, tmp_path):
    """The page gives mean and spread over seeds, of a seed measured twice the newest."""
    queue(0)
    queue(0)

    assert len(lines(tmp_path)) == 2
    assert "1.5 ± 0.71 (2)" in (tmp_path / "RESULTS.md").read_text("utf-8")


def test_a_second_queue_says_so(queue, tmp_path, capsys):
    """Accuracy and timing runs never go at once."""
    with (tmp_path / "queue.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        assert queue(0) == 2
    assert "another queue is running" in capsys.readouterr().err
