"""Scaling in the graph against its NumPy reference."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from net_cases import CENTER, COLOUR, COLUMNS, KNOTS, NUMBERS, PICTURE, SPREAD, WINDOW, rows_of

from andon.errors import SettingProblem
from andon.nets.scaling import ArrayScaling, NumberScaling
from andon.scale import METHODS, apply_scaling

MISSING = [True, False, False, True, False]


def scaling_of(method, **more):
    return {"method": method, "center": CENTER, "spread": SPREAD, "knots": KNOTS, "missing": MISSING, **more}


@pytest.mark.parametrize("method", METHODS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_every_method_is_what_the_summary_promised(method, data):
    """The graph scales as the reference in NumPy does, for any number and any gap, to float32 rounding."""
    cell = st.one_of(
        st.floats(-1e12, 1e12), st.just(float("nan")), st.sampled_from([CENTER[0], KNOTS[0][0], KNOTS[1][-1]])
    )
    x = np.array(data.draw(st.lists(st.lists(cell, min_size=COLUMNS, max_size=COLUMNS), min_size=1, max_size=4)))

    ours = NumberScaling(NUMBERS, scaling_of(method))(torch.from_numpy(x)).numpy()

    np.testing.assert_allclose(ours, apply_scaling(x, scaling_of(method)), rtol=1e-6, atol=1e-6)


def test_a_totaliser_keeps_its_digits():
    """At 10^9 a step of 0.001 is still seen: float64 until the centre is subtracted."""
    x = torch.tensor([[1e9, 0, 0, 0, 0], [1e9 + 0.001, 0, 0, 0, 0]], dtype=torch.float64)

    out = NumberScaling(NUMBERS, scaling_of("robust"))(x)

    assert (out[1, 0] - out[0, 0]).item() == pytest.approx(0.001 / SPREAD[0], rel=1e-3)


def test_quantile_scaling_makes_any_shape_normal_and_takes_ties():
    """Uniform or heavy-tailed, the answer is normal; a value shared by half the rows lies in the middle of its ranks."""
    rng = np.random.default_rng(0)
    columns = [rng.exponential(size=20_000) ** 2, np.where(rng.uniform(size=20_000) < 0.5, 0.0, rng.uniform(size=20_000)),
               np.full(20_000, 7.0), rng.normal(size=20_000), rng.uniform(size=20_000)]  # fmt: skip
    knots = [np.quantile(c, np.linspace(0, 1, 129)).tolist() for c in columns]

    out = NumberScaling(NUMBERS, {"method": "quantile", "knots": knots})(torch.from_numpy(np.stack(columns, 1)))

    assert out[:, 0].std().item() == pytest.approx(1, abs=0.03)
    assert out[:, 0].mean().item() == pytest.approx(0, abs=0.02)
    assert out[columns[1] == 0, 1].unique().item() == pytest.approx(-0.674, abs=0.03)
    assert not out[:, 2].any()


def test_pictures_and_windows_come_out_channels_first():
    """Pixels by their factor, windows by channel, in the order that convolutions want; a gap is the centre."""
    rows = rows_of((PICTURE, COLOUR, WINDOW))
    rows["window.1"][0, 3, 1] = float("nan")
    picture = ArrayScaling(PICTURE, {"method": "pixels", "factor": 1 / 255})(rows["picture"])
    photo = ArrayScaling(COLOUR, {"method": "pixels", "factor": 1 / 255})(rows["photo"])
    scaling = {"method": "zscore", "center": [0.0, 1.0, 2.0], "spread": [1.0, 2.0, 0.5]}
    window = ArrayScaling(WINDOW, scaling)(rows["window.1"])

    assert torch.equal(picture[:, 0], rows["picture"].float() * (1 / 255))
    assert torch.equal(photo, rows["photo"].movedim(-1, 1).float() * (1 / 255))
    expected = (rows["window.1"].double() - torch.tensor([0.0, 1, 2])) / torch.tensor([1.0, 2, 0.5])
    torch.testing.assert_close(window, torch.nan_to_num(expected.float()).mT)
    assert torch.equal(ArrayScaling(WINDOW, {"method": "none"})(rows["window.1"])[1], rows["window.1"][1].T)


def test_an_unknown_method_is_named():
    """A state of a newer version says what it has that this one lacks."""
    with pytest.raises(SettingProblem, match="zscore"):
        NumberScaling(NUMBERS, {"method": "zscor"})
