"""The family whose head is solved: what it learns, from which sums, and that nothing else moves."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch
from net_cases import CODES, FIRST, NUMBERS, SCALING, SERIES, rows_of

from andon.encode.block import InputSpec
from andon.errors import SettingProblem
from andon.feed import Feed
from andon.nets import Finish, build
from andon.nets.dial import NAMES
from andon.plan.settings import Network
from andon.ship.export import network_graph

SPECS = (SERIES, FIRST, NUMBERS)


def made(size="tiny", seed=0, specs=SPECS, **more):
    """An untrained network."""
    asked = {"width": 1, "task": "regression"} | more
    return build(Network(family="random", size=size), specs, SCALING, seed=seed, **asked)


def fed(rows=600, order=None, missing=()):
    """Histories whose truth bends with the newest pressure."""
    inputs = {name: value.numpy() for name, value in rows_of(SPECS, rows=rows, seed=4).items()}
    bar = (np.nan_to_num(inputs["series"][:, -1, 1], nan=15.0) - 15) / 3
    target = np.maximum(bar, 0.0).astype(np.float32)
    target[list(missing)] = np.nan
    order = np.arange(rows) if order is None else order
    return Feed({name: array[order] for name, array in inputs.items()}, target[order], batch=64, seed=0), inputs, target


def test_a_truth_that_bends_is_learnt_in_one_pass():
    """Combinations are curved, so that a linear head follows what is not linear."""
    feed, inputs, target = fed()
    net = made("small")
    net.core.fit_summary(feed)
    with torch.inference_mode():
        answer = net({name: torch.from_numpy(array) for name, array in inputs.items()})[:, 0, 0].numpy()

    assert np.mean((answer - target) ** 2) < 0.1 * target.var()


def test_rows_without_a_truth_teach_nothing():
    """A life that is not over has no place in the sums."""
    whole, gappy = made(), made()
    rows = np.arange(600)
    feed, _, _ = fed(missing=range(0, 600, 3))
    gappy.core.fit_summary(feed)
    assert torch.isfinite(gappy.core.weight).all()
    whole.core.fit_summary(fed(order=rows)[0])
    assert not torch.equal(whole.core.weight, gappy.core.weight)


def test_seeds_draw_kernels_and_training_moves_none_of_them():
    """Equal seeds give equal kernels; the fit changes centres and the head alone."""
    one, same, other = made(), made(), made(seed=1)
    kept = {name: value.clone() for name, value in one.state_dict().items()}
    assert torch.equal(one.core.mix, same.core.mix)
    assert not torch.equal(one.core.mix, other.core.mix)
    one.core.fit_summary(fed()[0])
    moved = {name.rpartition(".")[2] for name, value in one.state_dict().items() if not torch.equal(value, kept[name])}

    assert moved == {"center", "spread", "middle", "reach", "weight", "start"}


def test_the_exported_file_answers_as_the_network_does():
    """Curves have no edge at which two run-times could part."""
    net = made()
    feed, _, _ = fed()
    net.core.fit_summary(feed)
    rows = {name: value.numpy() for name, value in rows_of(SPECS, rows=33, seed=9).items()}
    finish = Finish("regression", {"center": 50.0, "spread": 20.0})
    graph = network_graph(net.eval(), finish, list(SPECS), rows)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    with torch.inference_mode():
        ours = finish(net({name: torch.from_numpy(array) for name, array in rows.items()})).numpy()

    np.testing.assert_allclose(session.run(None, rows)[0], ours, rtol=0, atol=1e-4 * 20)


def test_every_size_has_more_features_than_the_one_before():
    """One dial."""
    with torch.device("meta"):
        widths = [made(size).core.width for size in NAMES]

    assert widths == sorted(set(widths))


@pytest.mark.parametrize("more", [{"task": "classification", "width": 3}, {"width": 2}, {"specs": (NUMBERS, CODES)}])
def test_what_it_cannot_answer_is_told(more: dict[str, object]):
    """Classes, quantiles and rows that are no histories are for other families."""
    specs: tuple[InputSpec, ...] = more.pop("specs", SPECS)  # type: ignore[assignment]
    with pytest.raises(SettingProblem, match="random"):
        made(specs=specs, **more)
