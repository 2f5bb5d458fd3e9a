"""What metrics, parts and tasks are called on the page, and what each metric means in one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from andon.locale import Voice, mark


@dataclass(frozen=True)
class Named:
    """A metric: its name on the page, what it means, and whether it is a share of one."""

    label: str
    meaning: str
    share: bool = False


METRICS: dict[str, Named] = {
    "accuracy": Named(mark("Accuracy"), mark("Share of records answered correctly."), True),
    "balanced_accuracy": Named(
        mark("Balanced accuracy"),
        mark("Share found of each class, averaged, so that rare classes count as much."),
        True,
    ),
    "precision": Named(mark("Precision"), mark("Of the alarms raised, the share that was right."), True),
    "recall": Named(mark("Recall"), mark("Of the cases there were, the share that was found."), True),
    "f1": Named("F1", mark("Balance of alarms that were right and cases that were found; 1 is perfect.")),
    "macro_f1": Named(
        mark("F1, mean of classes"), mark("F1 of each class, averaged, so that rare classes count as much.")
    ),
    "roc_auc": Named(
        "AUROC", mark("Chance that a bad part is scored above a good one; 0.5 is guessing, 1 is perfect.")
    ),
    "average_precision": Named(
        mark("Average precision"), mark("Precision averaged over all thresholds; the share of bad parts is guessing.")
    ),
    "label_average_precision": Named(
        mark("Average precision, mean of classes"),
        mark("Precision of each class over all thresholds, averaged; the share of parts that have it is guessing."),
    ),
    "label_f1": Named(
        mark("F1, mean of classes"), mark("F1 of each class, averaged, so that rare classes count as much.")
    ),
    "exact_match": Named(mark("All right"), mark("Share of records with every class right."), True),
    "label_log_loss": Named(mark("Log loss"), mark("Punishes being sure and wrong; 0 is perfect.")),
    "log_loss": Named(mark("Log loss"), mark("Punishes being sure and wrong; 0 is perfect.")),
    "brier": Named(
        mark("Brier score"), mark("Squared distance of stated probability and what happened; 0 is perfect.")
    ),
    "ece": Named(
        mark("Calibration error"), mark("How far stated confidence and share of right answers lie apart."), True
    ),
    "mcc": Named("MCC", mark("Agreement of answer and truth on uneven classes; 0 is guessing, 1 is perfect.")),
    "rmse": Named("RMSE", mark("Typical size of an error; large errors count more.")),
    "rmse_as_given": Named(
        mark("RMSE as given"),
        mark("RMSE beside the life left as given, also where it is longer than the cap at which answers end."),
    ),
    "phm08": Named(
        mark("PHM08 score"),
        mark(
            "Mean per record of a score that punishes late answers more: ten too late cost as much as thirteen too "
            "early; 0 is perfect."
        ),
    ),
    "mae": Named("MAE", mark("Mean size of an error.")),
    "median_ae": Named(mark("Median error"), mark("Half of the errors are smaller than this.")),
    "mape": Named("MAPE", mark("Mean size of an error as a share of the true value."), True),
    "r2": Named("R²", mark("Share of the spread that is explained; 1 is perfect, 0 is always saying the mean.")),
    "pinball": Named(mark("Pinball loss"), mark("Mean cost of the answered quantiles; 0 is perfect.")),
    "coverage": Named(mark("Coverage"), mark("Share of true values inside the interval."), True),
    "width": Named(mark("Interval width"), mark("Mean width of the interval.")),
    "bias": Named(mark("Bias"), mark("Mean of answer minus truth; 0 means neither too high nor too low on the whole.")),
    "cost": Named(mark("Cost per record"), mark("What mistakes cost on average, by the costs in the plan.")),
}

STAGES = {
    "read": mark("reading"),
    "check": mark("checking"),
    "split": mark("splitting"),
    "clean": mark("cleaning"),
    "encode": mark("encoding"),
    "prepare": mark("preparing"),
    "choose": mark("choosing"),
    "train": mark("training the network"),
    "trees": mark("boosted trees"),
    "calibrate": mark("calibrating"),
    "export": mark("export and comparison"),
    "evaluate": mark("judging"),
    "explain": mark("finding the drivers"),
}

SPLITS = {
    "unit": mark("by unit"),
    "life": mark("by life"),
    "time": mark("by time"),
    "group": mark("by group"),
    "random": mark("at random"),
    "given": mark("as given"),
}

PARTS = {
    "train": mark("training"),
    "validation": mark("validation"),
    "calibration": mark("calibration"),
    "test": mark("test"),
    "purged": mark("left out"),
}

RIVALS = {
    "andon": mark("this network"),
    "trees": mark("boosted trees"),
    "texture": mark("texture features + LDA"),
    "linear": mark("linear model"),
    "weibull": mark("Weibull law of the age"),
    "baseline": mark("simple baseline"),
}


def metric(name: str, unit: object, say: Voice) -> Named:
    """The metric in the reader's language; an unknown one keeps its own name, and `%` as unit makes it a share."""
    known = METRICS.get(name, Named(name, ""))
    return Named(say(known.label), say(known.meaning) if known.meaning else "", known.share or unit == "%")


def unit(metric: Mapping[str, Any], named: Named) -> str:
    """The unit of a metric in brackets, with its space; nothing for shares and for the target's own unit."""
    own = metric.get("unit")
    return f" ({own})" if own and own != "target" and not named.share else ""


def value(number: float | None, named: Named, say: Voice, width: float | None = None) -> str:
    """A value of a metric with as many digits as its interval of `width` supports."""
    if number is None:
        return say.fixed(None, 0)
    if width and width > 0:
        decimals = digits_behind_point(width * (100 if named.share else 1))
        return say.share(number, decimals) if named.share else say.fixed(number, decimals)
    return say.share(number) if named.share else say.number(number)


def digits_behind_point(width: float) -> int:
    """Digits behind the point that an interval of this width supports: half of it keeps one digit or two."""
    decimals = 0
    while width * 10**decimals < 6 and decimals < 6:
        decimals += 1
    return decimals


def task(name: str, say: Voice) -> str:
    """The task in the reader's language."""
    return {
        "classification": say("sort into classes"),
        "regression": say("predict a number"),
        "labels": say("name all that apply"),
        "anomaly": say("find what good parts do not have"),
    }.get(name, name)
