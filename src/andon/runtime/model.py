"""`Model`: a run loaded without torch. Schema check, clean, encode, graph, decide: the only way to an answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from andon.clean import Cleaning
from andon.clean.step import TIME, UNIT, rows_of
from andon.encode.arrays import Encoding
from andon.encode.block import Arrays, Block
from andon.encode.pasts import Pasts
from andon.encode.roll import Roll, most_of
from andon.encode.schema import ASIDE, HAPPENED, NAMELESS, NOBODY, Schema, unit_code
from andon.encode.windows import taken
from andon.errors import DataProblem, Problem, RunProblem, nearest
from andon.run.files import read_json
from andon.run.folder import Run, open_run
from andon.runtime.graph import Graph
from andon.runtime.memory import Memory, read_memory, write_memory
from andon.tasks import TASKS, State, Task

if TYPE_CHECKING:
    import polars as pl


class Answers(Struct, frozen=True):
    """Answer columns and scores of the good rows in order; `bad` maps the others to their reasons."""

    columns: dict[str, np.ndarray]
    scores: np.ndarray
    bad: dict[int, str]
    rows: int

    @property
    def good(self) -> np.ndarray:
        """Row numbers that have an answer, ascending."""
        if not self.bad:
            return np.arange(self.rows)
        return np.setdiff1d(np.arange(self.rows), np.fromiter(self.bad, np.int64, len(self.bad)))


class Model(Struct, frozen=True):
    """What answers at the line. Equal input rows get equal answers, alone or together."""

    run: Run
    schema: Schema
    cleaning: Cleaning
    encoding: Encoding
    task: Task
    state: State
    graph: Graph
    streaming: bool = False
    "Whether cleaning and histories remember the rows of earlier calls."
    pasts: Pasts | None = None
    "What a stream remembers of each unit's history."
    roll: Roll | None = None
    "Whose histories a stream still knows; None: nothing is forgotten."

    def stream(
        self, kept: str | Path | Memory | None = None, *, units: int | None = None, whole: bool = False
    ) -> Model:
        """The same for rows that come one after the other: what remembers goes on from call to call, from the beginning
        or from what `keep` wrote. Raises `RunProblem` for a file that is damaged or of another run.

        Lives that are over are forgotten, and beyond `units` histories (usual: as many as 128 MB hold, 1,000 at least)
        those that were silent longest. Rows of a `whole` table, block by block, are all answered: nothing is forgotten.
        """
        history, memory = self.encoding.history, kept if isinstance(kept, Memory) else None
        if kept is not None and memory is None:
            memory = read_memory(Path(kept), self.run)  # type: ignore[arg-type]
        roll = None
        if self.remembers and self.schema.unit is not None and not whole:
            roll = Roll.of(units or most_of(history), {} if memory is None else _under("roll.", memory.arrays))
        if memory is None:
            cleaning, pasts = self.cleaning.fresh(), None if history is None else Pasts(history)
        else:
            cleaning = self.cleaning.restored(_under("clean.", memory.arrays))
            pasts = None if history is None else Pasts.of(history, _under("past.", memory.arrays))
        return replace(self, cleaning=cleaning, streaming=True, pasts=pasts, roll=roll)

    def keep(self, path: str | Path, **notes: Any) -> None:
        """Write what a stream remembers, and some JSON values, to a file from which `stream` goes on."""
        if not self.streaming:
            raise Problem.of("only a stream remembers rows", fix="keep what 'stream()' gave")
        arrays = {f"clean.{name}": a for name, a in self.cleaning.remembered().items()}
        arrays |= {f"past.{name}": a for name, a in self.pasts.arrays().items()} if self.pasts else {}
        arrays |= {f"roll.{name}": a for name, a in self.roll.arrays().items()} if self.roll else {}
        write_memory(Path(path), self.run, Memory(arrays, notes))

    @property
    def remembers(self) -> bool:
        """Whether an answer depends on the rows of the unit before it."""
        return self.cleaning.remembers or self.encoding.history is not None

    def predict(self, rows: Any) -> Any:
        """Answers for a frame (Polars, pandas, Arrow: answered in kind) or for a list of dicts (answered as dicts).

        Same rows, same order. A row that cannot be answered has nulls and its reason in the column `problem`.
        """
        if isinstance(rows, Mapping):
            return self.predict_rows([rows])[0]
        if isinstance(rows, Sequence):
            return self.predict_rows(rows)
        from andon.records import from_any, like

        return like(rows, self.predict_frame(self.schema.placed(from_any(rows))))

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

        model = self if self.streaming else self.stream(whole=True)  # large pictures: memory stays flat
        pieces = [model.answers(frame[start : start + step], where) for start in range(0, len(frame), step)]
        return pl.concat([answer_frame(piece) for piece in pieces], how="diagonal_relaxed")

    def predict_rows(self, rows: Sequence[Mapping[str, Any]], *, placed: bool = False) -> list[dict[str, Any]]:
        """Dicts in, dicts out, without Polars: what a service at the line calls for single rows. `placed`: the rows are
        of a table, whose folder stands before the names of its files."""
        if not rows:
            return []
        if self.encoding.history is not None:
            for row in rows:
                self.placeable(row, "the row")
        if self.schema.life is not None:
            self._of_lives(set().union(*rows), len(rows), "the rows")
        answers = self._answer(*self.schema.rows(rows, placed=placed))
        found: list[dict[str, Any]] = [{"problem": answers.bad.get(n)} for n in range(len(rows))]
        columns = {name: values.tolist() for name, values in answers.columns.items()}
        for place, number in enumerate(answers.good.tolist()):
            found[number] = {name: values[place] for name, values in columns.items()} | {"problem": None}
        return found

    def answers(self, frame: pl.DataFrame, where: str = "the data", *, only: np.ndarray | None = None) -> Answers:
        """Answers of the good rows, and the bad rows with their reasons. `only`: the rows to be answered; the others
        are history for them."""
        self.placeable(frame.columns, where)
        self._of_lives(frame.columns, len(frame), where)
        block, bad = self.schema.block(frame, where)
        return self._answer(block, bad, only)

    def placeable(self, columns: Collection[str], where: str) -> None:
        """Raise `DataProblem` where answers look back and rows with these columns say not whose they are, or when."""
        for name in (self.schema.unit, self.schema.time) if self.encoding.history is not None else ():
            if name is not None and name not in columns:
                raise DataProblem.of(
                    f"column '{name}' is missing", where=where,
                    why="an answer looks back on the rows of its unit in time", fix=nearest(name, list(columns)),
                )  # fmt: skip

    def _of_lives(self, columns: Collection[str], rows: int, where: str) -> None:
        """Raise `DataProblem` where a table of `rows` does not say which life each is of, and histories are of lives. A
        stream may leave that to whoever lets it begin anew."""
        if self.schema.life is not None and self.schema.life not in columns and rows > 1 and not self.streaming:
            raise DataProblem.of(
                f"column '{self.schema.life}' is missing", where=where,
                why="events cut units into lives, and an answer looks back on its own",
                fix="number the lives of each unit in it, or ask andon.predict, which reads the list of events",
            )  # fmt: skip

    def no_answers(self) -> pl.DataFrame:
        """A frame of answers to no rows, which has all columns."""
        none = np.empty((0, self.graph.width))
        return answer_frame(Answers(self.task.decide(none, self.state), none, {}, 0))

    def arrays(self, block: Block) -> tuple[Arrays, np.ndarray, list[str]]:
        """Block -> arrays of all rows, which of them get no answer, and why."""
        cleaning = self.cleaning if self.streaming else self.cleaning.fresh()  # else a call is a table of its own
        history = self.encoding.history
        block, own = (block, None) if self.streaming or history is None else in_time(block)
        late = self._late(block)
        if own is None and not late:
            cleaned = cleaning.apply(block)
            arrays = self.encoding.apply(cleaned.block, self.pasts)
            self._forget(block)
            return arrays, cleaned.reject, cleaned.reasons
        own = np.arange(rows_of(block)) if own is None else own  # the number each row came with
        reasons = {int(own[row]): why for row, why in late.items()}
        if late:
            kept = np.setdiff1d(np.arange(len(own)), list(late))
            block, own = {name: a[kept] for name, a in block.items()}, own[kept]
        cleaned = cleaning.apply(block)
        arrays = self.encoding.apply(cleaned.block, self.pasts)
        self._forget(block)
        reasons |= dict(zip(own[cleaned.reject].tolist(), cleaned.reasons, strict=True))
        place = np.zeros(len(own) + len(late), np.int64)
        place[own] = np.arange(len(own))
        if len(own):
            arrays = taken(arrays, place)  # what stands for a late row is never looked at
        reject = np.zeros(len(place), bool)
        reject[list(reasons)] = True
        return arrays, reject, [reasons[row] for row in sorted(reasons)]

    def _late(self, block: Block) -> dict[int, str]:
        """Rows that no history holds, and why: no readings, of no unit, of a history that is forgotten, or late in
        theirs."""
        history, found = self.encoding.history, dict[int, str]()
        if history is not None and UNIT in block:
            found = dict.fromkeys(np.flatnonzero(block[UNIT] == unit_code(NOBODY)).tolist(), NAMELESS)
        if ASIDE in block:
            found |= dict.fromkeys(np.flatnonzero(block[ASIDE]).tolist(), HAPPENED)
        if self.roll is not None:
            found |= _of_rest(block, found, partial(self.roll.refused, gap=None if history is None else history.gap))
        if history is not None:
            found |= _of_rest(block, found, (self.pasts or Pasts(history)).late)
        return found

    def _forget(self, block: Block) -> None:
        """After a block: let go of histories that are over, or of units that were silent longest."""
        if self.roll is None or not (units := self.roll.call(block)):
            return
        self.cleaning.forget(units)
        if self.pasts is not None:
            self.pasts.forget(units)

    def _answer(self, block: Block, bad: dict[int, str], only: np.ndarray | None = None) -> Answers:
        """Clean, encode, graph, decide."""
        arrays, reject, reasons = self.arrays(block)
        bad = dict(bad)
        for row, reason in zip(np.flatnonzero(reject), reasons, strict=True):
            bad.setdefault(int(row), reason)
        rows = len(reject)
        if only is not None:
            arrays, rows = taken(arrays, only), len(only)
            bad = {place: bad[int(row)] for place, row in enumerate(only) if int(row) in bad}
        if bad:
            good = np.setdiff1d(np.arange(rows), np.fromiter(bad, np.int64, len(bad)))
            arrays = taken(arrays, good)
        scores = self.graph.scores(arrays) if rows > len(bad) else np.empty((0, self.graph.width))
        return Answers(self.task.decide(scores, self.state), scores, bad, rows)


def _of_rest(block: Block, but: Mapping[int, str], judge: Callable[[Block], dict[int, str]]) -> dict[int, str]:
    """What `judge` says of the rows of a block `but` for some."""
    if not but:
        return judge(block)
    rows = np.setdiff1d(np.arange(rows_of(block)), list(but))
    return {int(rows[row]): why for row, why in judge({name: a[rows] for name, a in block.items()}).items()}


def _under(first: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays whose names begin so, without it."""
    return {name.removeprefix(first): a for name, a in arrays.items() if name.startswith(first)}


def in_time(block: Block) -> tuple[Block, np.ndarray | None]:
    """A table's rows in their order of time, and the number that each had before (None: they were in order)."""
    time = block.get(TIME)
    if time is None or not (np.diff(time[~np.isnan(time)]) < 0).any():
        return block, None
    order = np.argsort(time, kind="stable")
    return {name: values[order] for name, values in block.items()}, order


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


def load(folder: str | Path, *, threads: int = 0) -> Model:
    """Load a finished run. `threads`: 0 lets ONNX Runtime choose. Raises `RunProblem`."""
    run = open_run(folder)
    return assemble(run, run.manifest.get("answers_by", run.manifest["task"]), threads=threads)


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
