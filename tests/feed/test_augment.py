"""Augmentation."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from msgspec import Struct

from andon.encode.block import InputSpec
from andon.errors import SettingProblem
from andon.feed import AUGMENT, Feed, augmentation
from andon.feed.options import Blur, CutOut, Flip, Light, MixUp, PixelNoise, Rotate, RowNoise, Scale, Shift, Swap, Turn
from andon.feed.pictures import places, sampled
from andon.feed.series import Ground
from andon.feed.tables import spread

ROWS = 64
NUMBERS = InputSpec(name="numbers", kind="numbers", shape=(3,), dtype="float64", columns=("a", "b", "c"))
CODES = InputSpec(name="codes", kind="codes", shape=(1,), dtype="int64", columns=("d",), cardinalities=(5,))
PICTURE = InputSpec(name="picture", kind="image", shape=(12, 8), dtype="uint8")
COLOUR = InputSpec(name="colour", kind="image", shape=(12, 8, 3), dtype="float32")
SERIES = InputSpec(name="series", kind="series", shape=(9, 2), dtype="float32", columns=("bar", "rpm"))
GROUND = Ground({"settings": [], "at": [], "by": [], "centers": [[]], "center": [[0.0, 5.0]], "spread": [[1.0, 2.0]],
                 "kept": [0, 1]})  # fmt: skip


def records():
    """Random numbers (one missing), codes and pictures."""
    draw = np.random.default_rng(0)
    numbers = draw.normal(size=(ROWS, 3)) * [1.0, 100.0, 0.0] + 1e9
    numbers[3, 1] = np.nan
    return {
        "numbers": numbers,
        "codes": draw.integers(0, 5, (ROWS, 1)),
        "picture": draw.integers(0, 256, (ROWS, 12, 8), dtype=np.uint8),
        "colour": draw.random((ROWS, 12, 8, 3), dtype=np.float32),
        "series": draw.random((ROWS, 9, 2), dtype=np.float32),
    }


def fed(*entries, arrays=None, target=None):
    """A feed with these augmentations."""
    arrays = records() if arrays is None else arrays
    augment = augmentation(entries, [NUMBERS, CODES, PICTURE, COLOUR, SERIES], GROUND)
    target = np.arange(ROWS) % 3 if target is None else target
    return Feed(arrays, target, batch=ROWS, seed=7, augment=augment)


@pytest.mark.parametrize("name", sorted(AUGMENT))
def test_each_is_a_function_of_seed_epoch_and_step(name):
    """Augmented batches repeat to the bit, differ between epochs, keep shapes and leave the records untouched."""
    options, _ = AUGMENT[name]
    arrays = records()
    kept = {key: value.copy() for key, value in arrays.items()}
    feed = fed(options(), arrays=arrays)
    first, second, later = feed.batch(0, 0), fed(options()).batch(0, 0), feed.batch(1, 0)

    assert any(not torch.equal(first.inputs[k], later.inputs[k]) for k in kept)
    for key in kept:
        assert torch.equal(first.inputs[key].nan_to_num(), second.inputs[key].nan_to_num())
        assert first.inputs[key].shape == kept[key].shape
        np.testing.assert_array_equal(arrays[key], kept[key])


def test_a_warp_of_nothing_changes_nothing():
    """Shift, turn and zoom by zero give the picture back, whatever its sides."""
    plain, changed = fed().batch(0, 0), fed(Shift(0.0), Rotate(0.0), Scale(0.0)).batch(0, 0)

    for name in ("picture", "colour"):
        torch.testing.assert_close(changed.inputs[name], plain.inputs[name].float(), atol=1e-3, rtol=1e-5)


def test_a_quarter_turn_and_a_whole_pixel_shift_are_exact():
    """Maps are in pixels: 90 degrees turns a square picture as `rot90` does, a shift by 1/8 moves 8 pixels by one."""
    square = torch.arange(64.0).view(1, 8, 8)
    turn, eye = torch.tensor([[[0.0, -1.0], [1.0, 0.0]]]), torch.eye(2)[None]

    turned = sampled(square, turn, torch.zeros(1, 2))
    moved = sampled(square, eye, torch.tensor([[1 / 8, 0.0]]))

    torch.testing.assert_close(turned, torch.rot90(square, 1, (1, 2)), atol=1e-3, rtol=0)
    torch.testing.assert_close(moved[:, :, :-1], square[:, :, 1:], atol=1e-3, rtol=0)


def test_a_turn_keeps_lengths_in_an_oblong_picture():
    """A dot three pixels right of the middle is three pixels above or below it after a quarter turn."""
    oblong = torch.zeros(1, 9, 17)
    oblong[0, 4, 11] = 1.0
    turned = sampled(oblong, torch.tensor([[[0.0, -1.0], [1.0, 0.0]]]), torch.zeros(1, 2))

    assert turned[0, :, 8].argmax().item() in (1, 7)
    assert turned.sum().item() == pytest.approx(1.0, abs=1e-3)


def square(seed=0):
    """Square pictures and what a feed makes of them."""
    return np.random.default_rng(seed).integers(0, 256, (ROWS, 8, 8), dtype=np.uint8)


def changed(entry, pictures, kind="uint8"):
    """Pictures after one augmentation."""
    spec = InputSpec(name="p", kind="image", shape=pictures.shape[1:], dtype=kind)
    feed = Feed({"p": pictures}, np.zeros(ROWS), batch=ROWS, seed=7, augment=augmentation([entry], [spec]))
    batch = feed.batch(0, 0)
    return batch.inputs["p"].numpy(), pictures[batch.rows]


def test_flips_are_exact_mirror_images_of_about_half():
    """Each picture is itself or its mirror image, to the pixel; both kinds occur."""
    found, was = changed(Flip("horizontal"), square())
    mirrored = np.abs(found - was[:, :, ::-1]).max(axis=(1, 2)) < 1e-2
    same = np.abs(found - was).max(axis=(1, 2)) < 1e-2
    assert (mirrored | same).all()
    assert 0.25 < mirrored.mean() < 0.75


def test_turns_are_exact_quarters_and_halves_where_a_picture_is_oblong():
    """A square picture comes out turned by 0, 90, 180 or 270 degrees; an oblong one by 0 or 180."""
    found, was = changed(Turn(), square())
    turned = [np.abs(found - np.rot90(was, k, (1, 2))).max(axis=(1, 2)) < 1e-2 for k in range(4)]
    assert np.any(turned, axis=0).all()
    assert min(each.mean() for each in turned) > 0.1
    oblong, before = changed(Turn(), records()["picture"])
    halves = [np.abs(oblong - np.rot90(before, k, (1, 2))).max(axis=(1, 2)) < 1e-2 for k in (0, 2)]
    assert np.any(halves, axis=0).all()


def test_light_keeps_the_pattern_and_the_range():
    """A lit picture is a straight line of the old one where it was not cut off, and bytes stay bytes."""
    pictures = np.random.default_rng(0).integers(100, 156, (ROWS, 8, 8), dtype=np.uint8)
    found, was = changed(Light(0.2, 0.05), pictures)
    lines = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(found, was, strict=True)]
    assert min(lines) > 0.9999
    assert found.min() >= 0
    assert found.max() <= 255
    assert np.std(found.mean(axis=(1, 2)) - was.mean(axis=(1, 2))) > 1


def test_blur_keeps_the_mean_and_lowers_the_spread_of_some():
    """About the share asked is softened, the others are untouched."""
    found, was = changed(Blur(0.5), square())
    softer = found.std(axis=(1, 2)) < was.std(axis=(1, 2)) - 0.5
    untouched = np.abs(found - was).max(axis=(1, 2)) < 1e-3
    assert 0.25 < softer.mean() < 0.75
    assert 0.25 < untouched.mean() < 0.75


def test_a_cut_out_is_the_pictures_mean():
    """Pixels that changed all have the mean of their picture; at most the square asked is gone."""
    found, was = changed(CutOut(0.5), square())
    gone = np.abs(found - was) > 1e-3
    assert gone.any(axis=(1, 2)).mean() > 0.9
    assert gone.sum(axis=(1, 2)).max() <= 25
    means = np.broadcast_to(was.mean(axis=(1, 2), keepdims=True), was.shape)
    assert np.allclose(found[gone], means[gone], atol=1e-2)


def test_picture_noise_is_a_share_of_the_range():
    """A level of 0.1 is 25.5 for bytes, which stay bytes' numbers, and 0.1 for shares."""
    arrays = records() | {"picture": np.full((ROWS, 12, 8), 128, np.uint8)}
    changed = fed(PixelNoise(0.1), arrays=arrays).batch(0, 0).inputs
    plain = fed(arrays=arrays).batch(0, 0).inputs

    assert changed["picture"].std().item() == pytest.approx(25.5, rel=0.1)
    assert (changed["colour"] - plain["colour"]).std().item() == pytest.approx(0.1, rel=0.1)
    loud = fed(PixelNoise(2.0), arrays=arrays).batch(0, 0).inputs["picture"]
    assert loud.min() >= 0
    assert loud.max() <= 255


def test_row_noise_is_in_units_of_spread():
    """Each column moves by its own spread, keeping the digits of large numbers; missing and constant cells stay."""
    changed = fed(RowNoise(0.5)).batch(0, 0)
    moved = changed.inputs["numbers"] - fed().batch(0, 0).inputs["numbers"]

    assert changed.inputs["numbers"].dtype == torch.float64
    assert moved[:, 0].std().item() == pytest.approx(0.5, rel=0.35)
    assert np.nanstd(moved[:, 1].numpy()) == pytest.approx(50, rel=0.35)
    assert not moved[:, 2].any()
    assert int(moved.isnan().sum()) == 1


def test_swapped_cells_come_from_the_same_column():
    """Swap noise only uses values that the column has, and changes about the share asked."""
    changed, plain = fed(Swap(0.3)).batch(0, 0).inputs["numbers"], fed().batch(0, 0).inputs["numbers"]

    for column in range(3):
        assert set(changed[:, column].tolist()) - {np.nan} <= set(plain[:, column].tolist()) | {np.nan} or column == 1
    assert 0.15 < (changed[:, 0] != plain[:, 0]).float().mean().item() < 0.45


def test_mixup_blends_rows_and_keeps_both_targets():
    """Each blend is share · own + (1 - share) · other, with the target of the other row beside it."""
    number = np.arange(ROWS, dtype=np.float64)
    arrays = records() | {"numbers": np.stack([number] * 3, 1)}
    batch = fed(MixUp(1.0), arrays=arrays, target=number.astype(np.float32)).batch(0, 0)
    other, weight = batch.mixed

    assert weight is None
    assert 0 < batch.share < 1
    blend = batch.share * batch.target + (1 - batch.share) * other
    torch.testing.assert_close(batch.inputs["numbers"][:, 0].float(), blend)
    assert set(batch.inputs["codes"].unique().tolist()) <= {0, 1, 2, 3, 4}
    assert batch.inputs["picture"].max() <= 255
    assert fed(MixUp(0.0)).batch(0, 0).mixed is None


def test_mixup_never_spreads_a_missing_number():
    """A number missing in one of two rows is taken from the other."""
    numbers = fed(MixUp(1.0)).batch(0, 0).inputs["numbers"]

    assert int(numbers.isnan().sum()) <= 1


def test_spread_survives_odd_columns():
    """Constant, empty and infinite columns have a finite spread; quartiles that meet fall back on the deviation."""
    rare = np.zeros(100)
    rare[0] = 10.0
    columns = np.stack([np.ones(100), np.full(100, np.nan), np.r_[np.inf, np.arange(99.0)], rare], 1)

    found = spread(columns, np.arange(100))

    assert found[:2].tolist() == [0, 0]
    assert found[2] == pytest.approx(98 / 2 / 1.349)
    assert found[3] == pytest.approx(rare.std())


def test_pictures_are_not_invented():
    """Asking to turn a table's pictures, or for an unknown augmentation, is answered with a sentence."""

    class Mirror(Struct, frozen=True):
        """Not registered."""

    with pytest.raises(SettingProblem, match="no pictures"):
        augmentation([Rotate()], [NUMBERS])
    with pytest.raises(SettingProblem, match="'row_noise' has nothing to change"):
        augmentation([RowNoise()], [PICTURE, CODES])
    with pytest.raises(SettingProblem, match="'swap' has nothing to change"):
        augmentation([Swap()], [PICTURE])
    with pytest.raises(SettingProblem, match="no augmentation"):
        augmentation([Mirror()], [NUMBERS])
    assert augmentation([], [NUMBERS]) is None
    assert augmentation([("swap", Swap())], [NUMBERS]) is not None


def test_the_registry_needs_no_torch():
    """A plan that names augmentations can be read in the base install."""
    code = "import sys, andon.feed; assert andon.feed.AUGMENT; assert 'torch' not in sys.modules"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(("height", "width"), [(7, 7), (5, 12)])
def test_pixels_are_read_where_pytorch_reads_them(height, width):
    """The places of an affine map are those of `affine_grid`, whatever the shape."""
    theta = torch.randn(4, 2, 3)
    theirs = torch.nn.functional.affine_grid(theta, [4, 1, height, width], align_corners=False)

    torch.testing.assert_close(places(theta, height, width), theirs, rtol=1e-5, atol=2e-6)
