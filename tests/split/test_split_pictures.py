"""Pictures of one spot, and exact copies, stay in one part by themselves."""

from __future__ import annotations

import time

import numpy as np
import polars as pl
import pytest
from PIL import Image

from andon import read_plan
from andon.api.new import new
from andon.plan.settings import Split
from andon.records.pictures.looked import PIXELS, SCHEMA, Looked
from andon.records.records import Column, Records
from andon.split import split


def pictured(thumbs: np.ndarray, pixels: list[str | None], labels: list[str]) -> Records:
    """Records of pictures that were looked at, from their small pictures and the hashes of their pixels."""
    problems = [None if each else "broken" for each in pixels]
    empty = dict.fromkeys(SCHEMA, [None] * len(pixels))
    facts = pl.DataFrame(empty | {"pixels": pixels, "problem": problems}, schema=SCHEMA)
    name = PIXELS.format("picture")
    places = [f"{i}.png" for i in range(len(pixels))]
    speed = np.random.default_rng(0).normal(size=len(pixels))  # so that no two rows are identical
    frame = pl.DataFrame({"picture": places, "speed": speed, "label": labels, name: pixels})
    columns = (Column("picture", "image", "input", format="file"), Column("speed", "number", "input"),
               Column("label", "category", "target"), Column(name, "text", "ignore"))  # fmt: skip
    return Records(frame.lazy(), columns, pictures={"picture": Looked(facts, thumbs)})


def spots(count: int, exposures: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Smooth noise, each taken several times in a row at another exposure; and the spot of each picture."""
    rng = np.random.default_rng(seed)
    scenes = np.kron(rng.uniform(40, 180, (count, 8, 8)), np.ones((4, 4))) + rng.normal(0, 12, (count, 32, 32))
    taken = np.repeat(scenes, exposures, axis=0) * rng.uniform(0.7, 1.3, (count * exposures, 1, 1))
    return taken.clip(0, 255).astype(np.uint8), np.repeat(np.arange(count), exposures)


def cut(records: Records, by: str = "auto"):
    """Parts of these records."""
    return split(records, Split(by=by), task="classification", target="label")


def test_exposures_of_one_spot_are_in_one_part_and_the_reason_says_so():
    """Two in three spots are taken three times: none is parted, classes keep their shares, and it is deterministic."""
    several, of_several = spots(200, 3)
    alone, of_alone = spots(300, 1, seed=1)
    thumbs, spot = np.concatenate([several, alone]), np.concatenate([of_several, 200 + of_alone])
    labels = np.where(spot % 4 == 0, "ng", "ok")
    records = pictured(thumbs, [f"{i:x}" for i in range(len(spot))], labels.tolist())

    parts = cut(records)

    assert max(len(set(parts.codes[spot == each])) for each in np.unique(spot)) == 1
    assert parts.why.endswith("; 600 pictures of a spot that another shows too are kept with it.")
    for part in range(4):
        assert (labels[parts.codes == part] == "ng").mean() == pytest.approx((labels == "ng").mean(), abs=0.03)
    assert (cut(records).codes == parts.codes).all()
    assert parts.groups is not None
    asked = cut(records, "random").codes
    assert max(len(set(asked[spot == each])) for each in range(200)) > 1


def test_exact_copies_stay_together_even_where_nothing_else_tells_them():
    """Blank pictures of equal pixels are copies, whatever else their rows hold; broken files stand alone."""
    blank = np.full((400, 32, 32), 90, np.uint8)
    pixels = [f"{i // 2:x}" if i < 300 else None for i in range(400)]

    parts = cut(pictured(blank, pixels, ["ok", "ng"] * 200))

    assert (parts.codes[0:300:2] == parts.codes[1:300:2]).all()
    assert len(set(parts.codes[300:])) == 4
    assert "300 pictures of a spot" in parts.why


def test_a_spot_that_all_share_is_let_go():
    """One picture under every row leaves nothing to deal out: it is said, and rows are dealt one by one."""
    parts = cut(pictured(np.full((200, 32, 32), 90, np.uint8), ["a"] * 200, ["ok", "ng"] * 100))

    assert "pictures of one spot are too many to be kept together" in parts.why
    assert len(parts.rows("test")) == 40


def test_twenty_four_thousand_pictures_are_split_in_time():
    """Grouping and dealing out take seconds, not minutes."""
    thumbs, spot = spots(8000, 3)
    records = pictured(thumbs, [f"{i:x}" for i in range(len(spot))], ["ok", "ng"] * 12000)
    begun = time.monotonic()

    parts = cut(records)

    assert time.monotonic() - begun < 60
    first, middle, last = parts.codes.reshape(-1, 3).T
    assert ((first == middle) & (middle == last)).mean() > 0.95


@pytest.mark.parametrize("by", ["auto", "random"])
def test_a_new_plan_does_not_ask_to_part_what_auto_keeps_together(by, tmp_path):
    """`andon new` leaves the rule of pictures as it was asked, so that its plan splits as it says."""
    for number, thumb in enumerate(spots(40, 1)[0]):
        place = tmp_path / "set" / ("ok" if number % 2 else "ng") / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(thumb).save(place)

    new("defect_class", str(tmp_path / "set"), [f"split.by={by}"], out=tmp_path / "plan.yaml")

    assert read_plan(tmp_path / "plan.yaml").split.by == by
