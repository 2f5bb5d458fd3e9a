"""Lives judged: cut where they end, told by the life left, and stops that cost what was counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from andon.evaluation.lives import Watched, best_age, judge_lives, lengths_of, numbered, unclipped

STATE = {"cap": 100.0, "level": 0.9, "miss_chance": 0.1}


def lives(lengths, late=0.0, width=4.0):
    """Lives to their end, answered `late` too high, with intervals and a stop half as wide below the answer."""
    truth = np.concatenate([np.arange(n, 0, -1.0) - 1 for n in lengths])
    life = np.repeat(np.arange(len(lengths)), lengths)
    answer = np.clip(np.minimum(truth, 100) + late, 0, 100)
    decided = {"answer": answer, "low": answer - width, "high": answer + width,
               "safe_until": np.clip(answer - width / 2, 0, 100)}  # fmt: skip
    return Watched(truth, life, np.array(lengths) - 1.0, truth), decided


def test_a_life_begins_with_a_unit_and_where_the_life_left_rises():
    """A machine that was repaired lives again; rows whose life left nobody knows are kept apart."""
    unit = np.array(["a"] * 6 + ["b"] * 3)
    truth = np.array([2.0, 1, 0, 5, 4, 3, 9, np.nan, np.nan])

    assert numbered(unit, truth).tolist() == [0, 0, 0, 1, 1, 1, 2, 3, 3]
    assert lengths_of(numbered(unit, truth), truth).tolist() == [2.0, 5.0, 9.0]


def test_bins_hold_every_row_once_and_say_what_is_wrong_there():
    """Errors are of the truth up to the cap; late answers are counted; what was asked of intervals is measured."""
    watched, decided = lives([150, 90, 60], late=3.0)

    found = judge_lives(watched, decided, STATE)

    assert found["lives"] == 3
    assert sum(b["rows"] for b in found["bins"]) == 300
    assert found["bins"][-1]["from"] == 100
    assert found["bins"][-1]["to"] is None
    first, last = found["bins"][0], found["bins"][-1]
    assert (first["rmse"]["value"], first["bias"]["value"], first["late"]["value"]) == pytest.approx((3, 3, 1))
    assert (last["rmse"]["value"], last["late"]["value"], last["covered"]["value"]) == pytest.approx((0, 0, 1))
    assert first["unsafe"]["value"] == 1
    assert found["unsafe"]["count"] == sum(b["unsafe"]["count"] for b in found["bins"])


def test_stops_in_time_cost_a_stop_and_late_ones_a_failure():
    """Answers 2 too early: asked for at 4 left and made at once, nobody fails and 2 of life are given away."""
    watched, decided = lives([150, 90, 60])

    found = {(s["way"], s["at"]): s for s in judge_lives(watched, decided, STATE)["stops"]}

    never, early = found["never", None], found["notice", 4.0]
    assert (never["missed"]["count"], never["given"], never["cost"]) == (3, 0, 1)
    assert (early["missed"]["count"], early["given"]) == (0, 2)
    # three stops on 291 lived, beside three failures of nine stops each on 297
    assert early["cost"] == pytest.approx((3 / 291) / (27 / 297))


def test_a_clipped_life_left_goes_on_by_the_time():
    """Beyond the clip a life runs down as fast as below it, whatever the time counts in; where it never comes below,
    nobody knows how long it is."""
    truth = np.array([10, 10, 10, 8, 6, 4, 2, 0, 10, 10, np.nan, 3, 1.0])
    life = np.array([0] * 8 + [1] * 2 + [2] + [3] * 2)
    time = np.array([*range(0, 48, 6), 0, 6, 0, 0, 6.0])

    left = unclipped(life, truth, time)

    assert left == pytest.approx([14, 12, 10, 8, 6, 4, 2, 0, np.nan, np.nan, np.nan, 3, 1], nan_ok=True)
    assert lengths_of(life, left).tolist() == [14.0, 3.0]


def test_several_readings_of_a_moment_are_no_clip():
    """Lives counted down from the rows stay as they are, to the last bit, also with three readings a cycle and holes."""
    time = np.repeat(np.array([0.1, 0.4, 5.3, 5.4, 0.0, 7.7]), 3)
    life = np.repeat([0, 0, 0, 0, 1, 1], 3)
    truth = np.where(life == 0, 5.4, 7.7) - time

    assert unclipped(life, truth, time).tolist() == truth.tolist()


def test_stops_cost_the_same_where_the_life_left_is_clipped():
    """Ways to stop, a fixed age among them, are judged by how long lives were, not by how far the column counts."""
    watched, decided = lives([150, 90, 60])
    clipped, time = np.minimum(watched.truth, 50), np.concatenate([np.arange(n) for n in (150, 90, 60)])
    left = unclipped(watched.life, clipped, time)

    again = judge_lives(Watched(clipped, watched.life, watched.lengths, left), decided, STATE)

    assert again["stops"] == judge_lives(watched, decided, STATE)["stops"]


def test_stops_asked_for_too_late_fail():
    """Where `safe_until` promises more than there is, lives end before the stop, and the page will say so."""
    watched, decided = lives([150, 90, 60], late=20.0)

    stops = [s for s in judge_lives(watched, decided, STATE)["stops"] if s["way"] == "notice"]

    assert all(s["missed"]["value"] == 1 for s in stops if s["at"] <= 16)
    assert all(s["cost"] == pytest.approx(1) for s in stops if s["at"] <= 16)


def test_a_fixed_age_is_the_cheapest_of_training():
    """Lives of 10, 20 and 30 where a failure costs ten stops: each replaced at 10, none fails."""
    assert best_age(np.array([10.0, 20, 30]), 10.0) == 10
    assert best_age(np.array([10.0, 20, 30]), 0.5) == np.inf
    watched, decided = lives([150, 90, 60])

    stops = judge_lives(watched, decided, STATE)["stops"]

    (fixed,) = [s for s in stops if s["way"] == "age"]
    assert (fixed["at"], fixed["missed"]["count"], fixed["given"]) == (59, 0, pytest.approx((90 + 30) / 3))


def test_lives_not_seen_to_their_end_and_unknown_ones_cost_nothing():
    """What nobody knows is not judged: no stops without whole lives, no block without any truth."""
    watched, decided = lives([150, 90, 60])
    part = np.flatnonzero(watched.truth > 30)
    cut = Watched(watched.truth[part], watched.life[part], watched.lengths, watched.truth[part])
    unknown = Watched(np.full(300, np.nan), watched.life, watched.lengths, np.full(300, np.nan))

    assert judge_lives(cut, {n: v[part] for n, v in decided.items()}, STATE)["stops"] == []
    assert judge_lives(unknown, decided, STATE) is None
    assert judge_lives(watched, decided, {}) is None


def test_answers_without_intervals_are_judged_alone():
    """A calibration part too small for intervals still has errors by the life left."""
    watched, decided = lives([150, 90, 60])

    found = judge_lives(watched, {"answer": decided["answer"]}, STATE | {"miss_chance": None})

    assert "covered" not in found["bins"][0]
    assert "stops" not in found


def test_intervals_alone_are_judged_and_what_safe_until_lacks_is_told():
    """Coverage is measured, nothing is said of stops, and the page can say why."""
    watched, decided = lives([150, 90, 60])
    del decided["safe_until"]
    lacks = {"rows": 300, "needed": 1000}

    found = judge_lives(watched, decided, STATE | {"miss_chance": 0.001, "lacks": lacks})

    assert found["bins"][0]["covered"]["value"] == 1
    assert "unsafe" not in found["bins"][0]
    assert "stops" not in found
    assert found["lacks"] == lacks


def test_a_failure_that_costs_nothing_has_no_cost_of_stops():
    """Running to failure is free there, and nothing can be a share of that."""
    watched, decided = lives([150, 90, 60])

    found = judge_lives(watched, decided, STATE | {"miss_chance": 1.0})

    assert found["stops"] == []
    assert found["unsafe"]["of"] == 300


@pytest.mark.parametrize("cap", [200.0, 60.0, 25.0])
def test_a_life_read_seldom_is_seen_to_its_end_whatever_the_cap(cap):
    """Its last reading lies as far before the failure as readings stand apart, and several at one moment are no step."""
    rng = np.random.default_rng(0)
    some = [np.repeat(8.0 * np.arange(n)[::-1] + rng.uniform(0, 8), 3) for n in rng.integers(20, 40, 24)]
    truth, life = np.concatenate(some), np.repeat(np.arange(24), [len(own) for own in some])
    answer = np.minimum(truth, cap)
    decided = {"answer": answer, "low": answer, "high": answer, "safe_until": 0.8 * answer}

    found = judge_lives(Watched(truth, life, np.array([own[0] for own in some]), truth), decided, STATE | {"cap": cap})

    assert {stop["missed"]["of"] for stop in found["stops"]} == {24}
