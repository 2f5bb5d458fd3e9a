"""A stream: rows one after the other are answered as the whole table is."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.conftest import pumps

import andon
from andon.errors import DataProblem


@pytest.fixture(scope="module")
def model(life_run):
    return andon.load(life_run.folder, threads=1)


@pytest.fixture(scope="module")
def new():
    """Four pumps never seen, in the order their rows come: all of them at once, hour by hour."""
    return pumps(4, seed=7).sort("hour", "pump")


def close(answers, whole):
    """The same decisions, scores at most 1e-6 apart."""
    for row, other in zip(answers, whole.to_dicts(), strict=True):
        assert row["problem"] == other["problem"]
        for name in ("answer", "low", "high", "safe_until"):
            if other["problem"] is None:
                assert abs(row[name] - other[name]) <= 1e-6


def test_a_stream_answers_as_the_table_does(model, new):
    """Row by row, units interleaved: what the whole table is answered."""
    stream = model.stream()

    close([stream.predict(row) for row in new.iter_rows(named=True)], model.predict(new))


def test_blocks_of_a_stream_answer_as_the_table_does(model, new):
    """However many rows come at once, as dicts or as frames."""
    whole = model.predict(new)
    for size in (3, 50):
        dicts, frames = model.stream(), model.stream()
        pieces = list(new.iter_slices(size))

        close([answer for piece in pieces for answer in dicts.predict(piece.to_dicts())], whole)
        close(pl.concat([frames.predict(piece) for piece in pieces]).to_dicts(), whole)


def test_the_order_of_a_table_does_not_matter(model, new):
    """A table says when its rows were, so it may be shuffled."""
    order = np.random.default_rng(0).permutation(len(new))

    shuffled = model.predict(new[order])

    close(shuffled[np.argsort(order)].to_dicts(), model.predict(new))


def test_a_row_of_no_unit_is_of_nobodys_history(model, new):
    """In a table, a list or a stream, a row that names no unit is not answered by another's past."""
    some = new.head(40).with_columns(pump=pl.when(pl.int_range(40) % 7 == 2).then(pl.lit(None)).otherwise("pump"))
    nobody = some["pump"].is_null().to_list()
    stream = model.stream()

    for answers in (
        model.predict(some)["problem"].to_list(),
        [row["problem"] for row in model.predict(some.to_dicts())],
        [stream.predict(row)["problem"] for row in some.iter_rows(named=True)],
    ):
        assert answers == ["its unit is missing" if lost else None for lost in nobody]


@pytest.mark.parametrize("name", ["pump", "hour"])
def test_rows_that_cannot_say_whose_they_are_or_when_are_refused(model, new, name):
    """All machines as one, or ages in rows for hours, would be answered without a word: in a frame, a list and a stream
    as in a file."""
    rows = new.drop(name)
    for ask, asked in ((model.predict, rows), (model.predict, rows.to_dicts()), (andon.predict, rows),
                       (model.stream().predict, rows.to_dicts()[0])):  # fmt: skip
        with pytest.raises(DataProblem, match=f"column '{name}' is missing .an answer looks back on the rows of its"):
            ask(model.run.folder, asked) if ask is andon.predict else ask(asked)


def test_a_missing_time_hides_no_step_back(model, new):
    """A table whose only step back lies beside a row without a time is put in order as any other."""
    own = new.filter(pl.col("pump") == new["pump"][0])
    lost = own.head(1).with_columns(hour=pl.lit(None, own.schema["hour"]))

    found = model.predict(pl.concat([own.tail(20), lost, own.head(len(own) - 20)]))

    assert found["problem"].drop_nulls().to_list() == ["its time is missing"]


def test_late_and_repeated_rows_change_nothing(model, new):
    """A row that comes again, too late or without a time gets its reason; all others are answered as if it had never
    come, by cleaning's memory and by the history's."""
    rows = list(new.iter_rows(named=True))
    spoilt, wanted = [], []
    for number, row in enumerate(rows):
        spoilt.append(row)
        wanted.append(None)
        if number % 7 == 3:
            spoilt += [row, {**row, "hour": None}, {**row, "hour": row["hour"] - 0.5}]
            wanted += ["a row of this unit and time was seen before", "its time is missing",
                       "a later row of this unit was seen before"]  # fmt: skip
    stream = model.stream()

    answers = [stream.predict(row) for row in spoilt]

    assert [a["problem"] for a in answers] == wanted
    close([a for a in answers if a["problem"] is None], model.predict(new))
    several = model.stream().predict(spoilt)
    assert [a["problem"] for a in several] == wanted


def test_a_table_tells_repeated_rows(model, new):
    """Of two rows of a unit and moment the first counts, wherever they stand."""
    twice = pl.concat([new, new[5:6]])

    answers = model.predict(twice)

    assert answers["problem"].to_list() == [*[None] * len(new), "a row of this unit and time was seen before"]
    close(answers[:-1].to_dicts(), model.predict(new))


def test_nothing_but_late_rows_is_answered_with_reasons(model, new):
    """A call whose rows all come too late is no error."""
    stream = model.stream()
    stream.predict(new)

    assert set(stream.predict(new)["problem"]) == {"a row of this unit and time was seen before",
                                                   "a later row of this unit was seen before"}  # fmt: skip
    assert stream.predict([]) == []


def test_a_row_that_cannot_be_read_counts_for_those_after_it(model, new):
    """Frames and dicts agree: a bad cell costs one answer, and is a missing cell in the history of the others."""
    words = new.with_columns(pl.col("flow").cast(pl.String)).with_columns(
        flow=pl.when(pl.int_range(pl.len()) == 9).then(pl.lit("??")).otherwise("flow")
    )
    stream = model.stream()

    alone = [stream.predict(row) for row in words.iter_rows(named=True)]

    assert alone[9] == {"problem": "column 'flow': '??' is not a number"}
    close(alone, model.predict(words))


def test_a_stream_leaves_its_model_alone(model, new):
    """A model remembers nothing: only what `stream()` gives does."""
    stream = model.stream()
    first = stream.predict(new[:20].to_dicts())

    assert model.pasts is None
    assert model.predict(new[:20].to_dicts()) == first
