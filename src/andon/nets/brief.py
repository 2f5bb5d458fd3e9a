"""`Brief`: what a family is built from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from andon.encode.block import InputSpec


@dataclass(frozen=True)
class Brief:
    """Inputs with the scaling of each (by name), number of outputs, `classification` or `regression`, and the dial.

    `members` is how many predictions per row are wanted; only families whose members share weights look at it.
    """

    inputs: tuple[InputSpec, ...]
    scaling: dict[str, dict[str, Any]]
    width: int
    task: str
    size: str
    members: int = 1

    def scaling_of(self, spec: InputSpec) -> dict[str, Any]:
        """Scaling of an input; `none` where none was fitted."""
        return self.scaling.get(spec.name, {"method": "none"})

    @property
    def pictures(self) -> list[InputSpec]:
        """Inputs that are pictures, windows or histories."""
        return [spec for spec in self.inputs if spec.kind in ("image", "signal", "series")]
