"""New rows whose times cannot be read: a totals line, a clock of 24 hours, another way to write dates."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

import andon

QUICK = {"quiet": True, "epochs": 1, "threads": 1, "accept": ["*"], "trees": "off", "size": "tiny", "target": "verdict"}
START = datetime(2024, 3, 1, 6)


def lots(rows, seed=0):
    """Lots of two machines every 35 minutes, whose speed says what becomes of them."""
    rng = np.random.default_rng(seed)
    speed = rng.normal(50, 5, rows)
    return pl.DataFrame({
        "time": [START + timedelta(minutes=35 * i) for i in range(rows)], "machine": ["M1", "M2"] * (rows // 2),
        "speed": speed, "verdict": np.where(speed > 52, "bad", "good"),
    })  # fmt: skip


def written(folder, cells):
    """A file of new lots whose times are these texts."""
    frame = lots(len(cells), seed=1).drop("verdict").with_columns(time=pl.Series(cells))
    frame.write_csv(folder / "new.csv")
    return folder / "new.csv"


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A run of the lots alone: their time is no input."""
    folder = tmp_path_factory.mktemp("plain")
    lots(300).write_csv(folder / "lots.csv")
    return andon.fit("process_quality", folder / "lots.csv", runs=folder / "runs", **QUICK)


@pytest.fixture(scope="module")
def joined(tmp_path_factory):
    """A run that takes the last temperature before each lot from a second file."""
    folder = tmp_path_factory.mktemp("joined")
    lots(300).write_csv(folder / "lots.csv")
    heat = pl.DataFrame({
        "at": [START + timedelta(minutes=10 * i) for i in range(1100)], "oil": np.sin(np.arange(1100) / 50)
    })  # fmt: skip
    heat.write_csv(folder / "heat.csv")
    beside = [{"path": str(folder / "heat.csv"), "as_of": "at"}]
    return andon.fit("process_quality", folder / "lots.csv", runs=folder / "runs", **QUICK, **{"data.with": beside})


@pytest.mark.parametrize("last", ["Total", "2024-03-01 24:10:00", "01.03.2024 07:10"])
def test_a_time_that_nothing_stands_on_stops_no_answer(plain, tmp_path, last):
    """Machines whose rows are evenly spaced look like series; with a cell that is no time they are answered all the same."""
    answers = andon.predict(
        plain.folder, written(tmp_path, ["2024-03-01 06:00:00", "2024-03-01 06:35:00"] * 2 + [last, ""])
    )

    assert answers["answer"].null_count() == 0


@pytest.mark.parametrize("last", ["Total", "2024-03-01 24:10:00", "01.03.2024 07:10"])
def test_a_row_that_joins_by_its_time_says_that_it_cannot_be_read(joined, tmp_path, last):
    """Without its time a lot knows no temperature: it has no answer and says why, the others have theirs."""
    answers = andon.predict(joined.folder, written(tmp_path, ["2024-03-01 06:00:00"] * 5 + [last]))

    assert answers["answer"].is_null().to_list() == [False] * 5 + [True]
    assert answers["problem"][5] == f"column 'time': '{last}' is not a date"


def test_day_and_month_are_not_guessed(tmp_path):
    """An input that training knew as 2024-01-03 is not read from 01/03/2024: both ways to read it are told from none."""
    table = lots(300).rename({"time": "poured"}).with_columns(weekday=pl.col("speed"))
    table = table.with_columns(poured=pl.col("poured").shuffle(seed=1))
    table.write_csv(tmp_path / "lots.csv")
    run = andon.fit("process_quality", tmp_path / "lots.csv", runs=tmp_path / "runs", **QUICK)
    assert "poured" in andon.load(run.folder).schema.names()
    new = table.drop("verdict").head(4)

    cells = {form: new["poured"].dt.strftime(form).to_list() for form in ("%Y-%m-%d %H:%M:%S", "%m/%d/%Y %H:%M:%S")}
    told = {form: andon.predict(run.folder, new.with_columns(poured=pl.Series(text))) for form, text in cells.items()}

    iso, other = told.values()
    assert iso["answer"].null_count() == 0
    assert other["answer"].null_count() == 4
    assert other["problem"].str.ends_with("is not a date").all()
