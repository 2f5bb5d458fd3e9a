"""Broken pictures, archives, layouts and settings, and odd ones that must work, through the command line.

Each case ends with its exit code and one sentence that names the file, row or setting (or, where the rest goes on, with
the bad one named and the good ones used); no traceback; within `SECONDS` and `MEMORY`; and nothing left behind: no half
run, no temporary file. Prints each case that fails, and one JSON line.

    python benchmarks/broken_pictures.py [--only NAME] [--show] [--jobs 1]
"""

from __future__ import annotations

import atexit
import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from PIL import Image

from benchmarks import broken_made as made
from benchmarks.broken_made import cut, saved, surface
from benchmarks.cases import Case, ask, main

SECONDS, MEMORY = 120.0, 2048.0
"""Most that a case may take: seconds of work, MiB of memory."""
QUICK = "epochs=1 size=tiny members=1 trees=off optimizer=adamw learning_rate=0.004"
CHECK, FIT = "check parts job=defect_class", f"fit defect_class parts {QUICK}"
SURFACE = "fit surface_anomaly parts epochs=1 size=tiny optimizer=adamw learning_rate=0.004"
PARTS, GOOD = made.parts(), made.mvtec()
DROPPED = (1, 2)
"""Rights by which root reads what nobody may: given up, so that locked files are locked (CAP_DAC_OVERRIDE, _READ_SEARCH)."""
RUNS, TRAINING = Path(tempfile.mkdtemp(prefix="andon-broken-")), Lock()
"""Where finished runs are trained, one after the other."""


@cache
def run_of(name: str) -> Path:
    """A finished run, trained when it is first asked for."""
    files, words = {"defect": (PARTS, FIT), "surface": (GOOD, SURFACE)}[name]
    for file, content in files.items():
        (RUNS / name / file).parent.mkdir(parents=True, exist_ok=True)
        (RUNS / name / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    ended = ask([*words.split(), "accept=['*']", "--name", "it", "--quiet"], RUNS / name, RUNS, limit=600)
    assert ended.code == 0, ended.said
    return RUNS / name / "runs" / "it"


def trained(name: str) -> Callable[[Path], Any]:
    """Puts a finished run there."""

    def put(path: Path) -> None:
        with TRAINING:
            found = run_of(name)
        shutil.copytree(found, path)

    return put


def one_bad(name: str, content: Any, *words: str, code: int = 0) -> Case:
    """Among good pictures a bad one: it is named with the reason, the others are used."""
    bad = f"bad{name.rpartition(' ')[2]}"
    return Case(name, {**PARTS, f"parts/ok/{bad}": content}, CHECK, code, (bad, *words))


def works(name: str, file: str, content: Any) -> Case:
    """Among others an odd picture that can be used: nobody says that it cannot."""
    return Case(name, {**PARTS, f"parts/ok/{file}": content}, CHECK, 0, ("0 error",), ("cannot be read",))


def packed(name: str, file: str, content: Any, code: int, *says: str) -> Case:
    """An archive."""
    return Case(name, {file: content}, f"check {file} job=defect_class", code, says or (file,))


def annotated(name: str, content: Any, code: int, *says: str, file: str = "annotations.json") -> Case:
    """Pictures with COCO's annotations beside them."""
    return Case(name, {**PARTS, f"parts/{file}": content}, f"check parts/{file} job=defect_class", code, says)


def listed(name: str, text: str, code: int, *says: str, words: str = "") -> Case:
    """A table that names the pictures beside it."""
    return Case(name, {**PARTS, "t.csv": text}, f"check t.csv job=defect_class {words}", code, says)


def set_to(name: str, words: str, *says: str, code: int = 2) -> Case:
    """A setting that cannot be."""
    return Case(name, PARTS, f"{FIT} {words}", code, says)


def answered(name: str, files: dict[str, Any], code: int, *says: str, run: str = "defect", data: str = "new") -> Case:
    """A finished run asked about something."""
    return Case(name, {"run": trained(run), **files}, f"predict run {data}", code, says)


COLOUR, NEW = made.colour(), made.parts("new", 3)
ZIP, TAR, GZ = made.zipped(made.packable()), made.tarred(made.packable()), made.tarred(made.packable(), "w:gz")
LOCKED = made.patched(made.patched(ZIP, 6, 8, b"\x01\x00"), 6, 8, b"\x01\x00")
CASES = (
    # files
    one_bad("cut off .jpg", cut(saved(COLOUR, "JPEG")), "is broken"),
    one_bad("cut off .png", cut(saved(COLOUR)), "is broken"),
    one_bad("cut off .bmp", cut(saved(COLOUR, "BMP")), "is broken"),
    one_bad("cut off .tiff", cut(saved(COLOUR, "TIFF", compression="tiff_lzw"), 0.3), "broken"),
    one_bad("cut off .webp", cut(saved(COLOUR, "WEBP")), "broken"),
    one_bad("empty .png", b"", "it is empty"),
    one_bad("words called .png", "serial,label\n1,ok\n", "no picture"),
    one_bad("a .gif called .png", made.moving("GIF"), "no picture"),
    one_bad("head of a huge .png", made.png(60_000, 60_000), "too large"),
    one_bad("black square of 90 million pixels .png", made.black, "too large"),
    one_bad("no pixels .png", made.png(0, 5), "is broken"),
    one_bad("text that fills a memory .png", made.png(40, 40, made.chunk(b"zTXt", b"a\0\0" + made.zlib.compress(bytes(80 << 20)))), "is broken"),
    one_bad("wrong checksum .png", saved(surface(1)).replace(b"IDAT", b"IDAT\1", 1), "broken"),
    one_bad("pipe called .png", lambda path: os.mkfifo(path), "no plain file"),
    one_bad("link to nowhere .png", lambda path: path.symlink_to("nowhere.png"), "no such file"),
    one_bad("file that nobody may read .png", made.locked, "Permission denied"),
    Case("folder that nobody may read", {**PARTS, "parts/locked": made.locked}, CHECK, 3, ("locked",)),
    Case("every picture broken", dict.fromkeys(PARTS, b"no picture"), FIT, 1, ("30 pictures cannot be read", "ng/00.png")),
    Case("name that is no text", {**PARTS, "parts/ok/x.png": made.odd_name}, CHECK, 0, ("pr\ufffdf.png", "no text in UTF-8")),
    # odd pictures that can be used
    works("moving .webp", "x.webp", made.moving("WEBP")),
    works("several pages", "x.tif", made.moving("TIFF")),
    works("EXIF that is noise", "x.jpg", made.exif_nonsense()),
    works("EXIF of a turn that does not exist", "x.jpg", made.turned(99)),
    works("CMYK", "x.jpg", saved(COLOUR.convert("CMYK"), "JPEG")),
    works("16 bits", "x.png", saved(Image.fromarray(made.np.asarray(surface(3)).astype(made.np.uint16) * 256))),
    works("palette with a see-through colour", "x.png", saved(COLOUR.quantize(16), transparency=0)),
    works("one bit", "x.png", saved(surface(3).convert("1"))),
    works("floating-point pixels", "x.tif", saved(Image.fromarray(made.np.asarray(surface(3)) / made.np.float32(255)), "TIFF")),
    works("one pixel", "x.png", saved(surface(4, (1, 1)))),
    works("a row of pixels", "x.png", saved(surface(4, (1, 3000)))),
    works("Chinese name with a blank and a quote", "划痕 'a\".png", saved(surface(4))),
    Case("a mix of everything in training", {**PARTS, "parts/ok/a.jpg": saved(COLOUR.convert("CMYK"), "JPEG"), "parts/ok/b.png": saved(surface(4, (1, 900))),
         "parts/ng/c.tif": made.moving("TIFF"), "parts/ng/d.png": b"no picture"}, FIT, 0, ("runs/defect_class",)),
    Case("pictures of one pixel", made.parts(size=(1, 1)), CHECK, 0, ("30 rows",), ("cannot be read",)),
    Case("all pictures the same", dict.fromkeys(PARTS, saved(surface(1))), CHECK, 0, ("pixel for pixel", "with different classes")),
    # archives
    packed(".zip that climbs out", "a.zip", made.zipped({**made.packable(), "../../out.png": saved(surface(1))}), 0, "../../out.png", "leads out"),
    packed(".tar with a path from the root", "a.tar", made.tarred({**made.packable(), "/etc/out.png": saved(surface(1))}), 0, "/etc/out.png", "leads out"),
    packed(".tar with a link", "a.tar", made.tarred(made.packable(), links={"ok/x.png": "/etc/passwd"}), 0, "ok/x.png", "it is a link"),
    packed(".zip with a name twice", "a.zip", made.zipped(made.packable(), ("ok/00.png", b"other")), 0, "ok/00.png", "same name"),
    packed(".zip in a .zip", "a.zip", made.zipped({"inner.zip": ZIP}), 3, "a.zip", "inner.zip"),
    packed(".zip of words", "a.zip", made.zipped({"read.me": b"x"}), 3, "a.zip", "no picture"),
    packed(".zip cut off", "a.zip", cut(ZIP), 3),
    packed(".tar cut off", "a.tar", cut(TAR), 3),
    packed(".tar.gz cut off", "a.tar.gz", cut(GZ), 3),
    packed(".tar.gz with a flipped bit", "a.tgz", GZ[: len(GZ) // 2] + bytes([GZ[len(GZ) // 2] ^ 8]) + GZ[len(GZ) // 2 + 1 :], 3),
    packed(".zip that is none", "a.zip", b"7z\xbc\xaf\x27\x1c" + bytes(400), 3),
    packed(".zip locked by a password", "a.zip", LOCKED, 3, "a.zip", "password"),
    packed(".zip in an unknown way", "a.zip", made.patched(ZIP, 8, 10, b"\x63\x00"), 1, "a.zip/ok/00.png", "30 pictures cannot be read"),
    packed(".zip that grows", "a.zip", made.patched(ZIP, 22, 24, b"\0\0\0\x0f"), 3, "a.zip", "beyond reason"),
    packed(".tar.gz that grows", "a.tar.gz", made.growing, 3, "a.tar.gz", "beyond reason"),
    Case("folder called .zip", {name.replace("parts", "parts.zip"): content for name, content in PARTS.items()}, "check parts.zip job=defect_class", 0, ("0 error",), ("cannot be read",)),
    # COCO
    annotated("COCO with a missing file", made.coco(images=[{"id": 99, "file_name": "gone.png"}]), 0, "gone.png", "not there"),
    annotated("COCO that climbs out", made.coco(images=[{"id": 99, "file_name": "../../etc/x.png"}]), 0, "../../etc/x.png", "out of the folder"),
    annotated("COCO with one name twice", made.coco(images=[{"id": 99, "file_name": "ok/00.png"}]), 0, "ok/00.png", "described twice"),
    annotated("COCO with a missing category", made.coco(annotations=[{"image_id": 3, "category_id": 9}]), 0, "annotation 15", "no picture or category"),
    annotated("COCO without categories", made.coco(categories={}), 3, "annotations.json"),
    annotated("COCO that is no JSON", made.coco()[:-40], 3, "annotations.json", "no JSON"),
    annotated("COCO nested without end", "[" * 100_000, 3, "annotations.json"),
    annotated("COCO of other pictures", made.coco().replace(".png", ".jpg"), 3, "annotations.json", "none of its pictures"),
    annotated("COCO in Latin-1", made.coco().encode().replace(b"scratch", b"Kratz\xf6r"), 3, "annotations.json"),
    # layouts
    Case("MVTec without train/good", {n.replace("train/good", "train/dent"): c for n, c in GOOD.items()}, SURFACE, 2, ("train", "good")),
    Case("MVTec with a test part alone", {n: c for n, c in GOOD.items() if "/train/" not in n}, SURFACE, 3, ("good pictures",)),
    Case("five good parts", made.mvtec(good=5), SURFACE, 3, ("good pictures",)),
    Case("surfaces of 8 pixels", made.mvtec((8, 8)), SURFACE, 3, ("8 × 8",)),
    Case("surfaces of a row of pixels", made.mvtec((2, 200)), SURFACE, 3, ("200 × 2",)),
    Case("classes that nobody calls good", made.parts(words="red blue"), SURFACE, 2, ("Call it 'good'",)),
    Case("masks of another size, and broken ones", {**GOOD, **{f"parts/ground_truth/scratch/{i:02d}_mask.png": saved(surface(i, (30, 50)).convert("1")) if i else b"x" for i in range(6)}}, SURFACE, 0, ("runs/surface_anomaly",)),
    Case("class of one picture", {**PARTS, "parts/dent/1.png": saved(surface(77))}, FIT, 1, ("'dent'", "never shown")),
    Case("empty class", {**PARTS, "parts/dent/.keep": ""}, CHECK, 0, ("0 error",)),
    Case("folder without pictures", {"parts/ok/a.txt": "x", "parts/ng/b.docx": "x"}, CHECK, 3, ("parts", "it holds folders", "TIFF")),
    Case("folder with .gif alone", {"parts/ok/a.gif": made.moving("GIF"), "parts/ng/b.gif": made.moving("GIF")}, CHECK, 3, ("parts", "it holds folders", "PNG")),
    Case("one class alone", made.parts(words="ok"), FIT, 1, ("'ok' in every row",)),
    Case("three pictures", {"parts/ok/1.png": saved(surface(1)), "parts/ok/2.png": saved(surface(2)), "parts/ng/3.png": saved(surface(3))}, f"{FIT} size=giant".replace("size=tiny ", ""), 2, ("part",)),
    Case("three pictures for a plan", {"parts/ok/1.png": saved(surface(1)), "parts/ok/2.png": saved(surface(2)), "parts/ng/3.png": saved(surface(3))}, "new defect_class parts", 2, ("part",)),
    Case("folder that is not there", PARTS, CHECK.replace("parts", "partz"), 3, ("partz", "Did you mean 'parts'")),
    # tables of pictures
    listed("table of paths that do not exist", made.table(lambda _, name: "gone/" + name), 1, "gone/parts/ng/00.png", "30 pictures cannot be read"),
    listed("table with some paths that do not exist", made.table(lambda row, name: "gone.png" if row == 3 else name), 0, "gone.png", "no such file"),
    listed("table with a path that climbs out", made.table(lambda row, name: "../../../../etc/x.png" if row == 3 else name), 0, "etc/x.png", "1 picture cannot be read"),
    listed("table with addresses of the web", made.table(lambda _, name: "https://plant.example/" + name), 1, "plant.example", "cannot be read"),
    listed("table with a device", made.table(lambda row, name: "/dev/zero.png" if row == 3 else name), 0, "/dev/zero.png", "cannot be read"),
    listed("table without some pictures", made.table(lambda row, name: "" if row == 3 else name), 0, "there is no picture"),
    listed("table with a label of nobody", made.table(), 2, "labell", "label", words="target=labell"),
    Case("serial twice in a join", {**PARTS, "t.csv": "serial,scrap\n" + "".join(f"{i:02d},{'ng' if i % 2 else 'ok'}\n" for i in range(15)),
         "plan.yaml": "job: defect_class\ndata:\n  rows: {path: t.csv}\n  with: [{path: parts, on: serial}]\ntarget: scrap\n"}, "fit plan.yaml", 3, ("parts", "serial = '00'")),
    Case("join that finds nobody", {**made.parts(words="ok"), "t.csv": "serial,scrap\n" + "".join(f"P{i},{'ng' if i % 2 else 'ok'}\n" for i in range(15)),
         "plan.yaml": "job: defect_class\ndata:\n  rows: {path: t.csv}\n  with: [{path: parts, on: serial}]\ntarget: scrap\n"}, "fit plan.yaml", 1, ("parts", "0 of 15 rows")),
    # settings
    set_to("size of 3 pixels", "checks.picture.size=3", "checks.picture.size", "8 to 4096"),
    set_to("size in words", "checks.picture.size=large", "picture", "large"),
    set_to("size of three sides", "checks.picture.size=[40,40,3]", "checks.picture.size", "height and width"),
    set_to("symmetry of no kind", "checks.picture.symmetry=mirror", "mirror", "horizontal"),
    set_to("fit of no kind", "checks.picture.fit=squash", "squash", "stretch"),
    set_to("rule of no kind", "checks.picture.sizes=40", "'sizes'", "Did you mean 'size'"),
    set_to("rule for another column", "checks.image.size=40", "'image'"),
    set_to("augmentation of no kind", "augment=[flipp]", "train.augment.0", "Did you mean 'flip'"),
    set_to("augmentation beyond its bounds", "'augment=[{rotate: 999}]'", "train.augment.0", "999"),
    set_to("augmentation with a wrong option", "'augment=[{shift: {by: 0.1}}]'", "train.augment.0", "by"),
    set_to("augmentation of rows for pictures alone", "augment=[row_noise]", "row_noise"),
    Case("weights from nowhere", PARTS, f"{FIT} init=gone", 2, ("gone", "no such file or folder")),
    Case("weights that are none", {**PARTS, "w.safetensors": b"no weights at all"}, f"{FIT} init=w.safetensors", 2, ("w.safetensors", "cannot be read")),
    Case("weights in another form", {**PARTS, "w.pt": b"PK\x03\x04"}, f"{FIT} init=w.pt", 2, ("w.pt",)),
    Case("weights of another network", {**PARTS, "w/x.safetensors": made.weights}, f"{FIT} init=w", 2, ("'w'", "fits nowhere")),
    Case("folder of pictures as weights", PARTS, f"{FIT} init=parts", 2, ("parts", "0 files of weights")),
    set_to("a cost below nothing", "'decide.cost={escape: -5, overkill: 1}'", "decide.cost.escape", "-5"),
    Case("costs without defects", GOOD, f"{SURFACE} 'decide.cost={{escape: 5, overkill: 1}}'", 2, ("decide.cost", "decide.intervals")),
    Case("more good parts to pass than there are", GOOD, f"{SURFACE} decide.intervals=1.5", 2, ("decide.intervals", "1.5")),
    set_to("family of no kind", "network.family=resnet", "network.family", "convolution"),
    set_to("loss of another job", "loss=pixels", "train.loss", "pixels"),
    set_to("picture left out", "known.ignore=[picture]", "no input column", code=3),
    set_to("parts by a group that is not there", "split.by=group", "group"),
    # answers
    answered("new pictures, some broken", {**NEW, "new/ok/x.png": b"no picture", "new/ok/y.jpg": cut(saved(COLOUR, "JPEG"))}, 0, "6 of 8 rows answered", "new/ok/x.png", "new/ok/y.jpg"),
    answered("new pictures, all broken", {"new/1.png": b"", "new/2.png": b"x"}, 0, "0 of 2 rows answered", "new/1.png", "new/2.png"),
    answered("new pictures of other kinds", {**NEW, "new/a.tif": made.moving("TIFF"), "new/b.png": saved(surface(4, (1, 900)))}, 0, "8 of 8 rows answered"),
    answered("new pictures far too large", {"new/1.png": saved(surface(4)), "new/2.png": saved(surface(4, (300, 300)))}, 0, "1 of 2 rows answered", "new/2.png", "300 x 300", run="surface"),
    answered("no new pictures", {"new/a.txt": "x", "new/b.docx": "y"}, 3, "new"),
    answered("new .zip cut off", {"new.zip": cut(ZIP)}, 3, "new.zip", data="new.zip"),
    answered("table without the pictures", {"new.csv": "temp,label\n20,ok\n21,ng\n"}, 3, "new.csv", "column 'picture' is missing", data="new.csv"),
    answered("table with a number for a picture", {"new.csv": "picture,temp\n1,20\n2,21\n"}, 0, "0 of 2 rows answered", data="new.csv"),
    answered("half a run", {"run/manifest.json": '{"format":1,"finished":false}', **NEW}, 4, "half a run"),
    answered("run with a torn graph", {"run/model.onnx": b"torn", **NEW}, 4, "model.onnx"),
    answered("run with a torn schema", {"run/schema.json": "{", **NEW}, 4, "schema.json"),
)  # fmt: skip


if __name__ == "__main__":
    atexit.register(shutil.rmtree, RUNS, ignore_errors=True)
    if os.geteuid() == 0:
        for right in DROPPED:
            ctypes.CDLL(None).prctl(24, right, 0, 0, 0)  # PR_CAPBSET_DROP: of the commands that follow
    sys.exit(main("broken_pictures", CASES, __doc__, limit=SECONDS, memory=MEMORY))
