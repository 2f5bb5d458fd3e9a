"""Normalisation: the statistics. The layers that apply them are in nets.

`fit_scaling(plan.scale, spec, summary)` gives JSON values that a run keeps; `apply_scaling(array, scaling)` is the
reference in NumPy of what the graph does with them.
"""

from andon.scale.apply import apply_scaling
from andon.scale.fit import METHODS, fit_scaling

__all__ = ["METHODS", "apply_scaling", "fit_scaling"]
