"""Boosted trees in the graph decide as LightGBM does, also on thresholds and missing values."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper

from andon.ship.trees import tree_node
from andon.train.rivals.trees import Trees, fit_in_turn, fit_trees, table


def session(trees: Trees, columns: int) -> onnxruntime.InferenceSession:
    node = tree_node(trees.boosters, "x", "y", targets=trees.targets)
    graph = helper.make_graph(
        [node], "trees", [helper.make_tensor_value_info("x", TensorProto.DOUBLE, [None, columns])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, trees.targets])],
    )  # fmt: skip
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


@pytest.mark.parametrize(("task", "width"), [("regression", 1), ("classification", 2), ("classification", 4)])
@pytest.mark.parametrize("missing", [False, True])
def test_the_graph_answers_as_lightgbm(task, width, missing):
    """Raw sums agree to float32 for numbers, two classes and many, with NaN seen in training or not."""
    rng = np.random.default_rng(0)
    x = 1e6 + rng.normal(size=(600, 5))
    if missing:
        x[rng.uniform(size=x.shape) < 0.1] = np.nan
    signal = np.nan_to_num(x[:, 0] - 1e6) * 2 + np.nan_to_num(x[:, 1] - 1e6)
    y = signal if task == "regression" else np.digitize(signal, np.quantile(signal, np.linspace(0, 1, width + 1)[1:-1]))
    arrays = {"numbers": x}
    trees = fit_trees(({"numbers": x[:400]}, y[:400], None), ({"numbers": x[400:]}, y[400:], None), task=task, width=width,
                      seed=0, threads=1)  # fmt: skip
    asked = np.concatenate([x, np.full((3, 5), np.nan), x[:50] + rng.normal(size=(50, 5)) * 1e-9])

    theirs = trees.boosters[0].predict(asked, raw_score=True).reshape(len(asked), -1)
    ours = session(trees, 5).run(None, {"x": table({"numbers": asked})})[0]

    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
    assert trees.scores(arrays, {"spread": 1.0, "center": 0.0}).shape == (600, width)


def test_a_value_beside_a_threshold_takes_lightgbms_branch():
    """float32 would merge values that lie 1e-3 apart at a million: float64 thresholds don't."""
    x = np.repeat(1e6 + np.arange(200) * 1e-3, 5)[:, None]
    y = (x[:, 0] > 1e6 + 0.0995).astype(float)
    trees = fit_trees(
        ({"numbers": x}, y, None), ({"numbers": x}, y, None), task="regression", width=1, seed=0, threads=1
    )

    ours = session(trees, 1).run(None, {"x": x})[0][:, 0]

    np.testing.assert_allclose(ours, trees.boosters[0].predict(x), atol=1e-5)


def test_boosters_in_turn_are_averaged_in_the_graph_and_asked_one_by_one_for_rows_they_hold_out():
    """The graph's sum is the mean of the boosters'; `unseen` is the answer of the one that has not seen the row."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(600, 3))
    y = x[:, 0] + rng.normal(size=600) * 0.1
    held = np.arange(600) % 3
    trees = fit_in_turn(({"numbers": x}, y, None), held, task="regression", width=1, seed=0, threads=1)

    ours = session(trees, 3).run(None, {"x": x})[0][:, 0]
    each = np.stack([b.predict(x) for b in trees.boosters])
    unseen = trees.unseen({"numbers": x}, {"spread": 1.0, "center": 0.0}, held)[:, 0]

    np.testing.assert_allclose(ours, each.mean(axis=0), atol=1e-5)
    np.testing.assert_array_equal(unseen, each[held, np.arange(600)])
    assert np.mean((unseen - y) ** 2) > np.mean((each.mean(axis=0) - y) ** 2)
