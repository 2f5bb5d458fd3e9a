import re

import numpy as np
import pytest

from andon.score.gap import judge

EPOCHS = np.arange(1, 41)
FALL = np.exp(-EPOCHS / 5)


@pytest.mark.parametrize(
    ("verdict", "train", "valid", "word"),
    [
        ("fits", 0.2 + 0.8 * FALL, 0.25 + 0.75 * FALL, "Fits"),
        ("fits", 0.4 + 0.8 * FALL, 0.3 + 0.7 * FALL, "Fits"),  # dropout: training loss above
        ("overfits", 0.05 + 0.95 * FALL, 0.3 + 0.7 * FALL + 0.01 * EPOCHS, "rose from"),
        ("overfits", 0.02 + 0.98 * FALL, 0.6 + 0.4 * FALL, "training loss is 2%"),
        ("underfits", 1 - 0.01 * EPOCHS, 1.01 - 0.01 * EPOCHS, "still falling"),
        ("underfits", 0.97 + 0.02 * FALL, 0.98 + 0.02 * FALL, "98% of the simplest"),
    ],
)
@pytest.mark.parametrize("scale", [1.0, 350.0])
def test_textbook_curves_get_the_textbook_word(verdict, train, valid, word, scale):
    """Curves drawn by hand, in any unit of loss."""
    found = judge(list(train * scale), list(valid * scale), scale)
    assert found.verdict == verdict
    assert word in found.sentence
    assert found.sentence_zh.startswith({"fits": "拟合", "overfits": "过拟合", "underfits": "欠拟合"}[verdict])


def test_a_rival_tells_poor_records_from_a_poor_network():
    """High loss alone is called underfitting; a rival that finds no more takes that back, one that does confirms it."""
    train, valid = 0.88 + 0.1 * FALL, 0.9 + 0.1 * FALL
    assert judge(train, valid, 1.0).verdict == "underfits"
    assert judge(train, valid, 1.0, rival=0.89).verdict == "fits"
    found = judge(0.4 + 0.6 * FALL, 0.45 + 0.55 * FALL, 1.0, rival=0.2)
    assert found.verdict == "underfits"
    assert "another model" in found.sentence


def test_what_lies_within_noise_is_no_turn():
    """A rise smaller than three standard errors is not called learning by heart."""
    valid = 0.5 + 0.5 * FALL + 0.01 * np.maximum(EPOCHS - 20, 0)
    train = 0.4 + 0.6 * FALL
    assert judge(train, valid, 1.0).verdict == "overfits"
    assert judge(train, valid, 1.0, noise=0.1).verdict == "fits"


@pytest.mark.parametrize(("own", "low", "caught"), [(0.25, 0.3, True), (0.02, 0.5, False)])
def test_what_came_after_the_best_epoch_is_told_from_what_is_kept(own, low, caught):
    """A curve that turns is overfitting; the kept weights only are if they had learnt by heart before it."""
    valid = low + (1 - low) * FALL + 0.02 * np.maximum(EPOCHS - 20, 0)
    found = judge(list(own + (1 - own) * FALL), list(valid), 1.0)

    assert found.verdict == "overfits"
    assert found.caught is caught


def test_one_epoch_or_an_exploded_one_is_judged_without_a_warning():
    """Short and broken curves have a verdict too."""
    assert judge([0.5], [0.5], 1.0).verdict == "fits"
    assert judge([0.5, 0.3, 0.2, 0.2, 0.2, 0.2], [0.5, float("nan"), 0.25, 0.25, 0.25, 0.25], 1.0).verdict == "fits"
    assert judge([2.0], [2.0], 0.0).sentence


def test_of_few_epochs_one_fall_after_a_rise_is_no_trend():
    """A network of four epochs whose validation loss went up and down did not stop too early; one that fell in each
    did."""
    trains = [0.20, 0.06, 0.05, 0.045]

    assert judge(trains, [0.109, 0.040, 0.048, 0.032], 1.0).verdict == "fits"
    assert judge(trains, [0.30, 0.22, 0.15, 0.09], 1.0).verdict == "underfits"


@pytest.mark.parametrize("valid", [[0.030848, 8.9072e-8], [2.0, 0.5, 0.01, 1e-5, 0.0]])
def test_of_a_loss_about_nought_no_share_is_told(valid):
    """Where next to nothing is left to gain, a loss that still falls is no underfitting."""
    found = judge([0.56, 0.047, 0.01, 1e-3, 1e-4][: len(valid)], valid, 0.0028)

    assert found.verdict == "fits"
    assert "less than 1%" in found.sentence


@pytest.mark.parametrize(
    ("verdict", "valid"),
    [("underfits", [9.0, 3.0, 0.4]), ("overfits", [0.5, 1e-9, 1e-9, 1e-9, 0.4, 0.5, 0.6])],
)
def test_falls_and_rises_are_told_in_figures_that_can_be(verdict, valid):
    """A loss falls by less than all of itself; and a rise from about nought is no share of that nought."""
    found = judge([0.5 / n for n in range(1, len(valid) + 1)], valid, 1.0)

    assert found.verdict == verdict
    assert max(map(int, re.findall(r"(\d+)%", found.sentence))) <= 100
