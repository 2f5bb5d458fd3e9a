"""Simulated surfaces: what is seen, what is known of it, and how it is written."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from PIL import Image
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from andon.api.plans import resolve
from andon.errors import Problem
from andon.records import read
from andon.records.pictures import open_pictures
from andon.simulate import surfaces
from andon.simulate.surface import line, textures
from andon.simulate.surface.options import KINDS

SURFACES = ("brushed", "rolled", "woven", "printed")


def pictures(simulated):
    return simulated.frame["picture"].to_numpy()


@pytest.mark.parametrize("surface", SURFACES)
def test_the_same_seed_makes_the_same_pictures(surface):
    """Equal to the last pixel and cell; another seed makes others."""
    one, two, other = (surfaces(20, seed=seed, surface=surface, side=48) for seed in (4, 4, 5))

    assert one.frame.equals(two.frame)
    np.testing.assert_array_equal(one.truth.masks, two.truth.masks)
    assert (pictures(one) != pictures(other)).mean() > 0.5


def test_an_option_changes_nothing_but_its_own_matter():
    """Wrong labels move no pixel, harder verdicts no picture, and fewer defects leave good parts as they were."""
    plain = surfaces(60, seed=1, side=48)
    for asked in ({"wrong_labels": 0.2}, {"harmful": 0.2, "blur": 0}):
        assert surfaces(60, seed=1, side=48, **asked).frame["picture"].equals(plain.frame["picture"])
    none = surfaces(60, seed=1, side=48, defective=0)
    good = plain.truth.label == "good"
    np.testing.assert_array_equal(pictures(plain)[good], pictures(none)[good])
    assert none.frame["line_speed_m_min"].equals(plain.frame["line_speed_m_min"])
    assert set(none.truth.label) == {"good"}


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("colour", [False, True])
def test_masks_are_where_a_picture_differs_from_its_twin(surface, colour):
    """Good parts equal their twins; on others most of the change lies within the mask, and every mask shows one."""
    simulated = surfaces(60, seed=2, surface=surface, side=96, colour=colour, defective=0.7, twins=True)
    truth = simulated.truth
    change = np.abs(pictures(simulated).astype(int) - truth.twins)
    change = change.max(axis=-1) if colour else change

    for row, label in enumerate(truth.label):
        mask = truth.masks[row]
        if label == "good":
            assert not change[row].any()
            assert not mask.any()
        else:
            assert change[row][mask].sum() > 0.45 * change[row].sum(), (row, label)
            assert change[row][mask].mean() > 2 * (change[row][~mask].mean() + 0.5), (row, label)


def test_defects_are_stated_in_the_pixels_of_their_picture():
    """The middle of a pit is in the mask of each exposure, wherever that lay; sizes are in the stated range."""
    truth = surfaces(60, seed=3, side=96, shares={"pit": 1}, exposures=3).truth
    rows, x, y = (truth.defects[name].to_numpy() for name in ("row", "x", "y"))

    assert truth.masks[rows, y.round().astype(int), x.round().astype(int)].all()
    assert truth.defects["size"].is_between(2 * 96 / 128, 5 * 96 / 128).all()
    assert set(rows) == set(np.flatnonzero(truth.label == "pit"))


def test_good_parts_differ_as_much_as_asked():
    """Light, tone and place vary on good parts; with variation 0 they differ in texture and noise alone."""
    varied, still = (surfaces(40, seed=6, defective=0, variation=v) for v in (1, 0))

    assert pictures(varied).mean(axis=(1, 2)).std() > 10
    assert pictures(still).mean(axis=(1, 2)).std() < 1
    assert not (pictures(still)[0] == pictures(still)[1]).all()


def test_exposures_show_one_spot_in_other_light():
    """Rows of a spot share all but serial and picture; the pictures resemble each other more than other spots."""
    simulated = surfaces(30, seed=7, surface="printed", exposures=2)
    frame = simulated.frame.drop("serial", "picture")
    assert frame.gather_every(2).equals(frame.gather_every(2, offset=1))
    assert simulated.frame["serial"].is_unique().all()
    assert simulated.frame["serial"].to_list()[:2] == ["S000001-1", "S000001-2"]
    seen = pictures(surfaces(30, seed=7, exposures=2, variation=0.3)).astype(float)[:, ::2, ::2]

    def alike(one, two):
        """Best correlation over the shifts that occur."""
        cut = one[8:-8, 8:-8].ravel()
        return max(
            np.corrcoef(cut, two[8 + dy : 56 + dy, 8 + dx : 56 + dx].ravel())[0, 1]
            for dy in range(-4, 5) for dx in range(-4, 5)
        )  # fmt: skip

    assert np.mean([alike(seen[i], seen[i + 1]) for i in range(0, 20, 2)]) > 0.1 + np.mean(
        [alike(seen[i], seen[i + 2]) for i in range(0, 20, 2)]
    )


def test_shares_and_wrong_labels_come_out_as_asked():
    """Expected shares of defects, kinds, failures and mistakes; the rows named as wrong are the wrong ones."""
    asked = {"defective": 0.5, "shares": {"pit": 3, "stain": 1}, "wrong_labels": 0.1, "harmful": 0.3, "hidden": 0.05}
    simulated = surfaces(3000, seed=8, side=32, **asked)
    truth, frame = simulated.truth, simulated.frame

    assert set(truth.label) == {"good", "pit", "stain"}
    assert (truth.label != "good").mean() == pytest.approx(0.5, abs=0.04)
    assert (truth.label == "pit").mean() == pytest.approx(0.375, abs=0.04)
    harmful = 0.3 * (truth.label != "good").mean()
    assert truth.chance.mean() == pytest.approx(1 - (1 - 0.05) * (1 - harmful), abs=0.005)
    assert (truth.verdict == "ng").mean() == pytest.approx(truth.chance.mean(), abs=0.03)
    np.testing.assert_array_equal(np.flatnonzero(frame["label"].to_numpy() != truth.label), truth.wrong_labels)
    np.testing.assert_array_equal(np.flatnonzero(frame["verdict"].to_numpy() != truth.verdict), truth.wrong_verdicts)
    assert len(truth.wrong_labels) == pytest.approx(300, abs=70)
    assert len(truth.wrong_verdicts) == pytest.approx(300, abs=70)


@pytest.mark.parametrize("surface", SURFACES)
def test_nothing_beside_the_defect_gives_it_away(surface):
    """Mean, spread and sharpness of the whole picture, its place in the order and the process values say nothing of the
    label. (The darkest pixel does: a pit has a shadow.)"""
    simulated = surfaces(1200, seed=5, surface=surface, side=64)
    seen, bad = pictures(simulated).astype(np.float32), simulated.truth.label != "good"
    tells = {
        "mean": seen.mean(axis=(1, 2)), "spread": seen.std(axis=(1, 2)), "order": np.arange(len(seen)),
        "sharpness": np.abs(np.diff(seen, axis=1)).mean(axis=(1, 2)),
        **{name: simulated.frame[name].to_numpy() for name in line.VALUES},
    }  # fmt: skip

    said = {name: roc_auc_score(bad, tell) for name, tell in tells.items()}
    assert all(abs(auc - 0.5) < 0.06 for auc in said.values()), said


def test_picture_and_values_together_say_more_than_either():
    """Boosted trees that see the defects, the process values or both come near the least errors stated, in their order."""
    simulated = surfaces(6000, seed=9, side=32, hidden=0.1)
    truth, frame = simulated.truth, simulated.frame
    worst = truth.defects.group_by("row").agg(pl.max("strength"), pl.max("size"), pl.max("aspect"))
    seen = pl.DataFrame({"row": np.arange(6000)}).join(worst, on="row", how="left", maintain_order="left").drop("row")
    kind = np.stack([truth.label == name for name in KINDS], axis=1)
    inputs = {"picture": np.hstack([seen.to_numpy(), kind]), "values": frame.select(line.VALUES).to_numpy()}
    inputs["both"] = np.hstack(list(inputs.values()))
    bad, half = truth.verdict == "ng", np.arange(6000) < 4000

    wrong = {}
    for name, x in inputs.items():
        model = HistGradientBoostingClassifier(max_iter=60, learning_rate=0.05, max_leaf_nodes=12, random_state=0)
        wrong[name] = (model.fit(x[half], bad[half]).predict(x[~half]) != bad[~half]).mean()
    least = truth.least_errors
    assert least["both"] < 0.8 * least["picture"] < 0.8 * 0.8 * least["values"]
    for name, error in wrong.items():
        assert least[name] - 0.025 < error < least[name] + 0.04, (name, error, least)
    assert wrong["both"] < wrong["picture"] - 0.01


def test_a_stain_is_harmless_in_a_cold_oven_and_undercure_leaves_no_trace():
    """Without blur each mechanism is a limit on its load; parts that only undercure look like good ones."""
    simulated = surfaces(2000, seed=10, side=32, blur=0, shares={"stain": 1}, defective=0.6)
    truth, oven = simulated.truth, simulated.frame["oven_temp_c"].to_numpy()
    stained, burnt = truth.label == "stain", truth.struck == "stain"

    assert roc_auc_score(burnt[stained], oven[stained]) > 0.75
    assert set(truth.chance) == {0.0, 1.0}
    assert truth.least_errors["both"] == 0
    assert (truth.struck == "undercure").any()
    assert not truth.masks[(truth.struck == "undercure") & (truth.label == "good")].any()
    speed = simulated.frame["line_speed_m_min"].to_numpy()
    cured = line.cure(speed, oven)
    uncured = truth.struck == "undercure"
    assert cured[uncured].max() <= cured[~uncured & ~burnt].min() + 1e-3  # the frame's values are rounded


def test_the_lines_equations_hold():
    """Landau and Levich: thickness grows with speed to two thirds; Arrhenius: ln ln of what is uncured over 1 / T."""
    slow, fast = line.coat_um(np.array([3.0, 6.0]), np.array([24.0, 24.0]))
    assert fast / slow == pytest.approx(2 ** (2 / 3))
    assert line.coat_um(np.array([6.0]), np.array([30.0])) < fast
    by_hand = 0.94 * (2e-3 * 0.1) ** (2 / 3) / (0.03 ** (1 / 6) * (1000 * 9.81) ** 0.5) * 1e6
    assert line.coat_um(np.array([6.0]), np.array([20.0])) == pytest.approx(by_hand)
    cold, hot = -np.log1p(-line.cure(np.array([6.0, 6.0]), np.array([150.0, 160.0])))
    assert np.log(hot / cold) == pytest.approx(80e3 / 8.314 * (1 / 423.15 - 1 / 433.15), rel=1e-4)


def test_classes_are_written_and_read_back(tmp_path):
    """A folder per class with masks beside it, a table that names each picture: the project's own reader finds all of it
    again, pixel for pixel, and files of one size tell nothing."""
    simulated = surfaces(40, seed=11, side=48, wrong_labels=0.2)
    root = simulated.written(tmp_path)
    found = open_pictures(root).sample.sort("serial")

    assert found.select("serial", "label").equals(simulated.frame.select("serial", "label"))
    asked = resolve("process_quality", [str(tmp_path / "process.csv")], {"target": "verdict"})
    records = read(asked.plan, target_names=asked.job.target_names)
    table = records.frame.collect()
    assert next(column.kind for column in records.columns if column.name == "picture") == "image"
    assert table.drop("picture").equals(simulated.frame.drop("picture"))
    for row, place in enumerate(table["picture"]):
        np.testing.assert_array_equal(np.asarray(Image.open(place)), pictures(simulated)[row])
    for row, place in enumerate(found["mask"]):
        marked = simulated.truth.masks[row].any() and found["label"][row] != "good"
        assert (place is not None) == marked
        if marked:
            np.testing.assert_array_equal(np.asarray(Image.open(place)) > 0, simulated.truth.masks[row])
    assert len({path.stat().st_size for path in root.rglob("S??????.png")}) == 1
    with pytest.raises(Problem, match="not empty"):
        simulated.written(tmp_path)


def test_mvtecs_layout_is_written_and_read_back(tmp_path):
    """Training has good parts alone, all exposures of a spot lie in one part, and each defect has its mask."""
    simulated = surfaces(40, seed=12, side=48, colour=True, exposures=2)
    found = open_pictures(simulated.written(tmp_path, layout="mvtec")).sample.sort("serial")
    spots = found.with_columns(simulated.frame["spot"])

    assert set(found.filter(part="train")["label"]) == {"good"}
    assert set(found.filter(part="test")["label"]) == set(simulated.frame["label"])
    assert (spots.group_by("spot").agg(pl.col("part").n_unique())["part"] == 1).all()
    assert (found["mask"].is_null() == (found["label"] == "good")).all()
    with pytest.raises(Problem, match="Did you mean 'mvtec'"):
        simulated.written(tmp_path / "x", layout="mvtek")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"surface": "wood"}, "surface"), ({"side": 8}, "'side' is 8"), ({"defective": float("nan")}, "defective"),
     ({"shares": {"scrach": 1}}, "Did you mean 'scratch'"), ({"shares": {"pit": 0}}, "above 0"),
     ({"shares": {"pit": -1}}, "shares.pit"), ({"colour": "blue"}, "colour"), ({"tint": 1}, "tint"), ({"rows": 2}, "rows"),
     ({"exposures": 0}, "exposures"), ({"contrast": 9}, "contrast")],
)  # fmt: skip
def test_what_cannot_be_simulated_is_a_sentence(wrong, said):
    """Options out of range, misspelt or of the wrong kind are Problems that name them."""
    with pytest.raises(Problem, match=said):
        surfaces(**{"rows": 20, **wrong})


def test_a_board_is_drawn_once_however_many_parts_there_are():
    """What all parts share costs nothing per picture, and another product is another board."""
    textures.layout.cache_clear()
    surfaces(100, surface="printed", side=32, seed=1)

    assert textures.layout.cache_info().misses == 1
    assert not np.array_equal(textures.layout(46, 0.25, 1)[0], textures.layout(46, 0.25, 2)[0])
