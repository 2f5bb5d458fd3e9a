"""Columns that say the answer: copies of the target, columns computed from it, flags set only with it, near-perfect
predictors.

An honest strong predictor is at most a warning. An error needs what honest columns don't have: equality, the target's
own digits after rounding, hardly an exception in the whole sample, or a flag that is never set without the target.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import polars as pl
from msgspec.structs import replace
from numpy.typing import NDArray

from andon.checks import after, measure
from andon.checks.categories import plain
from andon.checks.facts import Codes, Draft, Facts, Floats, floats, labels, percent
from andon.checks.finding import Finding, Level
from andon.jobs import looks_back
from andon.records.lives.events import LIFE, SEEN
from andon.records.roles import labelled_whole

PERFECT, STRONG = 0.99, 0.95
"""Skill (share of the errors of the best constant answer that vanish) from which a column is an error, a warning."""
PERFECT_AUROC, STRONG_AUROC = 0.9995, 0.985
PERFECT_R2, STRONG_R2 = 0.998, 0.97
RARE = 0.25
"""Share of a class up to which few rows of a flag that is never wrong are no accident of an honest cause."""
OFTEN = 0.8
"""Share of a class beyond which a flag without exceptions is nothing to wonder at."""
ENOUGH = 10
"""Rows that a flag must be set in before its purity means something."""
LIVES = 8
"""Lives of different lengths below which a column may fit all of them by chance."""
LIMITED, LENGTH, SHARE = "the life left up to a limit", "the length of each life", "the share of each life that is left"

DROP = "leave it out: known.after: ['{}'], unless it is truly known, from another source, when the answer is due"
KEEP = (
    "if it names what was labelled as a whole, as a run or a lot is, keep its rows together: data.rows.group='{}'; if "
    "not, leave it out: known.after: ['{}'], unless it is truly known, from another source, when the answer is due"
)
WHY = "the network would copy the answer in training and have nothing to copy at the line: great scores, useless model"


@dataclass(frozen=True)
class Clue:
    """How one column answers the target: as numbers (NaN: missing) or as codes, whichever it is.

    A clue may be the difference of two `columns`; `name` is then the one to leave out.
    """

    name: str
    codes: Codes
    numbers: Floats | None
    texts: pl.Series
    columns: tuple[str, ...] = ()

    def called(self) -> str:
        """What a sentence calls it."""
        return " minus ".join(f"'{name}'" for name in self.columns) if self.columns else f"'{self.name}'"


def leak(facts: Facts) -> list[Finding | Draft]:
    """Look at every input beside the target, on the sample; the strongest finding per column is given."""
    if facts.target is None or not facts.task or facts.target not in facts.sample.columns:
        return []
    known = facts.sample.drop_nulls(facts.target)
    if known.height < 30:
        return []
    classified = facts.task != "regression"
    judge: _Classes | _Numbers = (
        _Classes(known[facts.target], len(facts.records.columns)) if classified
        else _Lives(facts, known) if _counted_in_lives(facts) else _Numbers(known[facts.target])
    )  # fmt: skip
    found: list[Finding | Draft] = []
    for clue in _clues(facts, known):
        finding = _copy(clue, known[facts.target], facts.target) or judge.judge(clue, facts.target)
        if finding:
            whole = finding.code == "leak_predictor" and not clue.columns
            if whole and labelled_whole(known, clue.name, facts.target, measured=not classified):
                figures = {**finding.figures, "wholes": float(known[clue.name].n_unique())}
                finding = replace(finding, fix=KEEP.format(clue.name, clue.name), figures=figures)
            scale = facts.rows / max(facts.sample.height, 1)
            found.append(replace(_raise_if_known_after(finding), rows=round(finding.rows * scale)))
    return found


def _counted_in_lives(facts: Facts) -> bool:
    """Whether rows are moments of lives."""
    known = all(facts.records.the(role) is not None for role in ("unit", "time"))
    return known and looks_back(facts.plan.job)


def _clues(facts: Facts, known: pl.DataFrame) -> Iterator[Clue]:
    """The inputs as clues, then the differences of two dates (a target is often one date minus another)."""
    for column in facts.inputs("number", "category", "date", "text"):
        series = known[column.name]
        if column.kind in ("number", "date"):
            numbers = floats(series)
            yield Clue(column.name, measure.binned(numbers), numbers, series)
        else:
            codes, _ = labels(series)
            yield Clue(column.name, np.where(codes < 0, codes.max(initial=0) + 1, codes), None, series)
    dates = [
        c.name
        for c in facts.records.columns
        if c.kind == "date" and c.role in ("input", "time") and c.name in known.columns
    ]
    inputs = {column.name for column in facts.inputs("date")}
    for one, two in list(combinations(dates, 2))[:200]:
        if inputs.intersection((one, two)):
            days = (floats(known[two]) - floats(known[one])) / 86_400.0
            suspect = max((two, one), key=lambda name: (name in inputs, bool(after.telling_word(name))))
            yield Clue(suspect, measure.binned(days), days, pl.Series(days), (two, one))


def _copy(clue: Clue, target: pl.Series, name: str) -> Finding | None:
    """The same number or text as the target's, in nearly every row; case, spaces and full-width letters don't count."""
    if clue.numbers is not None:
        equal = clue.numbers == floats(target)
    else:
        ours, theirs = clue.texts.cast(pl.String), target.cast(pl.String)
        values = pl.concat([ours, theirs]).unique().drop_nulls().to_list()
        spelt = [plain(value) for value in values]
        equal = np.array(ours.replace_strict(values, spelt) == theirs.replace_strict(values, spelt), dtype=bool)
    share = float(equal.mean())
    usual = float(target.alias("value").value_counts()["count"].max()) / len(target)  # type: ignore[arg-type]
    if share < 0.95 or (share - usual) < 0.5 * (1 - usual):
        return None
    return _finding(clue, "error", "leak_copy", round(share * len(target)), share=share,
                    what=f"{clue.called()} is the target '{name}' itself in {percent(share)} of the rows")  # fmt: skip


class _Classes:
    """Judges clues of a class target."""

    def __init__(self, target: pl.Series, num_columns: int) -> None:
        self.truth, self.names = labels(target)
        self.shares = np.bincount(self.truth, minlength=len(self.names)) / len(self.truth)
        self.rare = int(self.shares.argmin())
        self.surprise = math.log(1e6 * max(num_columns, 1))

    def judge(self, clue: Clue, target: str) -> Finding | None:
        """The strongest thing to say about one column, if any."""
        if len(self.names) < 2 or (self.truth != 0).sum() < ENOUGH:
            return None
        skill = measure.table_skill(clue.codes, self.truth)
        area = 0.5
        if clue.numbers is not None and len(self.names) == 2:
            area = measure.auroc(clue.numbers, self.truth == self.rare)
            area = max(area, 1 - area) if (~np.isnan(clue.numbers)).mean() > 0.5 else 0.5
        if skill >= STRONG or area >= STRONG_AUROC:
            perfect = skill >= PERFECT or area >= PERFECT_AUROC
            strength = f"AUROC {area:.4f}" if area >= STRONG_AUROC else f"{percent(skill)} of the errors vanish"
            return _finding(clue, "error" if perfect else "warning", "leak_predictor", len(self.truth),
                            what=f"{clue.called()} alone answers the target '{target}' ({strength})",
                            skill=skill, auroc=area)  # fmt: skip
        return self._flag(clue, target)

    def _flag(self, clue: Clue, target: str) -> Finding | None:
        """A mark that is only ever set together with one class, however seldom: part of the label, or written after."""
        best: tuple[int, Finding] | None = None
        for mark, rows, two_valued in _flags(clue):
            support = int(rows.sum())
            if support < ENOUGH or support > 0.9 * len(rows):
                continue
            counts = np.bincount(self.truth[rows], minlength=len(self.names))
            which = int(counts.argmax())
            share, exceptions = float(self.shares[which]), support - int(counts[which])
            if exceptions > 0.01 * support or -support * math.log(share) < self.surprise:
                continue
            recall = float(counts[which] / (self.truth == which).sum())
            if share > (OFTEN if two_valued and not exceptions else RARE) or (len(self.names) > 2 and recall < 0.5):
                continue
            many = support >= (2 * ENOUGH if share <= RARE else 5 * ENOUGH)
            certain = two_valued and share <= 0.5 and exceptions == 0 and many and len(self.names) == 2
            level: Level = "error" if certain or recall >= 0.95 else "warning"
            without = "without exception" if not exceptions else f"with {exceptions} exceptions"
            finding = _finding(
                clue, level, "leak_flag", support,
                what=f"{clue.called()} {mark} in {support} rows looked at, and there '{target}' is "
                f"'{self.names[which]}' {without} (else in {percent(share)} of the rows); it marks "
                f"{percent(recall)} of that class",
                precision=1 - exceptions / support, recall=recall,
            )  # fmt: skip
            if best is None or (level == "error", support) > (best[1].level == "error", best[0]):
                best = (support, finding)
        return best[1] if best else None


def _flags(clue: Clue) -> Iterator[tuple[str, NDArray[np.bool_], bool]]:
    """Marks that a column can set: being there, being absent, differing from its usual value, each of few values."""
    absent = clue.texts.is_null().to_numpy() if clue.numbers is None else np.isnan(clue.numbers)
    if absent.any():
        yield "is missing", absent, True
        yield "is there", ~absent, True
    codes = clue.codes
    values, counts = np.unique(codes[~absent], return_counts=True)
    if len(values) < 2:
        return
    usual = values[counts.argmax()]
    few = len(values) <= 20 and len(clue.texts.drop_nulls().unique()) <= 20
    if counts.max() >= 0.5 * counts.sum() and (few or _one_value(clue, codes == usual)):
        name = clue.texts.filter(pl.Series(codes == usual))[0]
        other = f"differs from {name!r}" if len(values) > 2 else f"is {_first(clue, (codes != usual) & ~absent)!r}"
        yield other, (codes != usual) & ~absent, True
    if few and len(values) > 2:
        for value in values:
            rows = codes == value
            yield f"is {_first(clue, rows)!r}", rows, False


def _first(clue: Clue, rows: NDArray[np.bool_]) -> object:
    """A value as written, from the first of these rows."""
    return clue.texts[int(np.flatnonzero(rows)[0])]


def _one_value(clue: Clue, rows: NDArray[np.bool_]) -> bool:
    """Whether a code stands for one value rather than a bin of many."""
    return clue.texts.filter(pl.Series(rows)).n_unique() == 1


class _Numbers:
    """Judges clues of a number target."""

    def __init__(self, target: pl.Series) -> None:
        self.truth = floats(target)
        self.known = ~np.isnan(self.truth)

    def judge(self, clue: Clue, target: str) -> Finding | None:
        """The strongest thing to say about one column, if any."""
        keep = self.known if clue.numbers is None else self.known & ~np.isnan(clue.numbers)
        if keep.sum() < 50 or keep.mean() < 0.3:
            return None
        truth = self.truth[keep]
        if clue.numbers is not None:
            line = measure.computed_from(clue.numbers[keep], truth)
            if line.share >= 0.98:
                start = f" {'+' if line.start > 0 else '-'} {abs(line.start):.4g}" if abs(line.start) > 1e-9 else ""
                return _finding(clue, "error", "leak_computed", round(line.share * len(truth)),
                                what=f"{clue.called()} is {line.slope:.4g} times the target '{target}'{start}, to its "
                                f"last written digit, in {percent(line.share)} of the rows looked at",
                                slope=line.slope, share=line.share)  # fmt: skip
        rank = measure.ranks(truth)
        r2 = measure.table_r2(clue.codes[keep], rank)
        if r2 < STRONG_R2:
            return None
        return _finding(clue, "error" if r2 >= PERFECT_R2 else "warning", "leak_predictor", len(truth),
                        what=f"{clue.called()} alone explains {percent(r2)} of how the target '{target}' varies",
                        r2=r2)  # fmt: skip


class _Lives(_Numbers):
    """Judges clues of a life left, which is also given away by how long each life is, by which share of it is left, by
    itself up to a limit, and by a mark of being below one. Rows have a unit and a time."""

    def __init__(self, facts: Facts, known: pl.DataFrame) -> None:
        super().__init__(known[str(facts.target)])
        lives, time = facts.lives, str(facts.records.the("time"))
        first = facts.records.frame.group_by(lives).agg(__first__=pl.col(time).min()).collect(engine="streaming")
        rows = known.select(*lives, time).join(first, on=lives, how="left", maintain_order="left", nulls_equal=True)
        now, since = floats(rows[time]), floats(rows[time]) - floats(rows["__first__"])
        ended = known[SEEN].to_numpy() if LIFE in lives else True
        self.left = np.where(ended & (self.truth < np.fmax.reduce(self.truth)), self.truth, np.nan)  # it may be clipped
        self.few = max(ENOUGH, 3 * first.height * facts.sample.height / facts.rows)  # a row or two at the end are none
        steps = rows.with_columns(__now__=now, __left__=self.left).filter(pl.col("__left__").is_finite())
        pace = -pl.col("__left__").diff() / pl.col("__now__").diff()
        paces = floats(steps.sort(*lives, "__now__").select(pace.over(lives)).to_series())
        usual = float(np.median(paces[np.isfinite(paces)])) if np.isfinite(paces).any() else 0.0
        self.asked = [self.left]
        for spent in (now, since):
            whole = self.left + usual * spent
            if len(np.unique(whole[np.isfinite(whole)].round(6))) >= LIVES:
                self.asked += [whole, self.left / np.where(whole > 0, whole, np.nan)]

    def judge(self, clue: Clue, target: str) -> Finding | None:
        """The strongest thing to say about one column, if any."""
        found = super().judge(clue, target)
        return found if found and found.level == "error" else self._fits(clue) or self._mark(clue, target) or found

    def _fits(self, clue: Clue) -> Finding | None:
        """What is computed from the end of each life; its least and largest value may be limits and don't count."""
        if (x := clue.numbers) is None:
            return None
        inner = (x > np.fmin.reduce(x)) & (x < np.fmax.reduce(x))
        for number, asked in enumerate(self.asked):
            keep = inner & np.isfinite(asked)
            if keep.sum() < 50 or not measure.may_follow(x[keep], asked[keep]):
                continue
            line = measure.computed_from(x[keep], asked[keep], slack=1.5)
            if line.share >= 0.98:
                of = LIMITED if not number else LENGTH if number % 2 else SHARE
                return _finding(clue, "error", "leak_computed", len(x),
                                what=f"{clue.called()} is computed from {of}, to its last written digit, in "
                                f"{percent(line.share)} of the rows looked at",
                                slope=line.slope, share=line.share)  # fmt: skip
        return None

    def _mark(self, clue: Clue, target: str) -> Finding | None:
        """What has another value in each range of the life left, without exception."""
        known = np.isfinite(self.left)
        values = np.unique(clue.codes[known])
        if not 2 <= len(values) <= 20 or len(self.asked) == 1:
            return None
        ranges = sorted((self.left[known & (clue.codes == value)] for value in values), key=np.min)
        if min(map(len, ranges)) < self.few or any(a.max() >= b.min() for a, b in pairwise(ranges)):
            return None
        limit = float(ranges[0].max())
        return _finding(clue, "error", "leak_flag", len(known),
                        what=f"{clue.called()} tells in each row looked at whether the target '{target}' is above "
                        f"{limit:.4g}", limit=limit)  # fmt: skip


def _finding(clue: Clue, level: Level, code: str, rows: int, *, what: str, **figures: float) -> Finding:
    """A leak, in the family's words."""
    why = WHY if level == "error" else f"honest causes can be this strong, but if it is written afterwards: {WHY}"
    return Finding(level=level, code=code, column=clue.name, rows=rows, what=what, why=why, fix=DROP.format(clue.name),
                   figures=figures, columns=list(clue.columns))  # fmt: skip


def _raise_if_known_after(finding: Finding) -> Finding:
    """A strong predictor whose very name says that it is written afterwards is an error."""
    word = after.labelling_word(finding.column)
    if finding.level != "warning" or not word:
        return finding
    what = f"{finding.what}; its name ('{word}') says that it is known only afterwards"
    return replace(finding, level="error", what=what, why=WHY)
