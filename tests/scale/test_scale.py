"""Scaling: statistics of the training part, and what they do to numbers."""

import json
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import polars as pl
import pytest

from andon.plan.settings import Scale
from andon.scale import METHODS, apply_scaling, fit_scaling
from andon.summary import summarise


@dataclass(frozen=True)
class Spec:
    """An input of a graph."""

    columns: tuple[str, ...] = ("x", "y", "same", "gaps", "nothing")
    kind: str = "numbers"
    dtype: str = "float64"

    @property
    def shape(self):
        """Without the rows."""
        return (len(self.columns),)


@pytest.fixture(scope="module")
def table():
    """Columns of every difficulty."""
    rng = np.random.default_rng(0)
    return pl.DataFrame({
        "x": rng.normal(1e9, 1, 4000), "y": rng.lognormal(0, 2, 4000), "same": np.full(4000, 0.1),
        "gaps": pl.Series(rng.normal(-3, 5, 4000)).scatter([1, 5], [None, None]),
        "nothing": pl.Series([None] * 4000, dtype=pl.Float64),
    })  # fmt: skip


@pytest.fixture(scope="module")
def summary(table):
    """Its summary."""
    return summarise(table, dict.fromkeys(table.columns, "number")).finish()


def array_of(table):
    """(N, C) float64, NaN where missing."""
    return table.select(pl.all().fill_null(float("nan"))).to_numpy()


@pytest.mark.parametrize("method", METHODS)
def test_scaled_numbers_are_finite_and_survive_json(method, table, summary):
    """Scaled values are finite whatever the column (constant, empty, with gaps, at 1e9), and JSON keeps it all."""
    scaling = fit_scaling(Scale(method=method), Spec(), summary)

    scaled = apply_scaling(array_of(table), json.loads(json.dumps(scaling)))

    assert scaled.dtype == np.float32
    assert np.isfinite(scaled).all()
    assert scaling["missing"] == [False, False, False, True, True]
    assert scaled.shape == (4000, 7)
    assert scaled[:, 5].nonzero()[0].tolist() == [1, 5]
    assert scaled[:, 6].all()
    assert (scaled[[1, 5], 3] == 0).all()


def test_each_method_is_its_formula(table, summary):
    """Means, ranges, quartiles and logarithms come out as the table of methods says."""
    values = array_of(table)
    scaled = {m: apply_scaling(values, fit_scaling(Scale(method=m), Spec(), summary)) for m in METHODS}

    np.testing.assert_allclose(scaled["zscore"][:, :2].mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(scaled["zscore"][:, :2].std(0), 1, rtol=1e-5)
    assert scaled["minmax"][:, 1].min() == 0
    assert scaled["minmax"][:, 1].max() == 1
    np.testing.assert_allclose(np.quantile(scaled["robust"][:, 0], [0.5]), 0, atol=1e-6)
    np.testing.assert_allclose(np.subtract(*np.quantile(scaled["robust"][:, 0], [0.75, 0.25])), 1, rtol=1e-5)
    low, median = values[:, 1].min(), np.median(values[:, 1])
    np.testing.assert_allclose(scaled["log"][:, 1], np.log1p((values[:, 1] - low) / (median - low)), rtol=1e-5)
    np.testing.assert_array_equal(scaled["none"][:, 1], values[:, 1].astype(np.float32))


def test_a_totaliser_keeps_its_digits(table, summary):
    """A column at 1e9 with spread 1 is scaled as exactly as one at 0: subtraction comes before the cast."""
    scaling = fit_scaling(Scale(method="zscore"), Spec(), summary)

    scaled = apply_scaling(array_of(table), scaling)[:, 0]

    x = table["x"].to_numpy() - 1e9
    np.testing.assert_allclose(scaled, (x - x.mean()) / x.std(), atol=2e-6)


def test_quantiles_become_normal_and_ties_share_a_place(table, summary):
    """A skewed column becomes normal, flat beyond what training saw; tied values get the middle of their ranks."""
    scaled = apply_scaling(array_of(table), fit_scaling(Scale(method="quantile"), Spec(), summary))[:, 1]
    levels = [0.1, 0.5, 0.9]

    np.testing.assert_allclose(np.quantile(scaled, levels), [NormalDist().inv_cdf(q) for q in levels], atol=0.03)
    knots = {"method": "quantile", "knots": [[0.0, 0.0, 0.0, 1.0, 2.0]], "missing": [False]}
    out = apply_scaling(np.array([[-5.0], [0.0], [1.0], [9.0]]), knots)[:, 0]
    np.testing.assert_allclose(out, [NormalDist().inv_cdf(p) for p in (0.25, 0.25, 0.75, 0.9)], rtol=1e-6)


def test_robust_falls_back_where_quartiles_meet():
    """A column that is mostly one value is scaled by its standard deviation, a constant one by 1."""
    frame = pl.DataFrame({"x": [0.0] * 90 + [10.0] * 10, "y": [3.0] * 100})
    found = summarise(frame, {"x": "number", "y": "number"}).finish()

    scaling = fit_scaling(Scale(), Spec(("x", "y")), found)

    assert scaling["method"] == "robust"
    np.testing.assert_allclose(scaling["spread"], [3.0, 1.0])
    assert scaling["center"] == [0.0, 3.0]


def test_pictures_are_scaled_by_their_range_and_codes_not_at_all(summary):
    """Bytes of a picture become 0 to 1; codes and other arrays stay."""
    pixels = fit_scaling(Scale(), Spec(("p",), "image", "uint8"), summary)

    assert apply_scaling(np.array([[0, 255]], np.uint8), pixels).tolist() == [[0.0, 1.0]]
    assert fit_scaling(Scale(), Spec(("k",), "codes", "int64"), summary) == {"method": "none"}
    assert fit_scaling(Scale(), Spec(("w",), "signal", "float32"), None) == {"method": "none"}


def test_parts_of_a_date_stay_as_they_are():
    """Sines and cosines are not scaled; a date with gaps has a mask for each of its parts."""
    dates = pl.Series("when", [0, 10 * 86_400_000_000, None]).cast(pl.Datetime("us"))
    found = summarise(pl.DataFrame([dates]), {"when": "date"}).finish()

    scaling = fit_scaling(Scale(method="zscore"), Spec(("when.day.sin", "when.day.cos")), found)

    assert (scaling["center"], scaling["spread"], scaling["missing"]) == ([0.0, 0.0], [1.0, 1.0], [True, True])
