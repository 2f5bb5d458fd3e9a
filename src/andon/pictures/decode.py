"""Bytes to one array: grey (height, width) or colour (height, width, 3), 8 bits, or 16 bits where the camera has them.

Palettes and CMYK become RGB, transparency is laid over black, and a picture that a camera turned is turned back (EXIF).
What is broken, cut off or larger than reason is refused with its name.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError, _imaging

from andon.errors import DataProblem

FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP", "PPM")
MOST_PIXELS = 100_000_000
"""A larger picture is refused before its pixels are unpacked: some are made to fill a memory."""
MOST_PER_BYTE, FEW_PIXELS = 1000, 4_000_000
"""No camera's file holds more pixels per byte than this; a small one may (a blank drawing)."""
MARKS = (b"\xff\xd8\xff", b"\x89PNG", b"BM", b"II*\0", b"MM\0*", b"RIFF")
"""First bytes of the formats: what begins so is a picture, though it be broken."""
GREY, DEEP = ("1", "L"), ("I;16", "I;16L", "I;16B", "I;16N", "I")
TURNED = 0x0112
"""EXIF: orientation."""
BITS = 258
"""TIFF: bits of each sample."""
for _category in (UserWarning, Image.DecompressionBombWarning):  # once: `catch_warnings` is not for threads
    warnings.filterwarnings("ignore", category=_category, module=r"PIL\..*")
with contextlib.suppress(OSError, AttributeError):  # its words on stderr tell no file; Pillow silences warnings alone
    ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(None)


@dataclass(frozen=True, slots=True)
class Head:
    """What a file says of its picture before it is unpacked. `channels` is 1 or 3, height and width as it is shown."""

    format: str
    height: int
    width: int
    channels: int
    mode: str
    several: bool = False
    "Frames or pages follow the first one, which alone is decoded."
    coarse: bool = False
    "Colours of more than 8 bits, of which Pillow keeps the upper 8."


def head(content: bytes, where: str) -> Head:
    """Look at the head of a file. Raises `DataProblem`."""
    with _opened(content, where) as picture:
        width, height = picture.size
        try:
            turned = picture.getexif().get(TURNED, 1) if picture.format not in ("BMP", "PPM") else 1
        except Exception:  # noqa: BLE001  a broken EXIF block is no reason to refuse the picture
            turned = 1
        if turned in (5, 6, 7, 8):
            width, height = height, width
        phone = picture.format == "MPO"  # a JPEG with a preview or a second view behind it
        several = bool(getattr(picture, "is_animated", False)) and not phone
        form = "JPEG" if phone else str(picture.format)
        return Head(
            form, height, width, 1 if _is_grey(picture) else 3, picture.mode, several, _coarse(picture, content)
        )


def decoded(content: bytes, where: str) -> np.ndarray:
    """The pixels: (height, width) or (height, width, 3), uint8 or uint16. Raises `DataProblem` naming the file."""
    with _opened(content, where) as picture:
        try:
            return _plain(picture)
        except DataProblem:
            raise
        except Exception as error:  # noqa: BLE001  decoders raise anything at all; each means a broken file
            raise _broken(where, error) from None


def _coarse(picture: Image.Image, content: bytes) -> bool:
    """Does the file hold colours of more bits than are decoded? PNG says so in its heading, TIFF in a tag."""
    if picture.mode not in ("RGB", "RGBA", "RGBX"):
        return False
    if picture.format == "PNG":
        return content[24] > 8  # behind mark, length, IHDR, width and height
    bits = getattr(picture, "tag_v2", {}).get(BITS) if picture.format == "TIFF" else None
    return isinstance(bits, tuple) and any(isinstance(each, int) and each > 8 for each in bits)


def _opened(content: bytes, where: str) -> Image.Image:
    """The picture, its size judged before anything is unpacked."""
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError:
        if content.startswith(MARKS):
            raise _broken(where, ValueError("its heading is cut off, damaged or of a kind unknown")) from None
        why = "it is empty" if not content else "its first bytes are those of no picture"
        raise DataProblem.of("it is no picture", where=where, why=why,
                             fix="give JPEG, PNG, BMP, TIFF or WebP, or leave it out") from None  # fmt: skip
    except Image.DecompressionBombError:
        raise _too_large(where, "") from None
    except Exception as error:  # noqa: BLE001  as above
        raise _broken(where, error) from None
    width, height = picture.size
    if width * height > MOST_PIXELS or width * height > max(FEW_PIXELS, MOST_PER_BYTE * len(content)):
        raise _too_large(where, f"{width:,} × {height:,} pixels in {len(content):,} bytes")
    if not width * height:
        raise DataProblem.of("the picture is empty", where=where, fix="write it again, or leave it out")
    return picture


def _plain(picture: Image.Image) -> np.ndarray:
    """One of four kinds of array, whatever the file's own way."""
    turned = ImageOps.exif_transpose(picture)
    if turned.mode in GREY:
        return np.asarray(turned.convert("L"))
    if turned.mode in DEEP:
        deep: np.ndarray = np.asarray(turned).clip(0, 65535).astype(np.uint16)
        return deep
    if turned.mode == "F":
        values = np.asarray(turned)
        top = float(np.nanmax(values, initial=0.0))
        if not np.isfinite(values).all() or values.min(initial=0.0) < 0 or top > 65535:
            raise ValueError("its pixels are floating-point numbers out of range")
        return (values * (65535 if top <= 1 else 1)).round().astype(np.uint16)
    if _is_grey(turned):  # grey with transparency
        both = np.asarray(turned.convert("LA")).astype(np.uint16)
        return (both[..., 0] * both[..., 1] // 255).astype(np.uint8)
    if "A" in turned.mode or "a" in turned.mode or "transparency" in turned.info:
        layers = np.asarray(turned.convert("RGBA")).astype(np.uint16)
        return (layers[..., :3] * layers[..., 3:] // 255).astype(np.uint8)
    return np.asarray(turned.convert("RGB"))


def _is_grey(picture: Image.Image) -> bool:
    return picture.mode in (*GREY, *DEEP, "F", "LA", "La")


def _too_large(where: str, size: str) -> DataProblem:
    return DataProblem.of(
        "the picture is too large to be unpacked", where=where,
        why=size or f"more than {MOST_PIXELS // 1_000_000} million pixels", fix="cut it into tiles, or write it again",
    )  # fmt: skip


def _broken(where: str, error: BaseException) -> DataProblem:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return DataProblem.of(
        "the picture is broken", where=where, why=(lines[0][:120] if lines else type(error).__name__),
        fix="copy it again, or leave it out",
    )  # fmt: skip
