"""`Schema`: the inputs a run accepts, learnt from the training part, and the way from rows to a `Block`.

Used by training, evaluation, service and stream alike. Frames (Polars) go column by column; single rows given as
dicts never touch Polars, so the run-time can answer without importing it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct

from andon.clean.step import TIME, UNIT
from andon.encode.block import Block
from andon.encode.clocks import seconds_of
from andon.encode.field import Field
from andon.encode.roll import LIVES, WHOSE
from andon.errors import DataProblem, RunProblem, nearest
from andon.signals import HERE

if TYPE_CHECKING:
    import polars as pl

BLOCK_ROWS, BLOCK_BYTES = 131_072, 512 << 20
"""Rows of a block, and what their pictures may take at four bytes a pixel."""
NOBODY = ""
"""Whose a row is that names no unit, where others do."""
ASIDE = "__aside__"
"""Rows of a block (bool) that are no readings: no history holds them."""
HAPPENED = "it says what happened to its unit and is no reading"
"""Why such a row has no answer."""
DOWN = "its unit has failed and is not repaired yet"
"""Why a row between two lives has no answer."""
NAMELESS = "its unit is missing"
"""Why a row of nobody's history has no answer."""
DECODERS = (("andon.encode.pictures", "stacked"), ("andon.encode.waves", "gathered"))
"""Of pictures and of waveforms; loaded when first used, so that numbers and words start without them."""
UNREAD = "__unread__"
"""A column beside those of a table: why a row has no answer, where its time cannot be read."""


class Schema(Struct, frozen=True, kw_only=True):
    """Input columns in the order the network sees them; names of the unit and time columns if cleaning needs them."""

    fields: list[Field]
    unit: str | None = None
    time: str | None = None
    life: str | None = None
    "Number of a life within its unit, where rows bring it along."
    repaired: bool = False
    "Whether a unit that failed is down until its repair is told."
    event: str | None = None
    "Column that says what happened to a unit, where rows say so themselves."
    shown: list[str] = []
    "Texts that name a row: they stand beside its answer, where rows have them."
    begins: tuple[float, float] | None = None
    "Where time counts from the beginning of a life: when those of training began at the latest, and a tenth of a life."
    dates: dict[str, str] = {}
    "Columns of dates that are looked at, and how they are written (see `records/dates.py`)."

    def names(self) -> list[str]:
        """Columns that a row must have."""
        return [f.name for f in self.fields]

    def context(self) -> list[str]:
        """Columns that say whose row it is and when, where an answer depends on that."""
        return [name for name in (self.unit, self.time, self.life, self.event) if name is not None]

    def rows_at_once(self) -> int:
        """Rows whose pictures fit into memory together."""
        cells = sum(4 * math.prod(f.shape) for f in self.fields if f.shape)
        return min(BLOCK_ROWS, max(1, BLOCK_BYTES // max(cells, 1)))

    def require(self, columns: Sequence[str], where: str = "the data") -> None:
        """Raise `DataProblem` naming the first missing column and its likely other spelling."""
        missing = [name for name in self.names() if name not in columns]
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise DataProblem.of(
                f"column '{missing[0]}'{more} is missing",
                where=where,
                why="the run was trained with it",
                fix=nearest(missing[0], columns) if columns else "Give rows with columns",
            )

    def placed(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A frame that came without a table, read as one: its dates by their formats and clocks, or as ISO 8601; names
        of waveform files from the working directory on."""
        import polars as pl

        from andon.records.casting import dated

        names = [f.name for f in self.fields if f.fit and f.kind == "signal" and frame.schema.get(f.name) == pl.String]
        dates = {name: form for name, form in self.dates.items() if name in frame.columns}
        read = [dated(frame[name], form) for name, form in dates.items()]
        return frame.with_columns(*(f".{HERE}" + pl.col(name) for name in names), *read)

    def block(self, frame: pl.DataFrame, where: str = "the data") -> tuple[Block, dict[int, str]]:
        """Frame -> block, and row number -> reason for the rows that cannot be read (they hold NaN there)."""
        self.require(frame.columns, where)
        block: Block = {}
        bad: dict[int, str] = {}
        for f in self.fields:
            block[f.name] = _column(frame.get_column(f.name), f, bad)
        if self.unit is not None and self.unit in frame.columns:
            names = frame[self.unit]
            if self.life is not None and self.life in frame.columns:
                import polars as pl

                lives = frame[self.life]
                block[WHOSE], block[LIVES] = unit_codes(names), lives.cast(pl.Float64).fill_null(math.nan).to_numpy()
                bad |= dict.fromkeys(lives.is_null().arg_true().to_list(), DOWN)
                names = worded(names) + "/" + worded(lives).fill_null("")
            block[UNIT] = unit_codes(names)
        if self.time is not None and self.time in frame.columns:
            block[TIME] = seconds(frame[self.time], bad, self.time, counted=self.time not in self.dates)
        if UNREAD in frame.columns:
            bad |= {row: why for row, why in enumerate(frame[UNREAD]) if why is not None}
        if self.event is not None and self.event in frame.columns:
            from andon.records.lives.lines import bare, said

            told = frame.select(said=said(self.event), bare=bare(self._readings(), frame.schema))
            self._aside(told["said"].to_list(), told["bare"].to_numpy(), block, bad)
        return block, bad

    def _aside(self, told: Sequence[str | None], bare: np.ndarray, block: Block, bad: dict[int, str]) -> None:
        """Mark the rows that say what happened (`told`) and hold too few readings (`bare`), and tell words that say
        nothing."""
        from andon.records.lives.events import kind_of

        said = np.array([word is not None for word in told], bool)
        if (said & bare).any():
            block[ASIDE] = said & bare
            bad |= dict.fromkeys(np.flatnonzero(said & bare).tolist(), HAPPENED)
        for row in np.flatnonzero(said).tolist():
            if kind_of(told[row] or "") is None:
                bad[row] = f"column '{self.event}': '{told[row]}' says not what happened"

    def rows(self, rows: Sequence[Mapping[str, Any]], *, placed: bool = False) -> tuple[Block, dict[int, str]]:
        """Dicts -> block, and row number -> reason for those that cannot be read, by the same rules as `block`. Names
        of waveform files count from the working directory on, and dates are by the formats and clocks of training,
        unless they are `placed` as those of a table."""
        bad: dict[int, str] = {}
        forms = {} if placed else self.dates
        try:
            block = self._numbers(rows)
            for f in self.fields:
                if f.name not in block:
                    cells = [row[f.name] for row in rows]
                    if f.fit and f.kind == "signal" and not placed:
                        cells = [f".{HERE}{cell}" if isinstance(cell, str) else cell for cell in cells]
                    block[f.name] = _decoded(cells, f, bad) if f.fit else _cells(cells, f, bad, forms.get(f.name, ""))
        except KeyError:
            for row in rows:
                self.require(list(row), "the row")
            raise
        if self.unit is not None:
            block[UNIT] = np.array([unit_code(self._whose(row)) for row in rows], np.int64)
            if self.life is not None and any(row.get(self.life) is not None for row in rows):
                block[WHOSE] = np.array([unit_code(row.get(self.unit)) for row in rows], np.int64)
                block[LIVES] = np.array([row.get(self.life) for row in rows], np.float64)
        if self.time is not None and any(self.time in row for row in rows):
            cells = [row.get(self.time) for row in rows]
            counts = self.time not in self.dates and _counted(cells)
            field = Field(name=self.time, kind="number" if counts else "date")
            block[TIME] = _cells(cells, field, bad, forms.get(self.time, ""))
        if self.event is not None and any(row.get(self.event) for row in rows):
            from andon.records.lives.lines import READING, word_of

            names = self._readings()
            held = [sum(row[name] is not None for name in names) < READING * len(names) for row in rows]
            self._aside([word_of(row.get(self.event)) for row in rows], np.array(held, bool), block, bad)
        return block, bad

    def _readings(self) -> list[str]:
        """Columns that a row must hold half of to be a reading."""
        return [f.name for f in self.fields if f.kind in ("number", "signal", "image")]

    def _whose(self, row: Mapping[str, Any]) -> object:
        """The unit of a row, with its life where the row says it; None where it says no unit."""
        unit, life = row.get(self.unit or ""), None if self.life is None else row.get(self.life)
        return unit if life is None or unit in (None, "") or unit != unit else f"{spelt(unit)}/{spelt(life)}"

    def _numbers(self, rows: Sequence[Mapping[str, Any]]) -> Block:
        """The number columns at once, where all of their cells can be read; else none, and they are read one by one."""
        names = [f.name for f in self.fields if f.kind == "number"]
        try:
            whole = np.array([row[name] for name in names for row in rows], np.float64)
        except (TypeError, ValueError):
            return {}
        return dict(zip(names, _finite(whole).reshape(len(names), len(rows)), strict=True))


_A = {"number": "a number", "date": "a date", "category": "a category", "image": "a picture of the right size",
      "signal": "a window of the right length"}  # fmt: skip


def unit_code(name: object) -> int:
    """A number for a unit's name, the same in every process and for frames and single rows."""
    import hashlib  # here: OpenSSL takes 5 ms of a cold start, and few runs know units

    text = NOBODY if name is None or name != name else spelt(name)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little", signed=True)


def spelt(cell: object) -> str:
    """What a cell of words says, as `worded` has it: a code that a gap beside it made a float is whole all the same."""
    if isinstance(cell, (float, np.floating)) and float(cell).is_integer():
        return str(int(cell))
    return str(cell).lower() if isinstance(cell, (bool, np.bool_)) else str(cell)


def worded(series: pl.Series) -> pl.Series:
    """The same for a column; null where it says nothing."""
    import polars as pl

    from andon.records.casting import words

    if not series.dtype.is_float():
        return series.cast(pl.String, strict=False)
    return pl.select(words(pl.lit(series), series.dtype, "")).to_series()


def unit_codes(names: pl.Series) -> np.ndarray:
    """The same for a column."""
    import polars as pl

    text = worded(names).fill_null(NOBODY)
    distinct = text.unique()
    found = pl.Series([unit_code(name) for name in distinct], dtype=pl.Int64)
    return text.replace_strict(distinct, found, return_dtype=pl.Int64).to_numpy()


def _column(series: pl.Series, f: Field, bad: dict[int, str]) -> np.ndarray:
    """One column of a frame. What cannot be read becomes missing, and `bad` says so."""
    import polars as pl

    if f.kind == "category":
        return codes(series, f.categories)
    if f.kind in ("image", "signal"):
        return _stack(series, f, bad)
    if f.kind == "date":
        return seconds(series, bad, f.name)
    if series.dtype == pl.Float64:
        return _finite(series.to_numpy())
    if series.dtype == pl.Boolean or series.dtype.is_decimal():
        series = series.cast(pl.Float64)
    if not series.dtype.is_numeric():
        from andon.records.numbers import Pattern, number

        numbers = pl.select(number(pl.lit(series.cast(pl.String, strict=False)), Pattern())).to_series()
        lost = numbers.is_null() & series.is_not_null() & (series.cast(pl.String, strict=False) != "")
        for row in lost.arg_true().to_list():
            bad.setdefault(row, f"column '{f.name}': {series[row]!r} is not a number")
        series = numbers
    return _finite(series.cast(pl.Float64).to_numpy())  # nulls become NaN by themselves; `fill_null` is a query


def _finite(values: np.ndarray) -> np.ndarray:
    """NaN for the infinite."""
    good = np.isfinite(values)
    return values if good.all() else np.where(good, values, np.nan)


def codes(series: pl.Series, categories: list[str]) -> np.ndarray:
    """Categories as codes: -1 missing, 0 never seen, 1… in the schema's order."""
    import polars as pl

    text = worded(series)
    if not categories:
        return np.where(text.is_null().to_numpy(), -1, 0)
    known = pl.Series(categories, dtype=pl.String)
    mapped = text.replace_strict(known, pl.Series(range(1, len(categories) + 1), dtype=pl.Int64), default=0)
    return np.where(text.is_null().to_numpy(), -1, mapped.fill_null(0).to_numpy())


def seconds(series: pl.Series, bad: dict[int, str], name: str, *, counted: bool = False) -> np.ndarray:
    """Dates as float64 seconds since 1970 (UTC), NaN where missing; numbers as they are, also as text where most are
    and moments may be `counted`."""
    import polars as pl

    if series.dtype == pl.String:
        parsed, kind = series.str.strip_chars().cast(pl.Float64, strict=False), "a number"
        if not counted or 2 * parsed.count() <= series.count():
            parsed, kind = _of_text(series), "a date"
        for row in (parsed.is_null() & series.is_not_null()).arg_true().to_list():
            bad.setdefault(row, f"column '{name}': {series[row]!r} is not {kind}")
        series = parsed
    if series.dtype.is_temporal():
        micro = series.cast(pl.Datetime("us")).cast(pl.Int64).cast(pl.Float64).fill_null(float("nan"))
        return np.asarray(micro.to_numpy() / 1e6)  # not Polars: it multiplies by 1e-6, which is another last bit
    return series.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _of_text(series: pl.Series) -> pl.Series:
    """Dates of text as ISO 8601 has them, nulls where none can be read: what reading left as text is of no format that
    training knew, and whether its day or its month comes first is not guessed."""
    from andon.records.casting import ISO, cast

    return series.to_frame().select(cast(series.name, series.dtype, "date", ISO)).to_series()


def _stack(series: pl.Series, f: Field, bad: dict[int, str]) -> np.ndarray:
    """Pictures or windows: one array with rows first; a row of another size is bad and becomes zeros."""
    import polars as pl

    if f.fit:
        return _decoded(series, f, bad)
    shape = tuple(f.shape)
    if isinstance(series.dtype, pl.Array) and series.dtype.shape == shape and series.null_count() == 0:
        return np.ascontiguousarray(series.to_numpy().reshape(len(series), *shape).astype(f.dtype, copy=False))
    out = np.zeros((len(series), *shape), f.dtype)
    for row, cell in enumerate(series):
        array = None if cell is None else np.asarray(cell.to_list() if isinstance(cell, pl.Series) else cell)
        if array is None or array.size != math.prod(shape):
            bad.setdefault(row, f"column '{f.name}': its size is not {'×'.join(map(str, shape))}")
        else:
            out[row] = array.reshape(shape)
    return out


def _decoded(cells: Iterable[Any], f: Field, bad: dict[int, str]) -> np.ndarray:
    """Files of pictures or waveforms, or whatever else holds pictures of any size."""
    module, name = DECODERS[f.kind == "signal"]
    found: np.ndarray
    found, unreadable = getattr(import_module(module), name)(list(cells), f)
    for row, why in unreadable.items():
        bad.setdefault(row, why)
    return found


def _cells(cells: list[Any], f: Field, bad: dict[int, str], form: str = "") -> np.ndarray:
    """One column of dicts, by the same rules as `_column`. What cannot be read becomes missing, and `bad` says so.
    `form`: how dates are written."""
    read, how = READERS.get(f.kind), form if f.kind == "date" else f
    if read is None:
        return _nested(cells, f, bad)
    missing = -1 if f.kind == "category" else math.nan
    found = []
    for row, cell in enumerate(cells):
        try:
            found.append(missing if cell is None or (cell == "" and f.kind != "category") else read(cell, how))
        except RunProblem:  # no row's fault
            raise
        except (TypeError, ValueError):
            found.append(missing)
            bad.setdefault(row, f"column '{f.name}': {cell!r} is not {_A[f.kind]}")
    return np.array(found, np.int64 if f.kind == "category" else np.float64)


def _nested(cells: list[Any], f: Field, bad: dict[int, str]) -> np.ndarray:
    """Pictures or windows given as arrays."""
    found = np.zeros((len(cells), *f.shape), f.dtype)
    for row, cell in enumerate(cells):
        try:
            found[row] = np.asarray(cell, dtype=f.dtype).reshape(f.shape)
        except (TypeError, ValueError):
            bad.setdefault(row, f"column '{f.name}': {cell!r} is not {_A[f.kind]}")
    return found


def _counted(cells: list[Any]) -> bool:
    """Whether most moments are numbers, also as text: what `seconds` asks of a column."""
    there, numbers = [cell for cell in cells if cell is not None], 0
    for cell in there:
        try:
            numbers += math.isfinite(float(cell))
        except (TypeError, ValueError):
            continue
    return 2 * numbers > len(there)


def _code(cell: Any, f: Field) -> int:
    if cell != cell:  # the NaN that pandas has for nothing
        return -1
    text = spelt(cell)
    return f.categories.index(text) + 1 if text in f.categories else 0


def _number(cell: Any, f: Field) -> float:
    try:
        number = float(cell)  # which strips blanks around words
    except ValueError:
        from andon.records.numbers import signed

        number = float(signed(cell.strip()))
    return number if math.isfinite(number) else math.nan


READERS: dict[str, Callable[[Any, Any], float]] = {"number": _number, "category": _code, "date": seconds_of}
