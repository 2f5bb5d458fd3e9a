"""What is asked of a life left alone: that it falls, and that what happened explains why rows are apart."""

from __future__ import annotations

import polars as pl
from test_checks_series import made_up

from andon.api.check import check


def test_a_life_left_that_rises_is_refused():
    """Wear is no life left; one that is clipped, known in the last row alone, or begins again with each repair is."""
    left = pl.lit(80) - pl.int_range(pl.len()).over("unit")
    worn = 0.01 * pl.int_range(pl.len()).over("unit") + pl.col("sound") / 50
    frame = made_up(6, 80)

    def levels(target: pl.Expr) -> list[str]:
        found = check(frame.with_columns(rul=target), job="remaining_life").findings
        return [f.level for f in found if f.code == "life_left_rises"]

    assert levels(worn) == ["error"]
    assert levels(pl.when(pl.col("load") > 60).then(worn)) == ["error"]
    for fine in (
        left,
        left.clip(upper_bound=20),
        pl.when(left == 1).then(left),
        pl.lit(30) - (pl.int_range(pl.len()).over("unit") % 30) + (left < 40) * 60,
        pl.col("heat"),
    ):
        assert levels(fine) == []
    assert "life_left_rises" not in {f.code for f in check(frame.with_columns(rul=worn), job="regress").findings}


def test_what_happened_between_two_rows_sets_no_clock(tmp_path):
    """The hours from a failure to its repair are no jump of the clock and no gap; a jump without an event is one."""
    frame = made_up(8, 200)
    at = pl.int_range(pl.len()).over("unit")
    frame = frame.with_columns(time=pl.col("time") + pl.duration(seconds=22_470 * (at >= 100)))
    frame.with_columns(at=at).filter(pl.col("at") == 99).select(
        "unit", pl.col("time") + pl.duration(seconds=20), event=pl.lit("failure")
    ).write_csv(tmp_path / "events.csv")
    events = {"data.with": [{"path": str(tmp_path / "events.csv"), "on": "unit", "as_of": "time"}]}

    def told(table: pl.DataFrame, **more: object) -> list[tuple[str, float]]:
        found = check(table, job="remaining_life", **more).findings
        return [(f.code, f.figures["places"]) for f in found if f.code in ("clock_set", "gap")]

    jump = frame.with_columns(
        time=pl.col("time") + pl.duration(seconds=204 * ((at >= 150) & (pl.col("unit") == "M03")))
    )

    assert told(frame) == [("clock_set", 8.0)]
    assert told(frame, **events) == []
    assert told(jump, **events) == [("clock_set", 1.0)]
