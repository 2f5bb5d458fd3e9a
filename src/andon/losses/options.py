"""Options of the losses, free of torch."""

from __future__ import annotations

from msgspec import Struct

from andon.errors import SettingProblem, at_least, within


class CrossEntropy(Struct, frozen=True, forbid_unknown_fields=True):
    """Log loss of the softmax."""

    smoothing: float = 0.0
    "Share of the target that is spread evenly over all classes (Szegedy et al. 2016, arXiv:1512.00567, section 7)."
    balance: float = 0.0
    "Against imbalance: 1 lets every class count the same in all, 0 every row; 0.5 is the milder habit."
    class_weights: tuple[float, ...] = ()
    "What a row of each class counts, in the order of the classes; empty: as `balance` says."

    def __post_init__(self) -> None:
        within("smoothing", self.smoothing, 0.0, 0.9)
        within("balance", self.balance, 0.0, 1.0)
        _not_negative(self.class_weights)


class RobustCrossEntropy(Struct, frozen=True, forbid_unknown_fields=True):
    """Generalised cross-entropy: between log loss (`q` near 0) and mean absolute error (`q` = 1), so that rows with a
    wrong label cannot pull without bound (Zhang & Sabuncu 2018, arXiv:1805.07836)."""

    q: float = 0.7
    balance: float = 0.0
    "As in `cross_entropy`."
    class_weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        within("q", self.q, 0.01, 1.0)
        within("balance", self.balance, 0.0, 1.0)
        _not_negative(self.class_weights)


class Binary(Struct, frozen=True, forbid_unknown_fields=True):
    """Log loss of a yes or no per class, where several may apply."""

    smoothing: float = 0.0
    "How far the truth is drawn from 0 and 1 towards one half, as a share of the way."

    def __post_init__(self) -> None:
        within("smoothing", self.smoothing, 0.0, 0.9)


class Squared(Struct, frozen=True, forbid_unknown_fields=True):
    """Squared error."""


class AtLeast(Struct, frozen=True, forbid_unknown_fields=True):
    """Squared error, and of a row whose truth is only known to be so much or more what is missing to that (a life that
    goes on, a gauge at its end)."""


class Huber(Struct, frozen=True, forbid_unknown_fields=True):
    """Squared near zero, straight beyond `delta` spreads of the target, so that outliers pull less (Huber 1964)."""

    delta: float = 1.0

    def __post_init__(self) -> None:
        at_least("delta", self.delta, 1e-6)


class Pinball(Struct, frozen=True, forbid_unknown_fields=True):
    """Quantiles beside the mean (Koenker & Bassett 1978)."""

    quantiles: tuple[float, ...] = (0.1, 0.5, 0.9)

    def __post_init__(self) -> None:
        if not self.quantiles:
            raise SettingProblem.at("quantiles", "'quantiles' is empty", fix="give one or more, as [0.1, 0.9]")
        for quantile in self.quantiles:
            within("quantiles", quantile, 0.001, 0.999)


class Pixels(Struct, frozen=True, forbid_unknown_fields=True):
    """Log loss of every pixel of a map, those that are clear counting little, and the overlap of map and truth."""

    gamma: float = 1.0
    "How little clear pixels count; 0: as much as any other."
    overlap: float = 0.5
    "Weight of the overlap beside the log loss."

    def __post_init__(self) -> None:
        within("gamma", self.gamma, 0.0, 5.0)
        within("overlap", self.overlap, 0.0, 10.0)


def _not_negative(weights: tuple[float, ...]) -> None:
    """Class weights must be 0 or more; NaN fails too."""
    for weight in weights:
        at_least("class_weights", weight, 0.0)
