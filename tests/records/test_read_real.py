"""The public sets, read as they are."""

import os
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
from reading_aids import column, plan_for

from andon.records import read

DATA = Path(os.environ.get("ANDON_DATA", "../shared/data"))
pytestmark = pytest.mark.data


def opened(path: str, **more):
    """Records of a public set."""
    records = read(plan_for(DATA / path, **more))
    return records, records.frame.collect()


def test_mnist():
    """70,000 pictures with the shipped parts and counts."""
    records, rows = opened("images/mnist")

    assert rows.schema["image"] == pl.Array(pl.UInt8, (28, 28))
    assert rows["part"].value_counts().sort("part")["count"].to_list() == [10_000, 60_000]
    train = rows.filter(pl.col("part") == "train")["label"].value_counts().sort("label")["count"].to_list()
    assert train == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert records.the("target") == "label"


def test_ai4i():
    """A byte order mark, identifiers that are text, a type that is a category."""
    records, rows = opened("tables/ai4i2020", target="Machine_failure")

    assert [column(records, n).kind for n in ("UDI", "Product ID", "Type", "Torque [Nm]")] == [
        "text",
        "text",
        "category",
        "number",
    ]
    assert rows["Machine_failure"].sum() == 339


def test_secom():
    """Day-first time stamps, a label of -1 and 1, 41,951 missing cells."""
    records, rows = opened("tables/secom/secom.csv.gz")

    assert (records.the("time"), records.the("target")) == ("timestamp", "label")
    assert (rows["timestamp"].min(), rows["timestamp"].max()) == (
        datetime(2008, 7, 19, 11, 55),
        datetime(2008, 10, 17, 6, 7),
    )
    assert sum(rows[f"f{i}"].null_count() for i in range(590)) == 41_951


def test_steel_energy():
    """Day-first without padding, 35,040 different quarters of an hour in file order."""
    records, rows = opened("tables/steel_energy", target="Usage_kWh")

    assert column(records, "date").format == "%d/%m/%Y %H:%M"
    assert rows["date"].n_unique() == 35_040
    assert rows["date"][-1] == datetime(2018, 12, 31)
    assert rows["Usage_kWh"].mean() == pytest.approx(27.386892, abs=1e-6)


def test_power_plant_and_concrete():
    """Plain numbers, byte order mark, a heading with a comma and a blank."""
    _, plant = opened("tables/power_plant_ccpp")
    concrete, _ = opened("tables/concrete_strength")

    assert plant.mean().row(0) == pytest.approx((19.65123, 54.30580, 1013.25908, 73.30898, 454.36501), abs=1e-5)
    assert concrete.columns[-1].name == "Concrete compressive strength(MPa, megapascals)"
    assert {c.kind for c in concrete.columns} == {"number"}


def test_scms():
    """Dates with month names; columns of numbers and words are told."""
    records, rows = opened("tables/scms_delivery")

    assert (rows["Scheduled Delivery Date"].min(), rows["Scheduled Delivery Date"].max()) == (
        datetime(2006, 5, 2),
        datetime(2015, 12, 31),
    )
    delay = rows["Delivered to Client Date"] - rows["Scheduled Delivery Date"]
    assert (delay.dt.total_days() > 0).mean() == pytest.approx(0.1149, abs=1e-4)
    assert {n.where for n in records.notes if n.code == "mixed_numbers"} >= {"Freight Cost (USD)", "Weight (Kilograms)"}


def test_a_folder_of_semicolon_files():
    """Fourteen packed files of one rig are one table."""
    records, rows = opened("series/skab/other")

    assert records.the("time") == "datetime"
    assert rows.width == 11
    assert len(records.files) == 14


def test_stores_join_their_demography():
    """Parquet with whole numbers meets a packed CSV by key."""
    from andon.plan.settings import Joined

    sales = DATA / "tables/orange_juice"
    frame = pl.read_parquet(sales / "sales.parquet").rename({"store": "STORE"})

    records = read(plan_for(joined=[Joined(path=str(sales / "storedemo.csv.gz"), on="STORE")]), frame)

    assert records.notes[-1].text.startswith("106,139 of 106,139 rows (100.0%)")
    assert records.frame.select(pl.len()).collect().item() == 106_139
