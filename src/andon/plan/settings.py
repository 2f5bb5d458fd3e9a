"""The core settings: at most sixty, frozen by a test. Everything else belongs to a registry entry's own options.

`null` (None) or `auto` means: chosen from the data, by measurement or by the job, and written down in the run.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

from andon.errors import SettingProblem, at_least, within

Auto = Literal["auto"]


class Rows(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The main source, one row per answer; names of the columns with a role."""

    path: str = ""
    "File, folder or glob. Empty when a frame is given from Python."
    unit: str | None = None
    "Column that names the machine, lot or part that several rows belong to."
    time: str | None = None
    group: str | None = None
    "Column whose values must not be split apart (furnace, mix, customer)."
    weight: str | None = None
    part: str | None = None
    "Column that says train, validation, calibration or test."


class Joined(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One more source, joined by key or, with `as_of`, by the last row known at the time."""

    path: str
    on: str | list[str] | None = None
    as_of: str | None = None
    "Time column of this source. Rows later than the main row's time are never used."
    tolerance: str | None = None
    "Oldest row still used, as `5 min`, `2 h`, `1 d`."


class Data(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the records are."""

    rows: Rows = field(default_factory=Rows)
    with_: list[Joined] = field(name="with", default_factory=list)


class Known(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When columns become known."""

    after: list[str] = field(default_factory=list)
    "Columns that exist only after the fact: never inputs."
    ignore: list[str] = field(default_factory=list)
    "Columns left out for any other reason."


class Split(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who trains, validates, calibrates and tests."""

    by: Literal["auto", "random", "time", "unit", "group", "given"] = "auto"
    test: float = 0.2
    validation: float = 0.15
    calibration: float = 0.1
    gap: str | None = None
    "Purge gap between parts when split by time, as `2 h`."
    seed: int = 0
    folds: int = 0
    "Number of folds; 0: none, the shares above count."
    fold: int = 0
    "Which fold is the test part."

    def __post_init__(self) -> None:
        for name in ("test", "validation", "calibration"):
            within(f"split.{name}", getattr(self, name), 0.0, 0.9)
        if self.test + self.validation + self.calibration >= 1:
            raise SettingProblem.at(
                "split.test",
                "test, validation and calibration shares leave no rows to train on",
                why=f"they add up to {self.test + self.validation + self.calibration:g}",
                fix="lower one of them",
            )
        at_least("split.folds", self.folds, 0)
        if self.folds == 1 or not 0 <= self.fold < max(self.folds, 1):
            raise SettingProblem.at(
                "split.fold", f"fold {self.fold} of {self.folds} does not exist", fix="count folds from 0, two or more"
            )


class Scale(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How numbers are brought to one size, inside the network."""

    method: Literal["auto", "zscore", "minmax", "robust", "quantile", "log", "none"] = "auto"
    regimes: Literal["none"] = "none"


class Network(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A family at a size, or a list of layers, or a class of the user's own."""

    family: Literal["auto", "dense", "convolution", "attention", "tabm"] = "auto"
    size: Literal["tiny", "small", "base", "large", "huge", "giant"] = "small"
    members: int | Auto = "auto"
    layers: list[Any] | None = None
    module: str | None = None
    "`module:Class` of the user's own."

    def __post_init__(self) -> None:
        if self.members != "auto":
            at_least("network.members", self.members, 1)


class Train(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long and how hard to train."""

    epochs: int | Auto = "auto"
    batch: int | Auto = "auto"
    optimizer: Any = "auto"
    "Name or entry of the optimiser registry."
    learning_rate: float | Auto = "auto"
    schedule: Literal["auto", "constant", "cosine", "onecycle", "linear", "coslog4"] = "auto"
    weight_decay: float | Auto = "auto"
    clip: float = 1.0
    "Largest norm of the gradient; 0: not clipped."
    average: float | Auto = "auto"
    "Decay of the weight average per step; 0: none."
    patience: int | Auto = "auto"
    "Epochs without a better validation loss before training stops; 0: never."
    label_smoothing: float | Auto = "auto"
    mixup: float = 0.0
    augment: list[Any] | Auto = "auto"
    accumulate: int = 1
    "Batches per update."
    trees: Literal["auto", "on", "off"] = "auto"
    "Whether the boosted rival may join the answer."
    seed: int = 0
    device: str = "auto"
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    threads: int | Auto = "auto"
    compile: bool | Auto = False
    time_limit: str | None = None
    "As `10 min`; becomes a step budget after warm-up."
    checkpoint_seconds: float = 30.0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch", "threads", "accumulate"):
            if getattr(self, name) != "auto":
                at_least(f"train.{name}", getattr(self, name), 1)
        for name in ("learning_rate", "weight_decay", "patience", "clip", "mixup", "checkpoint_seconds"):
            if getattr(self, name) != "auto":
                at_least(f"train.{name}", getattr(self, name), 0)
        for name in ("average", "label_smoothing"):
            if getattr(self, name) != "auto":
                within(f"train.{name}", getattr(self, name), 0.0, 0.9999)


class Decide(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From scores to decisions; changeable without training again."""

    intervals: float = 0.9
    "Share of truths that an interval or set of answers must hold."
    cost: dict[str, float] = field(default_factory=dict)
    "`{escape: 50, overkill: 1}` for two classes, else cost of missing each class."
    positive: str | None = None
    "Which class is the one to catch; default: the rarer."
    calibrate: bool = True

    def __post_init__(self) -> None:
        within("decide.intervals", self.intervals, 0.5, 0.999)
        for name, cost in self.cost.items():
            at_least(f"decide.cost.{name}", cost, 0)


class Report(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The page."""

    language: Literal["en", "zh"] = "en"


class Plan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that is asked of one run."""

    job: str
    data: Data = field(default_factory=Data)
    target: str | None = None
    "Column to predict; found by the names people use where left out."
    quantiles: list[float] = field(default_factory=list)
    "For numbers: answer these quantiles as well."
    known: Known = field(default_factory=Known)
    checks: dict[str, Any] = field(default_factory=dict)
    "Column -> rules (`range`, `set`, `pattern`, `missing`, `monotone`)."
    clean: list[Any] | Auto = "auto"
    "Entries of the cleaning registry, in order."
    split: Split = field(default_factory=Split)
    scale: Scale = field(default_factory=Scale)
    network: Network = field(default_factory=Network)
    train: Train = field(default_factory=Train)
    decide: Decide = field(default_factory=Decide)
    report: Report = field(default_factory=Report)
    share: Literal["full", "shapes", "none"] = "full"
    "Whether raw samples and answers may stay in the run folder."

    def __post_init__(self) -> None:
        for q in self.quantiles:
            within("quantiles", q, 0.001, 0.999)
