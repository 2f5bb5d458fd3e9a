"""Tables that no default was chosen on: scikit-learn's own, rows of series and logistics sets, and six drawn ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from benchmarks.record import DATA
from benchmarks.tables import Table

ROWS, OF_A_SHIPMENT = 8000, "ASN/DN #"


@dataclass(frozen=True)
class Foreign:
    """How to make a table from a seed (of the draw alone), and how it is judged."""

    make: Callable[[int], pl.DataFrame]
    job: str
    target: str
    metric: str
    settings: dict[str, Any] = field(default_factory=dict)

    def table(self) -> Table:
        """The same as `benchmarks/tables.py` takes it."""
        lower = self.metric in ("log_loss", "rmse")
        return Table("", self.job, self.target, self.metric, lower, self.settings)


def bundled(name: str) -> Callable[[int], pl.DataFrame]:
    """A set that scikit-learn brings along."""

    def make(seed: int) -> pl.DataFrame:
        from sklearn import datasets

        found = getattr(datasets, f"load_{name}")(as_frame=True)
        frame = pl.from_pandas(found.frame)
        if name == "linnerud":
            return frame.drop("Waist", "Pulse")
        names = (
            dict(enumerate(map(str, found.target_names))) if hasattr(found, "target_names") and name != "digits" else {}
        )
        return frame.with_columns(pl.col("target").replace_strict(names)) if names else frame

    return make


def mill(seed: int) -> pl.DataFrame:
    """Rows of 18 experiments with worn and unworn tools."""
    folder = DATA / "series/cnc_mill"
    tools = pl.read_csv(folder / "train.csv")
    rows = pl.read_parquet(folder / "experiments.parquet")
    key = next(c for c in tools.columns if c.lower() in ("no", "experiment"))
    tools = tools.select(pl.col(key).cast(rows["experiment"].dtype).alias("experiment"), "tool_condition")
    return rows.join(tools, on="experiment").drop("step")


def tennessee(seed: int) -> pl.DataFrame:
    """Which of 22 states: the training runs to learn from, the faulty part of the test runs to be asked."""
    folder = DATA / "series/tep"
    train, test = pl.read_parquet(folder / "tep_train.parquet"), pl.read_parquet(folder / "tep_test.parquet")
    test = test.filter(pl.col("sample") > 160)
    frame = pl.concat([train, test], how="vertical_relaxed")
    part = np.where(np.arange(len(frame)) < len(train), "train", "test")
    return frame.with_columns(pl.Series("part", part)).drop("sample")


def shipments(seed: int) -> pl.DataFrame:
    """Lines of shipments with how many days late they came."""
    frame = pl.read_csv(DATA / "tables/scms_delivery/SCMS_Delivery_History_Dataset.csv.gz", infer_schema_length=None)
    day = {c: pl.col(c).str.to_date("%d-%b-%y") for c in ("Scheduled Delivery Date", "Delivered to Client Date")}
    late = (day["Delivered to Client Date"] - day["Scheduled Delivery Date"]).dt.total_days()
    return frame.with_columns(days=late, late=pl.when(late > 0).then(pl.lit("late")).otherwise(pl.lit("in time")))


def juice(seed: int) -> pl.DataFrame:
    """Weekly sales of the last year of orange juice, 83 stores, 11 brands."""
    frame = pl.read_parquet(DATA / "tables/orange_juice/sales.parquet")
    return frame.filter(pl.col("week") > 108).with_columns(pl.col("store", "brand").cast(pl.Int64))


def parts(seed: int) -> pl.DataFrame:
    """Sales of a spare part in the last half-year from the 45 months before."""
    frame = pl.read_csv(DATA / "tables/carparts/carparts.csv.gz", infer_schema_length=None).drop_nulls()
    months = frame.columns[1:]
    return frame.with_columns(half_year=pl.sum_horizontal(months[-6:])).drop(months[-6:])


def _numbers(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Correlated normal readings, rounded as a machine writes them."""
    common = rng.normal(size=(rows, 3)) @ rng.normal(size=(3, columns)) * 0.5
    return np.round(common + rng.normal(size=(rows, columns)), 3)


def _frame(x: np.ndarray, **more: Any) -> pl.DataFrame:
    return pl.DataFrame({f"x{i:03d}": x[:, i] for i in range(x.shape[1])} | more)


def many_words(kind: str) -> Callable[[int], pl.DataFrame]:
    """Three columns of 50, 200 and 500 words, unevenly frequent, each with an effect; six numbers, one of which counts
    for half of the first column's words alone."""

    def make(seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(70 + seed)
        x, effect, words = _numbers(rng, ROWS, 6), np.zeros(ROWS), {}
        for name, levels, size in (("tool", 50, 1.0), ("supplier", 200, 1.0), ("recipe", 500, 0.8)):
            share = rng.dirichlet(np.full(levels, 0.7))
            code = rng.choice(levels, ROWS, p=share)
            effect += rng.normal(size=levels)[code] * size
            words[name] = [f"{name[0].upper()}{c:03d}" for c in code]
            if name == "tool":
                effect += np.where(code % 2, x[:, 0], 0.0)
        effect += np.sin(2 * x[:, 1]) + 0.5 * x[:, 2]
        if kind == "number":
            return _frame(x, **words, y=np.round(20 + 3 * (effect + rng.normal(size=ROWS)), 2))
        good = effect + rng.logistic(size=ROWS) < 1.5
        return _frame(x, **words, quality=np.where(good, "good", "scrap"))

    return make


def gappy(seed: int) -> pl.DataFrame:
    """Fifteen columns with 40 % of their cells missing; the gap itself tells in two of them."""
    rng = np.random.default_rng(80 + seed)
    x = _numbers(rng, ROWS, 15)
    raw = x[:, 0] + 0.7 * x[:, 1] * x[:, 2] + np.abs(x[:, 3]) + 0.5 * x[:, 4]
    chance = np.full(x.shape, 0.4)
    chance[:, 5:7] = 0.8 / (1 + np.exp(-raw))[:, None]
    y = raw + rng.normal(size=ROWS) * 0.5
    x[rng.random(x.shape) < chance] = np.nan
    return _frame(x, y=np.round(y, 3)).with_columns(pl.all().fill_nan(None))


def tailed(seed: int) -> pl.DataFrame:
    """A target with a heavy right tail: minutes of standstill."""
    rng = np.random.default_rng(90 + seed)
    x = _numbers(rng, ROWS, 10)
    log = 0.6 * x[:, 0] + 0.4 * x[:, 1] * (x[:, 2] > 0) + np.sin(x[:, 3]) + 0.6 * rng.standard_t(4, ROWS)
    return _frame(x, minutes=np.round(10 * np.exp(np.clip(log, -8, 8)), 2))


def wide(seed: int) -> pl.DataFrame:
    """300 rows of 200 columns, eight of which count."""
    rng = np.random.default_rng(100 + seed)
    x = _numbers(rng, 300, 200)
    raw = x[:, :8] @ rng.normal(size=8) + 0.8 * x[:, 0] * x[:, 1]
    return _frame(x, quality=np.where(raw + rng.logistic(size=300) > 0.5, "bad", "good"))


def large(kind: str) -> Callable[[int], pl.DataFrame]:
    """50,000 rows of 28 numbers and two short word columns."""

    def make(seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(110 + seed)
        rows = 50_000
        x = _numbers(rng, rows, 28)
        line, shift = rng.integers(6, size=rows), rng.integers(3, size=rows)
        raw = x[:, 0] + np.sin(2 * x[:, 1]) * x[:, 2] + np.maximum(x[:, 3], 0) * (line % 2) + 0.5 * x[:, 4] ** 2 / 2
        raw += 0.4 * np.tanh(x[:, 5:12].sum(axis=1)) + 0.3 * (shift == 2)
        words = {"line": [f"L{v}" for v in line], "shift": [("early", "late", "night")[v] for v in shift]}
        if kind == "number":
            return _frame(x, **words, y=np.round(50 + 5 * (raw + 0.7 * rng.normal(size=rows)), 3))
        three = np.digitize(raw + rng.logistic(size=rows) * 0.7, [0.0, 2.0])
        return _frame(x, **words, grade=np.array(["C", "B", "A"])[three])

    return make


def rare(seed: int) -> pl.DataFrame:
    """20,000 parts of which three in a thousand fail, nearly all of them where two readings are high together."""
    rng = np.random.default_rng(120 + seed)
    x = _numbers(rng, 20_000, 12)
    raw = 1.3 * x[:, 0] + 1.3 * x[:, 1] + 1.0 * np.maximum(x[:, 2], 0) + rng.logistic(size=len(x))
    fails = raw > np.quantile(raw, 0.997)
    return _frame(x, result=np.where(fails, "NG", "OK"))


SHIPPED = {"known": {"after": ["Delivered to Client Date", "Delivery Recorded Date"]}, "data.rows.group": OF_A_SHIPMENT}
SETS = {
    "breast_cancer": Foreign(bundled("breast_cancer"), "classify", "target", "log_loss"),
    "wine": Foreign(bundled("wine"), "classify", "target", "log_loss"),
    "digits": Foreign(bundled("digits"), "classify", "target", "log_loss"),
    "diabetes": Foreign(bundled("diabetes"), "regress", "target", "rmse"),
    "linnerud": Foreign(bundled("linnerud"), "regress", "Weight", "rmse"),
    "mill": Foreign(mill, "process_quality", "tool_condition", "log_loss", {"data.rows.group": "experiment"}),
    "tep": Foreign(tennessee, "classify", "fault", "log_loss"),
    "late": Foreign(
        shipments, "classify", "late", "roc_auc", SHIPPED | {"known": {"after": [*SHIPPED["known"]["after"], "days"]}}
    ),
    "days": Foreign(
        shipments, "regress", "days", "rmse", SHIPPED | {"known": {"after": [*SHIPPED["known"]["after"], "late"]}}
    ),
    "juice": Foreign(juice, "regress", "logmove", "rmse",
                     {"known": {"after": ["profit"]}, "data.rows.time": "week", "split": {"by": "time"}}),
    "carparts": Foreign(parts, "regress", "half_year", "rmse"),
    "words": Foreign(many_words("class"), "process_quality", "quality", "log_loss"),
    "words_number": Foreign(many_words("number"), "regress", "y", "rmse"),
    "gaps": Foreign(gappy, "regress", "y", "rmse"),
    "tail": Foreign(tailed, "regress", "minutes", "rmse"),
    "wide": Foreign(wide, "process_quality", "quality", "log_loss"),
    "large": Foreign(large("class"), "classify", "grade", "log_loss"),
    "large_number": Foreign(large("number"), "regress", "y", "rmse"),
    "rare": Foreign(rare, "process_quality", "result", "average_precision"),
}  # fmt: skip
