"""Sources joined by key and as of the time: never a row of the main source lost, doubled or told the future."""

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading_aids import codes, column, plan_for

from andon.errors import DataProblem, SettingProblem
from andon.plan.settings import Joined
from andon.records import read

START = datetime(2024, 1, 1)


def joined(tmp_path, main: pl.DataFrame, other: pl.DataFrame, *, name: str = "other", **how):
    """Records of `main` with `other` joined to it."""
    path = tmp_path / f"{name}.parquet"
    other.write_parquet(path)
    records = read(plan_for(joined=[Joined(path=str(path), **how)], **({"time": "t"} if "as_of" in how else {})), main)
    return records, records.frame.collect()


def test_a_key_adds_columns_in_file_order(tmp_path):
    """Rows keep their order; a row without partner gets nulls; the share is told."""
    main = pl.DataFrame({"lot": ["c", "a", "x", "a"], "v": [1.5, 2.5, 3.5, 4.5]})
    records, rows = joined(tmp_path, main, pl.DataFrame({"lot": ["a", "b", "c"], "w": [10.5, 20.5, 30.5]}), on="lot")

    assert rows["w"].to_list() == [30.5, 10.5, None, 10.5]
    assert rows["v"].to_list() == main["v"].to_list()
    assert "3 of 4 rows (75.0%)" in records.notes[0].text
    assert len(records.files) == 1


def test_keys_of_other_types_meet(tmp_path):
    """Text from a CSV and whole numbers from Parquet are one key."""
    main = tmp_path / "m.csv"
    main.write_text("store_id,v\n1,0.5\n2,0.7\n1,0.9\n" * 5)
    pl.DataFrame({"store_id": [1, 2], "w": [5.5, 6.5]}).write_parquet(tmp_path / "o.parquet")

    rows = read(plan_for(main, joined=[Joined(path=str(tmp_path / "o.parquet"), on="store_id")])).frame.collect()

    assert rows["w"].head(3).to_list() == [5.5, 6.5, 5.5]


def test_a_repeated_key_is_a_problem_with_its_value(tmp_path):
    """A key that two rows share would double rows."""
    with pytest.raises(DataProblem, match=r"the key lot = 'b' stands in 2 rows") as problem:
        joined(
            tmp_path,
            pl.DataFrame({"lot": ["a"]}),
            pl.DataFrame({"lot": ["a", "b", "c", "b"], "w": [1, 2, 3, 4]}),
            on="lot",
        )

    assert "other.parquet" in str(problem.value)


def test_name_clashes_get_the_sources_name(tmp_path):
    """No column of the main source is replaced."""
    main = pl.DataFrame({"lot": ["a", "b"], "v": [1.5, 2.5]})
    records, rows = joined(tmp_path, main, pl.DataFrame({"lot": ["a", "b"], "v": [7.5, 8.5]}), name="lab", on="lot")

    assert rows.columns == ["lot", "v", "v_lab"]
    assert "name_clash" in codes(records)


def test_a_join_without_any_partner_is_an_error_note(tmp_path):
    """A key written otherwise on both sides must not pass as missing values."""
    records, _ = joined(tmp_path, pl.DataFrame({"lot": ["A1"]}), pl.DataFrame({"lot": ["a-1"], "w": [1.5]}), on="lot")

    assert [(n.level, n.code) for n in records.notes] == [("error", "join_without_match")]


@pytest.mark.parametrize(
    ("how", "key", "said"),
    [
        ({"on": "lott"}, "data.with.0.on", "Did you mean 'lot'"),
        ({"on": "lot", "as_of": "tt"}, "data.with.0.as_of", "is no column"),
        ({"on": "lot", "as_of": "w"}, "data.with.0.as_of", "cannot be compared"),
        ({"on": "lot", "as_of": "t", "tolerance": "soon"}, "data.with.0.tolerance", "length of time"),
    ],
)
def test_wishes_that_cannot_be_met_name_their_setting(tmp_path, how, key, said):
    """The setting is named, and the right word where there is one."""
    main = pl.DataFrame({"lot": ["a"], "t": [START]})
    other = pl.DataFrame({"lot": ["a"], "t": [START], "w": [1.5]})

    with pytest.raises(SettingProblem, match=said) as problem:
        joined(tmp_path, main, other, **how)

    assert problem.value.key == key


def test_as_of_needs_a_time(tmp_path):
    """Without a time of the row, nothing is known of what was known."""
    other = tmp_path / "o.parquet"
    pl.DataFrame({"ts": [START], "w": [1.5]}).write_parquet(other)

    with pytest.raises(SettingProblem, match="no time column"):
        read(plan_for(joined=[Joined(path=str(other), as_of="ts")]), pl.DataFrame({"lot": ["a"]}))


minutes = st.one_of(st.none(), st.integers(0, 30))
keys = st.sampled_from(["a", "b", None])


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    main=st.lists(st.tuples(minutes, keys), min_size=1, max_size=12),
    other=st.lists(st.tuples(minutes, keys), min_size=1, max_size=12),
    tolerance=st.one_of(st.none(), st.integers(0, 10)),
    keyed=st.booleans(),
)
def test_as_of_is_the_brute_force_join_and_never_looks_ahead(tmp_path, main, other, tolerance, keyed):
    """For each row: the last row of the other source of its key that is not later and not too old."""
    left = pl.DataFrame(
        {"t": [None if m is None else START + timedelta(minutes=m) for m, _ in main], "k": [k for _, k in main]},
        schema={"t": pl.Datetime("us"), "k": pl.String},
    )
    right = pl.DataFrame(
        {"ts": [None if m is None else START + timedelta(minutes=m) for m, _ in other], "k": [k for _, k in other],
         "w": [float(i) + 0.5 for i in range(len(other))]},
        schema={"ts": pl.Datetime("us"), "k": pl.String, "w": pl.Float64},
    )  # fmt: skip

    def best(minute: int | None, key: str | None) -> float | None:
        """By looking at every row."""
        found = [
            (m, i)
            for i, (m, k) in enumerate(other)
            if m is not None and minute is not None and m <= minute
            and (tolerance is None or minute - m <= tolerance)
            and (not keyed or (k is not None and k == key))
        ]  # fmt: skip
        return max(found)[1] + 0.5 if found else None

    how = {"as_of": "ts", "tolerance": None if tolerance is None else f"{tolerance} min"} | (
        {"on": "k"} if keyed else {}
    )
    records, rows = joined(tmp_path, left, right, **how)

    assert rows["w"].to_list() == [best(*each) for each in main]
    assert rows["t"].to_list() == left["t"].to_list()
    assert column(records, "ts").role == "ignore"


def test_as_of_counts_cycles_too(tmp_path):
    """Times may be numbers on both sides; the tolerance counts seconds of them then."""
    main = pl.DataFrame({"t": [5, 1, 9], "v": [0.5, 0.5, 0.5]})
    other = pl.DataFrame({"ts": [0.5, 4.5], "w": [1.5, 2.5]})

    _, rows = joined(tmp_path, main, other, as_of="ts", tolerance="2 s")

    assert rows["w"].to_list() == [2.5, 1.5, None]


def test_two_sources_join_one_after_the_other(tmp_path):
    """Lots, laboratory and historian make one row."""
    main = pl.DataFrame(
        {"lot": ["a", "b"], "machine": ["m", "n"], "finished": [START, START + timedelta(hours=1)], "scrap": [0, 1]}
    )
    pl.DataFrame({"lot": ["a", "b"], "hardness": [1.5, 2.5]}).write_csv(tmp_path / "lab.csv")
    history = pl.DataFrame(
        {"ts": [START - timedelta(minutes=2), START + timedelta(minutes=59)], "machine": ["m", "n"], "temp": [7.5, 8.5]}
    )
    history.write_csv(tmp_path / "historian.csv")
    wishes = [
        Joined(path=str(tmp_path / "lab.csv"), on="lot"),
        Joined(path=str(tmp_path / "historian.csv"), on="machine", as_of="ts", tolerance="5 min"),
    ]

    records = read(plan_for(joined=wishes, time="finished"), main, target_names=("scrap",))

    assert records.frame.select("hardness", "temp").collect().rows() == [(1.5, 7.5), (2.5, 8.5)]
    assert records.the("target") == "scrap"
    assert len(records.files) == 2


def test_a_source_with_a_better_known_name_of_time_does_not_take_the_rows_time(tmp_path):
    """Rows keep the time of their own source; the historian's stamp serves the join alone."""
    main = pl.DataFrame({"machine": ["m", "n"], "finished_time": [START, START + timedelta(hours=1)], "scrap": [0, 1]})
    history = pl.DataFrame({"timestamp": [START - timedelta(minutes=2)], "machine": ["m"], "temp": [7.5]})
    history.write_csv(tmp_path / "historian.csv")
    wishes = [Joined(path=str(tmp_path / "historian.csv"), on="machine", as_of="timestamp", tolerance="5 min")]

    records = read(plan_for(joined=wishes), main, target_names=("scrap",))

    assert records.the("time") == "finished_time"


def test_nearly_all_rows_are_not_said_to_be_all(tmp_path):
    """One row in three thousand without a partner is seen in the share."""
    main = pl.DataFrame({"lot": [f"L{i}" for i in range(3000)]})
    records, _ = joined(tmp_path, main, main.head(2999).with_columns(w=pl.lit(1.5)), on="lot")

    assert "2,999 of 3,000 rows (99.9%)" in records.notes[0].text
