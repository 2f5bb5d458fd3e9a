"""Lives judged by the truth that stands in the records, or else by the last row of each unit, and said so."""

import json

import polars as pl
import pytest
from tests.conftest import pumps

import andon
from andon.cli import _run
from andon.locale import translate


@pytest.fixture(scope="module")
def cut():
    """Pumps recorded up to a row before their end, with the true life left at each row."""
    left = pl.col("hour").max().over("pump") - pl.col("hour")
    return pumps(8, seed=3).with_columns(rul=left).filter(pl.col("rul") >= 20)


def squared(run, frame):
    """The root of the mean squared error of what `predict` answers, both sides up to the cap."""
    cap = andon.load(run.folder).state["cap"]
    answers = andon.predict(run.folder, frame.drop("rul"))["answer"].clip(None, cap)
    return (frame["rul"].clip(None, cap) - answers).pow(2).mean() ** 0.5


@pytest.mark.parametrize("name", ["rul", "RUL", "remaining_life", "剩余寿命"])
def test_the_true_life_left_in_the_records_counts(life_run, cut, name):
    """A run that counted its own target is judged by the column that people call so, whichever name it has."""
    found = andon.evaluate(life_run.folder, cut.rename({"rul": name}))

    assert found["rows"] == len(cut)
    assert found["metrics"]["rmse"]["value"] == pytest.approx(squared(life_run, cut))
    assert found["truth"] == f"as column '{name}' says"


def test_rows_whose_truth_is_known_are_judged(life_run, cut):
    """Truth at the last row of each unit alone, as test sets of engines have it, judges these rows."""
    last = pl.col("hour") == pl.col("hour").max().over("pump")

    found = andon.evaluate(life_run.folder, cut.with_columns(rul=pl.when(last).then("rul")))

    known = cut.with_columns(truth=pl.when(last).then("rul"))
    cap = andon.load(life_run.folder).state["cap"]
    known = known.with_columns(andon.predict(life_run.folder, cut.drop("rul"))["answer"]).filter(last)
    missed = (known["truth"].clip(None, cap) - known["answer"].clip(None, cap)).pow(2).mean() ** 0.5
    assert (found["rows"], found["unknown"]) == (8, len(cut) - 8)
    assert found["metrics"]["rmse"]["value"] == pytest.approx(missed)


def test_an_input_is_no_truth(tmp_path, cut):
    """What the run answers from is not what it is judged by, whatever its name."""
    frame = cut.with_columns(ttf=pl.col("flow"))
    run = andon.fit(
        "remaining_life", pumps(16).with_columns(ttf=pl.col("flow") + 1, left=pl.col("hour").rank().over("pump")),
        target="left", runs=tmp_path, quiet=True, epochs=1, threads=1, accept=["*"], unit="pump", time="hour",
        size="tiny", series={"lookback": 24, "first": 6}, train={"trees": "off"},
    )  # fmt: skip

    assert andon.evaluate(run.folder, frame.with_columns(left="rul"))["truth"] == "as column 'left' says"
    with pytest.raises(andon.Problem, match="the target 'left' is not in the data"):
        andon.evaluate(run.folder, frame)


def test_a_life_that_was_counted_down_is_called_so(life_run, cut, tmp_path, capsys):
    """Without a true life the last row stands for the failure: the figures, the terminal and Chinese pages say so."""
    cut.drop("rul").write_csv(tmp_path / "cut.csv")
    words = ["evaluate", str(life_run.folder), str(tmp_path / "cut.csv")]

    found = andon.evaluate(life_run.folder, tmp_path / "cut.csv")
    codes = [_run([*words, *way], debug=True) for way in ([], ["--json"])]

    told = capsys.readouterr().out
    said = "counted down to the last row of each unit: right only where each ran to its failure"
    assert found["truth"] == said
    assert f"life left: {said}\n" in told.partition("{")[0]
    assert json.loads(told[told.index("{") :])["truth"] == said
    assert codes == [0, 0]
    assert "最后一行" in translate("zh").retell(said)


def test_rows_that_are_not_judged_are_counted(life_run, cut, tmp_path, capsys):
    """Whoever gives few true values reads how many rows say nothing."""
    cut.with_columns(rul=pl.when(pl.col("rul") == 20).then("rul")).write_csv(tmp_path / "few.csv")

    _run(["evaluate", str(life_run.folder), str(tmp_path / "few.csv")], debug=True)

    assert f"8 rows are judged; of {len(cut) - 8:,} the truth is not known" in capsys.readouterr().out
