"""Embeddings of numbers and categories."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from net_cases import CODES, KNOTS, NUMBERS, SCALING, made, rows_of

from andon.encode.block import InputSpec
from andon.nets import build
from andon.nets.embeddings.categories import Categories
from andon.nets.embeddings.periodic import Periodic
from andon.nets.embeddings.piecewise import PiecewiseLinear, edges_of
from andon.nets.ntk import smooth_clip
from andon.plan.settings import Network


def test_few_categories_are_one_hot_and_many_are_embedded_by_eight_numbers():
    """Four codes give three columns of zeros and ones (the unknown slot is all zeros), thirty give an embedding."""
    layer = Categories(CODES)
    codes = torch.tensor([[-1, 5], [0, 5], [1, 29], [3, 30], [4, -1]])

    out = layer(codes)

    assert out.shape == (5, 3 + 8)
    assert out[:, :3].tolist() == [[0, 0, 0], [0, 0, 0], [1, 0, 0], [0, 0, 1], [0, 0, 0]]
    assert torch.equal(out[0, 3:], out[1, 3:])
    assert not out[3:, 3:].any()


def test_an_unseen_category_answers_as_a_missing_one():
    """A new machine at the line is met by the slot that training kept for it."""
    for name in ("dense table", "attention table", "tabm"):
        net = made(name).eval()
        rows = rows_of((NUMBERS, CODES), rows=3)
        answers = []
        for code in (-1, 0, 31, 10**9):
            rows["codes"] = torch.full((3, 2), code)
            answers.append(net(rows))

        assert all(torch.equal(answers[0], other) for other in answers[1:])


def test_periodic_embedding_is_the_papers_formula():
    """W cos(2 pi c x + b) + d, with x itself beside it, per column."""
    layer, x = Periodic(2), torch.randn(5, 2)

    out = layer(x).view(5, 2, 4)

    for column in range(2):
        wave = torch.cos(2 * torch.pi * x[:, column : column + 1] * layer.rate[column] + layer.shift[column])
        torch.testing.assert_close(out[:, column, :3], wave @ layer.mix[column] + layer.bias[column])
        assert torch.equal(out[:, column, 3], x[:, column])


def test_piecewise_linear_encoding_is_the_papers_formula():
    """1 in the bins below, the share in its own, 0 above (eq. 1); the outermost pieces go on beyond the bins."""
    layer = PiecewiseLinear([np.array([0.0, 1, 3, 4]), np.array([-1.0, 1.0])], 4)

    share = layer.encode(torch.tensor([[2.0, 0.0], [-1.0, 5.0], [6.0, -2.0]]))

    assert share[:, 0].tolist() == [[1, 0.5, 0], [-1, 0, 0], [1, 1, 3]]
    assert share[:, 1].tolist() == [[0.5, 0, 0], [3, 0, 0], [-0.5, 0, 0]]


def test_bins_follow_the_quantiles_and_ties_make_no_empty_bin():
    """Edges are rising whatever the data; a constant column still has one bin."""
    scaling = {**SCALING["numbers"], "knots": [[1e9] * 65, [0.0] * 60 + [1.0] * 5, *KNOTS[2:]]}

    edges = edges_of(NUMBERS, scaling, 24)

    assert all((np.diff(edge) > 0).all() and len(edge) >= 2 for edge in edges)
    assert len(edges[4]) == 25
    assert len(edges_of(NUMBERS, {"method": "none"}, 24)[0]) == 25


def test_tabm_sees_the_bins_of_the_fitted_quantiles():
    """A number half way through the ranks fills half of the bins."""
    net = made("tabm")
    numbers = net.core.encoders[0]
    middle = torch.tensor([[float(np.median(k)) for k in KNOTS]], dtype=torch.float64)

    filled = numbers.pieces.encode(numbers.scaling(middle)[:, :5]).sum(-1)

    torch.testing.assert_close(filled, torch.full((1, 5), 4.0), rtol=0, atol=0.6)


def test_smooth_clip_is_straight_near_zero_and_never_beyond_three():
    """x / sqrt(1 + (x / 3)^2), also for numbers whose square float32 cannot hold."""
    out = smooth_clip(torch.tensor([0.0, 0.01, 3.0, -1e30, 1e38]))

    torch.testing.assert_close(out, torch.tensor([0.0, 0.01, 3 / 2**0.5, -3, 3]), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("family", ["dense", "tabm"])
def test_wide_tables_enter_without_embedding(family):
    """Above 200 columns (SECOM has 590) waves and pieces are left out."""
    spec = InputSpec(name="numbers", kind="numbers", shape=(300,), dtype="float64")
    net = build(Network(family=family, size="tiny", members=1), [spec], {}, width=2, task="classification", seed=0)

    names = [name for name, _ in net.named_parameters()]
    assert not [n for n in names if "waves" in n or "pieces" in n]
    assert net({"numbers": torch.randn(3, 300).double()}).shape == (3, 1, 2)
