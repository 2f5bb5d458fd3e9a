import msgspec
import numpy as np
import pytest
import torch
from small_runs import LOSS, Small, table

from andon.feed import Feed
from andon.train import Settings
from andon.train.search import Choice, Trials, choose

EPOCHS = 120


def chosen(net=None, *, optimizer="auto", learning_rate="auto", epochs=EPOCHS, held=True, **settings) -> Choice:
    """A choice on a small table: 19 updates an epoch."""
    arrays, target = table(rows=300)
    feed = Feed(arrays, target, batch=16, seed=0, rows=np.arange(200))
    valid = Feed(arrays, target, batch=16, seed=0, rows=np.arange(200, 300)) if held else None
    named = {} if optimizer == "auto" else {"optimizer": optimizer}
    return choose(
        Small() if net is None else net, feed, valid, loss=LOSS, optimizer=optimizer, learning_rate=learning_rate,
        settings=Settings(epochs=epochs, schedule="cosine", **named, **settings),
    )  # fmt: skip


def made_for(rate: float) -> Small:
    """A net that says which rate it is made for."""
    net = Small(dropout=0.0)
    net.learning_rate = rate
    return net


def test_the_trials_take_a_tenth_of_the_steps_change_nothing_and_repeat():
    """Budget kept, net untouched, the same seed chooses the same with the same curves; fit for optim.json."""
    net = Small()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    one, two = chosen(net), chosen(net)

    assert one == two
    assert 0 < one.spent <= 0.1 * EPOCHS * 13
    assert all(torch.equal(before[name], tensor) for name, tensor in net.state_dict().items())
    assert sum(curve.chosen for curve in one.curves) == 1
    assert all(len(curve.steps) == len(curve.losses) <= 120 for curve in one.curves)
    assert msgspec.json.decode(msgspec.json.encode(one), type=Choice) == one


def test_what_is_named_is_obeyed():
    """An optimiser or a rate in the plan is never changed."""
    assert chosen(optimizer="sgd").optimizer == "sgd"
    assert chosen(learning_rate=0.007).learning_rate == 0.007
    assert chosen(optimizer="sgd", learning_rate=0.2).curves == []


def test_too_few_steps_keep_what_the_network_is_made_for():
    """A run of a few hundred updates tries nothing."""
    found = chosen(made_for(0.02), epochs=10)
    assert (found.optimizer, found.learning_rate, found.spent) == ("adamw", 0.02, 0)


def test_a_rate_that_does_not_move_gives_way_to_the_safe_one():
    """A net made for a rate of 1e-7 is trained at 1e-3 or better: never beyond noise behind it."""
    found = chosen(made_for(1e-7))
    assert found.learning_rate >= 1e-3 or found.optimizer == "muon"
    assert "clearly better" in found.why


def test_a_training_that_falls_over_counts_as_infinitely_bad():
    """A net made for an absurd rate does not stop the search."""
    found = chosen(made_for(1e30))
    assert found.learning_rate < 1
    assert any(curve.judged is None for curve in found.curves)


def test_without_validation_the_last_training_losses_judge():
    """No part to judge on: the choice still repeats and keeps its budget."""
    assert chosen(held=False) == chosen(held=False)


def test_a_lead_that_shrinks_is_not_believed():
    """A rival ahead by 10 % after 10 updates and 5 % after 100 will be behind after 100,000; one that stays ahead won't."""
    search = Trials(Small(), None, LOSS, Settings(epochs=1), total=100_000)
    rival, safe = ("muon", 1e-2), ("adamw", 1e-3)
    for steps, loss in ((10, 0.90), (100, 0.95)):
        search.rows |= {(rival, steps): np.full(50, loss), (safe, steps): np.full(50, 1.0)}
    assert search.clear(rival, safe, 100)
    assert not search.lasts(rival, safe, (10, 100))
    search.rows[rival, 100] = np.full(50, 0.88)
    assert search.lasts(rival, safe, (10, 100))


@pytest.mark.parametrize(("lead", "noise", "clear"), [(0.05, 0.01, True), (0.05, 2.0, False), (0.01, 0.0, False)])
def test_clearly_better_means_beyond_margin_and_noise(lead, noise, clear):
    """A lead within the rows' noise, or of a hundredth, is none."""
    search = Trials(Small(), None, LOSS, Settings(epochs=1), total=1000)
    apart = noise * np.resize([1.0, -1.0], 100)
    search.rows = {(("sgd", 0.1), 9): np.full(100, 1.0 - lead) + apart, (("adamw", 1e-3), 9): np.ones(100)}
    assert search.clear(("sgd", 0.1), ("adamw", 1e-3), 9) is clear
