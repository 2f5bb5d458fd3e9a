"""`Model`: a run loaded without torch. Schema check, clean, encode, graph, decide: the only way to an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from andon.clean import Cleaning
from andon.encode.arrays import Encoding
from andon.encode.block import Arrays, Block
from andon.encode.schema import Schema
from andon.errors import RunProblem
from andon.run.files import read_json
from andon.run.folder import Run, open_run
from andon.runtime.graph import Graph
from andon.tasks import TASKS, State, Task

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Answers:
    """Answer columns and scores of the good rows in order; `bad` maps the others to their reasons."""

    columns: dict[str, np.ndarray]
    scores: np.ndarray
    bad: dict[int, str]
    rows: int

    @property
    def good(self) -> np.ndarray:
        """Row numbers that have an answer, ascending."""
        return np.setdiff1d(np.arange(self.rows), np.fromiter(self.bad, np.int64, len(self.bad)))


@dataclass(frozen=True)
class Model:
    """What answers at the line. Equal input rows get equal answers, alone or together."""

    run: Run
    schema: Schema
    cleaning: Cleaning
    encoding: Encoding
    task: Task
    state: State
    graph: Graph
    streaming: bool = False
    "Whether cleaning remembers the rows of earlier calls."

    def stream(self) -> Model:
        """The same for rows that come one after the other: steps of cleaning that remember go on from call to call."""
        return replace(self, cleaning=self.cleaning.fresh(), streaming=True)

    def predict(self, rows: Any) -> Any:
        """Answers for a frame (Polars, pandas, Arrow: answered in kind) or for a list of dicts (answered as dicts).

        Same rows, same order. A row that cannot be answered has nulls and its reason in the column `problem`.
        """
        if isinstance(rows, Mapping):
            return self.predict_rows([rows])[0]
        if isinstance(rows, Sequence):
            return self.predict_rows(rows)
        from andon.records import from_any, like

        return like(rows, self.predict_frame(from_any(rows)))

    def maps(self, rows: Any) -> np.ndarray:
        """Where each picture is unlike good ones, (N, cells down, cells across) in 0 … 1, of a frame or a list of
        dicts; NaN for rows that cannot be answered. Raises `RunProblem` for a run whose job draws no maps."""
        import polars as pl

        from andon.records import from_any

        if not self.graph.maps:
            raise RunProblem.of("this run draws no maps", where=str(self.run.folder), fix="train a 'surface_anomaly'")
        frame = pl.DataFrame(rows) if isinstance(rows, Sequence) else from_any(rows)
        block, bad = self.schema.block(frame, "the data")
        arrays, reject, _ = self.arrays(block)
        reject[list(bad)] = True
        good = np.flatnonzero(~reject)
        found = self.graph.scores({name: array[good] for name, array in arrays.items()}, "map")
        whole = np.full((len(reject), *found.shape[1:]), np.nan)
        whole[good] = found
        return whole

    def predict_frame(self, frame: pl.DataFrame, where: str = "the data") -> pl.DataFrame:
        """A Polars frame of answers, one row per row of `frame`."""
        step = self.schema.rows_at_once()
        if self.graph.tiled is None or len(frame) <= step or self.cleaning.looks_ahead:
            return answer_frame(self.answers(frame, where))
        import polars as pl

        model = self if self.streaming else self.stream()  # large pictures: memory stays flat
        pieces = [model.answers(frame[start : start + step], where) for start in range(0, len(frame), step)]
        return pl.concat([answer_frame(piece) for piece in pieces], how="diagonal_relaxed")

    def predict_rows(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Dicts in, dicts out, without Polars: what a service at the line calls for single rows."""
        blocks: list[Block] = []
        bad: dict[int, str] = {}
        for number, row in enumerate(rows):
            block, reason = self.schema.row(row)
            if reason:
                bad[number] = reason
            else:
                blocks.append(block)
        good = [n for n in range(len(rows)) if n not in bad]
        columns: dict[str, np.ndarray] = {}
        if blocks:
            whole = blocks[0] if len(blocks) == 1 else {k: np.concatenate([b[k] for b in blocks]) for k in blocks[0]}
            inner = self._answer(whole, {})
            columns = inner.columns
            bad |= {good[n]: reason for n, reason in inner.bad.items()}
            good = [n for i, n in enumerate(good) if i not in inner.bad]
        found: list[dict[str, Any]] = [{"problem": bad.get(n)} for n in range(len(rows))]
        for place, number in enumerate(good):
            found[number] = {name: _plain(values[place]) for name, values in columns.items()} | {"problem": None}
        return found

    def answers(self, frame: pl.DataFrame, where: str = "the data", *, only: np.ndarray | None = None) -> Answers:
        """Answers of the good rows, and the bad rows with their reasons. `only`: the rows to be answered; the others
        are history for them."""
        block, bad = self.schema.block(frame, where)
        return self._answer(block, bad, only)

    def arrays(self, block: Block) -> tuple[Arrays, np.ndarray, list[str]]:
        """Block -> arrays of all rows, which rows cleaning rejects, and why."""
        cleaning = self.cleaning if self.streaming else self.cleaning.fresh()  # else a call is a table of its own
        cleaned = cleaning.apply(block)
        return self.encoding.apply(cleaned.block), cleaned.reject, cleaned.reasons

    def _answer(self, block: Block, bad: dict[int, str], only: np.ndarray | None = None) -> Answers:
        """Clean, encode, graph, decide."""
        arrays, reject, reasons = self.arrays(block)
        bad = dict(bad)
        for row, reason in zip(np.flatnonzero(reject), reasons, strict=True):
            bad.setdefault(int(row), reason)
        rows = len(reject)
        if only is not None:
            arrays, rows = {name: array[only] for name, array in arrays.items()}, len(only)
            bad = {place: bad[int(row)] for place, row in enumerate(only) if int(row) in bad}
        if bad:
            good = np.setdiff1d(np.arange(rows), np.fromiter(bad, np.int64, len(bad)))
            arrays = {name: array[good] for name, array in arrays.items()}
        if rows == len(bad):
            return Answers({}, np.empty((0, 0)), bad, rows)
        scores = self.graph.scores(arrays)
        return Answers(self.task.decide(scores, self.state), scores, bad, rows)


def answer_frame(answers: Answers) -> pl.DataFrame:
    """Spread the answers of the good rows over all rows; nulls and a `problem` for the others."""
    import polars as pl

    columns = [
        pl.Series(name, values, dtype=pl.String if values.dtype == object else None)
        for name, values in answers.columns.items()
    ]
    if not answers.bad:
        return pl.DataFrame([*columns, pl.Series("problem", [None], dtype=pl.String).new_from_index(0, answers.rows)])
    frame = pl.DataFrame(columns)
    good = answers.good
    index = pl.DataFrame({"__row__": np.arange(answers.rows)})
    problems = pl.DataFrame({"__row__": list(answers.bad), "problem": list(answers.bad.values())})
    spread = index.join(frame.with_columns(__row__=pl.Series(good)), on="__row__", how="left", maintain_order="left")
    return spread.join(problems, on="__row__", how="left", maintain_order="left").drop("__row__")


def _plain(value: Any) -> Any:
    """NumPy scalar -> Python value."""
    return value.item() if isinstance(value, np.generic) else value


def load(folder: str | Path, *, threads: int = 0) -> Model:
    """Load a finished run. `threads`: 0 lets ONNX Runtime choose. Raises `RunProblem`."""
    run = open_run(folder)
    return assemble(run, run.manifest["task"], threads=threads)


def assemble(run: Run, task: str, *, threads: int = 0) -> Model:
    """The model of a run's files, finished or not (training judges what it ships before it seals the run)."""
    schema = read_json(run / "schema.json", Schema)
    state: State = read_json(run / "state/decide.json")
    tiled = next((f for f in schema.fields if f.whole), None)
    return Model(
        run=run,
        schema=schema,
        cleaning=Cleaning.from_json(read_json(run / "state/cleaning.json")),
        encoding=read_json(run / "state/encoding.json", Encoding),
        task=TASKS[task],
        state=state,
        graph=Graph(run / "model.onnx", threads=threads, tiled=tiled, good=state.get("good") or ()),
    )
