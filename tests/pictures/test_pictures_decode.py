"""One way from a picture file to an array, whatever the file's own way; what is broken is refused by name."""

from __future__ import annotations

import io
import os
import struct
import tarfile
import tempfile
import warnings
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from andon.errors import DataProblem
from andon.pictures import as_text, decoded, fitted, head, member_of, members, read_bytes
from andon.pictures import decode as decode_module
from andon.pictures import stream as stream_module

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (12, 20), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (12, 20, 3), dtype=np.uint8)


def packed(picture: Image.Image, form: str, **options: object) -> bytes:
    """A picture as a file's bytes."""
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


@pytest.mark.parametrize(("form", "options"), [("PNG", {}), ("BMP", {}), ("TIFF", {}), ("WEBP", {"lossless": True})])
def test_lossless_formats_give_back_every_pixel(form, options):
    """PNG, BMP, TIFF and lossless WebP hold what was put into them."""
    assert (decoded(packed(Image.fromarray(COLOUR), form, **options), "x") == COLOUR).all()


def test_grey_stays_grey_and_jpeg_is_near():
    """A grey file gives (height, width); JPEG differs by a few grey values."""
    assert (decoded(packed(Image.fromarray(GREY), "PNG"), "x") == GREY).all()
    smooth = np.linspace(0, 255, 240).reshape(12, 20).astype(np.uint8)
    assert np.abs(decoded(packed(Image.fromarray(smooth), "JPEG", quality=95), "x").astype(int) - smooth).max() < 12


def test_sixteen_bits_are_kept():
    """A 16-bit picture keeps its 65,536 levels, as PNG and as TIFF."""
    deep = RNG.integers(0, 65536, (12, 20)).astype(np.uint16)
    for form in ("PNG", "TIFF"):
        found = decoded(packed(Image.fromarray(deep), form), "x")
        assert found.dtype == np.uint16
        assert (found == deep).all()


def test_one_bit_palette_alpha_and_cmyk_become_plain():
    """One bit is black and white, palettes are looked up, transparency lies over black, CMYK is RGB."""
    bits = decoded(packed(Image.fromarray(GREY > 127), "PNG"), "x")
    assert (bits == np.where(GREY > 127, 255, 0)).all()
    palette = Image.fromarray(COLOUR).quantize(16)
    assert (decoded(packed(palette, "PNG"), "x") == np.asarray(palette.convert("RGB"))).all()
    alpha = np.dstack([COLOUR, np.full((12, 20), 255, np.uint8)])
    alpha[0, :, 3] = 0
    found = decoded(packed(Image.fromarray(alpha), "PNG"), "x")
    assert (found[0] == 0).all()
    assert (found[1:] == COLOUR[1:]).all()
    assert decoded(packed(Image.fromarray(COLOUR).convert("CMYK"), "TIFF"), "x").shape == (12, 20, 3)


def test_a_picture_that_the_camera_turned_is_turned_back():
    """EXIF orientation 6 swaps the sides, in the head and in the pixels."""
    exif = Image.Exif()
    exif[0x0112] = 6
    content = packed(Image.fromarray(COLOUR), "JPEG", exif=exif, quality=95)
    assert (head(content, "x").height, head(content, "x").width) == (20, 12)
    assert decoded(content, "x").shape == (20, 12, 3)


@pytest.mark.parametrize("cut", [0, 3, 30, 200])
def test_truncated_files_are_refused_by_name(cut):
    """A file that ends too soon gives one sentence with its name, never half a picture."""
    content = packed(Image.fromarray(np.kron(COLOUR, np.ones((8, 8, 1), np.uint8))), "PNG")[:cut]
    with pytest.raises(DataProblem, match="part_7"):
        decoded(content, "part_7.png")


def test_a_picture_whose_heading_is_lost_is_called_broken():
    """What begins as a picture does and goes on as something else is not said to be none."""
    content = bytearray(packed(Image.fromarray(COLOUR), "PNG"))
    content[8:40] = bytes(32)
    with pytest.raises(DataProblem, match="the picture is broken .its heading"):
        decoded(bytes(content), "scan.png")


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_unpacked(monkeypatch):
    """A small file that says it has billions of pixels is named and passed over."""
    content = bytearray(packed(Image.fromarray(GREY), "BMP"))
    content[18:26] = struct.pack("<ii", 60_000, 60_000)
    with pytest.raises(DataProblem, match="too large"):
        decoded(bytes(content), "bomb.bmp")
    monkeypatch.setattr(decode_module, "MOST_PIXELS", 100)
    with pytest.raises(DataProblem, match="20 × 12 pixels"):
        decoded(packed(Image.fromarray(GREY), "PNG"), "large.png")


def test_words_are_no_picture():
    """A file that holds something else is called what it is."""
    with pytest.raises(DataProblem, match="no picture"):
        decoded(b"serial,label\n1,ok\n", "labels.png")


def test_fitting_shrinks_by_means_and_keeps_the_whole_picture():
    """Even divisors average whole blocks; `pad` keeps the middle whole and mirrors its edge, `crop` cuts to the middle."""
    even = fitted(GREY, (6, 10), "stretch")
    assert np.abs(even - GREY.reshape(6, 2, 10, 2).mean(axis=(1, 3))).max() <= 1  # it rounds after each side
    square = fitted(GREY, (20, 20), "pad")
    assert (square[4:16] == GREY).all()
    assert (square[3] == GREY[0]).all()
    assert fitted(GREY, (12, 12), "crop").shape == (12, 12)
    assert (fitted(GREY, (12, 12), "crop") == GREY[:, 4:16]).all()
    assert fitted(COLOUR, (6, 10, 3), "stretch").shape == (6, 10, 3)
    deep = GREY.astype(np.uint16) * 257
    assert np.abs(fitted(deep, (6, 10), "stretch") / 257 - GREY.reshape(6, 2, 10, 2).mean(axis=(1, 3))).max() < 0.01


def test_grey_and_colour_change_into_each_other():
    """A grey picture where colour is expected is grey in three channels; equal channels become one."""
    assert (fitted(GREY, (12, 20, 3))[..., 1] == GREY).all()
    assert (fitted(np.repeat(GREY[..., None], 3, axis=2), (12, 20)) == GREY).all()


def test_archives_are_read_in_place(tmp_path):
    """A picture in a .tar or .zip is read from where it lies, with its archive as a folder of the path."""
    content = packed(Image.fromarray(GREY), "PNG")
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as packed_zip:
        packed_zip.writestr("good/1.png", content)
    with tarfile.open(tmp_path / "p.tar", "w") as packed_tar:
        entry = tarfile.TarInfo("./good/1.png")
        entry.size = len(content)
        packed_tar.addfile(entry, io.BytesIO(content))
    for name in ("p.zip", "p.tar"):
        assert [m.name for m in members(tmp_path / name)] == ["good/1.png"]
        assert read_bytes(f"{tmp_path}/{name}/good/1.png") == content
        with pytest.raises(DataProblem, match="no such file"):
            read_bytes(f"{tmp_path}/{name}/good/2.png")
    assert member_of("a/b.tar/c/d.png") is not None
    assert member_of("a/b.target/c.png") is None


def test_names_that_climb_out_and_links_are_refused(tmp_path):
    """Entries with `..`, absolute names and links are named with the reason, and cannot be read."""
    with tarfile.open(tmp_path / "p.tar", "w") as file:
        for name in ("../out.png", "/etc/x.png", "ok/1.png", "ok/1.png"):
            entry = tarfile.TarInfo(name)
            entry.size = 3
            file.addfile(entry, io.BytesIO(b"abc"))
        link = tarfile.TarInfo("ok/link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        file.addfile(link)
    reasons = [m.refused for m in members(tmp_path / "p.tar")]
    assert [bool(reason) for reason in reasons] == [True, True, False, True, True]
    assert "link" in reasons[4]
    with pytest.raises(DataProblem, match="leads out of the archive"):
        read_bytes(f"{tmp_path}/p.tar/../out.png")


def test_a_member_whose_bytes_are_broken_is_named(tmp_path):
    """Damage inside a .zip is found when the picture is read, and named with archive and file."""
    with zipfile.ZipFile(tmp_path / "p.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("good/1.bmp", packed(Image.fromarray(COLOUR), "BMP"))
    content = bytearray((tmp_path / "p.zip").read_bytes())
    content[60:90] = bytes(30)
    (tmp_path / "p.zip").write_bytes(bytes(content))
    with pytest.raises(DataProblem, match=r"p\.zip/good/1\.bmp"):
        read_bytes(f"{tmp_path}/p.zip/good/1.bmp")


def test_a_broken_archive_is_named(tmp_path):
    """Bytes that are no archive give a sentence with its name."""
    (tmp_path / "p.zip").write_bytes(b"PK but not really")
    (tmp_path / "p.tar").write_bytes(b"x" * 700)
    for name in ("p.zip", "p.tar"):
        with pytest.raises(DataProblem, match=name):
            members(tmp_path / name)


def tarred(path, files: dict[str, bytes], mode: str) -> None:
    """A .tar of these files."""
    with tarfile.open(path, mode) as file:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            file.addfile(entry, io.BytesIO(content))


@pytest.mark.parametrize(
    ("ending", "mode"), [("tar.gz", "w:gz"), ("tgz", "w:gz"), ("tar.bz2", "w:bz2"), ("tar.xz", "w:xz")]
)
def test_compressed_archives_are_read_in_place_and_leave_nothing_behind(ending, mode, tmp_path, monkeypatch):
    """Files of a compressed .tar come in any order and from many threads; what climbs out is refused; no file is left."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    files = {f"ok/{i}.png": packed(Image.fromarray(GREY + np.uint8(i)), "PNG") for i in range(20)}
    tarred(tmp_path / f"p.{ending}", {**files, "../out.png": b"abc"}, mode)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(read_bytes, [f"{tmp_path}/p.{ending}/{name}" for name in reversed(files)]))
    assert found == list(reversed(files.values()))
    assert [m.name for m in members(tmp_path / f"p.{ending}") if m.refused] == ["../out.png"]
    assert not list((tmp_path / "temporary").iterdir())


@pytest.mark.parametrize("change", ["cut", "flipped", "words"])
def test_a_damaged_compressed_archive_is_named(change, tmp_path):
    """A cut-off stream, a flipped bit and a file that is no archive give one sentence with its name."""
    tarred(tmp_path / "whole.tar.gz", {f"ok/{i}.png": RNG.bytes(3000) for i in range(20)}, "w:gz")
    content = bytearray((tmp_path / "whole.tar.gz").read_bytes())
    content[len(content) // 2] ^= 4
    broken = {"cut": content[: len(content) // 2], "flipped": content, "words": b"no archive at all"}[change]
    (tmp_path / "p.tar.gz").write_bytes(broken)
    with pytest.raises(DataProblem, match=r"p\.tar\.gz"):
        members(tmp_path / "p.tar.gz")


def test_a_compressed_archive_that_grows_beyond_reason_is_refused(tmp_path, monkeypatch):
    """A small file that unrolls to a disk full of zeros is stopped at the bound, and its temporary file is gone."""
    monkeypatch.setattr(stream_module, "FEW_BYTES", 1 << 20)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    tarred(tmp_path / "bomb.tgz", {"ok/1.bmp": bytes(8 << 20)}, "w:gz")
    with pytest.raises(DataProblem, match="beyond reason"):
        members(tmp_path / "bomb.tgz")
    assert not list((tmp_path / "temporary").iterdir())


def test_a_broken_tiff_says_nothing_past_the_sentence(capfd):
    """The TIFF library's own words on stderr are kept away; the error still names the file."""
    content = bytearray(
        packed(Image.fromarray(np.kron(COLOUR, np.ones((8, 8, 1), np.uint8))), "TIFF", compression="tiff_lzw")
    )
    content[60:400] = bytes(340)
    with pytest.raises(DataProblem, match=r"scan\.tif: the picture is broken"):
        decoded(bytes(content), "scan.tif")
    assert capfd.readouterr().err == ""


def test_what_is_no_plain_file_is_named_and_never_waited_for(tmp_path):
    """A pipe called like a picture or an archive would be read for ever; it is a sentence."""
    for name in ("a.png", "a.zip"):
        os.mkfifo(tmp_path / name)
    with pytest.raises(DataProblem, match=r"a\.png: it is no plain file"):
        read_bytes(str(tmp_path / "a.png"))
    with pytest.raises(DataProblem, match=r"a\.zip: it is no plain file"):
        members(tmp_path / "a.zip")


def test_of_two_files_of_one_name_in_a_zip_the_first_is_read(tmp_path):
    """The second is refused by name, and is never what the first one's name gives."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(tmp_path / "p.zip", "w") as file:
            file.writestr("ok/1.png", b"first")
            file.writestr("ok/1.png", b"other")
    assert [bool(member.refused) for member in members(tmp_path / "p.zip")] == [False, True]
    assert read_bytes(f"{tmp_path}/p.zip/ok/1.png") == b"first"


def test_a_folder_called_like_an_archive_is_a_folder(tmp_path):
    """Some unpack parts.zip into a folder of that name; an archive inside it is still one."""
    (tmp_path / "parts.zip").mkdir()
    (tmp_path / "parts.zip/1.png").write_bytes(b"one")
    with zipfile.ZipFile(tmp_path / "parts.zip/p.zip", "w") as packed_zip:
        packed_zip.writestr("2.png", b"two")
    assert read_bytes(f"{tmp_path}/parts.zip/1.png") == b"one"
    assert read_bytes(f"{tmp_path}/parts.zip/p.zip/2.png") == b"two"


def test_a_zip_that_becomes_more_than_reason_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    """Files that say they are far larger together than their archive: one sentence, nothing is read."""
    monkeypatch.setattr(stream_module, "FEW_BYTES", 1 << 20)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(4):
            file.writestr(f"{number}.bmp", bytes(1 << 20))
    with pytest.raises(DataProblem, match=r"bomb\.zip: the archive grows beyond reason"):
        members(tmp_path / "bomb.zip")


def test_names_that_are_no_text_are_refused(tmp_path):
    """Bytes that are no UTF-8 in the name of a file, or in an archive, are said to be so."""
    with open(os.fsencode(tmp_path) + b"/pr\xfcf.png", "wb") as file:
        file.write(packed(Image.fromarray(GREY), "PNG"))
    with pytest.raises(DataProblem, match="no text in UTF-8"):
        read_bytes(as_text(str(next(tmp_path.glob("*.png")))))
    tarred(tmp_path / "p.tar", {"pr\udcfcf.png": b"abc"}, "w")
    assert "no text" in members(tmp_path / "p.tar")[0].refused


def test_a_photo_of_a_phone_is_a_jpeg_as_it_is_shown():
    """A JPEG with a second picture behind it (MPO) is no format of its own; turned by the camera, its head says so."""
    turned = Image.Exif()
    turned[0x0112] = 6
    photo = Image.fromarray(COLOUR)
    found = head(packed(photo, "MPO", save_all=True, append_images=[photo], exif=turned), "x")
    assert (found.format, found.height, found.width, found.several) == ("JPEG", 20, 12, False)


@pytest.mark.parametrize("form", ["TIFF", "WEBP", "PNG"])
def test_frames_and_pages_behind_the_first_are_known(form):
    """Of several pages the first is decoded, and the head says that there are more."""
    pages = [Image.fromarray(COLOUR), Image.fromarray(255 - COLOUR)]
    content = packed(pages[0], form, save_all=True, append_images=pages[1:], lossless=True)
    assert head(content, "x").several
    assert not head(packed(pages[0], form), "x").several
    assert (decoded(content, "x") == COLOUR).all()


@pytest.mark.parametrize(("kind", "bits", "coarse"), [(2, 16, True), (6, 16, True), (2, 8, False), (0, 16, False)])
def test_colours_of_sixteen_bits_are_known_to_be_cut(kind, bits, coarse):
    """Pillow keeps the upper half of them; grey of 16 bits is kept whole."""
    size = {0: 1, 2: 3, 6: 4}[kind] * bits // 8
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 4, 3, bits, kind, 0, 0, 0)), (b"IDAT", zlib.compress(bytes(3 * (1 + 4 * size)))),
              (b"IEND", b"")]  # fmt: skip
    packed_chunks = [struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d)) for t, d in chunks]
    assert head(b"\x89PNG\r\n\x1a\n" + b"".join(packed_chunks), "x").coarse == coarse
