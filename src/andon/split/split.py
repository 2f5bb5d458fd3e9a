"""Who trains, validates, calibrates and tests: gives every row of the records its part."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from andon.errors import SettingProblem
from andon.plan.durations import span
from andon.plan.settings import Split
from andon.records.records import Records
from andon.split import in_time
from andon.split.deal import Groups, deal, shown_first
from andon.split.given import read_fold, read_parts
from andon.split.groups import part_copies
from andon.split.looked import Looked, look
from andon.split.parts import PARTS, PURGED, PartEmpty, Parts
from andon.split.rule import Rule, choose

AUTO = {"validation": 0.15, "calibration": 0.1}
TEST = PARTS.index("test")
DEALS = 50
"""Further ones that are looked at where ends of lives are few."""
MOST_COPIES = 0.1
"""Identical rows that end up in two parts are left out of the earlier one, unless they are more than this share."""


def split(records: Records, settings: Split, *, task: str, target: str | None, whole: bool = False) -> Parts:
    """Give every row its part. The same records, settings and seed give the same parts. `whole`: rows are
    histories, so that no unit is cut by time, however few there are, and none is the copy of another.

    Rows without a target (or, split by time, without a time) are purged. Shares count the usable rows; of a fold's
    rest, validation and calibration take what keeps their proportion to it; a part that a given column lacks is cut
    out of its training part. Raises `SettingProblem` where a rule asks for a role no column has, or a part would be
    empty.
    """
    looked = look(records, task=task, target=target, whole=whole)
    if not looked.usable.any():
        where = f" in '{target}'" if target else ""
        raise SettingProblem.at("target", f"no row has a value{where}", fix="name another target, or give more records")
    rule = choose(looked, settings.by, parts=_parts(settings), whole=whole)
    work = _Work(looked, settings, rule, np.full(looked.rows, PURGED, np.uint8), whole)
    if rule.by == "given":
        work.give()
    else:
        work.deal_out()
    work.say_purged()
    sentence = f"{rule.why}; {'; '.join(work.notes)}." if work.notes else f"{rule.why}."
    units, groups = (None if role in rule.few else getattr(looked, role) for role in ("unit", "group"))
    alike = next((codes for codes in (rule.kept.groups, units, groups) if codes is not None), None)
    return Parts(codes=work.codes, by=rule.by, why=sentence, groups=alike)


def shares_of(settings: Split) -> dict[str, float]:
    """Shares of the held-out parts as numbers; `auto` is the usual share of what the test part leaves."""
    left = min((1 - settings.test) / 0.8, 1.0)
    shares = {"test": settings.test}
    for part, usual in AUTO.items():
        asked = getattr(settings, part)
        shares[part] = usual * left if asked == "auto" else asked
    return shares


def _parts(settings: Split) -> int:
    """How many parts or folds take rows."""
    return settings.folds or 1 + sum(share > 0 for share in shares_of(settings).values())


@dataclass
class _Work:
    """A split being made: `codes` fill up, `notes` become the second half of the sentence."""

    looked: Looked
    settings: Split
    rule: Rule
    codes: np.ndarray
    whole: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def time(self) -> np.ndarray:
        assert self.looked.time is not None
        return self.looked.time

    def deal_out(self) -> None:
        """Parts by shares, or a fold for the test part and shares of the rest."""
        rows = np.flatnonzero(self.looked.usable)
        if self.rule.by == "time":
            rows = rows[~np.isnan(self.time[rows])]
        shares, folds = shares_of(self.settings), self.settings.folds
        if folds:
            tested = self._fold(rows)
            self.codes[rows[tested == 1]] = TEST
            self.notes.append(f"fold {self.settings.fold} of {folds} is the test part")
            if beyond := int((tested == PURGED).sum()):
                self.notes.append(f"{beyond:,} rows later than the fold are left out")
            rows = rows[tested == 0]
            shares = {part: shares[part] / (1 - 1 / folds) for part in AUTO}
        self.cut(rows, shares)

    def _fold(self, rows: np.ndarray) -> np.ndarray:
        """1 for the rows of the fold, 0 for those to learn from, 255 for those no part may use."""
        folds = self.settings.folds
        if self.rule.by == "time":
            return in_time.fold(self.time[rows], folds, self.settings.fold)
        groups = self._groups(rows)
        if len(groups.size) < folds:
            raise SettingProblem.at(
                "split.folds", f"'split.folds' is {folds}", why=f"there are only {len(groups.size)} {self._noun()}",
                fix=f"ask for {len(groups.size)} or fewer",
            )  # fmt: skip
        dealt = self._dealt(rows, [1 / folds] * folds, 0)
        return np.where(dealt == self.settings.fold, 1, 0)

    def cut(self, rows: np.ndarray, shares: dict[str, float]) -> None:
        """Cut `rows` into training and the parts of `shares` by the rule, and purge what training must not see."""
        wanted = [shares.get(part, 0.0) for part in PARTS]
        wanted[0] = 1 - sum(wanted)
        if wanted[0] <= 1e-9:
            raise SettingProblem.at("split.validation", "the shares leave no rows to train on", fix="lower one of them")
        self.notes += self.rule.kept.notes
        if self.rule.by == "time":
            self.codes[rows] = self._cut_time(rows, wanted)
        elif self.settings.gap is not None:
            raise SettingProblem.at(
                "split.gap", f"'split.gap' has no meaning where rows are split by {self.rule.by}",
                fix="remove it, or set 'split.by' to 'time'",
            )  # fmt: skip
        else:
            stage = 1 + self.settings.fold if self.settings.folds else 0
            dealt = self._dealt(rows, wanted, stage)
            classes = self.looked.strata.startswith("class")
            self.codes[rows] = shown_first(self._groups(rows), dealt) if classes else dealt
        if self.rule.kept.copies == "parted":
            self._leave_out_copies()
        self._refuse_empty(wanted)

    def _dealt(self, rows: np.ndarray, shares: list[float], stage: int) -> np.ndarray:
        """Which of `shares` each row falls to. Where one would get no life that is seen to its end, and so nothing to
        learn or judge by, other deals are looked at, and the first that leaves the fewest without is taken."""
        groups = self._groups(rows)
        first = deal(groups, shares, self._random(stage))
        if self.looked.ended is None:
            return first
        ended, wanted = self.looked.ended[rows], sum(share > 0 for share in shares)
        best, most = first, len(np.unique(first[ended]))
        for again in range(DEALS if most < wanted else 0):
            other = deal(groups, shares, self._random(stage, again))
            if (count := len(np.unique(other[ended]))) > most:
                best, most = other, count
            if most == wanted:
                break
        return best

    def _cut_time(self, rows: np.ndarray, wanted: list[float]) -> np.ndarray:
        """Cut by time; a fold's own beginning is a boundary like the others."""
        gap, time = self._gap(), self.time[rows]
        dealt = in_time.cut(time, wanted, gap)
        if gap and self.settings.folds:
            begins = self.time[self.codes == TEST].min()
            dealt = np.where(time > begins - gap, PURGED, dealt)
        if purged := int((dealt == PURGED).sum()):
            self.notes.append(f"{purged:,} rows closer than {self.settings.gap} to a later part are left out")
        return dealt

    def _gap(self) -> float:
        """The purge gap in the unit of the time column: seconds for dates, its own for numbers."""
        gap, looked = self.settings.gap, self.looked
        return 0.0 if gap is None else span(gap, "split.gap", column=looked.names["time"], dated=looked.dated)

    def _leave_out_copies(self) -> None:
        """Where identical rows could not be kept together, leave out the earlier part's, unless they are too many."""
        mask = part_copies(self.codes, self.looked.copies)
        count, used = int(mask.sum()), int((self.codes < PURGED).sum())
        if 0 < count <= MOST_COPIES * used and (self.codes[~mask] == 0).any():
            self.codes[mask] = PURGED
            self.notes.append(f"{count:,} rows identical to one of a later part are left out")
        elif count:
            self.notes.append(f"{count:,} rows are identical to one of a later part, too many to leave out")

    def _refuse_empty(self, wanted: list[float]) -> None:
        for code, (part, share) in enumerate(zip(PARTS, wanted, strict=True)):
            if share <= 0 or (self.codes == code).any():
                continue
            setting = f"split.{part}" if code else "split.test"
            gap = f", or the gap of {self.settings.gap} takes them all" if self.settings.gap else ""
            shorter = "shorten 'split.gap', " if self.settings.gap else ""
            raise PartEmpty.at(
                setting, f"the {part} part would be empty", why=f"there are too few {self._noun()}{self._of()}{gap}",
                fix=f"{shorter}{'set' if code else 'lower'} '{setting}'{' to 0' if code else ''}, or give more records",
            )  # fmt: skip

    def _noun(self) -> str:
        return {"unit": "units", "life": "lives", "group": "groups", "time": "moments"}.get(
            self.rule.by, "distinct rows"
        )

    def _of(self) -> str:
        name = self.looked.names.get(self.rule.by)
        return f" of '{name}'" if name and self.rule.by in ("unit", "group") else ""

    def _groups(self, rows: np.ndarray) -> Groups:
        kept = self.rule.kept.groups
        return Groups.of(None if kept is None else kept[rows], self.looked.stratum[rows])

    def _random(self, *stage: int) -> np.random.Generator:
        return np.random.default_rng([self.settings.seed, *stage])

    def give(self) -> None:
        """Parts as the column says. What it lacks and the settings ask for is cut out of its training part."""
        looked, settings = self.looked, self.settings
        assert looked.part is not None
        if settings.folds:
            tested = read_fold(looked.part, looked.names["part"], folds=settings.folds, number=settings.fold)
            given = np.where(looked.part.is_null().to_numpy(), PURGED, np.where(tested, TEST, 0))
            self.notes.append(f"its fold {settings.fold} of {settings.folds} is the test part")
        else:
            given = read_parts(looked.part, looked.names["part"])
        self.codes[looked.usable] = given[looked.usable]
        lacking = [part for part in (*AUTO, "test") if not (given == PARTS.index(part)).any()]
        shares = {part: share for part, share in shares_of(settings).items() if share > 0 and part in lacking}
        if shares:
            self._cut_given(shares)

    def _cut_given(self, shares: dict[str, float]) -> None:
        """Cut parts out of the given training part, by what the other roles call for."""
        rest = replace(self.looked, names={role: name for role, name in self.looked.names.items() if role != "part"})
        rule = choose(rest, "auto", parts=1 + len(shares), whole=self.whole)
        rows = np.flatnonzero(self.codes == 0)
        settings = Split(by="auto", seed=self.settings.seed)
        if rule.by == "time":
            settings = Split(by="auto", seed=self.settings.seed, gap=self.settings.gap)
            untimed = np.isnan(self.time[rows])
            self.codes[rows[untimed]], rows = PURGED, rows[~untimed]
        inner = _Work(rest, settings, rule, np.full(self.looked.rows, PURGED, np.uint8))
        inner.cut(rows, shares)
        self.codes[rows] = inner.codes[rows]
        words = " and ".join(part for part in PARTS if part in shares)
        how = "at random" if rule.by == "random" else f"by {rule.by}"
        self.notes += [f"{words} are cut out of its training part {how}", *inner.notes]

    def say_purged(self) -> None:
        """Count the rows that no part may use for lack of a target or a time."""
        if untargeted := int((~self.looked.usable).sum()):
            self.notes.append(f"{untargeted:,} rows without a target are left out")
        if self.rule.by == "time" and (untimed := int((np.isnan(self.time) & self.looked.usable).sum())):
            self.notes.append(f"{untimed:,} rows without a time are left out")
