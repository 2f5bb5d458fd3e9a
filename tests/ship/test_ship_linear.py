"""Network, trees and line in one graph answer as they do in training."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from andon.encode.block import InputSpec
from andon.nets.heads import Finish
from andon.nets.linear import LinearFeatures
from andon.ship.export import add_tail, network_graph
from andon.ship.joined import joined, trees_of
from andon.ship.parity import trained_scores
from andon.tasks import TASKS
from andon.train.rivals.affine import described
from andon.train.rivals.linear import Lined, fit_linear
from andon.train.rivals.rival import voices
from andon.train.rivals.trees import fit_trees

SPECS = [
    InputSpec(name="numbers", kind="numbers", shape=(3,), dtype="float64", columns=("a", "b", "c")),
    InputSpec(name="codes", kind="codes", shape=(2,), dtype="int64", columns=("d", "e"), cardinalities=(4, 3)),
]
SCALING = {
    "numbers": {"method": "robust", "center": [0.0] * 3, "spread": [1.0] * 3, "missing": [False, True, False]},
    "codes": {"method": "none"},
}


class Small(nn.Module):
    """A network of one product over the numbers."""

    def __init__(self, width):
        super().__init__()
        self.last = nn.Linear(3, width)

    def forward(self, inputs):
        return self.last(torch.nan_to_num(inputs["numbers"]).float()).unsqueeze(1)


def table(rows):
    """Numbers with gaps, codes with gaps, and a number that follows from both."""
    rng = np.random.default_rng(0)
    numbers, codes = rng.normal(size=(rows, 3)), rng.integers(-1, 3, (rows, 2))
    numbers[rng.uniform(size=rows) < 0.1, 1] = np.nan
    value = numbers[:, 0] + np.nan_to_num(numbers[:, 1]) + (codes[:, 0] == 2) + 0.1 * rng.normal(size=rows)
    return {"numbers": numbers, "codes": codes}, value


@pytest.mark.parametrize(
    ("task", "width", "shares"),
    [
        ("regression", 3, (0.5, 0.3, 0.2)),
        ("classification", 2, (0.0, 0.4, 0.6)),
        ("classification", 3, (0.7, 0.0, 0.3)),
    ],
)
def test_three_voices_in_the_graph_are_those_of_training(task, width, shares):
    """Scores of the file are the weighted mean of all, tempered, to a millionth; quantiles move along."""
    torch.manual_seed(0)
    arrays, value = table(400)
    if task == "regression":
        target, classes = value.astype(np.float32), 0
        state = {"center": 5.0, "spread": 2.0, "low": 0.0, "high": 9.0, "quantiles": [0.1, 0.9]}
    else:
        target, classes = np.digitize(value, np.quantile(value, np.linspace(0, 1, width + 1)[1:-1])), width
        state = {"classes": ["a", "b", "c"][:width], "temperature": 1.3}
    net, finish, held = Small(width), Finish(task, state), np.arange(400) % 2
    features = LinearFeatures(SPECS, SCALING).eval()
    seen = Lined(described(features, arrays, 64), target, np.ones(400), held)
    line = fit_linear(features, seen, width=classes, in_turn=False, again=True)
    rows = (arrays, target, None)
    trees = fit_trees(rows, rows, task=task, width=width if classes else 1, seed=0, threads=1)
    state["blend"] = dict(zip(("network", "trees", "linear"), shares, strict=True))
    beside = tuple(rival for rival in (trees, line) if state["blend"][rival.kind])
    said = voices(trained_scores(net, finish, arrays), beside, arrays, state)
    ours = TASKS[task].adjust(TASKS[task].blend(said, state), state)

    graph = network_graph(*joined((net, finish), beside, state), SPECS, arrays)
    graph = add_tail(graph, trees_of(beside), task, state)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])

    np.testing.assert_allclose(session.run(None, arrays)[0], ours, atol=3e-6)
    one = {name: array[7:8] for name, array in arrays.items()}
    np.testing.assert_allclose(session.run(None, one)[0], ours[7:8], atol=3e-6)
