"""Cells that name waveform files: everything that lists in cells can do, from check to a stream without torch."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing

import numpy as np
import polars as pl
import pytest
from tests.api.test_waves import LENGTH, QUICK, lives, shakes
from tests.records.test_signal_files import recorded

import andon
from andon.api.check import check
from andon.api.following import follow
from andon.api.new import new
from andon.api.predict import predict_to_file
from andon.errors import Problem


def filed(frame, folder, ending="npy", rate=12_000):
    """The same table, its waveforms in files below it."""
    (folder / "waves").mkdir(parents=True, exist_ok=True)
    names = [f"waves/{number}.{ending}" for number in range(len(frame))]
    for name, cell in zip(names, frame["vibration"].to_list(), strict=True):
        if ending == "npy":
            np.save(folder / name, np.array(cell))
        else:
            recorded(folder / name, np.array(cell) / 8, rate=rate)
    found = frame.with_columns(vibration=pl.Series(names))
    found.write_csv(folder / "table.csv")
    return found


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two runs of `classify` on the same waves: lists in cells, and files."""
    folder = tmp_path_factory.mktemp("files")
    frame = shakes(160)
    filed(frame, folder)
    asked = {"runs": folder / "runs", "target": "state", "epochs": 2, **QUICK}
    return andon.fit("classify", frame, **asked), andon.fit("classify", folder / "table.csv", **asked)


@pytest.fixture(scope="module")
def heard(tmp_path_factory):
    """A run of `remaining_life` on recordings."""
    folder = tmp_path_factory.mktemp("heard")
    filed(lives(9), folder, "wav")
    return andon.fit(
        "remaining_life", folder / "table.csv", runs=folder / "runs", epochs=1, accept=["*"], unit="bearing",
        time="cycle", series={"lookback": 24, "first": 6, "cap": 40}, network={"family": "history"}, **QUICK,
    )  # fmt: skip


def test_files_are_learnt_and_answered_as_lists_are(runs, tmp_path):
    """The same waves give the same answers, whether they lie in the cells or in files that these name."""
    lists, files = runs
    new_rows = shakes(60, seed=1)
    filed(new_rows, tmp_path)

    ours = andon.predict(files, tmp_path / "table.csv")

    assert ours.equals(andon.predict(lists, new_rows))


def test_a_bad_file_costs_its_own_row(runs, tmp_path):
    """Missing, broken, of another length, without a name or out of the folder: a reason, and the others are answered."""
    table = filed(shakes(20, seed=2), tmp_path)
    whole = andon.predict(runs[1], tmp_path / "table.csv")
    (tmp_path / "waves/1.npy").unlink()
    (tmp_path / "waves/2.npy").write_bytes(b"\x93NUMPY")
    np.save(tmp_path / "waves/3.npy", np.zeros(9))
    names = table["vibration"].to_list()
    names[4], names[5] = None, "../table.npy"
    table.with_columns(vibration=pl.Series(names)).write_csv(tmp_path / "table.csv")

    found = andon.predict(runs[1], tmp_path / "table.csv")

    wanted = ["there is no such file", "the file is broken", f"its size is 9, not {LENGTH}", "there is no waveform",
              "leads out of the folder"]  # fmt: skip
    for row, words in enumerate(wanted, start=1):
        assert words in found["problem"][row], row
        assert found["problem"][row].startswith("column 'vibration': ")
    others = ~pl.int_range(20, eager=True).is_in([1, 2, 3, 4, 5])
    assert found.filter(others).equals(whole.filter(others))


def test_another_rate_is_no_other_class(heard, tmp_path):
    """A recording at four times the rate is refused by its row, at the line and in the check."""
    table = filed(lives(4, seed=4), tmp_path, "wav")
    recorded(tmp_path / "waves/5.wav", np.zeros(LENGTH), rate=48_000)

    found = andon.predict(heard, tmp_path / "table.csv")
    findings = check(tmp_path / "table.csv", job="remaining_life", unit="bearing", time="cycle").findings

    assert found["problem"].is_not_null().arg_true().to_list() == [5]
    assert "its rate is 48000 values a second, not 12000" in found["problem"][5]
    (odd,) = [f for f in findings if f.code == "signal_unreadable"]
    assert "row 5: its rate is 48000" in odd.what
    assert len(table) > 20


def test_the_plan_is_written_beside_files(tmp_path):
    """`new` reads the table with its files and goes on over one that is missing."""
    filed(shakes(120), tmp_path)
    (tmp_path / "waves/3.npy").unlink()

    text = new("classify", str(tmp_path / "table.csv"), ["target=state"], out=tmp_path / "plan.yaml")

    assert "family: convolution" in text


def test_a_stream_of_recordings_answers_as_the_table(heard, tmp_path):
    """Followed as it grows, in blocks and over a restart: the bytes of `andon predict`; a missing file is one reason."""
    filed(lives(2, seed=3), tmp_path, "wav")
    (tmp_path / "waves/30.wav").unlink()
    lines = (tmp_path / "table.csv").read_text().splitlines(keepends=True)
    path, out = tmp_path / "grows.csv", tmp_path / "out.csv"
    for start in range(0, len(lines), 25):
        with path.open("a") as file:
            file.writelines(lines[start : start + 25])
        with closing(follow(heard.folder, str(path), out)) as steps:
            next(step for step in steps if step.waiting)

    predict_to_file(heard.folder, str(path), tmp_path / "whole.csv")

    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert pl.read_csv(out)["problem"].is_not_null().arg_true().to_list() == [30]


def test_single_rows_name_files_or_bring_values(runs, tmp_path, monkeypatch):
    """A dict's file is looked for from the working directory on and not outside of it; values do as well."""
    table = filed(shakes(4, seed=5), tmp_path).drop("state")
    whole = andon.predict(runs[1], tmp_path / "table.csv")
    (tmp_path / "inner").mkdir()
    model = andon.load(runs[1].folder)
    rows = table.to_dicts()
    rows[1]["vibration"] = np.load(tmp_path / "waves/1.npy").tolist()

    monkeypatch.chdir(tmp_path)
    found = model.predict(rows)
    monkeypatch.chdir(tmp_path / "inner")
    lost = model.predict([{**rows[0], "vibration": str(tmp_path / "waves/0.npy")},
                          {**rows[0], "vibration": f"{tmp_path}/./waves/0.npy"}])  # fmt: skip

    assert [row["answer"] for row in found] == whole["answer"].to_list()
    assert all("leads out of the folder" in row["problem"] for row in lost)


def test_files_are_read_without_torch(heard, tmp_path):
    """The base install answers recordings."""
    filed(lives(1, seed=6), tmp_path, "wav")
    script = (
        "import sys; sys.modules['torch'] = None; import andon\n"
        f"found = andon.predict({str(heard.folder)!r}, {str(tmp_path / 'table.csv')!r})\n"
        "assert found['problem'].null_count() == len(found)"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_a_table_without_its_files_is_a_sentence(tmp_path):
    """Moved alone it says so at once."""
    shakes(30).with_columns(vibration=pl.format("waves/{}.npy", pl.int_range(30))).write_csv(tmp_path / "table.csv")

    with pytest.raises(Problem, match="no waveform of 'vibration' can be read"):
        check(tmp_path / "table.csv", target="state")
