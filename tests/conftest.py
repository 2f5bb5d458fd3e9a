"""What many tests share: a small line of records and runs trained once."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

DATA = Path(os.environ.get("ANDON_DATA", "../shared/data"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of public sets are skipped without the folder; in CI a missing folder is a failure."""
    if DATA.is_dir() or os.environ.get("CI"):
        return
    for item in items:
        if item.get_closest_marker("data"):
            item.add_marker(pytest.mark.skip(reason=f"no public sets in {DATA} (set ANDON_DATA)"))


def lots(rows: int = 900, seed: int = 0) -> pl.DataFrame:
    """Pressed parts: two numbers and a machine drive quality and strength; one column is noise; some cells are missing."""
    rng = np.random.default_rng(seed)
    pressure, speed = rng.normal(100, 10, rows), rng.gamma(4, 5, rows)
    machine = rng.choice(["M1", "M2", "M3"], rows)
    effect = np.select([machine == "M1", machine == "M2"], [0.0, 4.0], -4.0)
    strength = 50 + 0.8 * (pressure - 100) + effect - 0.02 * (speed - 20) ** 2 + rng.normal(0, 1.5, rows)
    frame = pl.DataFrame(
        {
            "pressure_bar": pressure, "speed": speed, "machine": machine, "humidity": rng.uniform(30, 60, rows),
            "made": pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 1, 1) + pl.duration(minutes=10 * (rows - 1)), "10m", eager=True),
            "strength": strength, "quality": np.where(strength > 42, "ok", "ng"),
        }
    )  # fmt: skip
    holes = pl.Series(rng.uniform(size=rows) < 0.05)
    return frame.with_columns(humidity=pl.when(holes).then(None).otherwise(pl.col("humidity")))


@pytest.fixture(scope="session")
def quality_run(tmp_path_factory):
    """A finished run of `process_quality` with costs and boosted trees in the answer, trained in seconds."""
    import andon

    folder = tmp_path_factory.mktemp("quality")
    path = folder / "lots.csv"
    lots().write_csv(path)
    return andon.fit(
        "process_quality", path, runs=folder / "runs", quiet=True, target="quality", epochs=6, threads=1,
        known={"ignore": ["strength"]}, decide={"cost": {"escape": 10, "overkill": 1}}, train={"trees": "on"},
        network={"members": 2},
    )  # fmt: skip


@pytest.fixture(scope="session")
def strength_run(tmp_path_factory):
    """A finished run of `regress` with quantiles, from a frame."""
    import andon

    return andon.fit(
        "regress", lots(), runs=tmp_path_factory.mktemp("strength"), quiet=True, target="strength", epochs=6, threads=1,
        known={"ignore": ["quality"]}, quantiles=[0.1, 0.9], network={"members": 2},
    )  # fmt: skip


def pumps(count: int, seed: int = 0) -> pl.DataFrame:
    """Pumps that wear until they fail, an hour a row: flow sinks and heat rises with wear, one column is noise; some
    cells are missing. A column says where a pump stands."""
    rng = np.random.default_rng(seed)
    pieces = []
    for pump in range(count):
        life = int(rng.integers(40, 90))
        wear = np.linspace(0, 1, life) ** 2
        pieces.append(pl.DataFrame({
            "pump": [f"P{seed}-{pump}"] * life, "hour": np.arange(life) + float(rng.integers(0, 50)),
            "flow": 20 - 6 * wear + rng.normal(0, 0.4, life), "heat": 40 + 25 * wear + rng.normal(0, 1.5, life),
            "hum": rng.normal(size=life), "hall": [["north", "south"][pump % 2]] * life,
        }))  # fmt: skip
    frame = pl.concat(pieces)
    holes = pl.Series(rng.uniform(size=len(frame)) < 0.03)
    return frame.with_columns(heat=pl.when(holes).then(None).otherwise("heat"))


@pytest.fixture(scope="session")
def life_run(tmp_path_factory):
    """A finished run of `remaining_life` with cleaning that remembers, trained in seconds."""
    import andon

    return andon.fit(
        "remaining_life", pumps(24), runs=tmp_path_factory.mktemp("life"), quiet=True, epochs=2, threads=1, accept=["*"],
        unit="pump", time="hour", size="small",
        series={"lookback": 24, "first": 6}, clean=[{"missing": "previous"}, {"noise": "exponential", "alpha": 0.5}],
        train={"trees": "off"},
    )  # fmt: skip
