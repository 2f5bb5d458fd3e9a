import numpy as np
import polars as pl
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import roc_auc_score

from andon.errors import Problem
from andon.simulate import TARGETS, process, two_sources
from andon.simulate.plant import CAUSES, FOLLOWERS


def test_the_same_seed_makes_the_same_records():
    """Frames are equal to the last cell; another seed makes others."""
    assert process(300, seed=4).frame.equals(process(300, seed=4).frame)
    assert not process(300, seed=4).frame.equals(process(300, seed=5).frame)


def test_an_option_changes_nothing_but_its_own_matter():
    """Asking for faults leaves every other cell as it was."""
    plain, leaky = process(400, seed=1, missing=0).frame, process(400, seed=1, missing=0, leaks=True).frame
    assert leaky.select(plain.columns).equals(plain)
    turned = process(400, seed=1, missing=0, wrong_labels=0.1).frame
    assert turned.drop("quality").equals(plain.drop("quality"))


@pytest.mark.parametrize("rate", [0.003, 0.05, 0.3])
def test_failures_are_as_rare_as_asked(rate):
    """Expected and drawn share of failures."""
    simulated = process(20_000, seed=2, failure_rate=rate)
    bad = (simulated.frame["quality"] == "ng").mean()

    assert simulated.truth.chance.mean() == pytest.approx(rate, rel=1e-6)
    assert bad == pytest.approx(rate, abs=4 * np.sqrt(rate / 20_000))


def test_every_fault_is_where_the_truth_says():
    """Copies, wrong verdicts, lost cells, changed units and leaks: each is found in the frame, and nothing else."""
    asked = {"duplicates": 0.02, "wrong_labels": 0.03, "missing": 0.02, "unit_jumps": 2, "leaks": True}
    clean, bad = process(2000, seed=3, missing=0), process(2000, seed=3, **asked)
    frame, marks = bad.frame, bad.truth.spoilt
    origin = clean.frame[marks.origin]

    assert len(frame) == 2000 + len(marks.copies)
    assert frame[marks.copies].equals(frame[marks.copies - 1])
    np.testing.assert_array_equal(np.flatnonzero((frame["quality"] != origin["quality"]).to_numpy()), marks.wrong)
    assert marks.wrong.size == pytest.approx(0.03 * 2000, abs=25)
    for name in frame.columns:
        lost = marks.missing.get(name, np.array([], int))
        np.testing.assert_array_equal(np.flatnonzero(frame[name].is_null().to_numpy()), lost)
    inside = marks.jumps["melt_temp_c"]
    assert len(inside) > 10
    assert frame["machine"][inside.tolist()].unique().to_list() == ["IM-02"]
    fahrenheit = frame["melt_temp_c"][inside.tolist()] - (origin["melt_temp_c"][inside.tolist()] * 1.8 + 32)
    assert fahrenheit.abs().max() < 0.02
    assert frame["holding_pressure_bar"][marks.jumps["holding_pressure_bar"].tolist()].min() > 20_000
    told = (frame["rework_code"] != "none").to_numpy()
    truth = np.isin(np.arange(len(frame)), marks.wrong) ^ (frame["quality"] == "ng").to_numpy()
    np.testing.assert_array_equal(told, truth)


def test_the_truth_names_causes_followers_and_noise():
    """Every input column is one of them or says where and when; importance falls."""
    truth = process(4000, seed=0).truth
    assert set(truth.drivers["quality"]) <= set(CAUSES)
    assert truth.followers == FOLLOWERS
    assert truth.noise == ("noise_1", "noise_2", "noise_3")
    sizes = list(truth.drivers["quality"].values())
    assert sizes == sorted(sizes, reverse=True)
    assert list(truth.drivers["quality"])[:2] == ["melt_temp_c", "moisture_ppm"]
    assert next(iter(truth.drivers["shrinkage_mm"])) == "holding_pressure_bar"
    assert not process(50, followers=False, noise_columns=0).truth.noise


def test_the_drivers_are_enough_to_learn_the_targets():
    """Boosted trees on the causes come near the least error there is; on noise, hall and labels they find nothing."""
    simulated = process(6000, seed=7, missing=0, failure_rate=0.1)
    frame, half = simulated.frame, np.arange(6000) < 4000
    causes = frame.select(pl.col(c).cast(pl.Categorical).to_physical() if c == "tool" else c for c in CAUSES).to_numpy()
    noise = frame.select(simulated.truth.noise).to_numpy()
    bad, shrunk = (frame["quality"] == "ng").to_numpy(), frame["shrinkage_mm"].to_numpy()

    def auc(x):
        model = HistGradientBoostingClassifier(max_iter=60, random_state=0).fit(x[half], bad[half])
        return roc_auc_score(bad[~half], model.predict_proba(x[~half])[:, 1])

    assert auc(causes) > 0.9
    assert abs(auc(noise) - 0.5) < 0.07
    model = HistGradientBoostingRegressor(random_state=0).fit(causes[half], shrunk[half])
    rmse = np.sqrt(((model.predict(causes[~half]) - shrunk[~half]) ** 2).mean())
    assert simulated.truth.least_errors["shrinkage_mm"] < rmse < 0.4 * shrunk.std()


def test_chinese_records_say_the_same_in_chinese():
    """Headings and words change, figures don't; the truth speaks of the headings in the frame."""
    english, chinese = process(200, seed=6, leaks=True), process(200, seed=6, leaks=True, language="zh")

    assert chinese.frame["质量"].unique().sort().to_list() == sorted(["合格", "不良"])
    assert chinese.frame["熔体温度_C"].equals(english.frame["melt_temp_c"], null_equal=True)
    assert set(chinese.truth.drivers["质量"]) <= set(chinese.frame.columns)
    assert chinese.truth.leaks == ("返工代码", "检验时间_min")
    assert chinese.truth.words["quality"] == "质量"
    assert all(name.isascii() is False for name in chinese.frame.columns)


@pytest.mark.parametrize("wrong", [{"failure_rate": 2}, {"colour": 1}, {"missing": "many"}, {"rows": 3}])
def test_what_cannot_be_simulated_is_a_sentence(wrong):
    """Options out of range or unknown, and too few rows, are Problems."""
    with pytest.raises(Problem):
        process(**{"rows": 100, **wrong})


def test_without_blur_the_limits_alone_decide():
    """Every chance is 0 or 1, and no model need ever be wrong."""
    truth = process(500, blur=0, missing=0).truth
    assert set(truth.chance) == {0.0, 1.0}
    assert truth.least_errors["quality"] == 0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_two_sources_join_to_what_the_library_joins(language):
    """Polars' as-of join over machine and time, backward within the tolerance, gives the stated result; parts without a
    fresh reading are the ones listed; a reading from after the part is never in it."""
    two = two_sources(800, seed=1, language=language)
    joined = two.lots.sort(two.time).join_asof(
        two.readings.sort(two.read_time).with_columns(read=pl.col(two.read_time)),
        left_on=two.time, right_on=two.read_time, by=two.machine, strategy="backward", tolerance="5m",
        check_sortedness=False,
    )  # fmt: skip
    value = two.joined.columns[-1]

    assert joined.select(two.joined.columns).equals(two.joined.sort(two.time), null_equal=True)
    np.testing.assert_array_equal(np.flatnonzero(two.joined[value].is_null().to_numpy()), two.unmatched)
    assert 0 < len(two.unmatched) < 40
    own = two.simulated.frame[value]
    assert (two.joined[value] == own).mean() > 0.95
    assert TARGETS[0] in two.lots.columns or language == "zh"
