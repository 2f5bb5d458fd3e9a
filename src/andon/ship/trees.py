"""LightGBM's trees as ONNX tree-ensemble operators, decision for decision.

Our own converter, and not onnxmltools', for one reason: thresholds stay float64 (`nodes_values_as_tensor`, ai.onnx.ml
opset 3) and inputs too, so that a value just beside a threshold takes the same branch as in LightGBM. Missing values
follow LightGBM's own rule per node (`missing_type`, `default_left`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lightgbm
import numpy as np
from onnx import NodeProto, helper, numpy_helper

FIELDS = ("treeids", "nodeids", "featureids", "modes", "truenodeids", "falsenodeids", "missing_value_tracks_true")


def tree_node(boosters: Sequence[lightgbm.Booster], source: str, result: str, *, targets: int) -> NodeProto:
    """Boosters -> one TreeEnsembleRegressor from `source` (N, C) float64 to the mean of their sums, `result`
    (N, targets) float32. Tree i of a booster adds to target i mod targets, as LightGBM lays them out."""
    nodes: dict[str, list[Any]] = {name: [] for name in FIELDS}
    values: list[float] = []
    leaves: dict[str, list[Any]] = {"target_treeids": [], "target_nodeids": [], "target_ids": []}
    weights: list[float] = []
    # one booster at a time: as plain dicts five large ones take hundreds of megabytes
    trees = ((place % targets, tree) for b in boosters for place, tree in enumerate(b.dump_model()["tree_info"]))
    for number, (aim, tree) in enumerate(trees):
        stack: list[tuple[dict[str, Any], int]] = [(tree["tree_structure"], 0)]
        free = 1
        while stack:
            node, name = stack.pop()
            nodes["treeids"].append(number)
            nodes["nodeids"].append(name)
            if "split_index" not in node:
                for key, value in zip(FIELDS[2:], (0, "LEAF", 0, 0, 0), strict=True):
                    nodes[key].append(value)
                values.append(0.0)
                for key, value in zip(leaves, (number, name, aim), strict=True):
                    leaves[key].append(value)
                weights.append(float(node["leaf_value"]) / len(boosters))
                continue
            assert node["decision_type"] == "<=", "categorical splits are not made here: codes go in as numbers"
            nodes["featureids"].append(node["split_feature"])
            nodes["modes"].append("BRANCH_LEQ")
            nodes["truenodeids"].append(free)
            nodes["falsenodeids"].append(free + 1)
            nodes["missing_value_tracks_true"].append(int(_missing_goes_left(node)))
            values.append(float(node["threshold"]))
            stack += [(node["left_child"], free), (node["right_child"], free + 1)]
            free += 2
    return helper.make_node(
        "TreeEnsembleRegressor", [source], [result], domain="ai.onnx.ml", n_targets=targets, aggregate_function="SUM",
        nodes_values_as_tensor=numpy_helper.from_array(np.array(values, np.float64)),
        target_weights_as_tensor=numpy_helper.from_array(np.array(weights, np.float64)),
        **{f"nodes_{key}": value for key, value in nodes.items()}, **leaves,
    )  # fmt: skip


def _missing_goes_left(node: dict[str, Any]) -> bool:
    """Where NaN goes: its learned side where training saw NaN, else LightGBM reads it as 0.0."""
    if node["missing_type"] == "NaN":
        return bool(node["default_left"])
    return bool(node["threshold"] >= 0.0)
