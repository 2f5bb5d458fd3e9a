"""How training went: losses, learning rate, and the trial runs of the automatic optimiser."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import altair as alt
import polars as pl
from markupsafe import Markup

from andon.locale import Voice
from andon.report.charts import BASE, INK, OURS, data, drawn, fitted
from andon.report.facts import Facts
from andon.report.html import figures, tag, together
from andon.report.section import Section

MOST_POINTS = 300
MOST_TRIALS = 8


def curves(facts: Facts, say: Voice) -> Section | None:
    """Loss on training and validation records, the learning rate below, and what was tried first."""
    pictures = [p for p in (_losses(facts, say), _rate(facts, say), _trials(facts.optim, say)) if p is not None]
    if not pictures:
        return None
    choice = facts.optim.get("choice") or facts.optim
    told = _choice(choice, say)
    return Section(say("How training went"), together([*([tag("p", told)] if told else []), figures(*pictures)]))


def _choice(choice: Any, say: Voice) -> str | None:
    """What was chosen, in words."""
    if not isinstance(choice, dict) or not choice.get("optimizer"):
        return None
    rate = choice.get("learning_rate")
    if rate is None:
        return say("Chosen by trial: {optimizer}.", optimizer=choice["optimizer"])
    told = say("{optimizer} with learning rate {rate}", optimizer=choice["optimizer"], rate=say.number(rate))
    why = say.retell(str(choice.get("why") or ""))
    return say("Chosen by trial: {told} ({why}).", told=told, why=why) if why else told


def thinned(frame: pl.DataFrame, column: str) -> list[tuple[float, float]]:
    """Step and mean value in at most `MOST_POINTS` stretches of equal length; cells that are missing or not finite
    are left out."""
    known = frame.select(step=pl.col("step").cast(pl.Float64), value=pl.col(column).cast(pl.Float64))
    known = known.filter(pl.col("value").is_finite())
    if not known.height:
        return []
    stretch = pl.int_range(pl.len()) * MOST_POINTS // max(known.height, MOST_POINTS)
    mean = known.group_by(at=stretch).agg(pl.col("step").mean(), pl.col("value").mean()).sort("at")
    return [(float(f"{s:.6g}"), float(f"{v:.5g}")) for s, v in mean.select("step", "value").iter_rows()]


def _losses(facts: Facts, say: Voice) -> Markup | None:
    """Both losses over steps, with the best step marked."""
    history = facts.history
    if history is None or "step" not in history.columns:
        return None
    names = {"train_loss": say("training records"), "valid_loss": say("validation records")}
    rows: list[dict[str, Any]] = [
        {"step": step, "loss": value, "who": name}
        for column, name in names.items()
        if column in history.columns
        for step, value in thinned(history, column)
    ]
    if not rows:
        return None
    positive = all(row["loss"] > 0 for row in rows)
    wide = positive and max(r["loss"] for r in rows) > 8 * min(r["loss"] for r in rows)
    scale = alt.Scale(type="log" if wide else "linear", zero=False, nice=False)
    there = list(dict.fromkeys(row["who"] for row in rows))
    colours = {names["train_loss"]: BASE, names["valid_loss"]: OURS}
    base = alt.Chart(data(rows)).encode(
        x=alt.X("step:Q", title=say("Step"), axis=alt.Axis(tickCount=5, format=",~r")),
        y=alt.Y("loss:Q", title=say("Loss"), scale=scale, axis=alt.Axis(tickCount=5, format=",~r")),
        color=alt.Color("who:N", scale=alt.Scale(domain=there, range=[colours[w] for w in there])),
        strokeDash=alt.StrokeDash(
            "who:N",
            scale=alt.Scale(domain=there, range=[[4, 2] if w == names["train_loss"] else [1, 0] for w in there]),
            legend=None,
        ),
    )
    layers = [base.mark_line(strokeWidth=2)]
    layers += _best([row for row in rows if row["who"] == names["valid_loss"]], say)
    reading = say(
        "Both lines should fall together; when the validation line turns up while the training line keeps falling, the "
        "network begins to learn by heart (overfitting). The dot is the state that was kept."
    )
    return drawn(say("Loss, step by step"), fitted(alt.layer(*layers), 270), reading)


def _best(rows: list[dict[str, Any]], say: Voice) -> list[Any]:
    """The dot at the lowest validation loss."""
    if not rows:
        return []
    best = min(rows, key=lambda row: row["loss"])
    point = alt.Chart(data([{**best, "text": say("kept")}])).encode(x="step:Q", y="loss:Q")
    return [
        point.mark_point(filled=True, color=OURS, size=90, opacity=1),
        point.mark_text(dy=-12, color=INK).encode(text="text:N"),
    ]


def _rate(facts: Facts, say: Voice) -> Markup | None:
    """The learning rate over steps."""
    history = facts.history
    if history is None or not {"step", "learning_rate"} <= set(history.columns):
        return None
    rows = [{"step": step, "rate": rate} for step, rate in thinned(history, "learning_rate")]
    if not rows:
        return None
    line = (
        alt.Chart(data(rows))
        .mark_line(color=OURS, strokeWidth=2)
        .encode(
            x=alt.X("step:Q", title=say("Step"), axis=alt.Axis(tickCount=5, format=",~r")),
            y=alt.Y("rate:Q", title=say("Learning rate"), axis=alt.Axis(tickCount=4, format="~r")),
        )
    )
    reading = say("The size of each step: large steps at first find the region, small ones at the end settle in it.")
    return drawn(say("Learning rate"), fitted(line, 270), reading)


def _apart(ends: list[dict[str, Any]], gap: float) -> list[dict[str, Any]]:
    """Ends of lines moved so far apart that their names do not overlap."""
    ordered = sorted((dict(row) for row in ends), key=lambda row: row["loss"])
    for lower, row in pairwise(ordered):
        row["loss"] = max(row["loss"], lower["loss"] + gap)
    return ordered


def _trials(optim: dict[str, Any], say: Voice) -> Markup | None:
    """Loss of each trial run; the chosen one stands out."""
    rows: list[dict[str, Any]] = []
    for number, curve in enumerate((optim.get("curves") or [])[:MOST_TRIALS]):
        name = str(curve.get("name") or curve.get("optimizer") or number)
        rate = curve.get("learning_rate")
        label = name if rate is None else f"{name} {rate:.1g}"
        losses = curve.get("losses") or curve.get("loss") or []
        steps = curve.get("steps") or curve.get("step") or list(range(len(losses)))
        stride = max(1, len(losses) // 60)
        rows += [{"step": s, "loss": v, "who": label, "chosen": bool(curve.get("chosen"))}
                 for s, v in list(zip(steps, losses, strict=False))[::stride] if v is not None]  # fmt: skip
    if not rows:
        return None
    height = max(row["loss"] for row in rows) - min(row["loss"] for row in rows)
    ends = _apart(list({row["who"]: row for row in rows}.values()), 0.07 * height)
    last = max(row["step"] for row in rows)
    colour = alt.Color("chosen:N", scale=alt.Scale(domain=[True, False], range=[OURS, BASE]), legend=None)
    x = alt.X(
        "step:Q",
        title=say("Trial step"),
        axis=alt.Axis(tickCount=5, format=",~r"),
        scale=alt.Scale(domain=[0, 1.4 * last], nice=False),
    )
    y = alt.Y("loss:Q", title=say("Loss"), scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=4, format=",~r"))
    lines = (
        alt.Chart(data(rows))
        .mark_line(strokeWidth=2)
        .encode(
            x=x, y=y, color=colour, detail="who:N", opacity=alt.condition("datum.chosen", alt.value(1), alt.value(0.6))
        )
    )
    names = alt.Chart(data(ends)).mark_text(align="left", dx=6, fontSize=11).encode(x=x, y=y, text="who:N")
    reading = say(
        "Before training, each way was tried for a few steps on a copy. The blue one was taken: the way the network is "
        "made for, unless another was clearly ahead."
    )
    return drawn(say("What was tried first"), fitted(alt.layer(lines, names), 270), reading)
