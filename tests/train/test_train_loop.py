"""The training generator."""

import numpy as np
import pytest
import torch
from small_runs import LOSS, Side, Small, ended, epochs, equal, feeds, run, table
from torch import nn

from andon.feed import Feed, augmentation
from andon.feed.options import MixUp
from andon.losses.values import SquaredLoss
from andon.train import Settings, train
from andon.train.events import Saved, Started, Stepped

PLAIN = {"optimizer": "adam", "learning_rate": 0.02}


def test_events_tell_the_whole_run():
    """One start, one event per update, one per epoch, one end; losses fall and the net is left ready to judge."""
    net = Small()
    events = run(net, Settings(epochs=6, **PLAIN))

    assert events[0] == Started(step=0, steps=24, epochs=6)
    assert [e.step for e in events if isinstance(e, Stepped)] == list(range(1, 25))
    history = epochs(events)
    assert [(e.epoch, e.step) for e in history] == [(n, 4 * n) for n in range(1, 7)]
    assert history[-1].train_loss < history[0].train_loss
    assert 0.4 < history[-1].metrics["accuracy"] <= 1
    assert ended(events).reason == "epochs"
    assert ended(events).history == history
    assert not net.training


def test_the_net_ends_with_its_best_weights():
    """After training, validating again gives the lowest validation loss seen, not the last."""
    net = Small()
    events = run(net, Settings(epochs=14, optimizer="adam", learning_rate=0.3))
    _, valid = feeds()
    batch = next(valid.all())
    loss = LOSS(net(batch.inputs), batch.target, None).mean().item()
    losses = [e.valid_loss for e in epochs(events)]

    assert loss == pytest.approx(min(losses), rel=1e-5)
    assert min(losses) < losses[-1]
    assert ended(events).best_step == [4 * (int(np.argmin(losses)) + 1)]


def test_without_validation_the_last_weights_count():
    """No validation part: no early stop, and the last step is the best."""
    learn, _ = feeds()
    events = list(train(Small(), learn, None, loss=LOSS, settings=Settings(epochs=3, patience=1, **PLAIN)))

    assert ended(events).best_step == [12]
    assert [e.valid_loss for e in epochs(events)] == [None] * 3


def test_patience_ends_a_run():
    """Training stops when so many epochs brought nothing better."""
    events = run(Small(), Settings(epochs=200, patience=3, optimizer="adam", learning_rate=0.3))
    history = epochs(events)

    assert ended(events).reason == "patience"
    assert len(history) < 200
    assert [e.best for e in history[-3:]] == [False] * 3
    assert history[-4].best


def test_each_member_keeps_its_own_best_weights():
    """Members batched in one net end as each would alone: same clipping, same steps, own best epoch."""
    together, settings = Side(3), Settings(epochs=10, clip=0.5, optimizer="adam", learning_rate=0.3)
    whole = ended(run(together, settings))

    for member in range(3):
        alone = Side(1)
        with torch.no_grad():
            alone.weight.copy_(Side(3).weight[member : member + 1])
        single = ended(run(alone, settings))
        torch.testing.assert_close(together.weight[member], alone.weight[0], rtol=1e-4, atol=1e-5)
        assert single.best_step == [whole.best_step[member]]
    assert len(set(whole.best_step)) > 1


def test_accumulated_batches_make_the_same_step():
    """Three batches an update give the update of one batch three times as large, the short last one included."""
    small, large = Side(1), Side(1)
    settings = Settings(epochs=3, optimizer="sgd", learning_rate=0.1)
    run(large, settings, batch=24)
    run(small, Settings(epochs=3, optimizer="sgd", learning_rate=0.1, accumulate=3), batch=8)

    torch.testing.assert_close(small.weight, large.weight)


def test_gradient_descent_takes_the_whole_set_per_step():
    """However small the batches are, an update sees every row."""
    small, large = Side(1), Side(1)
    settings = Settings(epochs=5, optimizer="gradient_descent", learning_rate=0.5)
    events = run(small, settings, batch=7)
    run(large, settings, batch=60)

    assert ended(events).step == 5
    torch.testing.assert_close(small.weight, large.weight)


def test_the_gradient_is_clipped():
    """A step of plain descent is at most rate times the limit long, and one within the limit is left alone."""
    for limit, longest in ((0.01, 0.01), (1e6, np.inf)):
        net, start = Side(1), Side(1)
        run(net, Settings(epochs=1, optimizer="gradient_descent", learning_rate=1.0, clip=limit))
        moved = torch.sqrt(sum(((a - b) ** 2).sum() for a, b in zip(net.parameters(), start.parameters(), strict=True)))
        assert moved <= longest * 1.0001
        assert moved > 0.009


def test_averaged_weights_are_those_judged():
    """With an average, validation and the result are the average's, batch norms included."""
    plain, averaged = Small(), Small()
    learn, _ = feeds()
    list(train(plain, learn, None, loss=LOSS, settings=Settings(epochs=5, **PLAIN)))
    list(train(averaged, learn, None, loss=LOSS, settings=Settings(epochs=5, average=0.9, **PLAIN)))

    assert not equal(plain, averaged)
    norm = averaged.layers[1]
    assert torch.isfinite(norm.running_var).all()
    assert not torch.equal(norm.running_mean, plain.layers[1].running_mean)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "muon", "schedule_free", "gradient_descent"])
def test_every_optimiser_learns(optimizer):
    """Each entry of the registry brings the validation loss of a small table down, batch norm or not."""
    events = run(Small(dropout=0.0), Settings(epochs=15, optimizer=optimizer, learning_rate=0.05))
    losses = [e.valid_loss for e in epochs(events)]

    assert min(losses) < losses[0]


def test_judging_does_not_change_the_run():
    """With or without a validation part, the same weights are trained: schedule-free steps back to the bit."""
    settings = Settings(epochs=4, optimizer="schedule_free", learning_rate=0.05)
    learn, valid = feeds()
    losses = [
        [e.loss for e in train(Small(), learn, part, loss=LOSS, settings=settings) if isinstance(e, Stepped)]
        for part in (valid, None)
    ]

    assert losses[0] == losses[1]


def test_mixed_rows_count_by_their_shares():
    """With mix-up the training loss is above the plain one, and training still learns."""
    arrays, target = table()
    augment = augmentation([MixUp(1.0)], [])
    feed = Feed(arrays, target, batch=30, seed=0, augment=augment)
    events = list(train(Side(1), feed, None, loss=LOSS, settings=Settings(epochs=20, **PLAIN)))
    plain = list(
        train(Side(1), Feed(arrays, target, batch=30, seed=0), None, loss=LOSS, settings=Settings(epochs=20, **PLAIN))
    )

    assert epochs(events)[-1].train_loss < epochs(events)[0].train_loss
    assert epochs(events)[-1].train_loss > epochs(plain)[-1].train_loss


def test_numbers_are_judged_by_their_misses():
    """For a regression the metric is the root of the mean squared miss of the members' mean."""
    arrays, _ = table()
    target = arrays["numbers"][:, 0].astype(np.float32)
    feed = Feed(arrays, target, batch=30, seed=0)

    class Value(Side):
        def forward(self, inputs):
            return super().forward(inputs)[:, :, :1]

    valid = Feed(arrays, target, batch=30, seed=0)
    events = list(train(Value(2), feed, valid, loss=SquaredLoss(), settings=Settings(epochs=30, **PLAIN)))
    last = epochs(events)[-1]

    assert last.metrics["rmse"] ** 2 <= last.valid_loss * 1.0001
    assert last.metrics["rmse"] < 1.0


def test_forced_bfloat16_trains():
    """bfloat16 works where it is asked for, with weights and validation in float32."""
    net = Small()
    events = run(net, Settings(epochs=5, precision="bfloat16", **PLAIN))

    assert epochs(events)[-1].train_loss < epochs(events)[0].train_loss
    assert all(p.dtype == torch.float32 for p in net.parameters())


def test_switches_are_left_as_they_were():
    """Threads, deterministic kernels and random numbers of the caller are untouched after a run, or one given up."""
    torch.manual_seed(7)
    threads, mode, random = torch.get_num_threads(), torch.get_deterministic_debug_mode(), torch.get_rng_state()
    learn, valid = feeds()
    events = train(Small(), learn, valid, loss=LOSS, settings=Settings(epochs=5, threads=2))
    next(events), next(events)
    assert torch.get_num_threads() == 2
    events.close()

    assert torch.get_num_threads() == threads
    assert torch.get_deterministic_debug_mode() == mode
    assert torch.equal(torch.get_rng_state(), random)


def test_a_time_limit_becomes_a_budget_that_is_written_down(tmp_path):
    """The limit is measured once; a second start obeys the number that is in the checkpoint."""
    settings = Settings(epochs=100_000, time_limit=0.5, **PLAIN)
    learn, valid = feeds()
    events = train(Small(), learn, valid, loss=LOSS, settings=settings, folder=tmp_path)
    saved, started = next(events), next(events)
    events.close()
    again = next(train(Small(), learn, valid, loss=LOSS, settings=settings, folder=tmp_path))

    assert isinstance(saved, Saved)
    assert 0 < started.budget == started.steps < 400_000
    assert again.budget == started.budget


def test_a_budget_ends_the_run_and_its_schedule():
    """A budget within an epoch ends there, is judged there, and the rate has come down by then."""
    events = run(Small(), Settings(epochs=10, budget=6, schedule="linear", **PLAIN))

    assert ended(events).reason == "budget"
    assert [(e.step, e.epoch) for e in epochs(events)] == [(4, 1), (6, 2)]
    rates = [e.learning_rate for e in events if isinstance(e, Stepped)]
    assert rates == pytest.approx([0.02 * (1 - n / 6) for n in range(6)])


def test_a_net_with_a_start_of_its_own_sees_rows_first():
    """A data-dependent start happens once, on training rows that are not augmented, before the first update."""

    class Shy(Side):
        seen = 0

        def calibrate_init(self, inputs):
            Shy.seen += len(inputs["numbers"])

    run(Shy(1), Settings(epochs=2))

    assert Shy.seen == 60


def test_in_turn_members_keep_their_own():
    """Members that sit one after the other are told apart by their names."""

    class Core(nn.Module):
        def __init__(self):
            super().__init__()
            self.nets = nn.ModuleList([Small(seed) for seed in range(2)])

    class Turn(nn.Module):
        members, members_kind = 2, "in_turn"

        def __init__(self):
            super().__init__()
            self.core = Core()

        def forward(self, inputs):
            return torch.cat([net(inputs) for net in self.core.nets], 1)

    net = Turn()
    events = run(net, Settings(epochs=10, clip=0.5, optimizer="adam", learning_rate=0.3))
    _, valid = feeds()
    batch = next(valid.all())
    losses = LOSS(net(batch.inputs), batch.target, None).mean(0).tolist()

    assert losses == pytest.approx(np.min([e.members for e in epochs(events)], axis=0).tolist(), rel=1e-5)
