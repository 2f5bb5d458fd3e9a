"""Streams that go on for months while units come and go."""

from __future__ import annotations

import polars as pl
import pytest
from tests.conftest import pumps

import andon
from andon.encode.roll import FORGOTTEN
from andon.runtime.memory import read_memory


@pytest.fixture(scope="module")
def model(life_run):
    return andon.load(life_run.folder, threads=1)


@pytest.fixture(scope="module")
def parts():
    """Sixty pumps one after the other, ten rows of each."""
    return pumps(60, seed=21).group_by("pump", maintain_order=True).head(10)


def kept(stream, path):
    stream.keep(path)
    return path.stat().st_size


def test_the_file_of_a_stream_does_not_grow_with_units(model, parts, tmp_path):
    """Units that never come again are forgotten: the file is as large after sixty as after twenty, but for their names."""
    stream, sizes = model.stream(units=5), []
    for number, (_, rows) in enumerate(parts.group_by("pump", maintain_order=True)):
        assert stream.predict(rows)["problem"].null_count() == len(rows)
        sizes.append(kept(stream, tmp_path / "kept"))
        assert number < 5 or len(stream.pasts.slots) == 5

    names = 24 * 40  # a name, a time and a life each
    assert 0 < sizes[59] - sizes[19] <= names + 10 * len("99999")


def test_a_forgotten_unit_says_so(model, parts, tmp_path):
    """Its rows have a reason and no answer, also after the stream was kept; the others are answered as in the table."""
    stream, units = model.stream(units=5), parts["pump"].unique(maintain_order=True).to_list()
    stream.predict(parts.head(200))
    stream.keep(tmp_path / "kept")
    rest = (
        pumps(60, seed=21).group_by("pump", maintain_order=True).head(14).group_by("pump", maintain_order=True).tail(4)
    )

    for each in (stream, andon.load(model.run.folder, threads=1).stream(tmp_path / "kept", units=5)):
        found = each.predict(rest.filter(pl.col("pump").is_in([units[3], units[18]])))

        assert found["problem"].to_list() == [FORGOTTEN] * 4 + [None] * 4
    whole = pumps(60, seed=21).filter(pl.col("pump") == units[18]).head(14)
    assert found["answer"][4:].to_list() == pytest.approx(model.predict(whole)["answer"][10:].to_list(), abs=1e-6)


def test_what_cleaning_remembers_is_forgotten_alike(model, parts):
    """No step keeps the values of units that are forgotten."""
    stream = model.stream(units=5)
    stream.predict(parts)

    assert all(len(memory) <= 5 for memory in stream.cleaning.memory)


def test_a_table_forgets_nothing(model, parts):
    """However many units it holds, each row is answered."""
    stream = model.stream(units=5, whole=True)
    for piece in parts.sort("hour", "pump").iter_slices(50):
        assert stream.predict(piece)["problem"].null_count() == len(piece)
    assert len(stream.pasts.slots) == 60


def test_a_stream_kept_before_goes_on(model, parts, tmp_path):
    """A file without names of histories, as earlier versions kept it, is read all the same."""
    stream = model.stream(whole=True)
    stream.predict(parts.head(50))
    stream.keep(tmp_path / "kept")

    assert not any(name.startswith("roll.") for name in read_memory(tmp_path / "kept", model.run).arrays)
    again = model.stream(tmp_path / "kept")
    assert again.predict(parts.slice(50, 9).to_dicts()) == stream.predict(parts.slice(50, 9).to_dicts())
