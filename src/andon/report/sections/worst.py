"""The worst cases: the rows to look at by hand first."""

from __future__ import annotations

import polars as pl

from andon.locale import Voice
from andon.report.facts import Facts
from andon.report.html import tag, together
from andon.report.section import Section
from andon.report.table import Num, table

MOST = 15


def worst(facts: Facts, say: Voice) -> Section | None:
    """Wrong answers given with the most confidence, or the largest errors."""
    if facts.answers is None or not {"truth", "answer"} <= set(facts.columns()):
        return None
    if facts.lived or facts.metrics.get("rows") == 0:  # neighbouring rows are missed together: whole lives say more
        return None
    made = _numbers(facts, say) if facts.task == "regression" else _classes(facts, say)
    if made is None:
        return None
    heads, rows, reading = made
    if not rows:
        return Section(say("Worst cases"), tag("p", say("No record was answered wrongly.")))
    return Section(say("Worst cases"), together([tag("p", reading), table(heads, rows)]))


def _numbers(facts: Facts, say: Voice) -> tuple[list[str], list[list[object]], str]:
    """Largest errors."""
    assert facts.answers is not None
    error = (pl.col("answer").cast(pl.Float64) - pl.col("truth").cast(pl.Float64)).alias("error")
    frame = facts.answers.with_columns(error).filter(error.is_finite())
    top = frame.sort(pl.col("error").abs(), descending=True).head(MOST).collect()
    has_interval = {"low", "high"} <= set(top.columns)
    heads = [say("Row"), say("Truth"), say("Answer"), say("Error")]
    heads += [say("Interval from"), say("to")] if has_interval else []
    keys = ["truth", "answer", "error", *(["low", "high"] if has_interval else [])]
    rows: list[list[object]] = [[_row(r), *[Num(say.number(r[k], 4)) for k in keys]] for r in top.iter_rows(named=True)]
    reading = say(
        "These records were missed by most. Look at them first: a wrong label, a broken sensor or a rare condition is "
        "often behind them. Rows are counted from 0 in the order of the data."
    )
    return heads, rows, reading


def _classes(facts: Facts, say: Voice) -> tuple[list[str], list[list[object]], str] | None:
    """Wrong answers, those first that gave the truth the least probability."""
    assert facts.answers is not None
    shares = [name for name in facts.columns() if name.startswith("p_")]
    texts = [pl.col(c).cast(pl.String) for c in ("truth", "answer")]
    frame = facts.answers.with_columns(texts).filter(pl.col("truth") != pl.col("answer"))
    if facts.task == "labels":
        return _several(frame, shares, say)
    if shares:
        right = [pl.when(pl.col("truth") == name[2:]).then(pl.col(name).cast(pl.Float64)) for name in shares]
        frame = frame.sort(pl.coalesce(right), nulls_last=True)
    top = frame.head(MOST).collect()
    files = _files(facts)
    heads = [say("Row"), *([say("Picture")] if files else []), say("Truth"), say("Answer")]
    if shares:
        heads += [say("Its probability"), say("Probability of the truth")]
    rows: list[list[object]] = []
    for r in top.iter_rows(named=True):
        sure = [Num(say.share(r.get(f"p_{r[k]}"))) for k in ("answer", "truth")] if shares else []
        named = [files.get(r.get("row"), "–")] if files else []
        rows.append([_row(r), *named, r["truth"], r["answer"], *sure])
    reading = say(
        "In these wrong answers the truth was given the least probability. Look at them first: a wrong label is often "
        "behind them. Rows are counted from 0 in the order of the data."
    )
    return heads, rows, reading


def _several(frame: pl.LazyFrame, shares: list[str], say: Voice) -> tuple[list[str], list[list[object]], str]:
    """Wrong sets of classes, those first whose truth as a whole was given the least probability."""
    names = pl.col("truth").str.split(";")
    right = [pl.when(names.list.contains(p[2:])).then(pl.col(p)).otherwise(1 - pl.col(p)) for p in shares]
    chance = pl.concat_list(right).list.eval(pl.element().log()).list.sum().exp()
    top = frame.with_columns(chance.alias("chance")).sort("chance", nulls_last=True).head(MOST).collect()
    heads = [say("Row"), say("Truth"), say("Answer"), say("Probability of the truth")]
    rows: list[list[object]] = [
        [_row(r), r["truth"], r["answer"], Num(say.share(r["chance"]))] for r in top.iter_rows(named=True)
    ]
    reading = say(
        "In these wrong answers the truth was given the least probability. Look at them first: a wrong label is often "
        "behind them. Rows are counted from 0 in the order of the data."
    )
    return heads, rows, reading


def _files(facts: Facts) -> dict[object, str]:
    """Row -> picture, by the end of its place, of those that the run keeps."""
    if facts.worst is None:
        return {}
    places = facts.worst.select("row", "place").drop_nulls().iter_rows()
    return {row: "/".join(place.rsplit("/", 2)[-2:]) for row, place in places}


def _row(answer: dict[str, object]) -> str:
    """The number of a row, and its name where it has one."""
    number, name = str(answer.get("row", "–")), answer.get("name")
    return number if name is None else f"{number} · {name}"
