"""Mutated files: whatever is done to their bytes, the answer is rows or one sentence."""

import os
import random
from pathlib import Path

import polars as pl
import pytest
from mutations import mutated, seeds
from reading_aids import plan_for

from andon.errors import DataProblem, Problem
from andon.records import read
from andon.records.faults import hushed, naming


def sentence(path: Path) -> str | None:
    """Read all; what the problem says, if there is one."""
    try:
        read(plan_for(path)).frame.collect()
    except Problem as problem:
        return str(problem)
    return None


@pytest.mark.parametrize("name", sorted(seeds()))
def test_a_mutated_file_gives_rows_or_one_sentence(tmp_path, name):
    """Forty mutations of each format: no traceback of another library, and the sentence names the file."""
    good, rng = seeds()[name], random.Random(f"andon {name}")
    path = tmp_path / name
    for _ in range(40):
        path.write_bytes(mutated(good, rng))
        said = sentence(path)
        assert said is None or (name in said and "\n" not in said)


def test_a_panic_of_polars_is_a_data_problem():
    """It derives from BaseException and would leave with a traceback otherwise."""
    with pytest.raises(DataProblem, match=r"x\.csv"), naming("x.csv"):
        raise pl.exceptions.PanicException("index out of bounds")


def test_a_panic_is_said_in_one_sentence_only(tmp_path, capfd):
    """What Rust writes to standard error about a panic is not shown beside the sentence; other words are."""

    def panic() -> None:
        os.write(2, b"thread panicked")
        raise pl.exceptions.PanicException("index out of bounds")

    with pytest.raises(DataProblem, match="cannot be decoded"), naming("x.csv"), hushed():
        panic()
    with hushed():
        os.write(2, b"a word of another library")

    assert capfd.readouterr().err == "a word of another library"


def test_an_interrupt_is_no_data_problem():
    """Ctrl-C passes."""
    with pytest.raises(KeyboardInterrupt), naming("x.csv"):
        raise KeyboardInterrupt
