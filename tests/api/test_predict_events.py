"""A frame is cut into lives as a file is."""

import json

import polars as pl
import pytest
from tests.api.test_following_events import worn
from tests.conftest import lots

import andon
from andon.cli import _run
from andon.errors import DataProblem, Problem, SettingProblem


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    """A run that learnt from lives cut by a list of events, its rows, and where it lies."""
    folder = tmp_path_factory.mktemp("cut")
    rows, events = worn(10)
    events.write_csv(folder / "events.csv")
    rows.write_csv(folder / "rows.csv")
    run = andon.fit(
        "remaining_life", rows, runs=folder / "runs", quiet=True, epochs=1, threads=1, accept=["*"], unit="pump",
        time="hour", size="tiny", series={"lookback": 24, "first": 6, "cap": 40}, optimizer="adamw",
        learning_rate=0.003, trees="off", network={"family": "history"},
        **{"data.with": [{"path": str(folder / "events.csv"), "on": "pump", "as_of": "hour"}]},
    )  # fmt: skip
    return run, rows, folder


@pytest.mark.parametrize("form", ["polars", "dicts"])
def test_a_frame_is_answered_as_the_file_of_its_rows(learnt, form):
    """Rows between a failure and its repair have no answer, and no history goes on across one."""
    run, rows, folder = learnt

    told = andon.predict(run.folder, rows if form == "polars" else rows.to_dicts())

    answers = told if form == "polars" else pl.DataFrame(told, infer_schema_length=None)
    whole = andon.predict(run.folder, folder / "rows.csv").select(answers.columns)
    assert whole["problem"].drop_nulls().str.contains("not repaired yet").any()
    assert answers.equals(whole)


def test_another_list_cuts_other_rows(learnt):
    """New machines come with a list of their own."""
    run, _, folder = learnt
    rows, events = worn(4, seed=5)
    events.write_csv(folder / "other.csv")

    cut = andon.predict(run.folder, rows, events=folder / "other.csv")

    assert andon.predict(run.folder, rows)["problem"].null_count() == len(rows)
    assert cut["problem"].drop_nulls().str.contains("not repaired yet").sum() > 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            pl.lit("swapped"),
            "it lists no events .more than a tenth of its entries are as 'swapped'.. Write failure, repair",
        ),
        (None, "there is no such file .the failures and repairs that cut these rows into lives.. Name the list of"),
    ],
)
def test_a_list_that_says_nothing_or_is_not_there_is_no_empty_list(learnt, change, says):
    """Machines that failed would be told to be safe for so long."""
    run, rows, folder = learnt
    odd = folder / "odd.csv"
    odd.unlink(missing_ok=True)
    if change is not None:
        pl.read_csv(folder / "events.csv").with_columns(what=change, remark=pl.lit(None, pl.String)).write_csv(odd)

    for data in (rows, folder / "rows.csv"):
        for verb in (andon.predict, andon.evaluate):
            with pytest.raises(DataProblem, match=says):
                verb(run.folder, data, events=odd)


def test_events_are_given_as_a_file(learnt):
    """A frame of them is no path, and said to be none."""
    run, rows, folder = learnt
    events = pl.read_csv(folder / "events.csv")
    for verb in (andon.predict, andon.evaluate):
        with pytest.raises(
            SettingProblem, match="'events' is a DataFrame .lists of events are read from files.*its path"
        ):
            verb(run.folder, rows, events=events)


def test_a_table_without_lives_is_not_taken_for_one(learnt):
    """Who asks the model itself numbers the lives; a stream may begin anew when it will."""
    run, rows, _ = learnt
    model = andon.load(run.folder)
    for asked in (rows, rows.head(3).to_dicts()):
        with pytest.raises(DataProblem, match="column 'life' is missing .events cut units into lives"):
            model.predict(asked)
        assert len(model.stream().predict(asked)) == len(asked)


def test_lives_that_are_numbered_are_taken_as_they_are(learnt):
    """Whoever knows better than the list says so in a column."""
    run, rows, _ = learnt
    numbered = rows.with_columns(life=pl.lit(0))

    assert andon.predict(run.folder, numbered)["answer"].null_count() == 0


def test_a_list_for_a_run_without_lives_is_refused(quality_run):
    """A list that nothing would be done with is a sentence."""
    with pytest.raises(Problem, match="this run knows no events"):
        andon.predict(quality_run, lots(5), events="events.csv")
    with pytest.raises(Problem, match="this run knows no events"):
        andon.evaluate(quality_run, lots(5), events="events.csv")


@pytest.mark.parametrize("form", ["file", "frame"])
def test_new_machines_are_judged_by_a_list_of_their_own(learnt, tmp_path, form):
    """A run is judged on records whose failures its training never saw, as a frame and as a file."""
    run, _, _ = learnt
    rows, events = worn(4, seed=5)
    events.write_csv(tmp_path / "other.csv")
    rows.write_csv(tmp_path / "rows.csv")
    data = tmp_path / "rows.csv" if form == "file" else rows

    found = andon.evaluate(run.folder, data, events=tmp_path / "other.csv")

    down = rows["flow"] == 0.0
    assert (found["groups"], found["unknown"]) == (4, 0)
    assert found["rows"] > 0.7 * (~down).sum()
    assert found["truth"] == f"counted down to the failures that '{tmp_path / 'other.csv'}' lists"
    with pytest.raises(DataProblem, match="no life is known to its end"):
        andon.evaluate(run.folder, data)


def test_a_command_judges_by_another_list(learnt, tmp_path, capsys):
    """`andon evaluate --events` says the same as the word in Python."""
    run, _, _ = learnt
    rows, events = worn(4, seed=5)
    events.write_csv(tmp_path / "other.csv")
    rows.write_csv(tmp_path / "rows.csv")
    words = [str(run.folder), str(tmp_path / "rows.csv"), "--events", str(tmp_path / "other.csv"), "--json"]

    assert _run(["evaluate", *words], debug=True) == 0

    found = andon.evaluate(run.folder, rows, events=tmp_path / "other.csv")
    told = json.loads(capsys.readouterr().out)
    assert told["metrics"]["rmse"] == pytest.approx(found["metrics"]["rmse"])


def test_true_lives_need_no_failure_on_the_list(learnt):
    """Units of which no failure is listed yet are judged by the true life left beside their rows."""
    run, _, _ = learnt
    rows, _ = worn(4, seed=5)
    true = rows.filter(pl.col("flow") != 0.0, pl.col("hour") < 1000).with_columns(
        rul=pl.col("hour").max().over("pump") - pl.col("hour")
    )

    found = andon.evaluate(run.folder, true)

    answers = andon.predict(run.folder, true.drop("rul"))["answer"]
    assert (found["rows"], found["truth"]) == (answers.len() - answers.null_count(), "as column 'rul' says")
