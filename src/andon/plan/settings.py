"""The core settings: at most sixty, frozen by a test. Everything else belongs to a registry entry's own options.

The line under a field says what it is for: `andon new`, the JSON Schema and `--help` show it.

`null` (None) or `auto` means: chosen from the data, by measurement or by the job, and written down in the run.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

from andon.errors import SettingProblem, at_least, within
from andon.plan.durations import seconds

Auto = Literal["auto"]
LARGEST = 1_000_000_000
"""Beyond this a count or rate is a slip of the keys; infinity is too."""


class Rows(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The main source, one row per answer; names of the columns with a role."""

    path: str = ""
    "File, folder or glob. Empty when a frame is given from Python."
    unit: str | None = None
    "Column that names the machine, lot or part that several rows belong to."
    time: str | None = None
    "Column that says when a row was made: a date, or a number that counts up."
    group: str | None = None
    "Column whose values must not be split apart (furnace, mix, customer)."
    weight: str | None = None
    "Column that says how much a row counts."
    part: str | None = None
    "Column that says train, validation, calibration or test."


class Joined(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One more source, joined by key or, with `as_of`, by the last row known at the time."""

    path: str
    "File, folder or glob."
    on: str | list[str] | None = None
    "Column or columns that name the same thing in both sources."
    as_of: str | None = None
    "Time column of this source. Rows later than the main row's time are never used."
    tolerance: str | None = None
    "Oldest row still used, as `5 min`, `2 h`, `1 d`."


class Data(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the records are."""

    rows: Rows = field(default_factory=Rows)
    with_: list[Joined] = field(name="with", default_factory=list)
    "More sources, each joined to the rows: `[{path: historian.csv, on: machine, as_of: time, tolerance: 5 min}]`."

    def __post_init__(self) -> None:
        for number, joined in enumerate(self.with_):
            if joined.tolerance is not None:
                seconds(joined.tolerance, f"data.with.{number}.tolerance")
            if joined.on is None and joined.as_of is None:
                raise SettingProblem.at(
                    f"data.with.{number}", f"'data.with.{number}' says not how it joins",
                    why="it has neither 'on' nor 'as_of'", fix="add 'on: COLUMN'",
                )  # fmt: skip


class Known(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When columns become known."""

    after: list[str] = field(default_factory=list)
    "Columns that exist only after the fact: never inputs."
    ignore: list[str] = field(default_factory=list)
    "Columns left out for any other reason."


class Split(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who trains, validates, calibrates and tests."""

    by: Literal["auto", "random", "time", "unit", "group", "given"] = "auto"
    "What must not be cut; auto: follows from the roles of the columns."
    test: float = 0.2
    "Share of the rows that judges the finished run, once."
    validation: float | Auto = "auto"
    "Share that choices and early stopping go by; auto: 0.15, less where rows are many."
    calibration: float | Auto = "auto"
    "Share that thresholds and intervals are set on; auto: 0.1, less where rows are many."
    gap: str | None = None
    "Purge gap between parts when split by time, as `2 h`; a bare number where time is one."
    seed: int = 0
    "Seed of the split alone; another one gives other parts."
    folds: int = 0
    "Number of folds; 0: none, the shares above count."
    fold: int = 0
    "Which fold is the test part."

    def __post_init__(self) -> None:
        shares = {name: getattr(self, name) for name in ("test", "validation", "calibration")}
        asked = {name: share for name, share in shares.items() if share != "auto"}
        for name, share in asked.items():
            within(f"split.{name}", share, 0.0, 0.9)
        if sum(asked.values()) >= 1:
            raise SettingProblem.at(
                "split.test",
                "test, validation and calibration shares leave no rows to train on",
                why=f"they add up to {sum(asked.values()):g}",
                fix="lower one of them",
            )
        if self.gap is not None:
            seconds(self.gap, "split.gap", bare=True)
        at_least("split.seed", self.seed, 0)
        at_least("split.folds", self.folds, 0)
        if self.folds == 1 or not 0 <= self.fold < max(self.folds, 1):
            raise SettingProblem.at(
                "split.fold", f"fold {self.fold} of {self.folds} does not exist", fix="count folds from 0, two or more"
            )


class Scale(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How numbers are brought to one size, inside the network."""

    method: Literal["auto", "zscore", "minmax", "robust", "quantile", "log", "none"] = "auto"
    "How centre and spread are measured; auto: by quartiles, which outliers don't move."
    regimes: Any = "auto"
    "Settings by which each operating regime of a history is scaled on its own: their names, `none`, or auto: found."


class Network(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A family at a size, or a list of layers, or a class of the user's own."""

    family: Literal["auto", "dense", "convolution", "attention", "tabm", "surface", "history", "random"] = "auto"
    "Kind of network; auto: follows from the kinds of the inputs."
    size: Literal["tiny", "small", "base", "large", "huge", "giant"] = "small"
    "The one dial: width and depth follow from it."
    members: int | Auto = "auto"
    "Networks trained side by side whose answers are averaged."
    layers: list[Any] | None = None
    "A list of layers instead of a family."
    module: str | None = None
    "`module:Class` of the user's own."
    init: str | None = None
    "Weights to begin with: another run, or a .safetensors file or folder of the user's own."

    def __post_init__(self) -> None:
        if self.members != "auto":
            within("network.members", self.members, 1, 1024)
        if self.layers is not None and self.module is not None:
            raise SettingProblem.at(
                "network.module", "'network' is given as layers and as a class", fix="keep one of them"
            )
        if self.layers is not None and not self.layers:
            raise SettingProblem.at("network.layers", "'network.layers' is empty", fix="add at least '{dense: 10}'")


class Train(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long and how hard to train."""

    epochs: int | Auto = "auto"
    "Times every training row is seen."
    batch: int | Auto = "auto"
    "Rows per step."
    optimizer: Any = "auto"
    "Name or entry of the optimiser registry."
    learning_rate: float | Auto = "auto"
    "Highest learning rate; auto: tried out on at most a tenth of the steps, a named optimiser's usual one."
    schedule: Literal["auto", "constant", "cosine", "onecycle", "linear", "coslog4"] = "auto"
    "How the learning rate changes over the run."
    weight_decay: float | Auto = "auto"
    "Pull of the weights towards zero; matrices only."
    clip: float | Auto = "auto"
    "Largest norm of the gradient; 0: not clipped, as where the optimiser is named."
    average: float | Auto = "auto"
    "Decay of the weight average per step; 0: none."
    patience: int | Auto = "auto"
    "Epochs without a better validation loss before training stops; 0: never."
    loss: Any = "auto"
    "Name or entry of the loss registry, as `robust_cross_entropy` for wrong labels; auto: the task's own."
    augment: list[Any] | Auto = "auto"
    "Changes of pictures and rows that leave their truth as it is."
    accumulate: int = 1
    "Batches per update."
    trees: Literal["auto", "on", "off"] = "auto"
    "Whether rivals may join the answer: boosted trees and a linear model; for photographs texture features with LDA."
    seed: int = 0
    "Seed of the weights, the order and the augmentation."
    device: str = "auto"
    "Where to train: cpu, cuda, mps …; auto: the fastest there is."
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    "Precision of training; auto: measured, and float32 unless answers agree."
    threads: int | Auto = "auto"
    "Processor threads; auto: measured."
    compile: bool | Auto = False
    "Whether the network is compiled; auto: measured."
    time_limit: str | None = None
    "As `10 min`; becomes a step budget after warm-up."
    checkpoint_seconds: float = 30.0
    "Seconds between checkpoints."

    def __post_init__(self) -> None:
        for name in ("epochs", "batch", "threads", "accumulate"):
            if getattr(self, name) != "auto":
                within(f"train.{name}", getattr(self, name), 1, LARGEST)
        for name in ("learning_rate", "weight_decay", "patience", "clip", "checkpoint_seconds"):
            if getattr(self, name) != "auto":
                within(f"train.{name}", getattr(self, name), 0, LARGEST)
        at_least("train.seed", self.seed, 0)
        if self.time_limit is not None:
            seconds(self.time_limit, "train.time_limit")
        if self.average != "auto":
            within("train.average", self.average, 0.0, 0.9999)


class Decide(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From scores to decisions; changeable without training again."""

    intervals: float = 0.9
    "Share of truths that an interval or set of answers must hold."
    cost: dict[str, float] = field(default_factory=dict)
    "`{escape: 50, overkill: 1, review: 0.3}` of good and bad parts, `{miss: 10, stop: 1}` of lives, else cost of "
    "missing each class."
    positive: str | None = None
    "Which class is the one to catch (several: `a|b`); default: what is not called good, or the rarer of two."

    def __post_init__(self) -> None:
        within("decide.intervals", self.intervals, 0.5, 0.999)
        for name, cost in self.cost.items():
            within(f"decide.cost.{name}", cost, 0, LARGEST)


class Report(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The page."""

    language: Literal["en", "zh"] = "en"
    "Language of the report's words."


class Plan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that is asked of one run."""

    job: str
    "What is asked; `andon jobs` lists them."
    data: Data = field(default_factory=Data)
    target: str | None = None
    "Column to predict; found by the names people use where left out."
    quantiles: list[float] = field(default_factory=list)
    "For numbers: answer these quantiles as well."
    known: Known = field(default_factory=Known)
    checks: dict[str, Any] = field(default_factory=dict)
    "Column -> rules (`range`, `set`, `pattern`, `missing`, `monotone`)."
    accept: list[str] = field(default_factory=list)
    "Codes of findings that shall not stop a run, as they are printed; `*`: none shall."
    clean: list[Any] | Auto = "auto"
    "Entries of the cleaning registry, in order."
    series: Any = "auto"
    "Histories: `{lookback: 100, gap: 2 h, cap: 125}`; auto: what the data suggest."
    split: Split = field(default_factory=Split)
    scale: Scale = field(default_factory=Scale)
    network: Network = field(default_factory=Network)
    train: Train = field(default_factory=Train)
    decide: Decide = field(default_factory=Decide)
    report: Report = field(default_factory=Report)
    share: Literal["full", "shapes", "none"] = "full"
    "Whether raw samples and answers may stay in the run folder."

    def __post_init__(self) -> None:
        for number, level in enumerate(self.quantiles):
            within(f"quantiles.{number}", level, 0.001, 0.999)
