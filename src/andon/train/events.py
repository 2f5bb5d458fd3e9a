"""What the training generator yields. Progress bars, curves and stopping are readers of this stream."""

from __future__ import annotations

from msgspec import Struct, field


class Started(Struct, frozen=True, kw_only=True, tag=True):
    """Before the first update of this process."""

    step: int
    "Updates already done; above 0 when a checkpoint was taken up."
    steps: int
    "Updates in all, unless stopped early."
    epochs: int
    budget: int = 0
    "Most updates, where a time limit was turned into a number; 0: none. Goes into the manifest."


class Stepped(Struct, frozen=True, kw_only=True, tag=True):
    """After an update."""

    step: int
    "Updates done."
    epoch: int
    "Counted from 0."
    loss: float
    "Mean over rows and members of the batches of this update, before it."
    learning_rate: float


class Validated(Struct, frozen=True, kw_only=True, tag=True):
    """After an epoch, and after the last update. The history of a run is a list of these."""

    step: int
    epoch: int
    "Epochs done."
    train_loss: float
    "Mean over the epoch's rows, each before the update it was used for; mix-up and smoothing included."
    valid_loss: float | None
    "Mean over members; None without a validation part, or where it is not finite."
    members: list[float | None] = field(default_factory=list)
    "Validation loss of each member; None where it is not finite."
    metrics: dict[str, float] = field(default_factory=dict)
    "`accuracy`, or `rmse` in the units of the standardised target: of the members' mean answer, on validation."
    best: bool = False
    "Whether any member is better than before."
    learning_rate: float = 0.0
    seconds: float = 0.0
    "Training time so far, of all processes that took part."


class Saved(Struct, frozen=True, kw_only=True, tag=True):
    """A checkpoint is on disk."""

    step: int
    path: str
    seconds: float
    "What writing it took."


class Finished(Struct, frozen=True, kw_only=True, tag=True):
    """The net holds the best weights."""

    step: int
    reason: str
    "`epochs`, `budget` or `patience`."
    best_step: list[int]
    "Step of each member's best weights; the last one without validation."
    history: list[Validated]


Event = Started | Stepped | Validated | Saved | Finished
