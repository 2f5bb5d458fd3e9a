"""The pictures that travel with a run: what training saw is what the feed made, small and of each class."""

from __future__ import annotations

import io

import numpy as np
import polars as pl
import pytest
from PIL import Image
from tests.conftest import lots

from andon.api.fit import ready
from andon.api.plans import resolve
from andon.api.shown.augmented import EPOCHS, MOST_CLASSES, write_augmented
from andon.run.folder import Run


def pixels(jpeg: bytes) -> np.ndarray:
    """A picture as numbers."""
    return np.asarray(Image.open(io.BytesIO(jpeg)).convert("L")).astype(float)


@pytest.fixture
def parts(tmp_path):
    """Five classes of dark pictures with a bright left half, fewer of each."""
    rng = np.random.default_rng(0)
    for number, name in enumerate("abcde"):
        for which in range(24 - 4 * number):
            picture = rng.normal(60, 3, (40, 64))
            picture[:, :32] += 60 + 10 * number
            place = tmp_path / "parts" / name / f"{which}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(place)
    return tmp_path / "parts"


def shown(job, path, folder, *words):
    """What is written for a run of this plan; None where nothing is."""
    folder.mkdir()
    prepared = ready(resolve(job, [str(path), "accept=['*']", *words]))
    write_augmented(Run(folder), prepared)
    place = folder / "augmented.arrow"
    return pl.read_ipc(place) if place.exists() else None


def test_one_picture_per_common_class_in_every_epoch(parts, tmp_path):
    """The four commonest of five classes, each as it is and as the first epochs made it."""
    found = shown("defect_class", parts, tmp_path / "run", "augment=[shift:0.2]")

    assert found["class"].unique(maintain_order=True).to_list() == ["a", "b", "c", "d"][:MOST_CLASSES]
    assert found["epoch"].to_list() == list(range(-1, EPOCHS)) * MOST_CLASSES
    assert found["picture"].bin.size().max() < 12_000


def test_versions_are_the_augmentations_and_nothing_else(parts, tmp_path):
    """A horizontal flip gives the picture or its mirror image, and both occur; light keeps its own level."""
    found = shown("defect_class", parts, tmp_path / "run", "augment=[flip:horizontal]")
    sides = []
    for row in found["row"].unique():
        plain, *seen = [pixels(jpeg) for jpeg in found.filter(pl.col("row") == row)["picture"]]
        assert plain[:, :20].mean() - plain[:, -20:].mean() > 40
        for version in seen:
            apart = [np.abs(version - other).mean() for other in (plain, plain[:, ::-1])]
            assert min(apart) < 5
            sides.append(int(np.argmin(apart)))
        assert np.mean([version.mean() for version in seen]) == pytest.approx(plain.mean(), abs=2)

    assert set(sides) == {0, 1}


def test_mixed_pictures_and_small_batches_are_shown_too(parts, tmp_path):
    """However small the batches of the plan are, every picture has its versions, blended where the plan blends."""
    found = shown("defect_class", parts, tmp_path / "run", "augment=[shift:0.1,mixup:0.4]", "batch=1")

    assert found.height == MOST_CLASSES * (EPOCHS + 1)


def test_nothing_is_written_where_nothing_is_changed(parts, tmp_path):
    """No augmentation, or no pictures: no file."""
    lots(200).drop("strength").write_csv(tmp_path / "lots.csv")

    assert shown("defect_class", parts, tmp_path / "one", "augment=[]") is None
    assert (
        shown("process_quality", tmp_path / "lots.csv", tmp_path / "two", "target=quality", "augment=[mixup:0.4]")
        is None
    )
