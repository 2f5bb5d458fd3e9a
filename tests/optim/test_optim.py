import json
import math

import pytest
import schedulefree
import torch
from safetensors.torch import load, save
from torch import nn

from andon.errors import SettingProblem
from andon.optim import OPTIMIZERS, SCHEDULES, USUAL_RATE, Adam, AdamW, Muon, ScheduleFree, Sgd, factor
from andon.optim.average import Average
from andon.optim.build import build
from andon.optim.groups import trained
from andon.optim.orthogonal import StackedMuon, orthogonalise


def net(seed=0):
    """A small dense net."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 12), nn.ReLU(), nn.Linear(12, 3))


def rows():
    """Twenty rows whose target can be learnt."""
    x = torch.randn(20, 5, generator=torch.Generator().manual_seed(1))
    return x, x[:, :3] * 2


def walk(model, optimizer, steps, *, first=0):
    """Train on the same rows, a little differently at each step."""
    x, y = rows()
    for step in range(first, first + steps):
        optimizer.zero() if hasattr(optimizer, "zero") else optimizer.zero_grad()
        ((model(x * (1 + 0.01 * step)) - y) ** 2).mean().backward()
        optimizer.step()


def weights(model):
    """All weights in one row."""
    return torch.cat([p.detach().flatten() for p in model.parameters()])


THEIRS = {
    "sgd": (Sgd(momentum=0.8, nesterov=True), lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.8, nesterov=True)),
    "gradient_descent": (None, lambda p: torch.optim.SGD(p, lr=0.01)),
    "adam": (Adam(beta2=0.95), lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.9, 0.95))),
    "adamw": (AdamW(), lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0)),
    "schedule_free": (
        ScheduleFree(warm_up=0.5), lambda p: schedulefree.AdamWScheduleFree(p, lr=0.01, warmup_steps=10)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(THEIRS))
def test_each_optimiser_goes_where_its_reference_goes(name):
    """Twenty steps at a constant rate end at the weights of PyTorch's (or schedulefree's) own optimiser."""
    options, make = THEIRS[name]
    ours, theirs = net(), net()
    ahead = make(theirs.parameters())
    if name == "schedule_free":
        ahead.train()
    optim = build(name, options, ours, learning_rate=0.01, weight_decay=0, total_steps=20, schedule="constant")

    walk(ours, optim, 20)
    walk(theirs, ahead, 20)
    if name == "schedule_free":
        optim.evaluate(True)
        ahead.eval()

    torch.testing.assert_close(weights(ours), weights(theirs), rtol=1e-5, atol=1e-6)


def test_muon_goes_where_pytorchs_goes(monkeypatch):
    """On plain matrices our stacked Muon takes PyTorch's steps (whose arithmetic is bfloat16: hence in float32)."""
    monkeypatch.setattr(torch.Tensor, "bfloat16", lambda self: self.clone())
    ours, theirs = torch.nn.Linear(6, 4, bias=False), torch.nn.Linear(6, 4, bias=False)
    theirs.load_state_dict(ours.state_dict())
    mine = StackedMuon([{"params": [ours.weight], "stack": (1, 4, 6), "weight_decay": 0.1}], lr=0.01)
    torchs = torch.optim.Muon(theirs.parameters(), lr=0.01, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    x = torch.randn(20, 6)
    for model, optimizer in [(ours, mine), (theirs, torchs)]:
        for step in range(10):
            optimizer.zero_grad()
            ((model(x) - x[:, :4] * step) ** 2).mean().backward()
            optimizer.step()

    torch.testing.assert_close(ours.weight, theirs.weight, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", [(3, 6, 4), (2, 4, 9), (1, 5, 5)])
def test_orthogonalising_a_stack_is_orthogonalising_each(shape):
    """Singular values end near one, and a member's update does not depend on its neighbours."""
    stack = torch.randn(shape)
    straight = orthogonalise(stack, 5)

    spread = torch.linalg.svdvals(straight)
    assert spread.min() > 0.3
    assert spread.max() < 1.3
    for member in range(shape[0]):
        torch.testing.assert_close(straight[member], orthogonalise(stack[member : member + 1], 5)[0])


@pytest.mark.parametrize("steps", [1, 5])
def test_wide_matrices_end_where_the_plain_iteration_ends(steps):
    """The Gram matrix is a shorter way to the same place, also where rows repeat."""
    wide = torch.randn(2, 40, 320) @ torch.diag(torch.logspace(0, -4, 320))
    wide[:, 20:] = wide[:, :20]

    torch.testing.assert_close(
        orthogonalise(wide, steps), orthogonalise(wide.double(), steps).float(), rtol=1e-3, atol=1e-4
    )


def test_many_steps_of_wide_matrices_do_not_run_away():
    """What rounding makes of an eigenvalue of nought stays small however many steps are asked."""
    wide = torch.randn(1, 40, 320)
    wide[:, 20:] = wide[:, :20]

    assert torch.linalg.svdvals(orthogonalise(wide, 20)).max() < 1.3


def test_muon_takes_hidden_matrices_members_and_convolutions_and_leaves_the_rest_to_adamw():
    """Biases, embeddings, the stem convolution and the head are not orthogonalised."""

    class Mixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Conv2d(1, 4, 3)
            self.conv = nn.Conv2d(4, 8, 3, groups=2)
            self.names = nn.Embedding(7, 4)
            self.members = nn.Parameter(torch.randn(5, 4, 6))
            self.member_bias = nn.Parameter(torch.zeros(5, 6))
            self.scales = nn.Parameter(torch.ones(5, 4))
            self.scales.no_decay = True
            self.head = nn.Linear(6, 2)

    entries = {entry.name: entry for entry in trained(Mixed())}

    assert {name: e.stack for name, e in entries.items() if e.stack} == {
        "conv.weight": (2, 4, 18), "members": (5, 4, 6)
    }  # fmt: skip
    assert {name for name, e in entries.items() if e.decays} == {
        "stem.weight", "conv.weight", "names.weight", "members", "head.weight"
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_decay_shrinks_matrices_only(name):
    """With a gradient of zero the matrices shrink and biases stay."""
    model = net()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    optim = build(name, None, model, learning_rate=0.1, weight_decay=0.1, total_steps=5, schedule="constant")
    for _ in range(3):
        for parameter in model.parameters():
            parameter.grad = torch.zeros_like(parameter)
        optim.step()

    for key, value in model.state_dict().items():
        if key.endswith("bias"):
            torch.testing.assert_close(value, before[key])
        else:
            assert value.norm() < before[key].norm()


def test_a_parameters_own_factor_multiplies_its_rate():
    """`lr_factor` is obeyed, as RealMLP's scale layer wants."""
    model = net()
    model[0].weight.lr_factor = 6.0
    optim = build("sgd", Sgd(momentum=0, nesterov=False), model, learning_rate=0.01, weight_decay=0, total_steps=9,
                  schedule="cosine")  # fmt: skip
    before = model[0].weight.clone(), model[2].weight.clone()
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    optim.step()

    torch.testing.assert_close(before[0] - model[0].weight, torch.full_like(before[0], 0.06))
    torch.testing.assert_close(before[1] - model[2].weight, torch.full_like(before[1], 0.01))
    assert optim.rate() == pytest.approx(0.01 * (1 + math.cos(math.pi / 9)) / 2)


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_a_state_kept_as_safetensors_and_json_goes_on_to_the_bit(name):
    """Half the steps, through files, and the other half end at the same bits as all the steps at once."""
    whole, half, again = net(), net(), net(seed=5)
    arguments = {"learning_rate": 0.02, "weight_decay": 0.01, "total_steps": 20, "schedule": "onecycle"}
    walk(whole, build(name, None, whole, **arguments), 20)
    first = build(name, None, half, **arguments)
    walk(half, first, 9)

    state = first.state_dict()
    tensors = load(save({key: value for key, value in state.items() if isinstance(value, torch.Tensor)}))
    plain = json.loads(json.dumps({k: v for k, v in state.items() if not isinstance(v, torch.Tensor)}))
    again.load_state_dict(load(save(half.state_dict())))
    second = build(name, None, again, **arguments)
    second.load_state_dict({**tensors, **plain})
    walk(again, second, 11, first=9)

    assert torch.equal(weights(again), weights(whole))


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_every_optimiser_learns(name):
    """A hundred steps at its usual rate at least halve the loss."""
    model, (x, y) = net(), rows()
    before = ((model(x) - y) ** 2).mean().item()
    rate = 10 * USUAL_RATE[name] if "ad" in name[:2] or name in ("muon", "schedule_free") else 0.1 * USUAL_RATE[name]
    optim = build(name, None, model, learning_rate=rate, weight_decay=0, total_steps=100, schedule="constant")
    walk(model, optim, 100)
    optim.evaluate(True)

    assert ((model(x) - y) ** 2).mean().item() < before / 2


def test_one_cycle_is_torchs_and_cosine_is_torchs():
    """The schedules are the ones that PyTorch's schedulers step through."""
    dummy = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(dummy, T_max=50)
    for step in range(50):
        assert factor("cosine", step, 50) == pytest.approx(scheduler.get_last_lr()[0], abs=1e-9)
        dummy.step()
        scheduler.step()
    dummy = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    total = 100_000  # PyTorch's peak lies one step before a fifth; with many steps that is no difference
    scheduler = torch.optim.lr_scheduler.OneCycleLR(dummy, 1.0, total_steps=total, pct_start=0.2)
    dummy.step()
    for step in (0, 500, 10_000, 20_000, 60_000, 99_000):
        scheduler.last_epoch = step - 1
        scheduler.step()
        assert factor("onecycle", step, total) == pytest.approx(scheduler.get_last_lr()[0], abs=1e-3)


def test_coslog4_has_four_cycles_each_twice_as_long():
    """Zero at t = 0, 1/15, 3/15, 7/15 and 1; one in between."""
    for t in (0, 1 / 15, 3 / 15, 7 / 15, 1):
        assert SCHEDULES["coslog4"](t) == pytest.approx(0, abs=1e-9)
    assert SCHEDULES["coslog4"]((2**0.5 - 1) / 15) == pytest.approx(1)


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_schedules_stay_between_nothing_and_the_peak(name):
    """Factors lie in [0, 1], also beyond the last step."""
    assert all(-1e-12 <= factor(name, step, 37) <= 1 + 1e-12 for step in range(60))


def test_wrong_names_are_answered_with_the_nearest():
    """`admw` and `cosin` are named, with what was probably meant."""
    with pytest.raises(SettingProblem, match="adamw"):
        build("admw", None, net(), learning_rate=1, weight_decay=0, total_steps=1, schedule="cosine")
    with pytest.raises(SettingProblem, match="cosine"):
        build("adamw", None, net(), learning_rate=1, weight_decay=0, total_steps=1, schedule="cosin")
    for wrong in (lambda: Sgd(momentum=2), lambda: Sgd(momentum=0), lambda: Muon(newton_steps=0), lambda: AdamW(-1)):
        with pytest.raises(SettingProblem):
            wrong()


def test_the_average_follows_smooths_and_gives_the_weights_back():
    """The mean of the weights obeys its recursion, is put into the net for a while, and survives a round trip."""
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    average, expected = Average(model, 0.9), model[0].weight.detach().clone()
    for step in range(1, 30):
        with torch.no_grad():
            model[0].weight += 0.1
            model[1].num_batches_tracked += 1
        average.update()
        decay = min(0.9, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * model[0].weight.detach()

    own = model[0].weight.detach().clone()
    with average.applied():
        torch.testing.assert_close(model[0].weight.detach(), expected)
        assert model[1].num_batches_tracked == 29
    assert torch.equal(model[0].weight, own)
    other = Average(model, 0.9)
    other.load_state_dict(average.state_dict())
    assert torch.equal(other.mean["0.weight"], average.mean["0.weight"])
    assert other.updates == 29
