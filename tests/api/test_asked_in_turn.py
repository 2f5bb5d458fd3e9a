"""What intervals stand on where lives are few."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from test_told_caps import flat_then_steep

from andon.api.learning import calibration
from andon.api.learning.calibration import Asked, in_turn
from andon.api.learning.learn import base_settings
from andon.api.plans import resolve
from andon.api.ready import ready, scaling_of
from andon.api.rivals import rivals_of


def made(units):
    """Ready records of such units, and their trees."""
    words = ["accept=['*']", "threads=1", "device=cpu", "series={cap: 60, lookback: 24}"]
    prepared = ready(resolve("remaining_life", words), flat_then_steep(units))
    return prepared, rivals_of(prepared, base_settings(prepared), None, scaling_of(prepared))


def seen(prepared, noise):
    """The validation part, answered with an error of this size."""
    rows = prepared.known("validation")
    truth = prepared.task.told(prepared.raw[rows], prepared.state)
    return Asked(rows, (truth + np.random.default_rng(0).normal(0, noise, len(rows)))[:, None])


def test_few_lives_ask_those_of_training_in_turns():
    """Each by trees that have not learnt it: their errors are no smaller than on other lives, and go down with those of
    the answer, to a half."""
    prepared, rivals = made(14)
    exact, rough = (in_turn(prepared, rivals, prepared.state, seen(prepared, noise)) for noise in (0.01, 1000.0))

    truth = prepared.task.told(prepared.raw[rough.rows], prepared.state)
    far, near = ((found.scores[:, 0] - truth) for found in (rough, exact))
    learnt = rivals[0].scores(prepared.take(rough.rows), prepared.state)[:, 0] - truth

    assert set(prepared.parts.groups[rough.rows]) == set(prepared.parts.groups[prepared.learn])
    np.testing.assert_allclose(near, 0.5 * far, atol=1e-9)
    assert np.std(far) > 1.2 * np.std(learnt)


def test_enough_lives_and_lives_that_go_on_are_left_alone(monkeypatch):
    """There the held-out lives say it better, and what goes on has no end to be asked about."""
    prepared, rivals = made(14)
    asked = seen(prepared, 1.0)

    assert in_turn(replace(prepared, least=np.zeros(1)), rivals, prepared.state, asked) is None
    assert in_turn(prepared, (), prepared.state, asked) is None
    monkeypatch.setattr(calibration, "FEW_LIVES", 2)
    assert in_turn(prepared, rivals, prepared.state, asked) is None
