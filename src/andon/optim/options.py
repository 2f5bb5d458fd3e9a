"""Options of the optimisers, free of torch. Learning rate, decay and schedule are the plan's, not theirs."""

from __future__ import annotations

from msgspec import Struct

from andon.errors import SettingProblem, at_least, within


class GradientDescent(Struct, frozen=True, forbid_unknown_fields=True):
    """Plain gradient descent: one step per pass over the whole training part, whose gradient is accumulated."""


class Sgd(Struct, frozen=True, forbid_unknown_fields=True):
    """Stochastic gradient descent with momentum."""

    momentum: float = 0.9
    nesterov: bool = True

    def __post_init__(self) -> None:
        within("momentum", self.momentum, 0.0, 0.9999)
        if self.nesterov and not self.momentum:
            raise SettingProblem.at(
                "nesterov", "Nesterov's step needs momentum", fix="set 'momentum', or 'nesterov: false'"
            )


class Adam(Struct, frozen=True, forbid_unknown_fields=True):
    """Adam (Kingma & Ba 2015, arXiv:1412.6980); decay is part of the gradient."""

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        _betas(self.beta1, self.beta2)


class AdamW(Struct, frozen=True, forbid_unknown_fields=True):
    """Adam with decay beside the gradient (Loshchilov & Hutter 2019, arXiv:1711.05101)."""

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        _betas(self.beta1, self.beta2)


class Muon(Struct, frozen=True, forbid_unknown_fields=True):
    """Orthogonalised momentum for hidden matrices, AdamW for everything else (Jordan et al. 2024).

    Steps are sized like AdamW's (`match_rms_adamw`: Liu et al. 2025, arXiv:2502.16982), so one learning rate serves
    both.
    """

    momentum: float = 0.95
    newton_steps: int = 5
    "Newton–Schulz steps of the orthogonalisation."
    beta1: float = 0.9
    beta2: float = 0.99
    "AdamW's, for the rest."

    def __post_init__(self) -> None:
        within("momentum", self.momentum, 0.0, 0.9999)
        within("newton_steps", self.newton_steps, 1, 20)
        _betas(self.beta1, self.beta2)


class ScheduleFree(Struct, frozen=True, forbid_unknown_fields=True):
    """AdamW that averages its way instead of following a schedule (Defazio et al. 2024, arXiv:2405.15682)."""

    beta1: float = 0.9
    beta2: float = 0.999
    warm_up: float = 0.05
    "Share of the steps in which the learning rate rises."

    def __post_init__(self) -> None:
        at_least("beta1", self.beta1, 0.01)  # 0 would divide by zero on the way back to the averaged weights
        _betas(self.beta1, self.beta2)
        within("warm_up", self.warm_up, 0.0, 1.0)


def _betas(beta1: float, beta2: float) -> None:
    """Decay rates of the running means lie in [0, 1)."""
    within("beta1", beta1, 0.0, 0.9999)
    within("beta2", beta2, 0.0, 0.99999)
