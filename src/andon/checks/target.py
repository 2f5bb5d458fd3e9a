"""The target: missing, one class only, rare classes, extreme skew."""

from __future__ import annotations

import numpy as np
import polars as pl

from andon.checks.facts import Draft, Facts, labels, percent
from andon.checks.finding import Finding, Level
from andon.jobs import JOBS

OTHER_CLASS = "add rows of the other class, or check the filter of the export"
GOOD_ALONE = "to learn from good parts alone take the job 'surface_anomaly'; else add pictures of the other classes"
FEW = 10
"""Rows below which a class can be neither learnt nor judged."""


def target(facts: Facts) -> list[Finding | Draft]:
    """Look at the target alone."""
    name = facts.target
    if name is None or name not in facts.sample.columns:
        return []
    found: list[Finding | Draft] = [*_missing(facts, name)]
    if facts.task == "classification":
        found += _classes(facts, name)
    elif facts.task == "regression":
        found += _skew(facts, name)
        found += [_below_nought(name), *_rises(facts, name)] if facts.plan.job == "remaining_life" else []
    return found


def class_counts(facts: Facts, name: str) -> dict[str, int]:
    """Rows per class, exact where the summary counted categories, else scaled up from the sample."""
    if name in facts.summary.categories:
        return facts.summary.categories[name].counts
    codes, classes = labels(facts.sample[name])
    counts = np.bincount(codes[codes >= 0], minlength=len(classes))
    scale = facts.rows / max(facts.sample.height, 1)
    return {value: round(count * scale) for value, count in zip(classes, counts.tolist(), strict=True)}


def _missing(facts: Facts, name: str) -> list[Draft]:
    """Rows without a target."""
    share = facts.sample[name].null_count() / max(facts.sample.height, 1)
    level: Level = "error" if share == 1 else "warning" if share > 0.05 else "info"
    finding = Finding(
        level=level,
        code="target_missing",
        column=name,
        what=f"the target '{name}' is missing in {{rows}} rows ({{share}})",
        why="there is nothing to learn from" if share == 1 else "rows without an answer can neither teach nor test",
        fix="check the name of the target and its export" if share == 1 else "nothing: these rows are left out",
        figures={"share": share},
    )
    return [Draft(finding, pl.col(name).is_null())]


def _classes(facts: Facts, name: str) -> list[Finding]:
    """Number of classes, and rows in the rarest ones."""
    counts = class_counts(facts, name)
    total = sum(counts.values())
    if counts and facts.plan.job in JOBS and JOBS[facts.plan.job].task == "anomaly":
        return []  # good parts alone are enough, and rare defects only judge
    if len(counts) < 2:
        only = next(iter(counts), None)
        return [
            Finding(
                level="error",
                code="one_class",
                column=name,
                rows=total,
                what=f"the target '{name}' is {only!r} in every row",
                why="with one class there is nothing to tell apart",
                fix=GOOD_ALONE if facts.records.pictures else OTHER_CLASS,
            )
        ]
    found = []
    few = {value: count for value, count in counts.items() if count < FEW}
    if few:
        shown = ", ".join(f"'{value}' ({count})" for value, count in list(few.items())[:6])
        found.append(
            Finding(
                level="warning",
                code="few_rows_per_class",
                column=name,
                rows=sum(few.values()),
                what=f"{len(few)} {'class has' if len(few) == 1 else 'classes have'} fewer than {FEW} rows: {shown}",
                why="shared out over training and test, too few are left to learn the class or to judge the answer",
                fix="collect more rows of these classes, or join them with a class that gets the same treatment",
                figures={"classes": float(len(few))},
            )
        )
    rarest, count = min(counts.items(), key=lambda item: item[1])
    share = count / max(total, 1)
    if share * len(counts) < 0.2 and count >= FEW:  # a fifth of an even share
        often = max(counts.values()) / total
        found.append(
            Finding(
                level="info" if share >= 0.01 and count >= 50 else "warning",
                code="class_imbalance",
                column=name,
                rows=count,
                what=f"class '{rarest}' is {percent(share)} of the rows ({count:,} of {total:,})",
                why=f"always answering the most frequent class would be right in {percent(often)} of the rows and "
                "catch none of these: accuracy says little here",
                fix="judge by average precision or by cost; set decide.cost to what a miss and a false alarm cost you",
                figures={"share": share, "rows": float(count)},
            )
        )
    return found


def doubted_labels(name: str, rows: int, suspects: np.ndarray, expected: float, example: tuple[str, str]) -> Finding:
    """What cross-validation says of the labels: `suspects` (row numbers, the likeliest wrong first) of `rows` judged.
    `example`: label and suggestion of the first."""
    if not len(suspects):
        return Finding(
            level="info",
            code="labels_fine",
            column=name,
            what=f"none of {rows:,} labels in '{name}' is suspect",
            why="each row was answered by networks that had not seen it, and none was surer of another class",
            fix="nothing needs to be done",
        )
    given, suggested = example
    return Finding(
        level="warning",
        code="suspect_labels",
        column=name,
        rows=len(suspects),
        first_rows=suspects[:8].tolist(),
        what=f"{len(suspects):,} of {rows:,} labels in '{name}' are suspect; the first says '{given}' and looks "
        f"like '{suggested}'; about {expected:.0f} are estimated to be wrong",
        why="networks that had not seen these rows are surer of another class than they usually are, and wrong labels "
        "are learnt, and judged by, like right ones",
        fix="look at them from the top of suspects.csv and correct what is wrong at the source; where that cannot be "
        "done, train with train.loss=robust_cross_entropy",
        figures={"suspects": float(len(suspects)), "expected": expected},
    )


def rare_labels(name: str, few: dict[str, int]) -> Finding:
    """Classes with too few rows for cross-validation, or with all of them in one fold."""
    named = ", ".join(f"'{word}' ({count})" for word, count in few.items())
    return Finding(
        level="info",
        code="labels_not_judged",
        column=name,
        rows=sum(few.values()),
        what=f"labels in '{name}' of classes with too few rows or units were not judged: {named}",
        why="nobody can say of a row that its label is wrong without having seen others of its class",
        fix="look at these rows by hand: a class of one or two rows is often a slip of the keys",
    )


def labels_wait(name: str) -> Finding:
    """Nothing is trained on records with errors."""
    return Finding(
        level="info",
        code="labels_not_judged",
        column=name,
        what=f"labels in '{name}' were not judged, since the records have errors",
        why="a network would learn from what is wrong with them and say nothing of the labels",
        fix="mend the errors and check again, or accept them by their code (accept=[CODE])",
    )


def _below_nought(name: str) -> Draft:
    """Lives that are over: no answer says so."""
    finding = Finding(
        level="warning",
        code="life_below_nought",
        column=name,
        what=f"'{name}' is below nought in {{rows}} rows ({{share}})",
        why="a life left ends at nought: answers never go below it, and what a machine reads after its end teaches "
        "nothing of the way there",
        fix="leave the rows after the failure out, or write nought there",
    )
    return Draft(finding, pl.col(name) < 0)


def _rises(facts: Facts, name: str) -> list[Finding]:
    """A life left that grows along most lives, as wear does."""
    time, lives = facts.records.the("time"), facts.lives
    if time is None or not lives:
        return []
    now, left = pl.col(time).to_physical().cast(pl.Float64, strict=False), pl.col(name).cast(pl.Float64)
    known = facts.sample.select(*lives, now, left).drop_nulls().sort(time)
    along = known.group_by(lives).agg(
        __along__=pl.corr(time, name), __steps__=left.diff().sign().sum(), __rows__=pl.len()
    )
    along = along.filter(pl.col("__rows__") > 2)
    rising = int((along["__along__"].fill_nan(0) > 0.5).sum())
    if 2 * rising <= along.height or along["__steps__"].sum() < 0:
        return []
    return [
        Finding(
            level="error",
            code="life_left_rises",
            column=name,
            rows=facts.rows,
            what=f"the target '{name}' rises with time in {rising:,} of the {along.height:,} lives looked at",
            why="a life left falls with time: who is worn most would be taken for the one that lasts longest",
            fix="for what rises take the job 'regress'; else leave the target out, so that the life left is counted",
        )
    ]


def _skew(facts: Facts, name: str) -> list[Finding]:
    """A number target whose spread is one-sided beyond what a squared error can bear."""
    values = facts.numbers(name)
    values = values[~np.isnan(values)]
    if len(values) < 50:
        return []
    low, median, high = np.quantile(values, [0.01, 0.5, 0.99])
    usual = float((values == median).mean())
    middle = float(np.subtract(*np.quantile(values, [0.75, 0.25])))
    if values.min() == values.max():
        return [
            Finding(
                level="error",
                code="one_value",
                column=name,
                rows=facts.rows,
                what=f"the target '{name}' is {median:g} in every row",
                why="there is nothing to predict",
                fix="check the name of the target and its export",
            )
        ]
    above, below = high - median, median - low
    ratio = max(above, below) / max(min(above, below), 1e-3 * max(above, below))
    found = []
    if usual >= 0.7:
        found.append(
            Finding(
                level="info",
                code="mostly_one_value",
                column=name,
                rows=round(usual * facts.rows),
                what=f"the target '{name}' is {median:g} in {percent(usual)} of the rows",
                why=f"always answering {median:g} looks good in mean error and is of no use",
                fix="ask for quantiles, or predict first whether it differs from this value (classify)",
                figures={"share": usual},
            )
        )
    elif ratio >= 12:
        found.append(
            Finding(
                level="warning" if float(np.quantile(values, 0.999)) - median > 100 * middle > 0 else "info",
                code="skewed_target",
                column=name,
                rows=facts.rows,
                what=f"the target '{name}' is extremely skewed: its 99 % range reaches {ratio:.0f} times further to "
                f"one side of the median ({median:g}) than to the other",
                why="a few large values decide the squared error and pull the network towards them",
                fix="predict its logarithm, or ask for quantiles",
                figures={"ratio": float(ratio)},
            )
        )
    return found
