"""Angles and counters are told from other columns by how they move."""

from __future__ import annotations

import numpy as np
import pytest

from andon.scale.motion import counts, runs_over, turn_of

RNG = np.random.default_rng(0)
SAME = np.ones(999, bool)
WALK = np.cumsum(RNG.normal(0, 9, 1000))
NEAR = RNG.normal(0, 2, 1000)


@pytest.mark.parametrize(
    ("name", "values", "turn"),
    [
        ("rotor", WALK % 360, 360), ("rotor", (WALK + 180) % 360 - 180, 360), ("rotor", np.radians(WALK) % (2 * np.pi), 2 * np.pi),
        ("peak_deg", NEAR % 360, 360), ("相位", NEAR % 360, 360), ("peak", NEAR % 360, None),
        ("power_kw", 180 + 100 * np.sign(NEAR), None), ("heat_deg", 180 + 10 * NEAR, None), ("degas", NEAR % 360, None),
        ("angle", np.full(1000, np.nan), None), ("angle", np.zeros(1000), None), ("kw", RNG.uniform(0, 360, 1000), None),
    ],
)  # fmt: skip
def test_an_angle_turns_over(name, values, turn):
    """It stays within one turn, comes to both ends and jumps from one to the other; else only its name tells."""
    assert turn_of(name, values, SAME) == turn


def counter(resets=0.0, noise=0.0):
    """Rows of something that is counted."""
    step, found, total = RNG.poisson(3, 1000), [], 1e6
    for more in step:
        total = 0.0 if RNG.random() < resets else total + more
        found.append(total + noise * RNG.normal())
    return np.array(found)


@pytest.mark.parametrize(
    ("values", "counted"),
    [
        (counter(), True), (counter(resets=0.02), True), (np.arange(1000.0) * 60 % 65_536, True), (counter(noise=20.0), False),
        (WALK, False), (np.abs(NEAR), False), (np.full(1000, 4.0), False), (np.array([np.nan] * 1000), False),
        ((np.arange(1000) % 2).astype(float), False), (np.repeat([1.0, 2.0], 500), False),
    ],
)  # fmt: skip
def test_a_counter_goes_up_or_starts_again(values, counted):
    """Noise, switches and steps that are rare are none."""
    assert counts(values, SAME) == counted


def test_the_next_unit_begins_where_it_likes():
    """Steps from one unit to the next are no steps."""
    values = np.concatenate([np.arange(500.0) + 1e6, np.arange(500.0) + 4e5])

    assert not counts(values, SAME & (np.arange(999) > 1e9))
    assert counts(values, np.arange(999) != 499)


@pytest.mark.parametrize(
    ("values", "over"),
    [
        (np.arange(1000.0) * 341 % 65_536, True), (np.arange(1000.0) * 3 % 256, True), (np.arange(1000.0) * 7 % 1000, True),
        (np.arange(1000.0) * 341, False), (np.arange(1000.0) * 341 % 52_000, False), (counter(resets=0.02), False),
        (np.append(np.arange(600.0) * 341 % 65_536, 65_536.0), False), (np.full(1000, np.nan), False),
    ],
)  # fmt: skip
def test_a_full_register_begins_again(values, over):
    """From just below a power of two or of ten and never beyond; one that is set back at another count is not full."""
    assert runs_over(values, SAME[: len(values) - 1]) == over
