"""A frame is cut into lives as a file is."""

import polars as pl
import pytest
from tests.api.test_following_events import worn
from tests.conftest import lots

import andon
from andon.errors import Problem


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


def test_lives_that_are_numbered_are_taken_as_they_are(learnt):
    """Whoever knows better than the list says so in a column."""
    run, rows, _ = learnt
    numbered = rows.with_columns(life=pl.lit(0))

    assert andon.predict(run.folder, numbered)["answer"].null_count() == 0


def test_a_list_for_a_run_without_lives_is_refused(quality_run):
    """A list that nothing would be done with is a sentence."""
    with pytest.raises(Problem, match="this run knows no events"):
        andon.predict(quality_run, lots(5), events="events.csv")
