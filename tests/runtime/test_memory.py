"""What a stream remembers, kept in a file."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from tests.conftest import pumps

import andon
from andon.errors import Problem, RunProblem
from andon.run.files import read_json, write_json
from andon.run.folder import Run
from andon.runtime.memory import Memory, read_memory, write_memory


@pytest.fixture(scope="module")
def model(life_run):
    return andon.load(life_run.folder, threads=1)


@pytest.fixture(scope="module")
def rows():
    """Three pumps never seen, all at once, hour by hour."""
    return pumps(3, seed=11).sort("hour", "pump").to_dicts()


@pytest.mark.parametrize("where", [0, 1, 30, 140])
def test_a_stream_goes_on_from_its_file(model, rows, tmp_path, where):
    """Kept and read back it answers all later rows to the bit as if it had never stopped."""
    stream = model.stream()
    stream.predict(rows[:where])
    stream.keep(tmp_path / "line.stream")

    again = andon.load(model.run.folder, threads=1).stream(tmp_path / "line.stream")

    assert [again.predict(row) for row in rows[where:]] == [stream.predict(row) for row in rows[where:]]


def test_a_run_without_memory_keeps_nothing_and_goes_on(quality_run, tmp_path):
    """A stream of rows that stand alone can be kept and read back, too."""
    stream = andon.load(quality_run.folder).stream()
    stream.keep(tmp_path / "kept", seen=3)

    assert read_memory(tmp_path / "kept", quality_run).notes == {"seen": 3}
    row = {"pressure_bar": 101.0, "speed": 20.0, "machine": "M1", "humidity": None, "made": "2024-01-02T10:00:00"}
    assert stream.stream(tmp_path / "kept").predict(row) == stream.predict(row)


def test_the_same_run_elsewhere_reads_it(model, rows, tmp_path):
    """A run that was moved, or whose decisions were changed, is still the run."""
    stream = model.stream()
    stream.predict(rows[:9])
    stream.keep(tmp_path / "kept")
    moved = shutil.copytree(model.run.folder, tmp_path / "else where")

    assert andon.load(moved).stream(tmp_path / "kept").predict(rows[9]) == stream.predict(rows[9])


def test_another_run_is_refused(model, tmp_path):
    """What one run remembers is no use to another, and is never taken for it."""
    model.stream().keep(tmp_path / "kept")
    other = shutil.copytree(model.run.folder, tmp_path / "other")
    manifest = read_json(other / "manifest.json")
    write_json(other / "manifest.json", {**manifest, "files": {**manifest["files"], "model.onnx": "another"}})

    with pytest.raises(RunProblem, match="another run's stream was kept here"):
        andon.load(other).stream(tmp_path / "kept")


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_file_is_a_sentence(model, rows, tmp_path, seed):
    """A bit turned, an end cut off or something else altogether is told, wherever it is."""
    stream, path, draw = model.stream(), tmp_path / "kept", np.random.default_rng(seed)
    stream.predict(rows[:20])
    stream.keep(path)
    content = bytearray(path.read_bytes())
    if seed % 2:
        del content[int(draw.integers(len(content))) :]
    else:
        content[int(draw.integers(len(content)))] ^= 1 << int(draw.integers(8))
    path.write_bytes(content)

    with pytest.raises(RunProblem, match="damaged|not what a stream remembered"):
        model.stream(path)


def test_a_missing_file_is_a_sentence(model, tmp_path):
    """A name that leads nowhere is told with what to do."""
    with pytest.raises(RunProblem, match="cannot be read"):
        model.stream(tmp_path / "nowhere")


def test_only_a_stream_is_kept(model, tmp_path):
    """A model that takes every call as a table has nothing to keep."""
    with pytest.raises(Problem, match="only a stream remembers"):
        model.keep(tmp_path / "kept")


def test_arrays_come_back_as_they_were(tmp_path):
    """Shapes, types and bytes, empty ones included, and the copy can be written to."""
    arrays = {"a": np.arange(6.0).reshape(2, 3), "b": np.zeros((0, 3), np.float32), "c": np.array([-1, 1 << 60])}
    run = Run(tmp_path)
    write_json(run / "manifest.json", {"files": {}})
    write_memory(tmp_path / "kept", run, Memory(arrays, {"n": [1, None]}))

    found = read_memory(tmp_path / "kept", run)

    assert found.notes == {"n": [1, None]}
    for name, array in arrays.items():
        assert found.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(found.arrays[name], array)
        assert found.arrays[name].flags.writeable
