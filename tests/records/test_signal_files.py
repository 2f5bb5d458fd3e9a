"""Cells that name waveform files: what they hold, and every way in which they can be wrong."""

from __future__ import annotations

import struct
import wave

import numpy as np
import polars as pl
import pytest

from andon.errors import DataProblem
from andon.plan import build, from_python
from andon.records import read
from andon.records.signals import base_of, listen
from andon.signals import head, name_of, samples


def recorded(path, values, *, width=2, rate=12_000):
    """A PCM file of values in -1 … 1, (L,) or (L, channels)."""
    values = np.asarray(values)
    whole = np.round(values * (1 << (8 * width - 1))).clip(-(1 << (8 * width - 1)), (1 << (8 * width - 1)) - 1)
    whole = whole.astype(np.int64)
    if width == 1:
        content = (whole + 128).astype(np.uint8).tobytes()
    elif width == 3:
        content = whole.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    else:
        content = whole.astype(f"<i{width}").tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if values.ndim == 1 else values.shape[1])
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(content)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_pcm_of_every_width_is_the_same_wave(tmp_path, width, channels):
    """8 to 32 bits, one channel or several: shares of full scale, values first, the rate as it was recorded."""
    wanted = np.random.default_rng(width).uniform(-0.9, 0.9, (300, channels)).squeeze()
    recorded(tmp_path / "a.wav", wanted, width=width)

    found, rate = samples(f"{tmp_path}/./a.wav")

    assert (rate, found.dtype, found.shape) == (12_000, np.float32, wanted.shape)
    assert np.abs(found - wanted).max() <= 1.01 / (1 << (8 * width - 1)) + 1e-7
    assert head(f"{tmp_path}/./a.wav").shape == wanted.shape


@pytest.mark.parametrize("kind", ["float64", "float32", "int16", "uint8"])
def test_arrays_are_values_first(tmp_path, kind):
    """(values,), (values, 1), (values, channels), and channels first where they are fewer."""
    values = np.arange(60).reshape(20, 3).astype(kind)
    for number, array in enumerate((values, values.T, values[:, :1], values[:, 0])):
        np.save(tmp_path / "a.npy", array)

        found, rate = samples(f"{tmp_path}/./a.npy")

        np.testing.assert_array_equal(found, values if number < 2 else values[:, 0])
        assert rate == 0


def _spoilt(folder):
    """Files that are none, by name."""
    recorded(folder / "good.wav", np.zeros(50))
    np.save(folder / "good.npy", np.zeros(50))
    content = (folder / "good.wav").read_bytes()
    (folder / "cut.wav").write_bytes(content[:90])
    (folder / "head.wav").write_bytes(content[:20])
    (folder / "empty.wav").write_bytes(b"")
    (folder / "words.wav").write_text("hello, this is no recording at all, and long enough to be one")
    (folder / "float.wav").write_bytes(content[:20] + struct.pack("<H", 3) + content[22:])
    (folder / "none.wav").write_bytes(content[:22] + struct.pack("<H", 0) + content[24:])
    recorded(folder / "silent.wav", np.zeros(0))
    (folder / "cut.npy").write_bytes((folder / "good.npy").read_bytes()[:200])
    (folder / "empty.npy").write_bytes(b"")
    (folder / "words.npy").write_text("hello")
    np.save(folder / "objects.npy", np.array([{}, 1], dtype=object), allow_pickle=True)
    np.save(folder / "texts.npy", np.array(["a", "b"]))
    np.save(folder / "cube.npy", np.zeros((3, 3, 3)))
    np.save(folder / "nothing.npy", np.zeros(0))
    np.save(folder / "single.npy", np.float64(3))
    (folder / "folder.npy").mkdir()
    (folder / "good.csv").write_text("1,2,3")


@pytest.mark.parametrize("name", [
    "cut.wav", "head.wav", "empty.wav", "words.wav", "float.wav", "none.wav", "silent.wav", "cut.npy", "empty.npy",
    "words.npy", "objects.npy", "texts.npy", "cube.npy", "nothing.npy", "single.npy", "folder.npy", "good.csv",
    "nowhere.npy", "nowhere.wav", "",
])  # fmt: skip
def test_a_broken_file_is_a_sentence(tmp_path, name):
    """Cut, empty, of another format, of objects, or not there at all: never a traceback, and the file is named."""
    _spoilt(tmp_path)

    with pytest.raises(DataProblem) as told:
        samples(f"{tmp_path}/./{name}")

    assert name in str(told.value)
    assert str(tmp_path) not in str(told.value)


@pytest.mark.parametrize(
    "name",
    ["../out.npy", "a/../../out.npy", "/etc/out.npy", "..\\out.npy", "C:\\out.npy", "C:out.npy", "link.npy", "a\0b.npy",
     "../in/./../out.npy", "x/./../../out.npy"],
)  # fmt: skip
def test_a_name_never_leads_out_of_the_folder_of_its_table(tmp_path, name):
    """By dots, from the root, by a drive, by a link or by a second mark: refused before anything is opened."""
    folder = tmp_path / "in"
    folder.mkdir()
    np.save(tmp_path / "out.npy", np.zeros(9))
    (folder / "link.npy").symlink_to(tmp_path / "out.npy")

    with pytest.raises(DataProblem, match="leads out of the folder"):
        samples(f"{folder}/./{name}")


def test_names_are_taken_from_their_table_on(tmp_path, monkeypatch):
    """A file, a folder of files and a glob have a folder; a frame has the working directory."""
    (tmp_path / "x").mkdir()
    monkeypatch.chdir(tmp_path)

    assert base_of("x/t.csv") == "x/./"
    assert base_of("x") == "x/./"
    assert base_of("x/*.csv") == "x/./"
    assert base_of("./x/./t.csv") == "x/./"
    assert base_of("t.csv") == base_of("the data given") == "././"
    assert name_of("x/./a/./b.npy") == "a/./b.npy"


def table(folder, names):
    """A table that names waveforms."""
    pl.DataFrame({"speed": np.arange(len(names)), "shake": names}).write_csv(folder / "t.csv")
    return build({}, from_python({"job": "regress", "data": {"rows": {"path": str(folder / "t.csv")}}}))


def test_bad_files_are_named_by_their_rows(tmp_path):
    """What is missing, broken, of another length or of another rate stands in one finding, the others go on."""
    for number in range(30):
        recorded(tmp_path / f"{number}.wav", np.zeros(64))
    recorded(tmp_path / "7.wav", np.zeros(63))
    recorded(tmp_path / "8.wav", np.zeros(64), rate=48_000)
    (tmp_path / "9.wav").write_bytes(b"")
    (tmp_path / "10.wav").unlink()

    found = listen(read(table(tmp_path, [f"{n}.wav" for n in range(29)] + ["../29.wav"])))

    (note,) = [n for n in found.notes if n.code == "signal_unreadable"]
    assert found.kind("shake") == "signal"
    assert "In 'shake' 5 files cannot be used" in note.text
    for words in ("row 7: its size is 63, not 64", "row 8: its rate is 48000 values a second, not 12000",
                  "row 9: the file is broken", "row 10: there is no such file", "row 29: the name leads out"):  # fmt: skip
        assert words in note.text.replace("row 9: 9.wav: ", "row 9: ").replace("row 10: 10.wav: ", "row 10: ").replace(
            "row 29: ../29.wav: ", "row 29: "
        )


def test_files_of_many_lengths_are_texts(tmp_path):
    """Without a usual length nothing can be learnt from them, as with lists in cells."""
    for number in range(30):
        np.save(tmp_path / f"{number}.npy", np.zeros(20 + number))

    found = listen(read(table(tmp_path, [f"{n}.npy" for n in range(30)])))

    assert found.kind("shake") == "text"
    assert any("its files hold from 20 to 49 values" in note.text for note in found.notes)


def test_no_file_at_all_is_a_sentence(tmp_path):
    """Where not one file is there, the table was moved without them."""
    with pytest.raises(DataProblem, match="no waveform of 'shake' can be read"):
        listen(read(table(tmp_path, [f"{n}.npy" for n in range(30)])))
