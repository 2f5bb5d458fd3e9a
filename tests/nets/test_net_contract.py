"""What every network keeps, whatever it is made of."""

from __future__ import annotations

import copy

import pytest
import torch
from net_cases import CASES, LISTS, made, rows_of, shaken, specs_of

from andon.nets import Finish
from andon.optim.groups import trained

EVERY = sorted([*CASES, *LISTS])


@pytest.mark.parametrize("name", EVERY)
def test_a_row_alone_gets_the_answer_it_gets_in_a_batch(name):
    """No network may look at its neighbours: a served row comes alone."""
    net, rows = shaken(made(name)).eval(), rows_of(specs_of(name))

    together = net(rows)

    alone = torch.cat([net({k: v[i : i + 1] for k, v in rows.items()}) for i in range(len(together))])
    torch.testing.assert_close(alone, together, rtol=0, atol=2e-5)


@pytest.mark.parametrize("name", EVERY)
def test_raw_outputs_are_rows_by_members_by_outputs_and_finite(name):
    """Missing cells, unseen categories and members never change the shape, and never give NaN."""
    net = made(name)

    raw = net(rows_of(specs_of(name)))

    assert raw.shape == (7, net.members, 3)
    assert raw.isfinite().all()


@pytest.mark.parametrize("name", EVERY)
def test_gradients_reach_every_weight(name):
    """A weight that nothing moves would be dead load in every file."""
    net, rows = shaken(made(name)).train(), rows_of(specs_of(name), rows=64)

    (net(rows) * torch.randn(3)).sum().backward()

    dead = [n for n, p in net.named_parameters() if p.grad is None or not p.grad.any()]
    assert not dead


@pytest.mark.parametrize("name", EVERY)
def test_equal_seeds_give_equal_weights_and_others_do_not(name):
    """A run can be repeated to the bit; the seed is the only chance in it, and no random numbers are taken from others."""
    torch.manual_seed(5)
    first, other = made(name, seed=1).state_dict(), made(name, seed=2).state_dict()
    drawn = torch.rand(1)

    again = made(name, seed=1).state_dict()

    torch.manual_seed(5)
    assert torch.equal(drawn, torch.rand(1))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert any(not torch.equal(first[key], other[key]) for key in first)


@pytest.mark.parametrize("name", EVERY)
def test_statistics_of_the_old_plant_do_not_travel_with_the_weights(name):
    """Scaling belongs to a run's state, so weights start well at another plant."""
    keys = made(name).state_dict().keys()

    assert not [k for k in keys if k.split(".")[-1] in ("center", "spread", "knots", "normal", "left", "sizes")]


@pytest.mark.parametrize("name", ["dense members", "tabm", "convolution mixed"])
def test_a_copy_trains_with_the_same_rules(name):
    """Choices are made on copies: a copy's weights keep their learning-rate factors and decay."""
    net = made(name)

    twin = copy.deepcopy(net)

    rules = [[(e.name, e.decays, e.factor, e.stack) for e in trained(each)] for each in (net, twin)]
    assert rules[0] == rules[1]
    assert all(torch.equal(a, b) and a is not b for a, b in zip(net.parameters(), twin.parameters(), strict=True))


def test_only_matrices_decay_and_realmlp_keeps_its_learning_rate_factors():
    """RealMLP's figures: 6 for the feature factors, 0.1 for biases and waves; neither decays, members or not."""
    for name in ("dense table", "dense members"):
        rules = {e.name.removeprefix("core."): e for e in trained(made(name))}

        assert (rules["scale.weight"].factor, rules["scale.weight"].decays) == (6.0, False)
        assert (rules["layers.0.bias"].factor, rules["layers.0.bias"].decays) == (0.1, False)
        assert (rules["layers.0.weight"].factor, rules["layers.0.weight"].decays) == (1.0, True)
        assert rules["encoders.0.waves.rate"].factor == 0.1
        assert rules["encoders.1.categories.table.weight"].stack is None
        assert rules["layers.2.weight"].stack == ((3 if name == "dense members" else 1), 64, 64)


@pytest.mark.parametrize("name", EVERY)
def test_muon_takes_the_hidden_matrices_and_never_a_head_or_a_table(name):
    """The last matrix answers in the target's own terms; embeddings are rows, not maps."""
    rules = trained(made(name))

    hidden = [e.name for e in rules if e.stack]
    assert not [
        n for n in hidden if any(w in n for w in ("table", "waves", "pieces", "slope", "place", "start", "scale"))
    ]
    last = [e.name for e in rules if e.decays][-1]
    assert last not in hidden


def test_classification_ends_in_the_mean_of_the_members_probabilities():
    """Shares of all classes add up to one; the mean is of probabilities, not of raw outputs."""
    raw = torch.randn(6, 3, 4)

    scores = Finish("classification", {})(raw)

    torch.testing.assert_close(scores, torch.stack([raw[:, m].softmax(-1) for m in range(3)]).mean(0))
    torch.testing.assert_close(scores.sum(1), torch.ones(6))


def test_regression_ends_in_the_users_unit_with_quantiles_in_order():
    """The point answer is the mean of the members in float64, quantiles never cross."""
    raw = torch.randn(50, 3, 4)

    scores = Finish("regression", {"center": 1e6, "spread": 2.0})(raw)

    assert scores.dtype == torch.float64
    torch.testing.assert_close(scores[:, 0], raw[..., 0].double().mean(1) * 2.0 + 1e6)
    assert (scores[:, 1:].diff(dim=1) >= 0).all()


def test_no_value_goes_further_beyond_the_training_range_than_a_quarter_of_its_width():
    """One member that has gone wild moves the mean by no more than the range allows."""
    raw = torch.tensor([[[0.0], [1e6]], [[0.0], [-1e6]]])

    scores = Finish("regression", {"center": 0.0, "spread": 1.0, "low": -2.0, "high": 2.0})(raw)

    torch.testing.assert_close(scores[:, 0], torch.tensor([1.5, -1.5], dtype=torch.float64))
