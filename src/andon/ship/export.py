"""One ONNX file from raw arrays to calibrated scores: scaling, network, rivals, blend and temperature inside."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from andon.encode.block import Arrays, InputSpec
from andon.nets.inspector import Inspector
from andon.ship.trees import tree_node
from andon.tasks.remaining_life import NEAR
from andon.train.rivals.trees import Trees

SMALLEST = 1e-9
FIGURES = "figures"


class Figured(nn.Module):
    """A network of histories, and the figures of them that a rival takes in the same graph."""

    def __init__(self, net: nn.Module, figures: nn.Module) -> None:
        super().__init__()
        self.net, self.figures = net, figures


class Whole(nn.Module):
    """Network and head with one positional tensor per input, as an exporter wants it."""

    def __init__(self, net: nn.Module, finish: nn.Module, names: list[str]) -> None:
        super().__init__()
        self.net, self.finish, self.names = net, finish, names

    def forward(self, *tensors: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Tensors in the order of `names` -> scores (N, K), or those and maps (N, height, width) or figures."""
        inputs = dict(zip(self.names, tensors, strict=True))
        if isinstance(self.net, Inspector):
            return self.net.both(inputs)
        if isinstance(self.net, Figured):
            return self.finish(self.net.net(inputs)), self.net.figures(inputs)
        scores: Tensor = self.finish(self.net(inputs))
        return scores


def network_graph(net: nn.Module, finish: nn.Module, specs: list[InputSpec], example: Arrays) -> onnx.ModelProto:
    """Export with a free number of rows. `example` gives a few rows of the right shapes (at least two)."""
    names = [spec.name for spec in specs]
    tensors = tuple(torch.from_numpy(np.ascontiguousarray(example[name][:4])) for name in names)
    whole = Whole(net, finish, names).eval()
    beside = "map" if isinstance(net, Inspector) else FIGURES if isinstance(net, Figured) else ""
    outputs = ["scores", beside] if beside else ["scores"]
    rows = torch.export.Dim("rows", min=1)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            whole, tensors, dynamo=True, verbose=False, input_names=names, output_names=outputs,
            dynamic_shapes=(tuple({0: rows} for _ in names),), optimize=True,
        )  # fmt: skip
    assert program is not None
    model = program.model_proto
    # Source lines and paths of this machine travel as metadata: drop them, a run is for other machines.
    for node in [*model.graph.node, *(n for f in model.functions for n in f.node)]:
        del node.metadata_props[:]
        node.doc_string = ""
    del model.graph.metadata_props[:]
    return model


def add_tail(model: onnx.ModelProto, trees: Trees | None, task: str, state: dict[str, Any]) -> onnx.ModelProto:
    """Blend in the trees where they joined, then temper: the graph's twin of `Task.blend` and `Task.adjust`."""
    graph = model.graph
    kind = graph.output[0].type.tensor_type.elem_type
    nodes: list[onnx.NodeProto] = []

    def constant(name: str, value: object, dtype: Any) -> str:
        graph.initializer.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    _rename_output(graph, "network_scores")
    nodes.append(helper.make_node("Cast", ["network_scores"], ["net64"], to=TensorProto.DOUBLE))
    last = "net64"
    if trees is not None:
        figures = [o.name for o in graph.output if o.name == FIGURES]
        last = _blend(nodes, constant, figures or [i.name for i in graph.input], trees, task, state)
    temperature = state.get("temperature", 1.0)
    if task == "classification" and temperature != 1.0:
        nodes += [
            helper.make_node("Max", [last, constant("smallest", SMALLEST, np.float64)], ["clipped"]),
            helper.make_node("Log", ["clipped"], ["logs"]),
            helper.make_node("Div", ["logs", constant("temperature", temperature, np.float64)], ["cooled"]),
            helper.make_node("Softmax", ["cooled"], ["tempered"], axis=1),
        ]
        last = "tempered"
    nodes.append(helper.make_node("Identity", [last], ["scores"]))
    graph.node.extend(nodes)
    del graph.output[0]
    for output in [o for o in graph.output if o.name == FIGURES]:
        graph.output.remove(output)
    width = len(state["classes"]) if task != "regression" else 1 + len(state["quantiles"]) + (NEAR in state)
    graph.output.insert(0, helper.make_tensor_value_info("scores", TensorProto.DOUBLE, ["rows", width]))
    if trees is not None and not any(o.domain == "ai.onnx.ml" for o in model.opset_import):
        model.opset_import.append(helper.make_opsetid("ai.onnx.ml", 3))
    assert kind in (TensorProto.FLOAT, TensorProto.DOUBLE)
    model.ir_version = min(model.ir_version, 10)
    return model


def _rename_output(graph: onnx.GraphProto, name: str) -> None:
    """Give the network's output another name, so that `scores` is free for the end of the tail."""
    old = graph.output[0].name
    for node in graph.node:
        node.output[:] = [name if o == old else o for o in node.output]
        node.input[:] = [name if i == old else i for i in node.input]
    for value in graph.value_info:
        if value.name == old:
            value.name = name


def _placed(constant: Any, trees: Trees) -> list[onnx.NodeProto]:
    """Nodes from codes to what trees ask about, their ranks or themselves: the twin of `ranks.placed`."""
    if not trees.ranks:
        return [helper.make_node("Cast", ["codes"], ["codes64"], to=TensorProto.DOUBLE)]
    sizes = np.array([len(rank) - 1 for rank in trees.ranks])
    first = np.cumsum([1, *(sizes[:-1] + 1)])
    return [
        helper.make_node("Less", ["codes", constant("code_sizes", sizes, np.int64)], ["codes_known"]),
        helper.make_node("Where", ["codes_known", "codes", constant("code_unknown", 0, np.int64)], ["codes_met"]),
        helper.make_node("Add", ["codes_met", constant("code_first", first, np.int64)], ["code_spots"]),
        helper.make_node("Gather", [constant("code_ranks", np.concatenate(trees.ranks), np.float64), "code_spots"],
                         ["codes64"], axis=0),
    ]  # fmt: skip


def _blend(
    nodes: list[onnx.NodeProto], constant: Any, inputs: list[str], trees: Trees, task: str, state: dict[str, Any]
) -> str:
    """Nodes from the inputs to the blended scores; gives the name of their result."""
    parts = []
    parts += [name for name in ("numbers", FIGURES) if name in inputs]
    if "codes" in inputs:
        nodes += _placed(constant, trees)
        parts.append("codes64")
    nodes.append(helper.make_node("Concat", parts, ["tree_input"], axis=1))
    nodes.append(tree_node(trees.boosters, "tree_input", "tree_sum32", targets=trees.targets))
    nodes.append(helper.make_node("Cast", ["tree_sum32"], ["tree_sum"], to=TensorProto.DOUBLE))
    share = state["blend"]["trees"]  # the rest is the network's, and of what was exported with it
    mine, rest = constant("network_share", 1 - share, np.float64), constant("tree_share", share, np.float64)
    if task == "regression":
        own = [0.0] * (NEAR in state)  # a column of its own stays where it is
        moves = constant("tree_moves", [share] * (1 + len(state["quantiles"])) + own, np.float64)
        nodes += [
            helper.make_node("Mul", ["tree_sum", constant("spread", state["spread"], np.float64)], ["tree_wide"]),
            helper.make_node("Add", ["tree_wide", constant("center", state["center"], np.float64)], ["tree_point"]),
            helper.make_node("Slice", ["net64", constant("c0", [0], np.int64), constant("c1", [1], np.int64),
                                       constant("axis1", [1], np.int64)], ["net_point"]),
            helper.make_node("Sub", ["tree_point", "net_point"], ["apart"]),
            helper.make_node("Mul", ["apart", moves], ["shift"]),
            helper.make_node("Add", ["net64", "shift"], ["blended"]),
        ]  # fmt: skip
        return "blended"
    if trees.targets == 1:
        nodes += [
            helper.make_node("Sigmoid", ["tree_sum"], ["tree_one"]),
            helper.make_node("Sub", [constant("one", 1.0, np.float64), "tree_one"], ["tree_zero"]),
            helper.make_node("Concat", ["tree_zero", "tree_one"], ["tree_scores"], axis=1),
        ]
    else:
        nodes.append(helper.make_node("Softmax", ["tree_sum"], ["tree_scores"], axis=1))
    nodes += [
        helper.make_node("Mul", ["net64", mine], ["net_share"]),
        helper.make_node("Mul", ["tree_scores", rest], ["tree_share_scores"]),
        helper.make_node("Add", ["net_share", "tree_share_scores"], ["blended"]),
    ]
    return "blended"
