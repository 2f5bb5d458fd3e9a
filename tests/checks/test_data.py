"""Known leaks of public sets are found unasked."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest
from planted import coded, judge

TABLES = Path(os.environ.get("ANDON_DATA", "../shared/data")) / "tables"
pytestmark = pytest.mark.data


def read(name: str) -> pl.DataFrame:
    """A table as it is shipped."""
    return pl.read_csv(TABLES / name, infer_schema_length=None)


def test_the_four_modes_of_ai4i_are_leaks_and_random_failure_is_not():
    """TWF, HDF, PWF and OSF mark a seventh to a third of the failures each and are never set without one."""
    frame = read("ai4i2020/ai4i2020.csv.gz")

    found = judge(frame, "Machine_failure")

    assert {f.column: f.level for f in found if f.code.startswith("leak")} == dict.fromkeys(
        ["TWF", "HDF", "PWF", "OSF"], "error"
    )
    assert {f.column for f in coded(found, "identifier_as_input")} == {"UDI", "Product ID"}


def test_the_emissions_of_steel_energy_are_computed_from_the_target():
    """CO2 to two digits is the energy; nothing else is a leak."""
    frame = read("steel_energy/Steel_industry_data.csv.gz").drop("date")

    leaks = [f for f in judge(frame, "Usage_kWh", job="regress") if f.code.startswith("leak")]

    assert [(f.column, f.code, f.level) for f in leaks] == [("CO2(tCO2)", "leak_computed", "error")]


def test_delivered_dates_give_the_delay_away():
    """The delay is one date minus another; the date of delivery is the one known too late."""
    frame = read("scms_delivery/SCMS_Delivery_History_Dataset.csv.gz")
    dates = ["Scheduled Delivery Date", "Delivered to Client Date", "Delivery Recorded Date"]
    frame = frame.with_columns(pl.col(dates).str.to_datetime("%d-%b-%y"))
    frame = frame.with_columns(delay=(pl.col(dates[1]) - pl.col(dates[0])).dt.total_days())

    found = judge(frame, "delay", job="regress")

    assert {f.column for f in found if f.level == "error"} == {"Delivered to Client Date"}
    assert coded(found, "numbers_in_text", "Freight Cost (USD)")


def test_profit_is_asked_about_and_prices_are_not():
    """A column called profit is an outcome."""
    frame = pl.read_parquet(TABLES / "orange_juice/sales.parquet")

    assert [f.column for f in judge(frame, "logmove", job="regress") if f.level != "info"] == ["profit"]


@pytest.mark.parametrize(
    ("name", "target"), [("concrete_strength/Concrete_Data.csv.gz", -1), ("power_plant_ccpp/Folds5x2_pp.csv.gz", -1)]
)
def test_honest_sets_get_no_leak(name, target):
    """Ambient temperature explains nine tenths of a power plant's output and is no leak; repeats are found."""
    frame = read(name)

    found = judge(frame, frame.columns[target], job="regress")

    assert {f.code for f in found if f.level != "info"} == {"duplicate_rows"}
