"""Records that change between commands, or under a running one: never mixed, never judged as what they are not."""

from __future__ import annotations

import json

import polars as pl
import pytest
from PIL import Image
from tests.conftest import lots
from tests.journeys.test_pictures import surfaces

import andon
from andon.api import fit as fitting
from andon.api.fit import identity, ready
from andon.api.plans import resolve
from andon.api.reproduce import reproduce
from andon.errors import DataProblem, RunProblem

QUICK = {
    "quiet": True, "epochs": 1, "threads": 1, "trees": "off", "network": {"size": "tiny"}, "accept": ["*"],
    "train": {"learning_rate": 0.004, "optimizer": "adamw"},
}  # fmt: skip


@pytest.fixture
def table(tmp_path):
    """A table that names forty pictures beside it, and puts a value to each."""
    surfaces(tmp_path / "parts", side=40)
    places = sorted((tmp_path / "parts").rglob("*.png"))
    frame = pl.DataFrame({"image": [p.relative_to(tmp_path).as_posix() for p in places]})
    frame = frame.with_columns(temp=pl.int_range(pl.len()) % 7, label=pl.col("image").str.split("/").list.get(1))
    frame.write_csv(tmp_path / "parts.csv")
    return tmp_path / "parts.csv"


def other(place):
    """Another picture under this name."""
    Image.new("L", (40, 40), 7).save(place)


def stopped(monkeypatch):
    """A fit that is interrupted when all is learnt and nothing shipped."""

    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(fitting, "finish", stop)


def names(folder):
    """Runs in a folder, and whether they are whole."""
    return {p.name: json.loads((p / "manifest.json").read_text())["finished"] for p in sorted(folder.glob("*/"))
            if (p / "manifest.json").exists()}  # fmt: skip


def test_a_picture_named_by_a_table_is_part_of_what_a_run_stands_on(table):
    """The table stays as it is; one of its pictures does not: to the next command these are other records."""
    resolved = resolve("defect_class", [str(table)], {"accept": ["*"]})
    before = identity(ready(resolved, None, table.parent / "cache"))
    again = identity(ready(resolved, None, table.parent / "cache"))
    other(next(table.parent.rglob("*.png")))

    assert again == before
    assert identity(ready(resolved, None, table.parent / "cache")) != before


@pytest.mark.parametrize("what", ["picture", "row"])
def test_an_interrupted_run_is_not_gone_on_with_on_other_records(table, what, monkeypatch):
    """What was learnt from a picture, or a row, that is another now stays half a run; a new one begins from the start."""
    with monkeypatch.context() as patched:
        stopped(patched)
        with pytest.raises(KeyboardInterrupt):
            andon.fit("defect_class", table, runs=table.parent / "runs", name="it", **QUICK)
    if what == "picture":
        other(next(table.parent.rglob("*.png")))
    else:
        table.write_text(table.read_text().replace(",6,", ",5,", 1))

    run = andon.fit("defect_class", table, runs=table.parent / "runs", name="it", **QUICK)

    assert names(table.parent / "runs") == {"it": False, "it-2": True}
    assert run.folder.name == "it-2"


def test_a_picture_that_changes_while_a_run_learns_is_named(table, monkeypatch):
    """The test part would be judged on a picture that is no longer the one that was dealt: the run stops and says so."""
    place, learn = next(table.parent.rglob("*.png")), fitting.learn

    def meanwhile(*words, **more):
        learnt = learn(*words, **more)
        other(place)
        return learnt

    monkeypatch.setattr(fitting, "learn", meanwhile)

    with pytest.raises(DataProblem, match=rf"{place.name}: it changed, or has gone, while"):
        andon.fit("defect_class", table, runs=table.parent / "runs", **QUICK)


def test_a_table_in_memory_may_change_while_a_run_learns_from_it(tmp_path, monkeypatch):
    """The run is whole, since its rows are; it does not claim the hash of a file it did not read."""
    lots(300).write_csv(tmp_path / "lots.csv")
    learn = fitting.learn

    def meanwhile(*words, **more):
        (tmp_path / "lots.csv").write_text("changed\n")
        return learn(*words, **more)

    monkeypatch.setattr(fitting, "learn", meanwhile)
    run = andon.fit("process_quality", tmp_path / "lots.csv", runs=tmp_path / "runs", target="quality", **QUICK)

    assert run.manifest["data"][0]["sha256"] == ""
    with pytest.raises(RunProblem, match="no longer what they were"):
        reproduce(run.folder)


def test_answers_and_reproduction_see_the_pictures_of_today(table):
    """After a run: a picture that is gone is a bad row beside good answers, and the run says that it cannot be had again."""
    run = andon.fit("defect_class", table, runs=table.parent / "runs", **QUICK)
    assert len(run.manifest["data"]) == 41
    gone = next(table.parent.rglob("*.png"))
    gone.unlink()

    answers = andon.predict(run.folder, table)

    assert answers["answer"].null_count() == 1
    with pytest.raises(RunProblem, match=gone.name):
        reproduce(run.folder)
