"""What can be asked of the simulated presses."""

from __future__ import annotations

from msgspec import Struct, field

from andon.errors import SettingProblem, at_least, nearest, within

SENSOR_FAULTS = ("stuck", "saturated", "unit_jump", "swapped", "drift")
"""Faults of one column of one unit."""
CLOCK_FAULTS = ("clock_jump", "dst", "gap", "step_back", "irregular")
"""Faults of one unit's clock or record; a unit has one of them at most."""


class PressOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a tool lives, how it is looked after, and how well the records are kept."""

    rows: int = 2000
    "Rows of each unit, one per step."
    step_min: float = 10.0
    "Minutes between two rows."
    life_h: float = 60.0
    "Hours of running that a new tool lasts on average, were it never changed before it fails."
    rate_spread: float = 0.25
    "Standard deviation over mean of the rates at which tools wear; each life draws its own."
    scatter: float = 0.1
    "Standard deviation of a tool's wear when one of its mean rate is about to fail; 0.01 is nearly a straight line."
    regimes: int = 4
    "Recipes that are run, each with its own speed and tonnage."
    severity: float = 1.0
    "How far the recipes differ in the wear they do: the power of Archard's load; 0: not at all."
    censored: float = 0.6
    "Share of the lives whose failure the record does not show: changed before, or not over at the end. The last life "
    "of each unit is nearly always one, so that small shares need long records."
    repair: float = 0.9
    "Mean share of the wear that a repair after a failure takes away; 1: as good as new. A preventive change always is."
    stops: bool = True
    "Eight hours without production each Sunday."
    noise: float = 1.0
    "Factor on the sensors' noise."
    missing: float = 0.002
    "Share of the sensors' cells that are empty."
    faults: dict[str, int] = field(default_factory=dict)
    "Faults to plant, as `{'stuck': 3, 'clock_jump': 1}`, each in another unit or column."

    def __post_init__(self) -> None:
        for name, low, high in (
            ("rows", 50, 1_000_000), ("step_min", 0.1, 120), ("life_h", 1, 100_000), ("rate_spread", 0.01, 1),
            ("scatter", 0.01, 1), ("regimes", 1, 6), ("severity", 0, 4), ("censored", 0, 1), ("repair", 0.1, 1),
            ("noise", 0, 20), ("missing", 0, 0.5),
        ):  # fmt: skip
            within(name, getattr(self, name), low, high)
        at_least("life_h", self.life_h, 20 * self.step_min / 60)  # 20 rows, so that a life is something to be seen
        for kind, count in self.faults.items():
            if kind not in (*SENSOR_FAULTS, *CLOCK_FAULTS):
                raise SettingProblem.at("faults", f"'faults' names a fault '{kind}' that cannot be planted",
                                        fix=nearest(kind, (*SENSOR_FAULTS, *CLOCK_FAULTS)))  # fmt: skip
            at_least(f"faults.{kind}", count, 0)

    @property
    def life_steps(self) -> float:
        """Mean life of a new tool in running steps at the mean load."""
        return self.life_h * 60 / self.step_min

    @property
    def unit_of_wear(self) -> float:
        """Scale β of the gamma process: after the mean life its wear has mean 1 and variance β."""
        return self.scatter**2
