"""A run without torch: one way from record to answer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
from tests.conftest import lots

import andon
from andon.errors import DataProblem, RunProblem


@pytest.fixture(scope="module")
def model(quality_run):
    return andon.load(quality_run.folder)


@pytest.fixture(scope="module")
def new():
    return lots(60, seed=5).drop("quality", "strength")


def test_a_row_alone_is_answered_as_in_a_frame(model, new):
    """Single dicts, which never touch Polars, get the frame's answers."""
    together = model.predict(new)
    alone = [model.predict(row) for row in new.iter_rows(named=True)]

    assert [a["answer"] for a in alone] == together["answer"].to_list()
    np.testing.assert_allclose([a["p_ng"] for a in alone], together["p_ng"].to_numpy(), atol=1e-6)


def test_bad_rows_are_listed_and_good_ones_answered_in_order(model, new):
    """One bad cell costs one answer; the others keep their places."""
    words = new.with_columns(pl.col("pressure_bar").cast(pl.String))
    broken = words.with_columns(
        pressure_bar=pl.when(pl.int_range(pl.len()) == 7).then(pl.lit("??")).otherwise("pressure_bar")
    )

    answers, good = model.predict(broken), model.predict(new)

    assert answers["answer"][7] is None
    assert answers["problem"][7] == "column 'pressure_bar': '??' is not a number"
    rest = [i for i in range(60) if i != 7]
    assert answers["answer"].gather(rest).to_list() == good["answer"].gather(rest).to_list()


def test_a_bad_dict_is_answered_with_its_reason(model, new):
    """Among several dicts a bad one gets its reason, the others their answers."""
    rows = new.head(3).to_dicts()
    rows[1]["speed"] = "fast"

    answers = model.predict(rows)

    assert answers[1] == {"problem": "column 'speed': 'fast' is not a number"}
    assert [a["problem"] for a in answers] == [None, answers[1]["problem"], None]


def test_frames_are_answered_in_kind(model, new):
    """pandas in, pandas out, with the index of the rows."""
    frame = new.to_pandas().set_index(pd.RangeIndex(100, 160))

    answers = model.predict(frame)

    assert isinstance(answers, pd.DataFrame)
    assert answers.index.tolist() == list(range(100, 160))


def test_a_missing_column_is_a_sentence(model, new):
    """What is missing is named, not guessed."""
    with pytest.raises(DataProblem, match="column 'speed' is missing"):
        model.predict(new.drop("speed"))


def test_a_run_moves(quality_run, tmp_path, new):
    """A run folder works wherever it is copied."""
    moved = shutil.copytree(quality_run.folder, tmp_path / "else where")

    assert andon.load(moved).predict(new).equals(andon.load(quality_run.folder).predict(new))


def test_a_broken_graph_is_a_broken_run(quality_run, tmp_path):
    """A torn model file is named, with what to do."""
    moved = shutil.copytree(quality_run.folder, tmp_path / "torn")
    (moved / "model.onnx").write_bytes(b"torn")
    with pytest.raises(RunProblem, match=r"model\.onnx cannot be loaded"):
        andon.load(moved)


def test_rows_are_answered_without_torch_and_without_polars(quality_run):
    """A box at the line needs NumPy and ONNX Runtime for single rows, nothing more."""
    row = {"pressure_bar": 101.0, "speed": 20.0, "machine": "M1", "humidity": None, "made": "2024-01-02T10:00:00"}
    code = (
        f"import sys, andon; answer = andon.load({str(quality_run.folder)!r}).predict({row!r});"
        "assert answer['answer'] in ('ok', 'ng'), answer;"
        "print([m for m in ('torch', 'polars', 'lightgbm', 'sklearn', 'onnx', 'altair') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stdout.strip() == "[]", done.stderr


def test_many_rows_are_answered_as_few(model):
    """Chunks do not change answers."""
    rows = lots(5000, seed=9).drop("quality", "strength")

    whole = model.predict(rows)

    assert whole.head(50).equals(model.predict(rows.head(50)))


def test_nothing_is_reported_to_anybody(tmp_path):
    """ONNX Runtime would tell its makers of each start, and leave a mark among the temporary files: it is switched off
    before it is loaded."""
    script = "import andon.runtime.graph"
    env = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"} | {"TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", script], env=env, check=True)

    assert not list(tmp_path.iterdir())
