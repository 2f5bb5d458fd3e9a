"""Normalisation, rectifier and pool in one go."""

import pytest
import torch
import torch.nn.functional as F

from andon.layers import Activate, Convolution, Normalise, Pool, Residual
from andon.nets.joined.norm import Joined, kernels
from andon.nets.joined.runs import join, joinable
from andon.nets.layers.listed import of_options

pytestmark = pytest.mark.skipif(kernels() is None, reason="needs Numba")

HOW = {"norm": (False, False), "rectified": (True, False), "pooled": (True, True)}


def picture(*shape):
    """Random numbers in bfloat16, channels last."""
    return (2 * torch.randn(shape) + 1).bfloat16().to(memory_format=torch.channels_last)


def plainly(x, weight, bias, how):
    """The layers one after the other."""
    y = F.batch_norm(x, None, None, weight, bias, True)
    y = F.relu(y) if how[0] else y
    return F.max_pool2d(y, 2) if how[1] else y


@pytest.mark.parametrize("how", HOW.values(), ids=HOW)
@pytest.mark.parametrize("shape", [(4, 3, 7, 5), (9, 40, 6, 6), (20, 16, 12, 13), (2, 300, 2, 2)])
def test_joined_layers_give_what_exact_arithmetic_gives(shape, how):
    """Answers and all gradients are those of float64, rounded once; also for odd sides and any number of channels."""
    x, weight, bias = picture(*shape), torch.randn(shape[1]), torch.randn(shape[1])
    ours = [t.clone().requires_grad_() for t in (x, weight, bias)]
    exact = [t.double().requires_grad_() for t in (x, weight, bias)]
    y, true = Joined.apply(*ours, (torch.zeros(shape[1]), torch.ones(shape[1])), 0.1, 1e-5, *how), plainly(*exact, how)
    gradient = picture(*true.shape)
    y.backward(gradient)
    true.backward(gradient.double())

    torch.testing.assert_close(y.double(), true, rtol=1e-2, atol=1e-2)
    for mine, his in zip(ours, exact, strict=True):
        torch.testing.assert_close(mine.grad.double(), his.grad, rtol=1e-2, atol=1e-2 * float(his.grad.abs().max()))


def test_running_statistics_move_as_pytorchs_do():
    """Mean and unbiased variance, by a tenth of the way."""
    x = picture(6, 5, 4, 4)
    ours, theirs = [(torch.zeros(5), torch.ones(5)) for _ in range(2)]
    Joined.apply(x, torch.ones(5), torch.zeros(5), ours, 0.1, 1e-5, True, False)
    F.batch_norm(x.float(), *theirs, training=True)

    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("how", HOW.values(), ids=HOW)
def test_threads_change_no_bit(how):
    """One thread and several end in the same bits."""
    x, gradient, before, found = picture(8, 24, 10, 10), None, torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            given = x.clone().requires_grad_(), torch.ones(24, requires_grad=True), torch.zeros(24, requires_grad=True)
            y = Joined.apply(*given, (torch.zeros(24), torch.ones(24)), 0.1, 1e-5, *how)
            gradient = picture(*y.shape) if gradient is None else gradient
            y.backward(gradient)
            found.append([y.detach(), *(t.grad for t in given)])
    finally:
        torch.set_num_threads(before)

    for other in found[1:]:
        assert all(torch.equal(a, b) for a, b in zip(found[0], other, strict=True))


def test_a_list_of_layers_joins_while_it_trains_in_bfloat16_and_no_else():
    """Other types, other layouts and judging take the layers one by one."""
    layers = of_options(
        [Convolution(8, 3, bias=False), Normalise("batch"), Activate("relu"), Pool("max", 2),
         Residual((Convolution(8, 3, bias=False), Normalise("batch"))), Pool("both", 0)], (1, 12, 12),
    )  # fmt: skip
    seen = []
    x = picture(4, 1, 12, 12)
    assert joinable(layers)
    join(layers)
    for run in [*layers.joined.values()]:
        assert run.length == 3
    layers.to(memory_format=torch.channels_last)
    for training, half in [(True, True), (True, False), (False, True)]:
        with torch.autocast("cpu", torch.bfloat16, enabled=half), torch.profiler.profile() as kept:
            layers.train(training)(x.float())
        seen.append(any(event.name == "Joined" for event in kept.events()))

    assert seen == [True, False, False]


def test_what_is_not_a_number_stays_none():
    """A picture with a missing number is not hidden by the rectifier."""
    x = picture(4, 8, 6, 6)
    x[0, 0, 0, 0] = torch.nan
    for how in HOW.values():
        y = Joined.apply(x, torch.ones(8), torch.zeros(8), (torch.zeros(8), torch.ones(8)), 0.1, 1e-5, *how)
        assert y[:, 0].isnan().all()
        assert y[:, 1:].isfinite().all()
