"""Operating regimes: found where settings jump between few places, and nowhere else."""

from __future__ import annotations

import json

import numpy as np
import pytest

from andon.scale.regimes import asks_for_digits, fit_regimes, settings_of

PLACES = np.array([[0, 0, 100], [10, 0.25, 100], [20, 0.7, 100], [25, 0.62, 60], [35, 0.84, 100], [42, 0.84, 100]])
"""Altitude, Mach number and throttle of the turbofans of C-MAPSS, FD002."""
COLUMNS = ["altitude", "mach", "throttle", "s1", "s2", "still"]


def rows(count=3000, seed=0):
    """(N, 6): three settings at six places with a little play, two sensors that go with them, one that never moves."""
    rng = np.random.default_rng(seed)
    regime = rng.integers(0, len(PLACES), count)
    settings = PLACES[regime] + rng.normal(0, [0.01, 0.0005, 0.0], (count, 3))
    sensors = np.stack([500 + 40 * regime + rng.normal(0, 2, count), -regime + rng.normal(0, 0.5, count)], axis=1)
    return np.column_stack([settings, sensors, np.full(count, 14.62)]), regime


def nearest(found, settings):
    """Regime of each row by the fitted centres."""
    scaled = (settings[:, found["settings"]] - found["at"]) / found["by"]
    return np.square(scaled[:, None] - np.array(found["centers"])).sum(axis=2).argmin(axis=1)


def test_six_planted_regimes_are_found():
    """As many centres as there are places, each row with its own, each with mean and spread of its sensors."""
    table, regime = rows()

    found = fit_regimes(COLUMNS, table)

    assert found["settings"] == [0, 1, 2]
    assert len(found["centers"]) == 6
    place = nearest(found, table)
    pairs = {(int(a), int(b)) for a, b in zip(regime, place, strict=True)}
    assert len(pairs) == 6
    for planted, own in pairs:
        assert found["center"][own][3] == pytest.approx(500 + 40 * planted, abs=1)
        assert found["spread"][own][3] == pytest.approx(2, rel=0.15)


def test_settings_and_what_never_moves_within_a_regime_carry_nothing():
    """Of what is left the network learns from the sensors alone."""
    table, _ = rows()

    assert fit_regimes(COLUMNS, table)["kept"] == [3, 4]


def test_regimes_are_the_same_each_time_and_whatever_the_order_of_rows():
    """The same records give the same file; shuffled, the same regimes in the same order."""
    table, _ = rows()
    shuffled = np.random.default_rng(1).permutation(table)

    first, again, other = fit_regimes(COLUMNS, table), fit_regimes(COLUMNS, table), fit_regimes(COLUMNS, shuffled)

    assert json.loads(json.dumps(first)) == again == first
    np.testing.assert_allclose(other["centers"], first["centers"], atol=1e-6)
    np.testing.assert_array_equal(nearest(json.loads(json.dumps(first)), table), nearest(again, table))


@pytest.mark.parametrize(("asked", "expected"), [(["s1"], [3]), (["throttle", "mach"], [2, 1]), ("none", [])])
def test_settings_can_be_named(asked, expected):
    """Who knows the settings says so, or says that there are none."""
    table, _ = rows(300)

    assert settings_of(COLUMNS, table, asked) == expected


def test_constant_settings_are_ignored():
    """A recipe that never changes makes no regimes, nor does play in its last digits."""
    rng = np.random.default_rng(0)
    table = np.column_stack([100 + rng.normal(0, 1e-3, 500), np.full(500, 7.0), rng.normal(5, 1, 500)])

    found = fit_regimes(["setting1", "recipe", "s1"], table)

    assert found["settings"] == []
    assert len(found["centers"]) == 1
    assert found["kept"] == [0, 2]


def test_a_setting_that_moves_without_steps_makes_one_regime():
    """A speed that is anywhere is a reading like others, and is kept as one."""
    rng = np.random.default_rng(0)
    table = np.column_stack([rng.uniform(100, 200, 2000), rng.normal(5, 1, 2000)])

    found = fit_regimes(["speed_setting", "s1"], table)

    assert len(found["centers"]) == 1
    assert found["kept"] == [0, 1]


def test_holes_do_no_harm():
    """Rows without a setting are no regime of their own; sensors' holes leave mean and spread of the others."""
    table, _ = rows()
    table[::7, 0] = np.nan
    table[1::9, 3] = np.nan

    found = fit_regimes(COLUMNS, table)

    assert len(found["centers"]) == 6
    assert np.isfinite([found["center"], found["spread"]]).all()


def test_a_totaliser_asks_for_all_digits():
    """Where the centre is ten thousand spreads, float32 would lose what counts, and the window says so."""
    rng = np.random.default_rng(0)

    assert asks_for_digits(1e9 + rng.normal(0, 1, (500, 1)))
    assert not asks_for_digits(5 + rng.normal(0, 1, (500, 1)))


def test_rows_in_which_a_machine_stands_are_no_measure():
    """A press without force would make all forces alike: rows whose signal says it stands set no centre or spread."""
    table, _ = rows()
    stands = np.arange(len(table)) % 12 == 0
    table = np.column_stack([table[:, :3], ~stands, table[:, 3:]])
    running = fit_regimes([*COLUMNS[:3], "running", *COLUMNS[3:]], np.delete(table, 3, axis=1)[~stands])
    table[stands, 4:6] = 0.0

    found = fit_regimes([*COLUMNS[:3], "running", *COLUMNS[3:]], table)

    assert found["runs"] == [3]
    assert found["kept"] == [4, 5]
    spreads = np.delete(np.array(found["spread"]), 3, axis=1)
    np.testing.assert_allclose(spreads, running["spread"], rtol=1e-12)


def test_a_valve_that_moves_no_other_reading_does_not_stop_the_machine():
    """It is a signal as any other, and carries something."""
    table, _ = rows()
    table[:, 5] = np.arange(len(table)) % 7 != 0

    found = fit_regimes([*COLUMNS[:5], "valve"], table)

    assert found["runs"] == []
    assert found["kept"] == [3, 4, 5]
