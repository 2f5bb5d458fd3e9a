"""Mutated pictures and archives: 2,000 per format, never a traceback, never a hang, memory bounded. A row per format.

    python benchmarks/mutate_pictures.py --count 2000

Each file goes the whole way: place, bytes, head, pixels, shape (archives: list, then each picture). It must give an array
or one sentence that names it, within `--seconds`; the process may use `--memory` GiB.
"""

from __future__ import annotations

import argparse
import io
import random
import resource
import sys
import tarfile
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])
sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "records"))

import numpy as np
from PIL import Image

from benchmarks.record import row


def seeds() -> dict[str, bytes]:
    """One good file per format."""
    rng = np.random.default_rng(0)
    colour = Image.fromarray(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8))
    grey = Image.fromarray(rng.integers(0, 256, (48, 64), dtype=np.uint8))
    deep = Image.fromarray(rng.integers(0, 65536, (48, 64)).astype(np.uint16))
    exif = Image.Exif()
    exif[0x0112] = 6

    def saved(picture: Image.Image, form: str, **options: object) -> bytes:
        file = io.BytesIO()
        picture.save(file, form, **options)
        return file.getvalue()

    files = {
        "a.jpg": saved(colour, "JPEG", exif=exif), "progressive.jpg": saved(grey, "JPEG", progressive=True),
        "a.png": saved(colour, "PNG"), "deep.png": saved(deep, "PNG"), "palette.png": saved(colour.quantize(16), "PNG"),
        "a.bmp": saved(colour, "BMP"), "a.tif": saved(deep, "TIFF"), "lzw.tif": saved(colour, "TIFF", compression="tiff_lzw"),
        "a.webp": saved(colour, "WEBP"), "a.pgm": saved(grey, "PPM"),
    }  # fmt: skip
    packed, zipped = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar, zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("ok/1.png", "ng/2.png"):
            entry = tarfile.TarInfo(name)
            entry.size = len(files["a.png"])
            tar.addfile(entry, io.BytesIO(files["a.png"]))
            archive.writestr(name, files["a.png"])
    return files | {"a.tar": packed.getvalue(), "a.zip": zipped.getvalue()}


def way_of(path: Path) -> Callable[[], object]:
    """What is done with a file."""
    from andon.pictures import decoded, fitted, head, members, read_bytes
    from andon.records.pictures import open_pictures

    def one(place: str) -> None:
        content = read_bytes(place)
        head(content, place)
        fitted(decoded(content, place), (32, 32), "pad")

    def archive() -> None:
        open_pictures(path)
        for member in members(path):
            if not member.refused:
                one(f"{path}/{member.name}")

    return archive if path.suffix in (".tar", ".zip") else lambda: one(str(path))


def main() -> int:
    """A row per format; 1 if any file left with anything but pixels or one sentence."""
    from mutations import mutated

    from andon.errors import Problem

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--memory", type=float, default=4.0)
    asked = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (int(asked.memory * 2**30), int(asked.memory * 2**30)))
    wrong = 0
    for name, content in seeds().items():
        found, slowest, rng = Counter(), 0.0, random.Random(name)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            for _ in range(asked.count):
                path.write_bytes(mutated(content, rng))
                began = time.perf_counter()
                try:
                    way_of(path)()
                    found["pixels"] += 1
                except Problem as problem:
                    found["sentences" if name in str(problem) and "\n" not in str(problem) else "unnamed"] += 1
                except BaseException as error:  # noqa: BLE001  that is what is looked for
                    found[type(error).__name__] += 1
                slowest = max(slowest, time.perf_counter() - began)
        bad = asked.count - found["pixels"] - found["sentences"] + (slowest > asked.seconds)
        wrong += bad
        row("mutated pictures give pixels or one sentence", set=name, value=bad, n=asked.count, slowest_seconds=round(slowest, 2),
            memory_mib=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024), **found)  # fmt: skip
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
