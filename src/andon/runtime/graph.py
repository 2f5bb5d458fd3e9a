"""The exported graph, run by ONNX Runtime in pieces of bounded size."""

from __future__ import annotations

import copy
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # read once, when it is loaded: else it reports to its makers
import onnxruntime

from andon.encode.block import Arrays
from andon.encode.field import Field
from andon.encode.tiles import stitched, which, worst
from andon.errors import RunProblem

CHUNK_CELLS = 1 << 20
"""Pixels and figures per call, so that memory stays flat however many rows are asked for."""


class Graph:
    """A session over `model.onnx`; inputs by name, one output: the calibrated scores. `tiled`: the picture column that
    comes as tiles, which the graph is asked about one by one; `good`: see `encode.tiles.worst`."""

    def __init__(self, path: Path, *, threads: int = 0, tiled: Field | None = None, good: Sequence[int] = ()) -> None:
        self.tiled, self.good = tiled, good
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Idle threads would otherwise spin: a box at the line has other work for its cores.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # noqa: BLE001  ONNX Runtime raises many kinds, all of which mean a broken file
            raise RunProblem.of(
                f"{path.name} cannot be loaded",
                where=str(path.parent),
                why=str(error).splitlines()[0],
                fix="restore the run folder, or train again",
            ) from None
        self.inputs = [value.name for value in self.session.get_inputs()]

    def scores(self, arrays: Arrays, output: str = "scores") -> np.ndarray:
        """Arrays of N rows -> scores (N, K) float64, or the maps (N, height, width) of a graph that has them."""
        if self.tiled is None:
            return self._run(arrays, output)
        found = self._of_tiles(arrays, self.tiled.name, output)
        return stitched(found, self.tiled) if output == "map" else worst(found, self.good)

    def speaking(self, arrays: Arrays) -> Arrays:
        """Of pictures that are cut into tiles the one that the answer is taken from; others as they are."""
        if self.tiled is None:
            return arrays
        name = self.tiled.name
        chosen = which(self._of_tiles(arrays, name, "scores"), self.good)
        return {**arrays, name: arrays[name][np.arange(len(chosen)), chosen]}

    def of_one(self) -> Graph:
        """The same, asked about single tiles."""
        other = copy.copy(self)
        other.tiled = None
        return other

    def _of_tiles(self, arrays: Arrays, name: str, output: str) -> np.ndarray:
        """Scores or maps of tiles, (N, T, …), each with what stands beside the picture."""
        stack = arrays[name]
        flat = {other: np.repeat(arrays[other], stack.shape[1], axis=0) for other in self.inputs if other != name}
        found = self._run({**flat, name: stack.reshape(-1, *stack.shape[2:])}, output)
        return found.reshape(*stack.shape[:2], *found.shape[1:])

    def _run(self, arrays: Arrays, output: str) -> np.ndarray:
        """The session in pieces."""
        feeds = {name: arrays[name] for name in self.inputs}
        rows = len(next(iter(feeds.values())))
        step = max(1, CHUNK_CELLS // max(1, sum(a.size for a in feeds.values()) // max(rows, 1)))
        if rows <= step:
            whole = {name: a if isinstance(a, np.ndarray) else a[:] for name, a in feeds.items()}
            return np.asarray(self.session.run([output], whole)[0], dtype=np.float64)
        pieces = [
            self.session.run([output], {name: a[start : start + step] for name, a in feeds.items()})[0]
            for start in range(0, rows, step)
        ]
        return np.concatenate(pieces).astype(np.float64, copy=False)

    @property
    def width(self) -> int:
        """Scores of a row."""
        return int(next(value.shape[1] for value in self.session.get_outputs() if value.name == "scores"))

    @property
    def maps(self) -> bool:
        """Whether the graph says where, too."""
        return any(value.name == "map" for value in self.session.get_outputs())
