"""What the docs show runs: Python blocks are executed, plans are read, commands are known and their settings too."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import typer

from andon.cli import app
from andon.plan import from_text, from_words

ROOT = Path(__file__).parents[2]
DOCS = [ROOT / "README.md", ROOT / "README.zh-CN.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCKS = [
    pytest.param(language, text, id=f"{path.name}-{number}")
    for path in DOCS
    for number, (language, text) in enumerate(re.findall(r"^```(\w*)\n(.*?)^```", path.read_text("utf-8"), re.M | re.S))
]


def digits(folder: Path) -> None:
    """A folder like MNIST's own: 400 pictures to learn from, 100 to be judged by."""
    folder.mkdir()
    draw = np.random.default_rng(0)
    for name, count in (("train", 400), ("t10k", 100)):
        labels = np.arange(count, dtype=np.uint8) % 10
        pictures = draw.integers(0, 80, (count, 28, 28), dtype=np.uint8)
        for place, label in enumerate(labels):
            pictures[place, 2 * label : 2 * label + 6] += 120
        shape = b"".join(size.to_bytes(4, "big") for size in pictures.shape)
        (folder / f"{name}-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + shape + pictures.tobytes())
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01" + shape[:4] + labels.tobytes())


@pytest.mark.parametrize(("language", "text"), BLOCKS)
def test_what_the_docs_show_runs(language, text, tmp_path, monkeypatch):
    """A block that a reader copies does what the page says, or at the least is understood."""
    monkeypatch.chdir(tmp_path)
    if language == "python":
        digits(tmp_path / "mnist")
        exec(compile(text, "docs", "exec"), {"__name__": "docs"})
    elif language == "yaml":
        from_text(text, origin="docs")
    else:
        for line in re.findall(r"^andon (.*?)(?:\s+#.*)?$", text, re.M):
            understood(line.split())


def understood(words: list[str]) -> None:
    """The command exists, with these options; its settings are settings."""
    group = typer.main.get_command(app)
    command = group.commands[words[0]]
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= options | {"--help"}
    from_words([word for word in words[1:] if "=" in word and not word.startswith("--")])
