"""`Settings`: how a training goes, with nothing left open. Free of torch; goes into the manifest as it is."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from andon.errors import at_least, within


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A resolved `plan.Train`: what was `auto` there has a value here."""

    epochs: int
    seed: int = 0
    optimizer: str = "adamw"
    "Name in `andon.optim.OPTIMIZERS`."
    options: Any = None
    "The optimiser's own options Struct; None: its defaults."
    learning_rate: float = 1e-3
    schedule: str = "constant"
    weight_decay: float = 0.0
    clip: float = 0.0
    "Largest norm of the gradient (of each member's own, where members are independent); 0: not clipped."
    average: float = 0.0
    "Decay of the weight average per update; 0: none."
    patience: int = 0
    "Epochs without a better validation loss before training stops; 0: never."
    accumulate: int = 1
    "Batches per update."
    device: str = "cpu"
    precision: Literal["float32", "bfloat16"] = "float32"
    channels_last: bool = False
    threads: int = 1
    compile: bool = False
    checkpoint_seconds: float = 30.0
    time_limit: float = 0.0
    "Seconds the training may take; 0: no limit. Becomes a budget of updates before the first one."
    budget: int = 0
    "Most updates; 0: as many as the epochs have, or as the time limit allows."

    def __post_init__(self) -> None:
        for name in ("epochs", "accumulate", "threads"):
            at_least(f"train.{name}", getattr(self, name), 1)
        for name in ("learning_rate", "weight_decay", "clip", "patience", "checkpoint_seconds", "time_limit", "budget"):
            at_least(f"train.{name}", getattr(self, name), 0)
        within("train.average", self.average, 0.0, 0.99999)
