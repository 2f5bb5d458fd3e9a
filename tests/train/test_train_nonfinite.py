"""Losses that are not finite."""

import numpy as np
import pytest
import torch
from small_runs import LOSS, Side, Small, equal, table

from andon.errors import Problem
from andon.feed import Feed
from andon.losses.values import SquaredLoss
from andon.train import Settings, train

NAMES = ("pressure", "speed", "torque", "heat")


def broken(*cells, weight=None, target=None, rows=40):
    """A feed of one batch with infinite numbers in these cells."""
    arrays, classes = table(rows)
    for row, column in cells:
        arrays["numbers"][row, column] = np.inf
    feed = Feed(arrays, classes if target is None else target, batch=64, seed=0, weight=weight)
    feed.columns = {"numbers": NAMES}
    return feed


def sentence(net, feed, loss=LOSS, **settings):
    """What training says, and whether the weights were left alone."""
    before = {name: p.detach().clone() for name, p in net.named_parameters()}
    with pytest.raises(Problem) as problem:
        list(train(net, feed, None, loss=loss, settings=Settings(epochs=3, **settings)))
    if "to begin with" not in str(problem.value):
        assert all(torch.equal(p, before[name]) for name, p in net.named_parameters())
    return str(problem.value)


@pytest.mark.parametrize("net", [Small, lambda: Side(1), lambda: Side(3)])
def test_rows_and_column_are_named_before_the_update(net):
    """Two rows with an infinite speed: both rows and the column are named, no weight has moved."""
    said = sentence(net(), broken((4, 1), (17, 1)))

    assert "rows " in said
    assert {"4", "17"} <= set(said.replace(",", " ").replace(":", " ").split())
    assert "column 'speed' is at fault" in said
    assert "update 1" in said


def test_no_column_is_blamed_for_anothers_fault():
    """A row with two infinite columns has no single one at fault; the row is named all the same."""
    said = sentence(Side(1), broken((4, 1), (4, 2)))

    assert "row 4 " in said
    assert "no single column" in said


def test_many_rows_are_counted():
    """Five rows are named, the rest are counted; a column without a name is told by its place."""
    feed = broken(*[(row, 3) for row in range(12)])
    feed.columns = {}
    said = sentence(Side(1), feed)

    assert "and 7 more" in said
    assert "column 4 of 'numbers'" in said


def test_target_and_weight_are_looked_at():
    """A missing target or an infinite weight is named as such."""
    target = np.zeros(40, np.float32)
    target[3] = np.nan

    class Value(Side):
        def forward(self, inputs):
            return super().forward(inputs)[:, :, :1]

    assert "the target is at fault" in sentence(Value(1), broken(target=target), SquaredLoss())
    weight = np.ones(40)
    weight[8] = np.inf
    said = sentence(Side(1), broken(weight=weight))
    assert "the weight is at fault" in said
    assert "row 8 " in said


def test_weights_that_were_broken_are_told_from_rows():
    """A net that starts from weights that are not finite blames no row."""
    net = Side(1)
    with torch.no_grad():
        net.bias.fill_(torch.nan)

    assert "to begin with" in sentence(net, broken())


def test_a_gradient_that_overflows_is_stopped_too():
    """With clipping, a finite loss with an infinite gradient moves nothing and blames the size of the steps."""

    class Steep(Side):
        def forward(self, inputs):
            raw = super().forward(inputs)
            return raw + (self.bias[0] * 0).abs().sqrt()  # the root's slope at 0 is infinite

    net = Steep(1)
    said = sentence(net, broken(), clip=1.0)

    assert "train.learning_rate" in said
    assert equal(net, Steep(1))
