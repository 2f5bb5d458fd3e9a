"""Unit jumps are found as heaps and as stretches; honest regimes are left alone."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from planted import clean, coded, judge

from andon.checks import measure

JUMPS = {
    "°C to °F": ("temperature", lambda x: x * 1.8 + 32, 1.8),
    "°C to K": ("temperature", lambda x: x + 273.15, 1.0),
    "kPa to bar": ("pressure_kpa", lambda x: x / 100, 0.01),
    "kPa to psi": ("pressure_kpa", lambda x: x / 6.89476, 1 / 6.89476),
    "a factor of 10": ("pressure_kpa", lambda x: x * 10, 10.0),
    "a factor of 1000": ("flow", lambda x: x * 1000, 1000.0),
    "mm to inch": ("thickness", lambda x: x / 25.4, 1 / 25.4),
}


def jumped(name, change, rows, seed=0):
    """A clean table in which some rows of a column were written in another unit."""
    frame = clean(seed).with_columns(thickness=pl.Series(np.random.default_rng(seed + 50).normal(40, 3, 1500)))
    values = frame[name].to_numpy().copy()
    values[rows] = change(values[rows])
    return frame.with_columns(pl.Series(name, values))


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("seed", range(3))
def test_a_share_of_rows_in_another_unit_is_found(jump, seed):
    """Every tenth row in another unit is named with its factor and its rows."""
    name, change, factor = JUMPS[jump]
    rows = np.random.default_rng(seed + 9).choice(1500, 150, replace=False)

    found = coded(judge(jumped(name, change, rows, seed)), "unit_jump")

    assert [f.column for f in found] == [name]
    assert found[0].figures["factor"] == pytest.approx(factor, rel=0.02)
    assert abs(found[0].rows - 150) <= 5
    assert set(found[0].first_rows) <= set(rows.tolist())


@pytest.mark.parametrize("seed", range(3))
def test_a_stretch_in_another_unit_is_found_where_the_ranges_overlap(seed):
    """Three hundred rows in a row, times ten, are found though the column spans two decades anyway."""
    g = np.random.default_rng(seed)
    values = g.lognormal(2, 1.0, 1500)
    values[600:900] *= 10

    found = coded(judge(clean(seed).with_columns(dose=pl.Series(values))), "unit_jump", "dose")

    assert found[0].figures["factor"] == pytest.approx(10.0)
    assert abs(found[0].first_rows[0] - 600) <= 15
    assert abs(found[0].rows - 300) <= 30


def test_one_machine_in_another_unit_is_named():
    """The machine that writes grams among others that write kilograms is named."""
    g = np.random.default_rng(3)
    machine = np.array([f"m{i % 6}" for i in range(1500)])
    values = np.where(machine == "m4", 1000, 1) * g.lognormal(0, 1.5, 1500)
    frame = clean().with_columns(dose=pl.Series(values), machine=pl.Series(machine))

    found = coded(judge(frame, machine="unit"), "unit_jump", "dose")

    assert found[0].unit == "m4" or abs(found[0].rows - 250) < 20


@pytest.mark.parametrize("seed", range(20))
def test_two_honest_regimes_are_no_unit_jump(seed):
    """A machine that idles and runs, or steps up over the day, has not changed its unit."""
    g = np.random.default_rng(seed)
    rows = np.arange(1500)
    frame = clean(seed).with_columns(
        load=pl.Series(np.where(g.random(1500) < 0.4, g.normal(12, 2, 1500), g.normal(75, 8, 1500))),
        speed=pl.Series(np.where(rows < 700, 900.0, 1450.0) + g.normal(0, 30, 1500)),
        current=pl.Series(np.where(g.random(1500) < 0.3, g.gamma(3, 0.1, 1500), g.gamma(60, 0.4, 1500))),
        setpoint=pl.Series(g.choice([1.0, 10.0, 100.0], 1500)),
    )

    assert coded(judge(frame), "unit_jump") == []


def test_a_column_of_another_quantity_has_no_degrees_in_it():
    """Moisture that lies 273 ppm higher for a while is wet material, not kelvin."""
    rows = np.arange(400, 550)
    frame = jumped("thickness", lambda x: x + 273.15, rows).rename({"thickness": "moisture_ppm"})

    assert not coded(judge(frame), "unit_jump")
    assert coded(judge(frame.rename({"moisture_ppm": "oven"})), "unit_jump")


def test_distances_within_sorted_values_are_those_of_two_samples():
    """Values that come sorted, ties and all, are as far apart as the two samples they are of."""
    rng = np.random.default_rng(0)
    for shift, digits in ((0.0, 1), (0.7, 1), (3.0, 4)):
        odd = rng.random(500) < 0.1
        values = np.round(rng.normal(size=500) + shift * odd, digits)
        order = np.argsort(values, kind="stable")

        found = measure.kolmogorov_within(values[order], odd[order])

        assert found == pytest.approx(measure.kolmogorov(values[odd], values[~odd]), abs=1e-12)
