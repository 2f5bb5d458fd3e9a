"""Settings meet the records: classes are called as the target calls them, and what would have no effect is refused."""

from __future__ import annotations

import polars as pl
import pytest
from tests.conftest import lots

from andon.api.plans import resolve
from andon.api.ready import ready


def test_a_class_called_true_has_its_cost_and_keeps_its_name():
    """The plan of the run names classes as the target does, whatever YAML took them for."""
    frame = lots(200).with_columns(scrap=pl.Series(["TRUE", "FALSE", "FALSE", "FALSE"] * 50))
    words = ["target=scrap", "decide.cost={TRUE: 50, FALSE: 1}", "decide.positive=True"]

    plan = ready(resolve("classify", words), frame).plan

    assert (plan.decide.cost, plan.decide.positive) == ({"TRUE": 50, "FALSE": 1}, "TRUE")
