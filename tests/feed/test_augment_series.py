"""Augmentation of histories."""

import numpy as np
import pytest
import torch

from andon.encode.block import InputSpec
from andon.encode.histories import AGE
from andon.errors import SettingProblem
from andon.feed import Feed, augmentation
from andon.feed.options import Gain, Jitter, Stretch, TimeMask
from andon.feed.series import Ground

ROWS, STEPS = 200, 24
COLUMNS = ("speed", "bar", "volt")
SERIES = InputSpec(name="series", kind="series", shape=(STEPS, 3), dtype="float32", columns=COLUMNS)
FIRST = InputSpec(name="first", kind="first", shape=(4, 3), dtype="float32", columns=COLUMNS)
NUMBERS = InputSpec(name="numbers", kind="numbers", shape=(2,), dtype="float64", columns=("mass", AGE))
SCALING = {
    "settings": [0], "at": [50.0], "by": [50.0], "centers": [[-1.0], [1.0]],
    "center": [[0.0, 10.0, 3.0], [100.0, 500.0, 3.0]], "spread": [[1.0, 1.0, 0.1], [1.0, 20.0, 0.1]], "kept": [1, 2],
}  # fmt: skip
"""Two speeds, 0 and 100; at the higher one the pressure is high and spreads widely."""


def fed(*entries, retold=None, arrays=None):
    """One batch of augmented histories, and the arrays it was made of."""
    draw = np.random.default_rng(0)
    speed = draw.choice([0.0, 100.0], (ROWS, STEPS))
    bar = np.where(speed > 50, 500.0, 10.0) + draw.normal(size=speed.shape) * np.where(speed > 50, 20.0, 1.0)
    series = np.stack([speed, bar, 3 + 0.1 * draw.normal(size=speed.shape)], axis=2).astype(np.float32)
    made = {"series": series, "first": series[:, :4].copy(), "numbers": draw.normal(size=(ROWS, 2)) + 50}
    made |= arrays or {}
    augment = augmentation(entries, [SERIES, FIRST, NUMBERS], Ground(SCALING, retold))
    feed = Feed(made, np.arange(ROWS, dtype=np.float32), batch=ROWS, seed=3, augment=augment)
    batch = feed.batch(0, 0)
    return batch, {name: array[batch.rows] for name, array in made.items()}


def test_noise_is_as_large_as_a_readings_own_regime_allows():
    """A tenth of a spread is 2 at the high speed and 0.1 at the low one, and settings are left alone."""
    batch, made = fed(Jitter(level=0.1))
    apart = batch.inputs["series"].numpy() - made["series"]
    fast = made["series"][..., 0] > 50

    assert np.all(apart[..., 0] == 0)
    assert apart[..., 1][fast].std() == pytest.approx(2.0, rel=0.05)
    assert apart[..., 1][~fast].std() == pytest.approx(0.1, rel=0.05)


def test_a_factor_is_one_of_a_sensor_and_of_all_its_rows():
    """The distance from the regime's centre grows by one factor per row and sensor, in the first rows by the same."""
    batch, made = fed(Gain(by=0.5))
    center = np.where(made["series"][..., 0] > 50, 500.0, 10.0)
    ratio = (batch.inputs["series"].numpy()[..., 1] - center) / (made["series"][..., 1] - center)
    begun = (batch.inputs["first"].numpy()[..., 1] - center[:, :4]) / (made["first"][..., 1] - center[:, :4])

    assert np.allclose(np.median(ratio, axis=1), np.median(begun, axis=1), atol=0.02)
    assert 1 / 1.5 <= np.median(ratio, axis=1).min() < 0.8
    assert 1.2 < np.median(ratio, axis=1).max() <= 1.5
    assert np.array_equal(batch.inputs["series"].numpy()[..., 0], made["series"][..., 0])


def test_a_mask_hides_some_rows_in_a_row_and_never_the_newest():
    """Hidden rows are one piece of at most the share asked, and the newest row is read."""
    batch, _ = fed(TimeMask(share=0.5))
    hidden = np.isnan(batch.inputs["series"].numpy()).all(axis=2)

    assert not hidden[:, -1].any()
    assert hidden.sum(axis=1).max() <= STEPS // 2
    assert (np.diff(hidden.astype(int), axis=1) == 1).sum(axis=1).max() == 1
    assert hidden.sum(axis=1).mean() > 3


def test_a_stretched_window_is_made_of_its_own_rows_and_ends_with_its_newest():
    """Rows are taken as they were read, in their order; one that would lie before the window is empty."""
    place = np.broadcast_to(np.arange(STEPS, dtype=np.float32)[None, :, None], (ROWS, STEPS, 3)).copy()
    batch, _ = fed(Stretch(by=0.5), arrays={"series": place})
    rows = batch.inputs["series"].numpy()[..., 1]

    assert np.all(rows[:, -1] == STEPS - 1)
    assert np.isin(rows[~np.isnan(rows)], np.arange(STEPS)).all()
    steps = np.diff(rows, axis=1)
    assert np.nanmin(steps) >= 0
    assert np.isnan(rows).any(axis=1).mean() == pytest.approx(0.5, abs=0.15)


def test_a_life_that_goes_by_faster_is_younger_and_has_less_left():
    """Age and truth go with the speed: their ratio is as it was; without a life left the truth stays."""

    def retold(rows, times):
        return (rows * times).astype(np.float32)

    batch, made = fed(Stretch(by=0.5), retold=retold)
    told = batch.target.numpy() / np.maximum(batch.rows, 1)
    aged = batch.inputs["numbers"].numpy() / made["numbers"]

    assert np.allclose(aged[:, 0], 1)
    assert np.allclose(aged[1:, 1][batch.rows[1:] > 0], told[1:][batch.rows[1:] > 0], atol=1e-5)
    assert told[batch.rows > 0].min() < 0.8
    kept, _ = fed(Stretch(by=0.5))
    assert np.array_equal(kept.target.numpy(), kept.rows.astype(np.float32))


@pytest.mark.parametrize("entry", [Jitter(), Gain(), TimeMask(), Stretch()])
def test_nothing_looks_ahead(entry):
    """What a window becomes depends on no other window of the batch: rows to come are in later ones."""
    draw = np.random.default_rng(1)
    one, made = fed(entry)
    other = made["series"].copy()
    rows = np.argsort(one.rows)
    other = other[rows]
    other[ROWS // 2 :] = draw.normal(size=other[ROWS // 2 :].shape)
    two, _ = fed(entry, arrays={"series": other})
    early = one.rows < ROWS // 2

    assert torch.equal(one.inputs["series"][early].nan_to_num(), two.inputs["series"][early].nan_to_num())


def test_missing_readings_stay_missing():
    """Padding and gaps of a sensor are no readings after noise or a factor either."""
    gaps = np.random.default_rng(2).normal(size=(ROWS, STEPS, 3)).astype(np.float32)
    gaps[:, :5] = np.nan
    gaps[::2, 8, 1] = np.nan
    batch, made = fed(Jitter(), Gain(), arrays={"series": gaps})

    assert np.array_equal(np.isnan(batch.inputs["series"].numpy()), np.isnan(made["series"]))


def test_rows_that_are_no_histories_are_told():
    """Asking for it where rows stand alone is a mistake that names what helps."""
    with pytest.raises(SettingProblem, match="no histories"):
        augmentation([Jitter()], [NUMBERS])
