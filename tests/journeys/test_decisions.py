"""From costs in a plan to ok, ng or review for every part: at the command, in Python, on the page."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

import andon
from andon.cli import main
from andon.errors import SettingProblem
from andon.runtime import load


def parts(rows=900, seed=0):
    """Good parts, and two defects that a pressure and a temperature tell of; some cannot be told."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(["good", "crack", "void"], rows, p=[0.7, 0.2, 0.1])
    pressure = rng.normal(100, 3, rows) + 9 * (kind == "crack")
    temperature = rng.normal(210, 4, rows) - 12 * (kind == "void")
    return pl.DataFrame({"pressure_bar": pressure, "temperature_c": temperature, "quality": kind})


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A small run with costs."""
    return andon.fit(
        "process_quality", parts(), runs=tmp_path_factory.mktemp("runs"), quiet=True, target="quality", epochs=8,
        threads=1, network={"size": "tiny", "members": 1}, train={"trees": "off", "learning_rate": 0.01, "optimizer": "adamw"},
        decide={"cost": {"escape": 20, "overkill": 2, "review": 0.5}},
    )  # fmt: skip


def test_every_part_is_passed_stopped_or_reviewed(run):
    """Frames and dicts get the same decision, which agrees with the answer; nothing flipped on export."""
    fresh = parts(300, seed=1)
    model = load(run.folder)
    answers = model.predict(fresh)
    alone = model.predict([fresh.row(i, named=True) for i in range(40)])

    assert set(answers["decision"]) == {"ok", "ng", "review"}
    assert [row["decision"] for row in alone] == answers["decision"][:40].to_list()
    assert set(answers.filter(pl.col("decision") == "ok")["answer"]) == {"good"}
    assert "good" not in set(answers.filter(pl.col("decision") == "ng")["answer"])
    assert json.loads((run / "parity.json").read_text())["flips"] == 0


def test_fresh_records_are_judged_by_the_same_costs(run):
    """`evaluate` counts what the answers say, and what is decided is cheaper than to pass, stop or review all."""
    fresh = parts(1500, seed=2)
    found = andon.evaluate(run.folder, fresh)["decision"]
    decision = andon.predict(run.folder, fresh)["decision"].to_numpy()
    bad = (fresh["quality"] != "good").to_numpy()

    assert found["escape"] == (bad & (decision == "ok")).sum()
    assert found["overkill"] == (~bad & (decision == "ng")).sum()
    assert found["review"] == (decision == "review").sum()
    assert found["cost"] < found["baseline_cost"]


def test_the_page_and_the_command_say_it(run, tmp_path, capsys):
    """The decision is a column of the file of answers and a section of the page."""
    parts(30, seed=3).write_csv(tmp_path / "new.csv")
    with pytest.raises(SystemExit, match="0"):
        main(["predict", str(run.folder), str(tmp_path / "new.csv"), "--out", str(tmp_path / "a.csv")])

    assert set(pl.read_csv(tmp_path / "a.csv")["decision"]) <= {"ok", "ng", "review"}
    assert 'id="decision"' in (run / "report.html").read_text("utf-8")


def test_a_good_class_that_cannot_be_told_is_asked_for_before_training(tmp_path):
    """No minute is trained for costs that cannot be applied."""
    unnamed = parts(200).with_columns(pl.col("quality").replace({"good": "a", "crack": "b", "void": "c"}))

    with pytest.raises(SettingProblem, match="which class is good"):
        andon.fit(
            "process_quality", unnamed, runs=tmp_path, quiet=True, target="quality", decide={"cost": {"escape": 5}}
        )
