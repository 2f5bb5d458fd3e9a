"""The house rules in figures: what nobody should have to remember."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import andon

SRC = Path(andon.__file__).parent
FILES = sorted(SRC.rglob("*.py"))
TREES = {path: ast.parse(path.read_text("utf-8")) for path in FILES}
LATE_ALLOWED = {"api", "cli"}


def functions(tree: ast.Module) -> list[ast.FunctionDef]:
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_no_file_is_longer_than_400_lines():
    """A longer file is two rooms."""
    long = {str(p.relative_to(SRC)): n for p in FILES if (n := p.read_text("utf-8").count("\n")) > 400}

    assert not long


def test_no_folder_holds_more_than_20_files():
    """A fuller folder is two rooms."""
    folders = {p.parent for p in FILES}

    assert not [f for f in folders if len(list(f.glob("*.py"))) > 20]


def test_no_function_is_longer_than_60_lines():
    """A longer function is two."""
    long = [f"{p.name}:{f.name}" for p, t in TREES.items() for f in functions(t) if f.end_lineno - f.lineno >= 60]

    assert not long


def test_no_function_takes_more_than_seven_arguments_or_three_positional_ones():
    """More arguments than that are a value that wants a name. (`fit` takes the words of a plan; commands take options.)"""
    wide = []
    for path, tree in TREES.items():
        if path.parent.name == "cli":
            continue
        for f in functions(tree):
            positional = [a for a in [*f.args.posonlyargs, *f.args.args] if a.arg not in ("self", "cls")]
            if len(positional) + len(f.args.kwonlyargs) > 7:
                wide.append(f"{path.name}:{f.name} has {len(positional) + len(f.args.kwonlyargs)}")
    assert not wide


def test_every_public_thing_says_what_it_is():
    """Modules, public classes and functions have a docstring."""
    mute = [str(p.relative_to(SRC)) for p, t in TREES.items() if ast.get_docstring(t) is None]
    for path, tree in TREES.items():
        for node in tree.body:
            named = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if named and ast.get_docstring(node) is None:
                mute.append(f"{path.relative_to(SRC)}:{node.name}")

    assert not mute


def test_internal_imports_are_never_late():
    """An import inside a function hides a wall; only `__init__`, `api/` and `cli/` may, to start fast."""
    late = []
    for path, tree in TREES.items():
        if path.name == "__init__.py" or path.relative_to(SRC).parts[0] in LATE_ALLOWED:
            continue
        for f in functions(tree):
            late += [
                f"{path.relative_to(SRC)}:{n.lineno}" for n in ast.walk(f)
                if isinstance(n, ast.ImportFrom) and (n.module or "").startswith("andon.records") is False
                and (n.module or "").startswith("andon")
            ]  # fmt: skip

    assert not late


def test_nothing_is_pickled():
    """A run is plain files: no pickle, no unsafe loading."""
    words = ("import pickle", "weights_only=False", " torch.load(", " torch.save(", "joblib")

    assert not [f"{p.name}: {w}" for p in FILES for w in words if w in p.read_text("utf-8")]


def test_every_test_is_a_promise():
    """A test's docstring says in one sentence what the user may rely on."""
    mute = []
    for path in Path(__file__).parents[1].rglob("test_*.py"):
        for f in functions(ast.parse(path.read_text("utf-8"))):
            if f.name.startswith("test_") and not ast.get_docstring(f):
                mute.append(f"{path.name}:{f.name}")

    assert not mute


def test_the_public_names_are_these():
    """A new public name is a promise for years: change this list on purpose, and keep it at 25 or fewer."""
    assert sorted(andon.__all__) == [
        "DataProblem", "Finding", "Model", "Plan", "Problem", "Refused", "Run", "RunProblem", "check", "compare",
        "evaluate", "fit", "load", "predict", "read_plan",
    ]  # fmt: skip


def test_no_public_name_is_a_room():
    """`import andon.checks` must never hide `andon.check`."""
    rooms = {p.name for p in SRC.iterdir() if p.is_dir()} | {p.stem for p in SRC.glob("*.py")}

    assert not rooms & set(andon.__all__)


@pytest.mark.parametrize("name", andon.__all__)
def test_a_public_name_loads_when_it_is_used(name):
    """Every name in the list is really there."""
    assert getattr(andon, name) is not None


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import andon", "polars numpy torch"),
        ("import andon.cli", "polars torch onnxruntime andon.api"),
        ("import andon; andon.load, andon.predict, andon.check", "torch lightgbm sklearn onnx altair"),
        ("import andon.jobs, andon.plan, andon.layers, andon.records, andon.checks", "torch altair"),
    ],
)
def test_what_is_not_needed_is_not_loaded(code, absent):
    """Start-up stays fast and the base install works without torch."""
    script = f"import sys; {code}; print([m for m in {absent.split()!r} if m in sys.modules])"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert done.stdout.strip() == "[]", done.stderr
