"""The five lights of the board over the page: what is well, what to look at, where to stop. Never a colour alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from andon.checks.finding import Finding
from andon.locale import Voice
from andon.report.facts import Facts

Level = Literal["go", "look", "stop", "off"]
ORDER: tuple[Level, ...] = ("off", "go", "look", "stop")
OFF = 0.03
"""Distance of stated confidence from what happened that nobody needs to look at."""
FEW = 5
"""Units, or rows where none are told apart, by fewer of which nobody can say how often intervals hold."""
SIGNS: dict[Level, str] = {"go": "✓", "look": "!", "stop": "✕", "off": "–"}


@dataclass(frozen=True)
class Light:
    """One lamp: what it watches, its level, and why."""

    name: str
    level: Level
    why: str


def lights(facts: Facts, say: Voice) -> list[Light]:
    """All lamps, in the order of the work."""
    return [
        data_light(facts.findings, say),
        _rivals(facts, say),
        _gap(facts.metrics.get("gap") or {}, say),
        _honesty(facts, say),
        _file(facts.metrics.get("parity") or {}, say),
    ]


def worst(several: list[Light]) -> Level:
    """The level of the whole board."""
    return max((light.level for light in several), key=ORDER.index, default="off")


def word(level: Level, say: Voice) -> str:
    """What a lamp says beside its colour."""
    return {"go": say("good"), "look": say("look here"), "stop": say("stop"), "off": say("not measured")}[level]


def data_light(findings: tuple[Finding, ...] | None, say: Voice) -> Light:
    """Errors in the data stop, warnings ask to look."""
    name = say("Data")
    if findings is None:
        return Light(name, "off", say("The records were not checked."))
    errors = sum(finding.level == "error" for finding in findings)
    warnings = sum(finding.level == "warning" for finding in findings)
    if errors:
        return Light(name, "stop", say.many("{count} error found", "{count} errors found", errors))
    if warnings:
        return Light(name, "look", say.many("{count} warning", "{count} warnings", warnings))
    return Light(name, "go", say("nothing found that stands in the way"))


def compare(main: dict[str, Any], rival: float | None) -> Literal["better", "even", "worse", "unknown"]:
    """Whether a metric beats a rival's value beyond its own interval; without one, as of a single unit, nothing is
    clear."""
    value, low, high = main.get("value"), main.get("low"), main.get("high")
    if value is None or rival is None:
        return "unknown"
    if low is None or high is None or low <= rival <= high:
        return "even"
    return "better" if (value > rival) == (main.get("better", "higher") == "higher") else "worse"


def _rivals(facts: Facts, say: Voice) -> Light:
    """The network must beat the simple baseline beyond its interval, and not lose to its rivals."""
    name = say("Beats simple rules")
    rival = "texture" if facts.main.get("texture") is not None else "trees"
    base, other = (compare(facts.main, facts.main.get(each)) for each in ("baseline", rival))
    if base == "unknown" and other == "unknown":
        return Light(name, "off", say("no baseline beside it"))
    if base == "worse":
        return Light(name, "stop", say("worse than the simple baseline"))
    if base == "even":
        return Light(name, "look", say("no clear gain over the simple baseline"))
    if other == "worse":
        behind = {"trees": say("boosted trees do better"), "texture": say("texture features + LDA do better")}
        return Light(name, "look", behind[rival])
    if compare(facts.main, facts.main.get("linear")) == "worse":
        return Light(name, "look", say("a linear model does better"))
    level = {"trees": say("level with trees"), "texture": say("level with texture features + LDA")}
    return Light(name, "go", say("clearly better than the simple baseline") if base == "better" else level[rival])


def _gap(gap: dict[str, Any], say: Voice) -> Light:
    """Fit, overfit or underfit, as judged by the run."""
    name = say("Fit")
    verdicts: dict[str, tuple[Level, str]] = {
        "fits": ("go", say("neither overfits nor underfits")),
        "overfits": ("look", say("overfits: learns its training records by heart")),
        "underfits": ("look", say("underfits: has not learnt all there is to learn")),
    }
    level, why = verdicts.get(str(gap.get("verdict")), ("off", say("the gap was not judged")))
    if gap.get("caught"):
        level, why = "go", say("stopped before it learnt its training records by heart")
    return Light(name, level, why)


def calibration_error(reliability: list[dict[str, Any]]) -> tuple[float, float] | None:
    """How far stated confidence and share right lie apart (mean over rows), and what chance alone would give.

    The second is the mean over bins of the expected distance `sqrt(2 p (1 - p) / (pi n))` of a well-calibrated bin.
    """
    bins = [b for b in reliability if b.get("rows")]
    rows = sum(b["rows"] for b in bins)
    if not rows:
        return None
    error = sum(b["rows"] * abs(b["mean"] - b["share"]) for b in bins) / rows
    noise = sum(b["rows"] * (2 * b["mean"] * (1 - b["mean"]) / (math.pi * b["rows"])) ** 0.5 for b in bins) / rows
    return error, noise


def _honesty(facts: Facts, say: Voice) -> Light:
    """Whether stated probabilities or intervals are what they say."""
    name = say("Honest confidence")
    intervals = facts.metrics.get("intervals") or {}
    covered, asked = intervals.get("covered"), intervals.get("asked")
    if facts.task == "regression" and covered is not None and asked is not None:
        rows = facts.metrics.get("groups") or facts.metrics.get("rows") or 0
        slack = max(0.02, 2 * (asked * (1 - asked) / rows) ** 0.5 if rows else 0.02)
        if 0 < rows < FEW:
            few = say.many("{count} unit is too few to tell", "{count} units are too few to tell", rows)
            return Light(name, "look", say("intervals cannot be judged: {why}", why=few))
        why = say(
            "intervals hold {covered} of the truth, {asked} asked", covered=say.share(covered), asked=say.share(asked)
        )
        return Light(name, "go" if abs(covered - asked) <= slack else "look", why)
    measured = calibration_error(facts.metrics.get("reliability") or [])
    if measured is None:
        return Light(name, "off", say("confidence was not measured"))
    error, noise = measured
    why = say("stated confidence is off by {share} on average", share=say.share(error))
    if OFF < error <= 2 * noise:
        shares = {"share": say.share(error), "noise": say.share(noise)}
        why = say("stated confidence is off by {share} on average; so few records show {noise} by chance", **shares)
    return Light(name, "go" if error <= max(OFF, 2 * noise) else "look", why)


def _file(parity: dict[str, Any], say: Voice) -> Light:
    """Whether the exported file answers as the trained network did."""
    name = say("Shipped file")
    flips = parity.get("flips")
    if flips is None:
        return Light(name, "off", say("the exported file was not compared"))
    if flips:
        return Light(name, "stop", say.many("{count} decision differs", "{count} decisions differ", int(flips)))
    return Light(name, "go", say("decides as the trained network did"))
