"""Pictures: an epoch from the second on beside a `DataLoader` with Pillow and the usual transforms; the measured choice of
precision and format beside fp32 channels first; a call on a thousand pictures beside bare decoding plus ONNX Runtime; the
first reading beside bare Pillow. Each is measured in turn with its peer, on NEU.

    python benchmarks/picture_speed.py
    python benchmarks/picture_speed.py --work

`--work` measures updates by one thread, by the processor time of this process and the loader's workers together: what other
work on the machine does to a clock on the wall does not decide, and two cores that are both busy share it.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import polars as pl
import psutil
import torch
from msgspec import structs
from PIL import Image, ImageEnhance, ImageOps

from benchmarks.record import DATA, WORK, laps, row

ARCHIVE = DATA / "images/neu_steel/neu_steel.tar"
STEPS, ROUNDS = 20, 5


def unpacked(folder: Path) -> list[tuple[str, str]]:
    """Files and their classes, as a `Dataset` reads them."""
    with tarfile.open(ARCHIVE) as tar:
        tar.extractall(folder, filter="data")
    return [(str(p), p.parent.name) for p in sorted(folder.rglob("*.jpg"))]


class Pictures(torch.utils.data.Dataset):  # type: ignore[type-arg]
    """Decode, shrink, flip, turn, rotate, light: what a tutorial does, without torchvision."""

    def __init__(self, files: list[tuple[str, str]], side: int) -> None:
        self.files, self.side = files, side
        self.classes = sorted({label for _, label in files})

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, place: int) -> tuple[torch.Tensor, int]:
        path, label = self.files[place]
        picture = Image.open(path).convert("L").resize((self.side, self.side), Image.Resampling.BILINEAR)
        if np.random.random() < 0.5:
            picture = ImageOps.mirror(picture)
        if np.random.random() < 0.5:
            picture = ImageOps.flip(picture)
        picture = picture.rotate(np.random.uniform(-10, 10) + 90 * np.random.randint(4), Image.Resampling.BILINEAR)
        picture = ImageEnhance.Contrast(picture).enhance(np.random.uniform(0.8, 1.2))
        picture = ImageEnhance.Brightness(picture).enhance(np.random.uniform(0.95, 1.05))
        return torch.from_numpy(np.asarray(picture).copy()), self.classes.index(label)


def timed(call: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds of a call."""
    began = clock()
    call()
    return clock() - began


def processor() -> float:
    """Seconds of processor time of this process and of those that it started, once these have nothing to do: a loader's
    workers fetch ahead, which would count for whoever comes next."""
    workers, idle = psutil.Process().children(recursive=True), 0
    while idle < 5:
        time.sleep(0.02)
        idle = idle + 1 if all(one.status() == psutil.STATUS_SLEEPING for one in workers) else 0
    return time.process_time() + sum(sum(one.cpu_times()[:2]) for one in workers)


def training(folder: Path, files: list[tuple[str, str]], size: str, *, work: bool = False) -> None:
    """Updates of one network, fed in two ways, each in two precisions: the measured one, and that of a loop as it is
    usually written."""
    from andon.api.fit import ready, scaling_of
    from andon.api.learning.learn import base_settings, feeds, loss_of, network
    from andon.api.plans import resolve
    from andon.feed.batch import Batch
    from andon.train.choices import measure
    from andon.train.device import pinned
    from andon.train.update import Updates

    clock, only = (processor, {"train.threads": 1}) if work else (time.perf_counter, {})
    prepared = ready(resolve("defect_class", [str(ARCHIVE)], {"network.size": size, **only}), cache=folder / "cache")
    scaling, loss = scaling_of(prepared), loss_of(prepared)
    feed, _ = feeds(prepared)
    settings = structs.replace(base_settings(prepared), optimizer="muon", learning_rate=4e-3, options=None)
    measured = measure(network(prepared, scaling), feed, loss=loss, settings=settings, plan=prepared.plan.train)
    chosen = structs.replace(settings, **measured.settings)
    plain = structs.replace(settings, precision="float32", channels_last=False, threads=chosen.threads, compile=False)
    ways = {"chosen": chosen, "plain": plain, "loader": chosen, "usual": plain}
    updates = {n: Updates(network(prepared, scaling), feed, loss=loss, settings=s) for n, s in ways.items()}
    loader = torch.utils.data.DataLoader(
        Pictures(files, prepared.specs[0].shape[0]), batch_size=int(prepared.plan.train.batch), shuffle=True,
        num_workers=2, persistent_workers=True,
    )  # fmt: skip
    batches = iter(loader)
    name = prepared.specs[0].name

    def ours(way: str) -> Callable[[], float]:
        count = iter(range(10**9))

        def call() -> float:
            with pinned(ways[way]):
                return timed(lambda: [updates[way].update(next(count)) for _ in range(STEPS)], clock)

        return call

    def loaded(way: str) -> float:
        """The same update, the batch coming from the loader."""
        nonlocal batches
        up = updates[way]
        original = up.feed.batch

        def given(epoch: int, step: int) -> Batch:
            nonlocal batches
            try:
                pictures, labels = next(batches)
            except StopIteration:
                batches = iter(loader)
                pictures, labels = next(batches)
            return Batch({name: pictures}, labels, None, np.arange(len(labels)))

        up.feed.batch = given  # type: ignore[method-assign]
        try:
            with pinned(ways[way]):
                return timed(lambda: [up.update(step) for step in range(STEPS)], clock)
        finally:
            up.feed.batch = original  # type: ignore[method-assign]

    def bare() -> float:
        """Reading alone: batches of the loader, nothing learnt."""
        return timed(lambda: [batch for _, batch in zip(range(STEPS), loader, strict=False)], clock)

    def reading() -> float:
        return timed(lambda: [feed.batch(7, step) for step in range(STEPS)], clock)

    ours("chosen")(), loaded("loader"), loaded("usual")  # warm
    found = laps(
        {"ours": ours("chosen"), "plain": ours("plain"), "loader": lambda: loaded("loader"),
         "usual": lambda: loaded("usual"), "read": reading, "bare": bare}, ROUNDS
    )  # fmt: skip
    for way, said in (("loader", "our precision"), ("usual", "fp32 channels first")):
        row("picture_work" if work else "picture_epoch", set=f"neu, {size}", value=found["ours"] / STEPS, n=ROUNDS,
            peer=f"DataLoader + Pillow, 2 workers, {said}", ratio=found["ours"] / found[way],
            unit="processor s per update" if work else "s per update", threads=chosen.threads,
            chosen=measured.settings)  # fmt: skip
    if work:
        return
    row("picture_reading", set=f"neu, {size}", value=found["read"] / STEPS, n=ROUNDS, peer="DataLoader + Pillow, 2 workers",
        ratio=found["read"] / found["bare"], unit="s per batch, augmented")  # fmt: skip
    row("picture_precision", set=f"neu, {size}", value=found["ours"] / STEPS, n=ROUNDS, peer="fp32 channels first",
        ratio=found["ours"] / found["plain"], unit="s per update", chosen=measured.settings)  # fmt: skip


def answering(folder: Path, files: list[tuple[str, str]]) -> None:
    """A thousand files a call."""
    import onnxruntime

    import andon
    from andon import pictures

    run = andon.fit("defect_class", ARCHIVE, runs=folder / "runs", quiet=True, epochs=1, accept=["*"],
                    train={"learning_rate": 4e-3, "trees": "off"})  # fmt: skip
    model = andon.load(run)
    f = next(f for f in model.schema.fields if f.fit)
    session = onnxruntime.InferenceSession(str(run / "model.onnx"))
    places = [path for path, _ in files[:1000]]
    frame = pl.DataFrame({f.name: places})

    def decode(path: str) -> np.ndarray:
        with Image.open(path) as picture:
            return pictures.fitted(np.asarray(picture.convert("L")), f.shape, f.fit)

    def bare() -> float:
        def call() -> None:
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                stack = np.stack(list(pool.map(decode, places)))
            for start in range(0, 1000, 104):
                session.run(["scores"], {f.name: stack[start : start + 104]})

        return timed(call)

    found = laps({"ours": lambda: timed(lambda: model.predict_frame(frame)), "bare": bare}, 2 * ROUNDS)
    row("picture_predict", set="neu", value=found["ours"], n=2 * ROUNDS, peer="bare decoding + ONNX Runtime",
        ratio=found["ours"] / found["bare"], unit="s per 1,000")  # fmt: skip


def reading(folder: Path, files: list[tuple[str, str]]) -> None:
    """From the archive to arrays, nothing kept before, beside decoding and shrinking alone."""
    from andon.api.fit import ready
    from andon.api.plans import resolve

    with tarfile.open(ARCHIVE) as tar:
        content = [tar.extractfile(m).read() for m in tar.getmembers() if m.name.endswith(".jpg")]  # type: ignore[union-attr]

    def ours() -> float:
        cache = Path(tempfile.mkdtemp(dir=folder)) / "arrays"
        return timed(lambda: ready(resolve("defect_class", [str(ARCHIVE)]), cache=cache))

    def one(data: bytes) -> np.ndarray:
        return np.asarray(Image.open(io.BytesIO(data)).convert("L").resize((100, 100), Image.Resampling.BOX))

    def bare() -> float:
        def call() -> None:
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                list(pool.map(one, content))

        return timed(call)

    found = laps({"ours": ours, "bare": bare}, ROUNDS)
    row("picture_cache", set="neu", value=found["ours"], n=ROUNDS, peer="bare Pillow, threads",
        ratio=found["ours"] / found["bare"], unit="s, with all checks and the split")  # fmt: skip


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", action="store_true", help="processor time of updates alone")
    parser.add_argument("--sizes", nargs="+", default=["tiny", "small"])
    asked = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=WORK))
    files = unpacked(folder / "files")
    for size in asked.sizes:
        training(folder, files, size, work=asked.work)
    if asked.work:
        return
    answering(folder, files)
    reading(folder, files)


if __name__ == "__main__":
    main()
