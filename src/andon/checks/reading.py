"""What reading noticed, as findings: skipped rows, guessed encodings, ambiguous dates, joins that missed."""

from __future__ import annotations

from andon.checks.facts import Facts
from andon.checks.finding import Finding

ENDS = "a life is learnt from to its failure, and to a change as one that lasted at least so long"


def reading(facts: Facts) -> list[Finding]:
    """One finding per note of the reader."""
    names = {column.name for column in facts.records.columns}
    return [
        Finding(
            level=note.level,
            code=note.code,
            column=note.where if note.where in names else "",
            what=note.text
            if note.where in names or not note.where or note.where in note.text
            else f"{note.where}: {note.text}",
            why="what was read may differ from what was meant"
            if note.level != "info"
            else ENDS
            if note.code in ("events", "history_row_down")
            else "it may be what was meant, or not",
            fix=note.fix or ("nothing needs to be done" if note.level == "info" else "check the file at this place"),
        )
        for note in facts.records.notes
    ]
