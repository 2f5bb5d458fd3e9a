"""Pictures, archives and annotations, whole and broken, that `broken_pictures.py` feeds to the command line."""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import tarfile
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

MIB = 1 << 20


@cache
def surface(seed: int, size: tuple[int, int] = (40, 40), *, scratched: bool = False) -> Image.Image:
    """A grained surface of (height, width), with or without a scratch."""
    rng = np.random.default_rng(seed)
    values = rng.normal(120, 12, size)
    if scratched:
        values[int(rng.integers(size[0])) :][: max(1, size[0] // 10)] += 90
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def saved(picture: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    """A picture as a file's bytes."""
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def parts(
    base: str = "parts", count: int = 15, size: tuple[int, int] = (40, 40), words: str = "ok ng"
) -> dict[str, Any]:
    """Files of a folder per class; every class but the first is scratched."""
    return {
        f"{base}/{word}/{number:02d}.png": saved(surface(1000 * place + number, size, scratched=place > 0))
        for place, word in enumerate(words.split())
        for number in range(count)
    }


def mvtec(size: tuple[int, int] = (64, 64), good: int = 40) -> dict[str, Any]:
    """Files in MVTec's layout, without masks."""
    counts = {"train/good": good, "test/good": 6, "test/scratch": 6}
    return {
        f"parts/{folder}/{number:02d}.png": saved(surface(zlib.crc32(folder.encode()) % 997 * 100 + number, size, scratched="scr" in folder))
        for folder, count in counts.items()
        for number in range(count)
    }  # fmt: skip


def cut(content: bytes, share: float = 0.5) -> bytes:
    """The first part of a file."""
    return content[: int(share * len(content))]


def colour() -> Image.Image:
    """A colour picture whose channels differ."""
    return Image.merge("RGB", [surface(seed) for seed in (1, 2, 3)])


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *extra: bytes) -> bytes:
    """A PNG that says how large it is and holds next to nothing."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    )


def exif_nonsense() -> bytes:
    """A whole JPEG whose EXIF block is noise behind its heading."""
    content, noise = saved(surface(5), "JPEG"), b"Exif\0\0MM\0*\xff\xff\xff\xff" + np.random.default_rng(0).bytes(400)
    return content[:2] + b"\xff\xe1" + struct.pack(">H", len(noise) + 2) + noise + content[2:]


def turned(orientation: Any) -> bytes:
    """A whole JPEG with this orientation."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(surface(6), "JPEG", exif=exif)


def moving(form: str) -> bytes:
    """Two pictures in one file."""
    return saved(surface(7), form, save_all=True, append_images=[surface(8)])


def zipped(files: Mapping[str, bytes], *more: tuple[str, bytes]) -> bytes:
    """A .zip of these files, and of further ones whose names may occur already."""
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        warnings.simplefilter("ignore")  # a name twice is meant
        for name, content in [*files.items(), *more]:
            packed.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def patched(content: bytes, local: int, central: int, value: bytes) -> bytes:
    """A .zip with these bytes at a place of every heading, before the files and at the end."""
    changed = bytearray(content)
    for mark, offset in ((b"PK\x03\x04", local), (b"PK\x01\x02", central)):
        at = content.find(mark)
        while at >= 0:
            changed[at + offset : at + offset + len(value)] = value
            at = content.find(mark, at + 4)
    return bytes(changed)


def tarred(files: Mapping[str, bytes], mode: str = "w", links: Mapping[str, str] | None = None) -> bytes:
    """A .tar of these files and links."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as packed:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            packed.addfile(entry, io.BytesIO(content))
        for name, target in (links or {}).items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            packed.addfile(entry)
    return file.getvalue()


def growing(path: Path, size: int = 1300 * MIB) -> None:
    """A .tar.gz of about a MiB that unrolls to `size` zeros."""
    entry = tarfile.TarInfo("ok/1.bmp")
    entry.size = size
    with gzip.open(path, "wb", compresslevel=6) as packed:
        packed.write(entry.tobuf())
        for _ in range(size // MIB):
            packed.write(bytes(MIB))


def packable(count: int = 15) -> dict[str, bytes]:
    """A folder per class as it lies in an archive."""
    return {name.removeprefix("parts/"): content for name, content in parts(count=count).items()}


def coco(**changed: Any) -> str:
    """COCO's annotations of `parts`: every picture of `ng` has one; `changed` replaces or, with lists, adds entries."""
    names = [name.removeprefix("parts/") for name in parts()]
    told: dict[str, Any] = {
        "images": [{"id": i, "file_name": name} for i, name in enumerate(names)],
        "annotations": [
            {"image_id": i, "category_id": 1, "bbox": [1, 1, 9, 9]}
            for i, name in enumerate(names)
            if name.startswith("ng")
        ],
        "categories": [{"id": 1, "name": "scratch"}],
    }
    for name, more in changed.items():
        told[name] = told[name] + more if isinstance(more, list) else more
    return json.dumps(told)


def table(change: Callable[[int, str], str] = lambda _, name: name, head: str = "image,temp,label") -> str:
    """A table beside `parts` that names its pictures, their names changed by (row, name)."""
    lines = [
        f"{change(row, name)},{20 + row % 7},{name.split('/')[1]}" for row, name in enumerate(sorted(parts()))
    ]  # fmt: skip
    return "\n".join([head, *lines]) + "\n"


def locked(path: Path) -> None:
    """A file, or folder with a picture, that nobody may read."""
    if path.suffix:
        path.write_bytes(saved(surface(9)))
    else:
        path.mkdir()
        (path / "1.png").write_bytes(saved(surface(9)))
    path.chmod(0)


def odd_name(path: Path) -> None:
    """A picture whose name is no text: Latin-1 on a disk that has UTF-8."""
    with open(os.fsencode(path.parent) + b"/pr\xfcf.png", "wb") as file:
        file.write(saved(surface(10)))


def black(path: Path) -> None:
    """A PNG of 90 million black pixels in some 90 kB."""
    with tempfile.TemporaryFile() as file:
        Image.new("L", (10_000, 9_000)).save(file, "PNG")
        file.seek(0)
        path.write_bytes(file.read())


def weights(path: Path, **tensors: np.ndarray) -> None:
    """A .safetensors file."""
    from safetensors.numpy import save_file

    save_file(tensors or {"stem.weight": np.zeros((3, 3), np.float32)}, path)
