"""How far ahead answers go where the plan leaves it open."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from test_ages_of_lives import prepared as censored

from andon.api.learning.cap import BEYOND
from andon.api.plans import resolve
from andon.api.ready import ready


def flat_then_steep(units=24, seed=0):
    """Units whose wear shows in their last 60 of 100 to 300 cycles alone."""
    rng = np.random.default_rng(seed)
    frames = []
    for unit in range(units):
        count = int(rng.integers(100, 300))
        left = np.arange(count)[::-1]
        wear = np.maximum(60 - left, 0) / 10 + rng.normal(size=count)
        frames.append(pl.DataFrame({"unit": f"U{unit:02d}", "cycle": np.arange(count), "wear": wear}))
    return pl.concat(frames)


def asked(*words):
    """Ready records of such units."""
    return ready(resolve("remaining_life", ["accept=['*']", "threads=1", "device=cpu", *words]), flat_then_steep())


def test_a_cap_that_was_found_bends_and_one_that_was_asked_for_ends():
    """What age and load say of the far end is not thrown away unasked; a cap of the user's own is the end. The plan that
    is kept says which."""
    found, said = asked(), asked("series={cap: 60}")
    again = asked(f"series={{cap: {found.state['cap']}, beyond: {found.plan.series['beyond']}}}")

    assert found.plan.series["beyond"] == BEYOND == found.state["slope"]
    assert found.state["cap"] < 200 < found.state["longest"]
    assert said.state["slope"] == 0
    assert said.state["high"] == 60
    assert again.state == found.state


def test_lives_that_go_on_end_at_the_cap(tmp_path):
    """Of them nobody knows how long they are: beyond the cap they would teach that lives are longer than any seen."""
    found = censored(tmp_path, "series={lookback: 40}")

    assert found.least is not None
    assert found.state["slope"] == 0


@pytest.mark.parametrize("short", [1e-5, 2e-6])
def test_a_cap_is_found_however_short_lives_are(short):
    """Lives of seconds beside dates counted in hours have a cap as others do, and the plan that is kept can be read."""
    frame = flat_then_steep().with_columns(pl.col("cycle") * short)
    words = ["accept=['*']", "threads=1", "device=cpu", "series={lookback: 40}"]

    found = ready(resolve("remaining_life", words), frame)

    assert found.state["cap"] == pytest.approx(asked("series={lookback: 40}").state["cap"] * short, rel=0.05)
    assert found.plan.series["cap"] == found.state["cap"]
