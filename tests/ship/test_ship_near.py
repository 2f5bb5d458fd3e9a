"""What is told near the end of lives has a column of its own in the graph."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch
from test_ship_linear import SCALING, SPECS, Small, table

from andon.nets.heads import Finish
from andon.nets.linear import LinearFeatures
from andon.ship.export import add_tail, network_graph
from andon.ship.joined import joined, trees_of
from andon.ship.parity import trained_scores
from andon.tasks.remaining_life import NEAR, RemainingLife
from andon.train.rivals.affine import AffineRival, described
from andon.train.rivals.linear import ridge
from andon.train.rivals.rival import joined as speaking
from andon.train.rivals.rival import voices
from andon.train.rivals.trees import fit_trees


@pytest.mark.parametrize(("quantiles", "trees_share"), [([], 0.4), ([0.1, 0.9], 0.4), ([], 0.0)])
def test_the_column_of_the_end_is_the_last_and_no_share_moves_it(quantiles, trees_share):
    """Trees move the answer and its quantiles; what is told near the end stays as it was learnt, in file and training."""
    torch.manual_seed(0)
    arrays, value = table(300)
    task, target = RemainingLife(), value.astype(np.float32)
    state = task.capped(value - value.min(), quantiles, 4.0) | {NEAR: 1.5}
    net, finish = Small(1 + len(quantiles)), Finish("regression", state)
    features = LinearFeatures(SPECS, SCALING).eval()
    line = ridge(described(features, arrays, 64).astype(float), target, np.ones(300), penalty=1.0)
    near = AffineRival(NEAR, features, line, (line,), "regression")
    rows = (arrays, target, None)
    trees = fit_trees(rows, rows, task="regression", width=1, seed=0, threads=1)
    state["blend"] = {"network": 1 - trees_share, "trees": trees_share}
    beside = speaking((near, trees), state)
    ours = task.blend(voices(trained_scores(net, finish, arrays), beside, arrays, state), state)

    graph = network_graph(*joined((net, finish), beside, state), SPECS, arrays)
    graph = add_tail(graph, trees_of(beside), "regression", state)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])

    assert ours.shape == (300, 2 + len(quantiles))
    np.testing.assert_array_equal(ours[:, -1:], near.scores(arrays, state))
    np.testing.assert_allclose(session.run(None, arrays)[0], ours, atol=3e-6)
