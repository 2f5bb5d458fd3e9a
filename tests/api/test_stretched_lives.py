"""What a life left becomes where training lets histories go by faster or slower."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from andon.api.fit import ready
from andon.api.learning.learn import feeds
from andon.api.plans import resolve


def engines(units=16, cap=None, seed=0):
    """Units that run to failure, the life left given where `cap` says so."""
    rng = np.random.default_rng(seed)
    frames = []
    for unit in range(units):
        rows = int(rng.integers(60, 160))
        left = np.arange(rows)[::-1]
        frame = pl.DataFrame({"unit": f"U{unit:02d}", "cycle": np.arange(rows), "wear": rng.normal(-left / 20.0, 1.0)})
        frames.append(frame if cap is None else frame.with_columns(remaining_life=pl.Series(np.minimum(left, cap))))
    return pl.concat(frames)


def batch(frame, *words):
    """The first augmented batch, the raw lives left of its rows, and spread and centre of targets."""
    asked = [
        "accept=['*']",
        "threads=1",
        "device=cpu",
        "augment=[{stretch: {by: 0.5}}]",
        "series={cap: 100, lookback: 30}",
    ]
    made = ready(resolve("remaining_life", [*asked, *words]), frame)
    one = feeds(made)[0].batch(0, 0)
    target = one.target if one.target.dim() == 1 else one.target[:, 0]
    return target.double().numpy() * made.state["spread"] + made.state["center"], made.raw[one.rows]


def test_the_life_left_goes_with_the_speed_up_to_the_cap():
    """Between two thirds of the truth and one and a half times it, and never beyond the cap."""
    told, raw = batch(engines())
    near = (raw > 2) & (raw < 60)
    ratio = told[near] / raw[near]

    assert ratio.min() == pytest.approx(1 / 1.5, abs=0.05)
    assert ratio.max() == pytest.approx(1.5, abs=0.05)
    assert told.max() <= 100 + 1e-3


def test_a_life_given_as_so_long_or_longer_stays_so():
    """Rows at the top of given lives with a cap of their own are not told a shorter life."""
    told, raw = batch(engines(cap=50))

    assert np.allclose(told[raw == 50], 50, atol=1e-3)
    assert (raw == 50).sum() > 20
    assert not np.allclose(told[raw < 50], raw[raw < 50], atol=1)
