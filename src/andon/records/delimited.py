"""CSV and its kin: separators , ; tab |, quoted line ends, headings or none. Cells stay text; kinds come later.

Python's `csv` says what the lines hold, Polars reads them fast. A small file is read whole by both and must agree;
a large one is scanned lazily and looked at in several places.
"""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import polars as pl

from andon.errors import DataProblem
from andon.records.faults import BROKEN, naming
from andon.records.numbers import plain_number
from andon.records.records import Note
from andon.records.source import SAMPLE_CELLS, Source, of_frame, source_file
from andon.records.text import Text, decoded, detect, open_text, temporary, text_lines

SEPARATORS = ("\t", ";", "|", ",")
LAYOUT_ROWS = 100
PREAMBLE = 0.1
"""A separator that needs lines before the table fits so much worse than one that does not."""
MOST_PREAMBLE = 20
"""Lines of words that a machine may write before its table."""
PIECE = 2 << 20
"""Bytes looked at in each place of a large file."""
PLACES = 12


@dataclass(frozen=True, slots=True)
class Layout:
    """How the lines are to be read."""

    separator: str
    heading: bool
    names: list[str]


@dataclass(frozen=True, slots=True)
class Survey:
    """What the lines hold: rows, blank lines among them, and lines with too few cells (line numbers from 1)."""

    rows: int
    blank: int
    short: int
    first_short: list[int]


def open_delimited(path: Path) -> Source:
    """A table of String columns. Raises `DataProblem` naming the line (or byte) where the file is broken."""
    files = (source_file(path),)
    with naming(path):
        text, layout, notes = _layout(open_text(path))
        notes = [*text.notes, *notes]
        if text.content is not None:
            survey = surveyed(text, layout)
            notes += _remarks(survey, path)
            whole = of_frame(_whole(text, layout, survey), files, tuple(notes))
            return replace(whole, separator=layout.separator)
        sample = _sampled(text, layout, blank_lines=False)
        if sample is None:
            text = _rewritten(text, layout)
            sample = _sampled(text, layout, blank_lines=True)
        if sample is None:
            surveyed(text, layout)
            raise DataProblem.of("the lines cannot be told apart", where=str(path), fix="write the file again")
        return Source(_scan(text, layout), files, tuple(notes), sample, False, separator=layout.separator)


def diagnose_delimited(path: Path) -> None:
    """Walk all lines of a file to raise the `DataProblem` that names the broken one."""
    text, layout, _ = _layout(open_text(path))
    surveyed(text, layout)


def surveyed(text: Text, layout: Layout) -> Survey:
    """Walk all lines. A line with more cells than the heading, or a quote that never ends, is a `DataProblem`."""
    width, rows, blank, short, first_short = len(layout.names), 0, 0, 0, list[int]()
    begin = last = text.skipped + 1
    for line, row in _rows(text, layout.separator):
        begin, last = last, line + 1
        if len(row) == width:
            rows += 1
        elif not row:
            blank += 1
        elif len(row) < width:
            rows, short = rows + 1, short + 1
            first_short += [line] if len(first_short) < 5 else []
        elif any(row[width:]):
            raise DataProblem.of(
                f"line {line} has {len(row)} cells instead of {width}", where=str(text.path),
                why=f"cells are told apart by {layout.separator!r}", fix="mend the line, or put quotes around the text",
            )  # fmt: skip
        else:
            rows += 1
    if last - begin > 1:
        _refuse_open_quote(text, begin)
    if short == 1 and first_short == [last - 1] and not _ends_line(text):
        raise DataProblem.of(
            f"the file ends in the middle of line {last - 1}", where=str(text.path), why="its last cells are missing",
            fix="copy or write the file again",
        )  # fmt: skip
    return Survey(rows - layout.heading, blank, short, first_short)


def _rows(text: Text, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Rows of cells with the number of the line each ends on."""
    with text_lines(text) as lines:
        reader = csv.reader(lines, delimiter=separator)
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise DataProblem.of(
                    f"line {text.skipped + reader.line_num} cannot be read", where=str(text.path),
                    why=f"{error}; perhaps a quote is open",
                    fix="mend the line",
                ) from None  # fmt: skip
            except UnicodeDecodeError as error:
                raise DataProblem.of(
                    f"invalid UTF-8 after line {text.skipped + reader.line_num}", where=str(text.path),
                    why=error.reason, fix="save it as UTF-8",
                ) from None  # fmt: skip
            yield text.skipped + reader.line_num, row


def _ends_line(text: Text) -> bool:
    """Is the last character of the text the end of a line?"""
    if text.content is not None:
        return text.content.endswith((b"\n", b"\r"))
    with text.plain.open("rb") as file:
        file.seek(-1, 2)
        return file.read() in (b"\n", b"\r")


def _refuse_open_quote(text: Text, begin: int) -> None:
    """The last row spans several lines: is that because a quote was opened and never closed?"""
    with text_lines(text) as lines:
        tail = "".join(islice(lines, begin - 1 - text.skipped, None))
    if tail.count('"') % 2:
        raise DataProblem.of(
            f"the quote opened in line {begin} is never closed", where=str(text.path),
            why="all lines after it would be one cell", fix="close the quote, or complete the file",
        )  # fmt: skip


def _layout(text: Text) -> tuple[Text, Layout, list[Note]]:
    """Separator, heading and where the table begins; the text comes back without what stands before it."""
    told = _told_separator(text)
    best, begin, score = told or ",", 0, -1.0
    for separator in (told,) if told else SEPARATORS:
        place, fits = _begin([row for _, row in islice(_rows(text, separator), LAYOUT_ROWS) if row])
        fits -= PREAMBLE * (place > 0)
        if fits > score + 0.05:
            best, begin, score = separator, place, fits
    notes: list[Note] = []
    if begin or told:
        text, note = _without_preamble(text, best, begin or 1)
        notes.append(note)
    rows = [row for _, row in islice(_rows(text, best), LAYOUT_ROWS) if row]
    if not rows:
        raise DataProblem.of("the file holds no rows", where=str(text.path), fix="write it again, or leave it out")
    first = [cell.strip() for cell in rows[0]]
    if len(rows) > 1 and all(plain_number(cell) for cell in first if cell) and any(first):
        note = Note(
            "warning", "no_heading", str(text.path), "The first line holds numbers, so it was read as a row.",
            "add a line with the names of the columns",
        )  # fmt: skip
        return text, Layout(best, False, [f"column_{i + 1}" for i in range(len(first))]), [*notes, note]
    names, remarks = unique_names(first, str(text.path))
    return text, Layout(best, True, names), [*notes, *remarks]


def layout_of(head: bytes, path: Path) -> tuple[Layout, int] | None:
    """The layout of a file that still grows, from its first lines, and the bytes before its first row. None where there
    is no line of a table yet."""
    text = _of_bytes(head, path)
    if sum(1 for _, row in _rows(text, ",") if row) <= (_told_separator(text) is not None):
        return None
    text, layout, _ = _layout(text)
    ends = (line for line, row in _rows(text, layout.separator) if row)
    return layout, _length(head, next(ends) if layout.heading else text.skipped)


def layout_by(head: bytes, path: Path, known: Collection[str]) -> tuple[Layout, int] | None:
    """The same by the line that names most of the known columns and holds no figures besides. None where none does."""
    text = _of_bytes(head, path)
    told, best, most = _told_separator(text), None, 0
    for separator in (told,) if told else SEPARATORS:
        rows = ((line, [cell.strip() for cell in row]) for line, row in _rows(text, separator) if row)
        for line, cells in islice(rows, MOST_PREAMBLE + 1):
            found, others = set(cells).intersection(known), set(cells).difference(known)
            if len(found) > most and not any(plain_number(cell) for cell in others):
                best, most = (Layout(separator, True, unique_names(cells, "")[0]), _length(head, line)), len(found)
    return best


def _of_bytes(head: bytes, path: Path) -> Text:
    """The first lines of a file as its text."""
    encoding, _ = detect(head, path, complete=True)
    return Text(path, path, "".join(decoded(iter([head]), encoding, path)).encode("utf-8"))


def _length(head: bytes, lines: int) -> int:
    """Bytes of the first lines."""
    return sum(map(len, head.splitlines(keepends=True)[:lines]))


def _begin(rows: list[list[str]]) -> tuple[int, float]:
    """Which of these rows is the heading, and which share of the rows from there on has one number of cells."""
    usual = Counter(len(row) for row in rows[1:] or rows).most_common(1)[0][0] if rows else 1
    if usual < 2:
        return 0, 0.0
    heading = next((i for i, row in enumerate(rows) if len(row) == usual), 0)
    if len(rows[0]) == usual - 1 and not any(row[-1] for row in rows if len(row) == usual):
        heading = 0  # the rows end in a separator that the heading lacks
    if heading > MOST_PREAMBLE:
        return 0, 0.0
    after = rows[heading + 1 :] or rows[heading:]
    share = sum(1 for row in after if len(row) == usual) / len(after)
    return (heading, share) if not heading or share > 0.6 else (0, 0.0)


def _told_separator(text: Text) -> str | None:
    """The separator that a spreadsheet tells in a first line of its own: `sep=;`."""
    with text_lines(text) as lines:
        first = lines.readline(64).strip().strip('"')
    return first[4] if len(first) == 5 and first.startswith("sep=") else None


def _without_preamble(text: Text, separator: str, rows: int) -> tuple[Text, Note]:
    """The text from its heading on. `rows` that are not blank stand before it."""
    ends = (line for line, row in _rows(text, separator) if row)
    skipped = next(islice(ends, rows - 1, None))
    with text_lines(text) as lines:
        head = [lines.readline() for _ in range(skipped)]
        note = Note(
            "info", "preamble", str(text.path),
            f"{skipped} lines before the table were skipped: '{head[0].strip()[:60]}'.", "take them out if they matter",
        )  # fmt: skip
        if text.content is not None:
            return replace(text, content=lines.read().encode(), skipped=skipped), note
        plain = temporary(text.path, ".csv")
        with plain.open("w", encoding="utf-8", newline="") as out:
            shutil.copyfileobj(lines, out, 1 << 20)
    return replace(text, plain=plain, skipped=skipped), note


def unique_names(first: list[str], where: str) -> tuple[list[str], list[Note]]:
    """Names without blanks around them; empty ones get a number, repeated ones too."""
    names: list[str] = []
    notes: list[Note] = []
    for place, name in enumerate(first):
        name = name.strip().removeprefix("\ufeff")
        found, copy = name or f"column_{place + 1}", 2
        while found in names:
            found, copy = f"{name or 'column'}_{copy}", copy + 1
        if name and found != name:
            text = f"The name '{name}' stands twice; the later column is called '{found}'."
            notes.append(Note("warning", "name_twice", where, text, "give each column its own name"))
        names.append(found)
    return names, notes


def _remarks(survey: Survey, path: Path) -> list[Note]:
    """Notes about lines that are odd but readable."""
    notes = []
    if survey.short:
        lines = ", ".join(map(str, survey.first_short))
        notes.append(Note(
            "warning", "short_lines", str(path),
            f"{survey.short} lines have fewer cells than the heading (first: line {lines}); "
            "what lacks was taken as missing.",
            "write the lines again if cells are lost",
        ))  # fmt: skip
    if survey.blank:
        notes.append(Note("info", "blank_lines", str(path), f"{survey.blank} blank lines were skipped."))
    return notes


def _whole(text: Text, layout: Layout, survey: Survey) -> pl.DataFrame:
    """All rows of a small file. Where Polars sees other rows than `csv` did, those of `csv` count."""
    assert text.content is not None
    if not survey.blank:
        frame = _parsed(text.content, layout, heading=layout.heading)
        if frame is not None and frame.height == survey.rows:
            return frame
    width = len(layout.names)
    rows = [(row + [""] * width)[:width] for _, row in _rows(text, layout.separator) if row][layout.heading :]
    cells = list(zip(*rows, strict=True)) if rows else [()] * width
    return pl.DataFrame(
        {name: pl.Series(values, dtype=pl.String) for name, values in zip(layout.names, cells, strict=True)}
    )


def _parsed(content: bytes, layout: Layout, *, heading: bool) -> pl.DataFrame | None:
    """Rows of a piece of text by Polars, or None where it cannot make rows of it."""
    try:
        frame = pl.read_csv(
            content, has_header=heading, separator=layout.separator, infer_schema=False, truncate_ragged_lines=True,
            raise_if_empty=False, schema=None if heading else dict.fromkeys(layout.names, pl.String),
        )  # fmt: skip
    except BROKEN:
        return None
    return (
        frame.rename(dict(zip(frame.columns, layout.names, strict=True))) if frame.width == len(layout.names) else None
    )


def _scan(text: Text, layout: Layout) -> pl.LazyFrame:
    """A large file, row by row as later rooms ask for them."""
    return pl.scan_csv(
        text.plain, has_header=layout.heading, separator=layout.separator, infer_schema=False, new_columns=layout.names
    )


def _sampled(text: Text, layout: Layout, *, blank_lines: bool) -> pl.DataFrame | None:
    """Rows from evenly spread places of a large file.

    None if Polars would see other rows than `csv` does: at blank lines (unless they are allowed) and at odd quotes.
    """
    size, pieces = text.plain.stat().st_size, []
    with text.plain.open("rb") as file:
        for place in range(PLACES):
            file.seek(round(place * max(0, size - PIECE) / (PLACES - 1)))
            block = file.read(PIECE)
            if not blank_lines and (b"\n\n" in block or b"\n\r\n" in block or block[:1] in b"\r\n"):
                return None
            begin = block.find(b"\n") + 1 if place or layout.heading else 0
            frame = _parsed(block[begin : block.rfind(b"\n") + 1], layout, heading=False)
            if frame is not None:
                pieces.append(frame)
            elif place == 0:
                return None
            # any other place may lie inside a quoted cell; it is passed over
    frame = pl.concat(pieces)
    return frame.gather_every(max(1, frame.height * frame.width // (2 * SAMPLE_CELLS)))


def _rewritten(text: Text, layout: Layout) -> Text:
    """The same rows, quoted as Polars wants them and without blank lines, in a temporary file."""
    plain = temporary(text.path, ".csv")
    width = len(layout.names)
    with plain.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=layout.separator, lineterminator="\n")
        rows = (row[:width] if not any(row[width:]) else row for _, row in _rows(text, layout.separator) if row)
        if layout.heading:
            next(rows)
            writer.writerow([f"column_{i + 1}" for i in range(width)])
        writer.writerows(rows)
    return replace(text, plain=plain)
