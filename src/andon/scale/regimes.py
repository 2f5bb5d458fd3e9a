"""Operating regimes: found among the settings, each with its own centre and spread of every column.

A machine that runs at six speeds has six normal states; a sensor says something only against that of its own. Settings
are the columns whose values gather in few places and jump between them; they are clustered (k-means, Lloyd 1982), the
smallest number of clusters that explains 99.9 % of their variance is taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from andon.errors import SettingProblem, nearest

EXPLAINED, MOST = 0.999, 16
"""Share of the variance of the settings that regimes must explain, and most of them."""
SMALL = 0.01
"""A setting whose spread is under this share of its size never really changes."""
STARTS = 4
"""Draws of the first centres."""
SOME, FAR = 2000, 20.0
"""Rows by which is seen beforehand that settings move without steps: where the most clusters leave so many times what
they may leave."""
FEWEST = 30
"""Rows of the sample that a regime needs for centres and spreads of its own."""
RARE = 0.002
"""Share of the readings at either end that count as much as the next one."""
DISTINCT = 3
"""A column with fewer values than this within every regime carries nothing."""
WORDS = frozenset(
    ("setting", "settings", "setpoint", "setp", "sp", "recipe", "regime", "mode", "condition", "altitude", "mach",
     "tra", "throttle", "gear", "设定", "设定值", "工况", "档位", "模式", "配方")
)  # fmt: skip
"""Words in names of settings."""
PLACES, TELLS, TOLD = 20, 0.5, 2
"""A column with no more values than this, each often, is a setting where it explains this share of the variance of so
many other columns: what is set moves what is measured."""
EXACT = 1e4
"""Centre over spread from which float32 loses what counts."""


def settings_of(columns: Sequence[str], rows: np.ndarray, asked: object) -> list[int]:
    """Places of the settings among the columns (`rows`: a sample, (N, C)): those that are asked for; else those whose
    names say so; else those that take few values and move what is measured."""
    if isinstance(asked, list):
        strange = [name for name in asked if name not in columns]
        if strange:
            raise SettingProblem.at(
                "scale.regimes", f"'scale.regimes' names '{strange[0]}', which is no column that moves within a unit",
                fix=nearest(str(strange[0]), columns),
            )  # fmt: skip
        return [columns.index(name) for name in asked]
    if asked == "none":
        return []
    if asked != "auto":
        raise SettingProblem.at(
            "scale.regimes",
            f"'scale.regimes' is {asked!r}",
            fix="name the settings in a list, or write 'auto' or 'none'",
        )
    named = [c for c, name in enumerate(columns) if _words(name) & WORDS and _varies(rows[:, c])]
    return named or [c for c in range(len(columns)) if _moves_others(rows, c)]


def _words(name: str) -> set[str]:
    """The words of a name in lower case, numbers cut off: `Setting1` is a setting."""
    found = re.findall(r"[a-z]+|[\u4e00-\u9fff]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    return {*found, *(name for name in WORDS if not name.isascii() and name in "".join(found))}


def _varies(values: np.ndarray) -> bool:
    """Whether a setting changes at all, beyond the last digits."""
    known = values[np.isfinite(values)]
    return len(known) > 0 and float(known.std()) > SMALL * max(float(np.abs(known).max()), 1e-12)


def _moves_others(rows: np.ndarray, place: int) -> bool:
    """Whether a column takes few values, each often, that explain much of what others measure."""
    good = rows[np.isfinite(rows[:, place])]
    values, label, counts = np.unique(good[:, place], return_inverse=True, return_counts=True)
    if not 2 <= len(values) <= PLACES or counts.min() < FEWEST or not _varies(good[:, place]):
        return False
    told = 0
    for c in range(rows.shape[1]):
        known = np.isfinite(good[:, c])
        own, group = good[known, c], label[known]
        if c == place or not len(own) or own.std() <= 0:
            continue
        sums, sizes = np.bincount(group, own, len(values)), np.bincount(group, minlength=len(values))
        between = float((sizes * (sums / np.maximum(sizes, 1) - own.mean()) ** 2).sum())
        told += between >= TELLS * len(own) * float(own.var())
    return told >= TOLD


def runs_or_stands(rows: np.ndarray, place: int) -> bool:
    """Whether a column of a sample (N, C) is a signal that is mostly on, and others fall silent where it is off: then a
    machine stands, and what it reads says nothing of how it runs."""
    return _switches(rows[:, place]) and float(np.nanmean(rows[:, place])) > 0.5 and _moves_others(rows, place)


def fit_regimes(
    columns: Sequence[str], rows: np.ndarray, *, asked: object = "auto", coded: int = 0, seed: int = 0
) -> dict[str, Any]:
    """Scaling of a window's columns as JSON values, from a sample of rows (N, C), NaN where missing. The last `coded`
    columns are codes of categories, which may be settings and nothing else.

    `settings`: places of the setting columns; `centers` (K, S) of the regimes in settings scaled by `at` and `by`;
    `center`, `spread` (K, C); `kept`: places of the columns that carry something; `gaps`: whether cells of them are
    missing, as where sensors are read at rates of their own; `runs`: places of signals that are off where the machine
    stands, whose rows count for nothing.
    """
    runs = [c for c in range(rows.shape[1] - coded) if runs_or_stands(rows, c)]
    rows = rows[(rows[:, runs] != 0.0).all(axis=1)]
    places = settings_of(columns, rows, asked)
    good = rows[np.isfinite(rows[:, places]).all(axis=1)] if places else rows
    found: dict[str, Any] = {"method": "regimes", "settings": places, "runs": runs}
    at, by = np.zeros(len(places)), np.ones(len(places))
    label = np.zeros(len(good), np.int64)
    centers = np.zeros((1, len(places)))
    if places and len(good) >= 2 * FEWEST:
        at, by = good[:, places].mean(axis=0), good[:, places].std(axis=0)
        scaled = (good[:, places] - at) / by
        centers, label = _clusters(scaled, seed)
    count = len(centers)
    center, spread = np.zeros((count, rows.shape[1])), np.ones((count, rows.shape[1]))
    distinct = np.zeros(rows.shape[1], np.int64)
    for k in range(count):
        own = good[label == k]
        for c in range(rows.shape[1]):
            known = own[np.isfinite(own[:, c]), c]
            if not len(known):
                continue
            low, high = np.quantile(known, RARE, method="lower"), np.quantile(known, 1 - RARE, method="lower")
            known = np.clip(known, low, high)  # one wild reading must not be the measure of all others
            center[k, c] = known.mean()
            spread[k, c] = known.std() if known.min() < known.max() else 0.0
            distinct[c] = max(distinct[c], len(np.unique(known[:2000])))
    told = set(places if count > 1 else ()) | set(range(rows.shape[1] - coded, rows.shape[1])) | set(runs)
    kept = [c for c in range(rows.shape[1]) if c not in told and (distinct[c] >= DISTINCT or _switches(rows[:, c]))]
    spread[spread <= 1e-12 * np.maximum(np.abs(center), 1.0)] = 1.0
    return found | {
        "at": at.tolist(), "by": by.tolist(), "centers": centers.tolist(), "center": center.tolist(),
        "spread": spread.tolist(), "kept": kept, "gaps": bool(np.isnan(rows[:, kept]).any()),
    }  # fmt: skip


def _switches(values: np.ndarray) -> bool:
    """Whether a column is a signal that is on or off, and is both."""
    known = np.unique(values[np.isfinite(values)])
    return len(known) == 2 and bool((known == (0.0, 1.0)).all())


def asks_for_digits(rows: np.ndarray) -> bool:
    """Whether a column of a sample (N, C) is so far from nought, in its own spreads, that float32 loses what counts."""
    for column in rows.T:
        known = column[np.isfinite(column)]
        low, middle, high = np.quantile(known, [0.16, 0.5, 0.84]) if len(known) else np.zeros(3)
        if high > low and abs(middle) > EXACT * (high - low) / 2:  # half their distance: one spread of a normal
            return True
    return False


def _clusters(scaled: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Centres (K, S) in a fixed order and the cluster of each row: the fewest that explain the settings; one where even
    many don't, since then they move without steps."""
    whole = float(scaled.var(axis=0).sum()) * len(scaled)
    some = scaled[:: -(-len(scaled) // SOME)]
    rng = np.random.default_rng(seed)
    if len(np.unique(some, axis=0)) > MOST:
        missed = min(_lloyd(some, MOST, rng)[0] for _ in range(STARTS))
        if missed > FAR * (1 - EXPLAINED) * float(some.var(axis=0).sum()) * len(some):
            return np.zeros((1, scaled.shape[1])), np.zeros(len(scaled), np.int64)
    rng = np.random.default_rng(seed)
    for count in range(1, MOST + 1):
        if len(scaled) < count * FEWEST or len(np.unique(scaled, axis=0)) < count:
            break
        missed, centers, label = min((_lloyd(scaled, count, rng) for _ in range(STARTS)), key=lambda each: each[0])
        if missed <= (1 - EXPLAINED) * whole:
            order = np.lexsort(centers.T[::-1])
            return centers[order], np.argsort(order)[label]
    return np.zeros((1, scaled.shape[1])), np.zeros(len(scaled), np.int64)


def _lloyd(rows: np.ndarray, count: int, rng: np.random.Generator) -> tuple[float, np.ndarray, np.ndarray]:
    """What is left unexplained, the centres and the cluster of each row, from centres drawn far apart (k-means++,
    Arthur & Vassilvitskii 2007, "The advantages of careful seeding")."""
    centers = rows[rng.integers(len(rows))][None]
    for _ in range(count - 1):
        apart = _apart(rows, centers).min(axis=1)
        centers = np.concatenate([centers, rows[rng.choice(len(rows), p=apart / apart.sum())][None]])
    label = np.full(len(rows), -1)
    while True:
        apart = _apart(rows, centers)
        nearest = apart.argmin(axis=1)
        if np.array_equal(nearest, label):
            return float(apart.min(axis=1).sum()), centers, label
        label = nearest
        sums = np.stack([np.bincount(label, column, count) for column in rows.T], axis=1)
        sizes = np.bincount(label, minlength=count)[:, None]
        centers = np.where(sizes > 0, sums / np.maximum(sizes, 1), centers)


def _apart(rows: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Squared distances (N, K)."""
    found: np.ndarray = ((rows[:, None, :] - centers) ** 2).sum(axis=2)
    return found
