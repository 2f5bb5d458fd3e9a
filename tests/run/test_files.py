"""Files of a run are there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from andon.errors import RunProblem
from andon.run import files


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    """A full disk at the last moment costs the new content, never the old."""
    path = tmp_path / "a.json"
    files.write_json(path, {"old": 1})

    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        files.write_json(path, {"new": 2})

    assert files.read_json(path) == {"old": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_a_missing_file_is_half_a_run(tmp_path):
    """The sentence says what to do."""
    with pytest.raises(RunProblem, match=r"metrics.json is missing \(the run is half done"):
        files.read_json(tmp_path / "metrics.json")


def test_a_torn_file_is_named(tmp_path):
    """Broken JSON is a broken run with the file's name."""
    (tmp_path / "a.json").write_text('{"x": ')
    with pytest.raises(RunProblem, match="a.json cannot be read"):
        files.read_json(tmp_path / "a.json")


def test_the_hash_is_sha256(tmp_path: Path):
    """The well-known digest of the empty file."""
    (tmp_path / "e").write_bytes(b"")
    assert files.sha256(tmp_path / "e").startswith("e3b0c44298fc1c149afbf4c8996fb924")
