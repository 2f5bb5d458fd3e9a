"""What can be asked of the simulated surfaces."""

from __future__ import annotations

import math
from typing import Literal

from msgspec import Struct, field

from andon.errors import SettingProblem, nearest, within

KINDS = ("scratch", "pit", "inclusion", "stain")
"""Defects that can be seen; a part has one kind or is `good`."""
GOOD = "good"


class SurfaceOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is photographed, how hard it is to see, and how well the records are kept."""

    surface: Literal["brushed", "rolled", "woven", "printed"] = "brushed"
    "Brushed or rolled metal, plain-woven cloth, or a circuit board with pads, tracks and print."
    side: int = 128
    "Height and width in pixels. The field of view stays the same: a larger picture shows the same more finely."
    colour: bool = False
    "Red, green and blue; else grey."
    defective: float = 0.4
    "Share of the parts with a defect that can be seen."
    shares: dict[str, float] = field(default_factory=dict)
    "Weight of each kind among the defects, as `{'stain': 3, 'pit': 1}`; others are not made. Empty: all alike."
    contrast: float = 1.0
    "Factor on how strongly defects show; 0.3 is hard, 2 is easy. What they do to the part stays the same."
    size: float = 1.0
    "Factor on how large defects are."
    variation: float = 1.0
    "Factor on how much good parts differ: texture, angle, tone, dust, light, sharpness; 0: in chance alone."
    exposures: int = 1
    "Pictures of each part, with other light and noise and a little shifted."
    wrong_labels: float = 0.0
    "Share of the parts whose label is another one's, and (drawn apart) whose verdict is turned round."
    harmful: float = 0.5
    "Expected share of each kind's defects that make the part fail: defect and process values decide together."
    hidden: float = 0.08
    "Expected share of parts that fail from the process values alone, with nothing to see."
    blur: float = 1.0
    "How far chance decides the verdict, as in `Options`; 0: limits alone."
    twins: bool = False
    "Keep each picture as it would be without its defect (in the truth; doubles the memory)."

    def __post_init__(self) -> None:
        for name, low, high in (
            ("side", 32, 1024), ("defective", 0, 1), ("contrast", 0.05, 3), ("size", 0.3, 3), ("variation", 0, 3),
            ("exposures", 1, 20), ("wrong_labels", 0, 0.5), ("harmful", 0.01, 0.99), ("hidden", 0, 0.5),
            ("blur", 0, 10),
        ):  # fmt: skip
            within(name, getattr(self, name), low, high)
        for kind, share in self.shares.items():
            if kind not in KINDS:
                raise SettingProblem.at("shares", f"'shares' names a defect '{kind}' that is not made",
                                        fix=nearest(kind, KINDS))  # fmt: skip
            within(f"shares.{kind}", share, 0, math.inf)
        if self.shares and not 0 < sum(self.shares.values()) < math.inf:
            raise SettingProblem.at("shares", "the weights in 'shares' add up to nothing that can be shared",
                                    fix="give at least one kind a weight above 0")  # fmt: skip

    @property
    def weights(self) -> list[float]:
        """Share of each of `KINDS` among the defects."""
        given = [self.shares.get(kind, 0.0) if self.shares else 1.0 for kind in KINDS]
        return [weight / sum(given) for weight in given]
