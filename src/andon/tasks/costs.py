"""From costs to decisions about a part: let it go (ok), stop it (ng), or have a person look at it (review).

`p` is the calibrated chance that a part is bad: the sum over all classes that are not good. To let it go costs
`escape` · p on average, to stop it `overkill` · (1 - p), to look `review`; the cheapest is taken. So ok and ng meet
at overkill / (overkill + escape) (Elkan 2001, equation 2), and around that lies, where a look is cheap enough, the band
review / escape … 1 - review / overkill that is looked at (the reject option: Chow 1970). N rows, K classes.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np
from msgspec import structs

from andon.errors import SettingProblem, nearest
from andon.tasks.task import State

if TYPE_CHECKING:
    from andon.plan.settings import Decide

OK, NG, REVIEW = "ok", "ng", "review"
WORDS = ("escape", "overkill", "review")
GOOD = frozenset((
    "good", "ok", "okay", "pass", "passed", "normal", "fine", "free", "accept", "accepted", "acceptable", "conforming",
    "healthy", "intact", "flawless", "perfect", "clean", "undamaged", "nondefective", "io", "none",
    "合格", "合格品", "良品", "正品", "良好", "良", "好", "完好", "正常", "无", "无缺陷", "无瑕疵", "无异常",
))  # fmt: skip
BAD = frozenset((
    "defect", "defects", "defective", "fault", "faults", "flaw", "flaws", "damage", "damaged", "crack", "cracks",
    "scratch", "scratches", "anomaly", "error",
))  # fmt: skip
NOT = frozenset(("not", "no", "non", "without", "n", "un"))
MOST_CANDIDATES = 512
SMALLEST = 1e-9

Pay = tuple[float, float]
"""What a decision costs if the part is bad, and if it is good."""


def good_class(classes: list[str]) -> int | None:
    """The one class whose name says that nothing is wrong (`good`, `OK_front`, `no defect`, `合格`), or None.

    A name that is such a word wins over one that only holds it; None where several would do.
    """
    words = [re.findall(r"[a-z]+|[\u4e00-\u9fff]+", re.sub(r"\bi\.o\b", "io", name.lower())) for name in classes]
    whole = [i for i, found in enumerate(words) if len(found) == 1 and found[0] in GOOD]
    within = [i for i, found in enumerate(words) if _says_good(found)]
    for some in (whole, within):
        if some:
            return some[0] if len(some) == 1 else None
    return None


def _says_good(words: list[str]) -> bool:
    """`ok front`, `defect free`, `no defect`; but not `not ok`."""
    if NOT & set(words):
        return bool(BAD & set(words))
    return bool(GOOD & set(words)) and (not BAD & set(words) or "free" in words)


def classed(decide: Decide, classes: list[str]) -> Decide:
    """The same with its classes called as the target calls them, where YAML took a name for a truth or a number: `TRUE`
    comes as `true`, `1` as `1.0`."""
    alike = {_same(name): name for name in reversed(classes)}
    own = {*classes, *WORDS}
    cost = {name if name in own else alike.get(_same(name), name): price for name, price in decide.cost.items()}
    named = decide.positive
    if named is not None and named not in classes:
        named = "|".join(
            part if part in classes else alike.get(_same(part), part) for part in re.split(r"\s*\|\s*", named)
        )
    return structs.replace(decide, cost=cost, positive=named)


def _same(name: str) -> str | float:
    """What a name is to YAML 1.2: a truth or a number, else itself."""
    if name in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return name.lower()
    try:
        return float(name)
    except ValueError:
        return name


def costs(decide: Decide, state: State) -> State:
    """Which classes are good, which one is to be caught, and what mistakes and looks cost: state to be added.

    `positive` is a class number, `good` a list of them where it can be told; `cost` for decisions about parts, or
    `weights` (one per class) where many classes have costs of their own. Raises `SettingProblem`.
    """
    classes, cost = state["classes"], dict(decide.cost)
    words = set(WORDS) - set(classes)
    named = [name for name in cost if name not in words]
    caught = _caught(decide.positive, classes)
    good = [i for i in range(len(classes)) if i not in caught] if caught else []
    if not caught and (one := good_class(classes)) is not None:
        good = [one]
    positive = caught[0] if caught else int(np.argmin(state["shares"]))
    if cost and good and len(classes) == 2:
        positive = 1 - good[0]
    about_parts = bool(cost) and (not named or (len(classes) == 2 and "review" in cost))
    if about_parts and not good and len(classes) == 2:
        good = [1 - positive]
    found: State = {"positive": positive} | ({"good": good} if good else {})
    if not cost:
        return found
    _refuse(cost, named, classes, words)
    if not named and not good:
        raise SettingProblem.at(
            "decide.cost", "it cannot be told which class is good",
            why=f"none or several of {', '.join(classes[:6])}{' …' if len(classes) > 6 else ''} are called so",
            fix=f"name the classes to catch, as decide.positive='{'|'.join(classes[:2])}'; all others are good",
        )  # fmt: skip
    if named and len(classes) > 2:
        return {**found, "weights": [cost.get(word, 1.0) for word in classes]}
    escape, overkill = cost.get("escape", 1.0), cost.get("overkill", 1.0)
    if named:
        escape, overkill = (cost.get(classes[i], 1.0) for i in (positive, 1 - positive))
    look = {"review": cost["review"]} if "review" in cost else {}
    return {**found, "cost": {"escape": escape, "overkill": overkill} | look}


def _caught(asked: str | None, classes: list[str]) -> list[int]:
    """Numbers of the classes that `decide.positive` names, one or several with `|` between."""
    if asked is None:
        return []
    names = [asked] if asked in classes else [name.strip() for name in asked.split("|")]
    for name in names:
        if name not in classes:
            raise SettingProblem.at(
                "decide.positive", f"'{name}' is not a class of the target", fix=nearest(name, classes)
            )
    if len(set(names)) == len(classes):
        raise SettingProblem.at(
            "decide.positive", "it names every class", why="then no part is good", fix="leave the good class out"
        )
    return [classes.index(name) for name in names]


def _refuse(cost: dict[str, float], named: list[str], classes: list[str], words: set[str]) -> None:
    """Costs that say nothing, or two things at once."""
    for name in named:
        if name not in classes:
            raise SettingProblem.at(
                f"decide.cost.{name}", f"'{name}' is not a class of the target", fix=nearest(name, [*classes, *words])
            )
    mixed = {name for name in cost if name in words} - ({"review"} if len(classes) == 2 else set())
    if named and mixed:
        raise SettingProblem.at(
            "decide.cost", f"a cost of '{named[0]}' and one of '{min(mixed)}' do not go together",
            why="a part would have two prices", fix="give escape, overkill and review, or a cost for each class",
        )  # fmt: skip
    if cost.get("review") == 0 and "review" in words:
        raise SettingProblem.at(
            "decide.cost.review", "'review' is 0", why="a look that costs nothing would be taken at every part",
            fix="say what a look costs in the unit of 'escape', or leave it out",
        )  # fmt: skip


def chance_bad(scores: np.ndarray, state: State) -> np.ndarray:
    """Chance (N,) that a part is bad, from probabilities (N, K)."""
    bad = bad_classes(state)
    chance: np.ndarray = scores[:, bad[0]] if len(bad) == 1 else scores[:, bad].sum(axis=1)
    return chance


def bad_classes(state: State) -> list[int]:
    """Class numbers that are not good."""
    good = state.get("good") or [1 - state["positive"]]
    return [i for i in range(len(state["classes"])) if i not in good]


def thresholds(chance: np.ndarray, bad: np.ndarray, cost: dict[str, float]) -> State:
    """`threshold` between ok and ng, and `band` (low, high) that is looked at, or None where a look never pays.

    From the calibration part: chances (N,) that parts are bad, and whether they are.
    """
    escape, overkill, review = cost["escape"], cost["overkill"], cost.get("review")
    threshold = cheapest(chance, bad, below=(escape, 0.0), above=(0.0, overkill))
    if review is None or review * (escape + overkill) >= escape * overkill:
        return {"threshold": threshold, "band": None}
    ends = {"below": (escape, 0.0), "above": (review, review)}, {"below": (review, review), "above": (0.0, overkill)}
    low, high = (cheapest(chance, bad, **end) for end in ends)
    if not low < high:
        low, high = review / escape, 1 - review / overkill
    return {"threshold": min(max(threshold, low), high), "band": [low, high]}


def cheapest(chance: np.ndarray, bad: np.ndarray, *, below: Pay, above: Pay) -> float:
    """The threshold at which two decisions change over, `below` it and `above` it: where both cost the same on average.

    Another is taken where it was cheaper on these rows by more than twice the noise of its gain. The noise is that of
    the rows or, if larger, that which the chances state: a dear escape that happened not to be among few rows would
    else be taken for one that cannot be.
    """
    rise, fall = above[1] - below[1], below[0] - above[0]
    start = rise / max(rise + fall, SMALLEST)
    if not len(chance):
        return float(start)
    edges = np.unique(chance)
    if len(edges) > MOST_CANDIDATES:
        edges = np.quantile(edges, np.linspace(0, 1, MOST_CANDIDATES))
    candidates = np.concatenate([[start], (edges[1:] + edges[:-1]) / 2])
    order = np.argsort(chance, kind="stable")
    saved = np.where(bad, -fall, rise)[order]  # by a row that comes to lie below
    sums = np.concatenate([[0.0], np.cumsum(saved)])
    best = float(candidates[sums[np.searchsorted(chance[order], candidates)].argmax()])
    between = (chance >= min(start, best)) & (chance < max(start, best))
    gain = np.where(between, np.where(bad, -fall, rise), 0.0) * (1 if best > start else -1)
    stated = float((chance * (1 - chance))[between].sum()) * (rise + fall) ** 2
    noise = math.sqrt(max(gain.var() * len(gain), stated))
    return best if gain.sum() > 2 * noise > 0 else float(start)
