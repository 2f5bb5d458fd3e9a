"""Picture files to arrays: the shape that suits them, one cell in any form, and arrays kept for the next run."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from PIL import Image

from andon.clean import Cleaning
from andon.encode import pictures as module
from andon.encode.arrays import encoding_of
from andon.encode.field import Field
from andon.encode.pictures import one, shape_for, stacked
from andon.encode.schema import Schema
from andon.encode.store import store
from andon.errors import DataProblem
from andon.records.pictures.looked import look_at


def saved(base, shapes):
    """Pictures of noise of these shapes; their places."""
    rng, places = np.random.default_rng(0), []
    for number, shape in enumerate(shapes):
        places.append(str(base / f"{number}.png"))
        Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8)).save(places[-1])
    return places


@pytest.mark.parametrize(
    ("file", "shape", "fit"),
    [((200, 200), [100, 100], "stretch"), ((128, 128), [96, 96], "stretch"), ((40, 60), [40, 60], "stretch"),
     ((640, 640), [80, 80], "stretch"), ((200, 400), [70, 140], "stretch")],
)  # fmt: skip
def test_pictures_shrink_to_about_a_hundred_pixels(tmp_path, file, shape, fit):
    """Whole divisors are preferred, small pictures stay as they are, the aspect is kept."""
    found = shape_for(saved(tmp_path, [file] * 3))
    assert (found[1], len(found[0])) == (fit, 2)
    assert 0.75 < np.sqrt(np.prod(found[0])) / np.sqrt(np.prod(shape)) < 1.34
    assert found[0][0] * file[1] == pytest.approx(found[0][1] * file[0], rel=0.05)


def test_pictures_of_different_shapes_are_padded_and_colour_is_kept(tmp_path):
    """A mix of shapes is not distorted; real colours stay three channels, equal channels become one."""
    assert shape_for(saved(tmp_path, [(90, 90), (120, 60)]))[1] == "pad"
    assert len(shape_for(saved(tmp_path, [(90, 90, 3)] * 2))[0]) == 3
    for number in range(2):
        Image.fromarray(np.full((90, 90, 3), 7 * number, np.uint8)).save(tmp_path / f"grey{number}.png")
    assert len(shape_for([str(tmp_path / f"grey{n}.png") for n in range(2)])[0]) == 2


def test_what_is_asked_is_obeyed(tmp_path):
    """Size and colour of the plan count."""
    places = saved(tmp_path, [(90, 90)] * 2)
    assert shape_for(places, size=32)[0] == [32, 32]
    assert shape_for(places, size=(30, 40), colour=True)[0] == [30, 40, 3]


def test_without_any_readable_file_it_says_why(tmp_path):
    """All files broken: the first one's reason."""
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(DataProblem, match=r"a\.png"):
        shape_for([str(tmp_path / "a.png")])


def test_cells_of_any_form_give_the_same_array(tmp_path):
    """Path, bytes and pixels; 16 bits are brought to 8."""
    place = saved(tmp_path, [(20, 20)])[0]
    f = Field(name="p", kind="image", shape=[10, 10], dtype="uint8", fit="stretch")
    pixels = np.asarray(Image.open(place))
    with open(place, "rb") as file:
        content = file.read()
    assert (one(place, f) == one(content, f)).all()
    assert (one(place, f) == one(pixels, f)).all()
    assert (one(pixels.astype(np.uint16) * 257, f) == one(pixels, f)).all()
    with pytest.raises(DataProblem, match="no picture"):
        one(np.zeros((4, 4, 7), np.uint8), f)


def test_what_cannot_be_read_is_named_and_stays_dark(tmp_path):
    """A missing cell and a missing file have their reasons; the others are read."""
    places = [saved(tmp_path, [(10, 10)])[0], None, str(tmp_path / "gone.png")]
    found, bad = stacked(places, Field(name="p", kind="image", shape=[10, 10], dtype="uint8", fit="pad"))
    assert sorted(bad) == [1, 2]
    assert "gone.png" in bad[2]
    assert found[0].any()
    assert not found[1:].any()


def test_decoded_pictures_are_kept_for_the_next_run(tmp_path, monkeypatch):
    """The second run opens the array of the first, bad rows included, and decodes nothing; other pixels are another
    array."""
    places = saved(tmp_path, [(20, 20)] * 4)
    (tmp_path / "2.png").write_bytes(b"broken")
    schema = Schema(fields=[Field(name="p", kind="image", shape=[10, 10], dtype="uint8", fit="stretch")])
    frame = pl.DataFrame({"p": places}).lazy()
    (tmp_path / "runs").mkdir()

    def stored():
        facts = {"p": look_at(places)}
        return store(frame, 4, (schema, Cleaning(), encoding_of(schema)), folder=tmp_path / "runs/.a", pictures=facts)

    first = stored()
    monkeypatch.setattr(module, "one", lambda *_: pytest.fail("decoded again"))
    second = stored()
    assert (first.arrays["p"] == second.arrays["p"]).all()
    assert first.reject.tolist() == second.reject.tolist() == [False, False, True, False]
    assert set(first.bad) == set(second.bad) == {2}
    assert len(list((tmp_path / "runs/.pictures").iterdir())) == 1
    monkeypatch.undo()
    Image.fromarray(np.zeros((20, 20), np.uint8)).save(places[0])
    assert not stored().arrays["p"][0].any()


def test_a_speck_is_no_picture():
    """What would be made eight times as large and more is refused; a narrow strip is not."""
    f = Field(name="p", kind="image", shape=[80, 80], dtype="uint8", fit="pad")
    with pytest.raises(DataProblem, match=r"1 x 1 pixels \(the network looks at 80 x 80"):
        one(np.zeros((1, 1), np.uint8), f)
    assert one(np.zeros((8, 80), np.uint8), f).shape == one(np.zeros((10, 10), np.uint8), f).shape == (80, 80)
