"""A text that names each row, as a lot's number: never learnt from, always beside the answer."""

from __future__ import annotations

import re

import polars as pl
import pytest
from tests.conftest import lots

import andon
from andon.api.following import follow
from andon.api.predict import predict_to_file


def numbered(rows, seed=0):
    """Pressed parts with a lot's number, a word of notes and no target but quality."""
    frame = lots(rows, seed).drop("strength", "made")
    return frame.with_columns(lot=pl.format("L-{}", pl.int_range(pl.len()) + 1000 * seed))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run on such parts."""
    folder = tmp_path_factory.mktemp("named")
    numbered(300).write_csv(folder / "parts.csv")
    return andon.fit("process_quality", folder / "parts.csv", runs=folder / "runs", target="quality", quiet=True,
                     epochs=2, threads=1, trees="off", network={"size": "tiny", "members": 1})  # fmt: skip


def test_answers_stand_behind_the_name_of_their_row(run, tmp_path):
    """Of a file: its numbers in its order. Rows without that column are answered all the same."""
    numbered(20, 3).drop("quality").write_csv(tmp_path / "new.csv")
    done = predict_to_file(run.folder, str(tmp_path / "new.csv"), tmp_path / "out.csv")
    numbered(20, 3).drop("quality", "lot").write_csv(tmp_path / "plain.csv")

    assert pl.read_csv(done.out)["lot"].to_list() == [f"L-{3000 + row}" for row in range(20)]
    assert andon.predict(run.folder, tmp_path / "plain.csv")["answer"].null_count() == 0


def test_a_followed_file_keeps_one_set_of_columns(run, tmp_path):
    """Lines without the name, and before them none that can be read: the answers' columns do not change."""
    numbered(5, 2).drop("quality", "lot").write_csv(tmp_path / "new.csv")

    for step in follow(run.folder, str(tmp_path / "new.csv"), tmp_path / "out.csv"):
        if step.waiting:
            break

    assert pl.read_csv(tmp_path / "out.csv").columns[:2] == ["row", "lot"]


def test_the_worst_rows_of_a_report_have_their_names(run):
    """Whoever looks a wrong answer up knows the lot, not its line in a file."""
    page = (run / "report.html").read_text("utf-8")

    assert re.search(r"\d+ · L-\d+", page)
