"""Checks that only pictures need: broken files, giveaways, copies, pictures of one spot, outliers."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image, ImageFilter

from andon.api.check import check
from andon.api.plans import resolve
from andon.api.prepare import judge_rows
from andon.checks.pictures.twins import grouped
from andon.errors import SettingProblem
from andon.records.pictures import open_pictures
from andon.records.pictures.looked import look_at


def textures(count: int, seed: int = 0) -> list[np.ndarray]:
    """Pictures of smooth noise, each its own."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        coarse = Image.fromarray(rng.integers(40, 216, (16, 16), dtype=np.uint8)).resize((64, 64))
        found.append((np.asarray(coarse).astype(float) + rng.normal(0, 6, (64, 64))).clip(0, 255).astype(np.uint8))
    return found


def findings(folder):
    """Code -> finding of a folder of pictures."""
    resolved = resolve("classify", [str(folder)])
    return {f.code: f for f in judge_rows(resolved.plan, resolved.job).findings}


def saved(base, pictures, ending="png"):
    """Half of the pictures in each of two classes."""
    for number, picture in enumerate(pictures):
        place = base / ("ok" if number % 2 else "ng") / f"{np.random.default_rng(number).integers(1 << 40)}.{ending}"
        place.parent.mkdir(exist_ok=True, parents=True)
        Image.fromarray(picture).save(place)
    return base


def test_honest_pictures_raise_no_alarm(tmp_path):
    """Pictures of one kind from one camera: nothing gives the class away, nothing is a copy."""
    assert not [code for code in findings(saved(tmp_path, textures(80))) if code.startswith("picture")]


def test_a_format_of_its_own_gives_a_class_away(tmp_path):
    """All files of one class are BMP: said with the AUROC."""
    pictures = textures(80)
    saved(tmp_path, pictures)
    for place in sorted((tmp_path / "ng").iterdir()):
        Image.open(place).save(place.with_suffix(".bmp"))
        place.unlink()
    found = findings(tmp_path)["picture_format_tells"]
    assert found.level == "warning"
    assert found.figures["auroc"] == pytest.approx(1.0)


def test_bytes_and_brightness_give_a_class_away(tmp_path):
    """One class is stored at a lower quality and lit more: both are said."""
    for number, picture in enumerate(textures(80)):
        place = tmp_path / ("ok" if number % 2 else "ng") / f"{number * 7919 % 1009}.jpg"
        place.parent.mkdir(exist_ok=True)
        lit = picture if number % 2 else (picture.astype(int) + 60).clip(0, 255).astype(np.uint8)
        Image.fromarray(lit).save(place, quality=90 if number % 2 else 40)
    found = findings(tmp_path)
    assert found["picture_bytes_tells"].figures["auroc"] > 0.95
    assert found["picture_brightness_tells"].figures["auroc"] > 0.95


def test_broken_copied_and_odd_files_are_named(tmp_path):
    """One file is broken, one a copy under another class, one of another size."""
    pictures = textures(40)
    saved(tmp_path, pictures)
    Image.fromarray(pictures[0]).save(tmp_path / "ok" / "copy.png")
    Image.fromarray(pictures[1][:50]).save(tmp_path / "ok" / "short.png")
    (tmp_path / "ok" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    found = findings(tmp_path)
    assert found["picture_unreadable"].rows == 1
    assert "broken.png" in found["picture_unreadable"].what
    assert found["picture_copies"].level == "warning"
    assert found["picture_copies"].figures == {"groups": 1.0, "contradictions": 1.0}
    assert found["picture_odd_size"].rows == 1


def test_a_blurred_and_a_dark_picture_stand_out(tmp_path):
    """Focus and lamp: one picture each."""
    pictures = textures(60)
    pictures[3] = np.asarray(Image.fromarray(pictures[3]).filter(ImageFilter.GaussianBlur(4)))
    pictures[4] = (pictures[4] // 12).astype(np.uint8)
    found = findings(saved(tmp_path, pictures))
    assert found["picture_blurred"].rows >= 1
    assert found["picture_dark"].rows == 1


def test_exposures_of_one_spot_are_one_group(tmp_path):
    """The same spot, brighter, darker and with other noise: one group; all others alone."""
    pictures = textures(60)
    rng = np.random.default_rng(1)
    for gain in (0.6, 1.3):
        pictures.append((pictures[5] * gain + rng.normal(0, 2, (64, 64))).clip(0, 255).astype(np.uint8))
    saved(tmp_path, pictures)
    frame = open_pictures(tmp_path).sample
    sizes = np.bincount(grouped(look_at(frame["picture"].to_list())))
    assert sorted(sizes)[-2:] == [1, 3]


def test_parts_in_one_fixture_are_no_copies(tmp_path):
    """A hundred parts before the same background, each with its own small mark, are not called one spot."""
    rng = np.random.default_rng(0)
    scene = textures(1)[0].astype(float)
    pictures = []
    for _ in range(100):
        part = scene + rng.normal(0, 4, (64, 64))
        y, x = rng.integers(8, 48, 2)
        part[y : y + 8, x : x + 8] -= 60
        pictures.append(part.clip(0, 255).astype(np.uint8))
    saved(tmp_path, pictures)
    groups = grouped(look_at(open_pictures(tmp_path).sample["picture"].to_list()))
    assert np.bincount(groups).max() <= 3


def test_where_no_picture_can_be_read_that_is_what_is_said(tmp_path):
    """All files broken: one finding of level error, and no other check stumbles over there being nothing to see."""
    for name in ("ok/1.png", "ok/2.png", "ng/3.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"no picture")
    assert findings(tmp_path)["picture_unreadable"].level == "error"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"size": 3}, "'checks.picture.size' is 3 (a side has 8 to 4096 pixels)"),
        ({"size": "large"}, "'checks.picture.size' is 'large' (it must be a side in pixels, or height and width)"),
        (
            {"symmetry": "mirror"},
            "'checks.picture.symmetry' is 'mirror' (it must be 'auto', 'none', 'horizontal', 'vertical'",
        ),
        ({"fit": "squash"}, "'checks.picture.fit' is 'squash' (it must be 'pad', 'crop', 'stretch'"),
    ],
)
def test_a_wrong_rule_for_pictures_is_answered_with_the_right_words(rule, said, tmp_path):
    """The setting by its path, what was written, and what it takes."""
    saved(tmp_path, textures(4))
    resolved = resolve("classify", [str(tmp_path)], {"checks": {"picture": rule}})
    with pytest.raises(SettingProblem, match=re.escape(said)):
        judge_rows(resolved.plan, resolved.job)


def test_pictures_that_cannot_be_read_are_no_copies_of_each_other(tmp_path):
    """Broken files in two classes are broken files, and no contradiction."""
    saved(tmp_path, textures(20))
    for name in ("ok/x.png", "ok/y.png", "ng/z.png"):
        (tmp_path / name).write_bytes(b"no picture")
    found = findings(tmp_path)
    assert found["picture_unreadable"].rows == 3
    assert not [f.what for f in found.values() if "twin" in f.what or "once" in f.what]


def test_pages_that_nobody_looks_at_are_said(tmp_path):
    """A TIFF of two pages is read by its first, with a warning."""
    pages = textures(42)
    saved(tmp_path, pages[:40])
    first, second = map(Image.fromarray, pages[40:])
    first.save(tmp_path / "ok" / "two.tif", save_all=True, append_images=[second])
    found = findings(tmp_path)["picture_several"]
    assert (found.level, found.rows) == ("warning", 1)


def test_good_pictures_alone_are_a_job_of_their_own(tmp_path):
    """One class, or one in training as MVTec's sets have it: the finding names the job that learns from good parts."""
    rng = np.random.default_rng(0)
    for place in ("train/good", "test/good", "test/crack"):
        (tmp_path / "set" / place).mkdir(parents=True)
        for number in range(12):
            pixels = rng.integers(0, 256, (24, 24), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "set" / place / f"{number}.png")
    lacking = [f for f in check(tmp_path / "set").findings if f.code == "class_missing_in_part" and f.level == "error"]
    alone = [f for f in check(tmp_path / "set" / "train").findings if f.code == "one_class"]
    assert "surface_anomaly" in lacking[0].fix
    assert "surface_anomaly" in alone[0].fix
    for some in ("set", "set/train"):
        assert not [f for f in check(tmp_path / some, job="surface_anomaly").findings if f.level == "error"]
