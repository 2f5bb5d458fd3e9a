"""Entries of registries: many ways to write one, one way to be wrong."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from typing import Literal

import pytest
from msgspec import Struct

from andon.errors import Problem, SettingProblem, at_least
from andon.layers import LAYERS, Convolution, Dense, Dropout, Flatten, Residual
from andon.plan import as_node, load, name_of, plugins, read_entries, read_entry, registered, target_of


class Missing(Struct, frozen=True, forbid_unknown_fields=True):
    """Fill gaps."""

    how: Literal["drop", "previous", "median"] = "median"
    limit: int = 0

    def __post_init__(self) -> None:
        at_least("limit", self.limit, 0)


class Duplicates(Struct, frozen=True, forbid_unknown_fields=True):
    """Drop copies."""


class Clip(Struct, frozen=True, forbid_unknown_fields=True):
    """Clip to a range."""

    columns: list[str]
    low: float | None = None


STEPS = {"missing": (Missing, "x:Y"), "duplicates": (Duplicates, "x:Z"), "clip": (Clip, "x:C")}


@pytest.mark.parametrize(
    ("node", "name", "options"),
    [
        ("dense:128:relu", "dense", Dense(128, "relu")),
        ("dense: 128 : relu", "dense", Dense(128, "relu")),
        ({"dense": 128, "activation": "relu"}, "dense", Dense(128, "relu")),
        ({"dense": [128, "relu"]}, "dense", Dense(128, "relu")),
        ({"dense": {"width": 128}, "bias": False}, "dense", Dense(128, bias=False)),
        ({"activation": "relu", "dense": 4}, "dense", Dense(4, "relu")),
        (Dense(3), "dense", Dense(3)),
        ("flatten", "flatten", Flatten()),
        ({"flatten": None}, "flatten", Flatten()),
        ("dropout:0.5", "dropout", Dropout(0.5)),
        ({"convolution": 8, "kernel": 5.0}, "convolution", Convolution(8, 5)),
        ({"residual": ["dense:8:relu", {"dense": 8}]}, "residual", Residual((Dense(8, "relu"), Dense(8)))),
        ({"residual": "dense:8"}, "residual", Residual((Dense(8),))),
    ],
)
def test_every_form_of_a_layer_is_read(node, name, options):
    """Text, mappings and Structs mean the same."""
    assert read_entry(LAYERS, node, "network.layers.0") == (name, options)


@pytest.mark.parametrize(
    ("node", "options"),
    [
        ({"missing": "previous", "limit": 5}, Missing("previous", 5)),
        ("missing:previous:5", Missing("previous", 5)),
        ({"clip": ["a", "b"], "low": 0}, Clip(["a", "b"], 0.0)),
        ({"clip": "a"}, Clip(["a"])),
    ],
)
def test_every_registry_is_read_alike(node, options):
    """Steps of cleaning are entries like layers; a list goes to a first field that takes one."""
    assert read_entry(STEPS, node, "clean.0")[1] == options


@pytest.mark.parametrize(
    ("node", "key", "sentence"),
    [
        ("mising", "clean.0", "'clean.0' is 'mising', which is not known. Did you mean 'missing'?"),
        (5, "clean.0", "'clean.0' is 5 (it must be a name, or a mapping that begins with one). "
                       "Write it as 'missing' or '{missing: …}'."),
        ({}, "clean.0", "'clean.0' is {} (it must be a name, or a mapping that begins with one). "
                        "Write it as 'missing' or '{missing: …}'."),
        ("missing:previous:-1", "clean.0.limit",
         "'clean.0.limit' is -1 (it must be 0 or more). Raise 'clean.0.limit'."),
        ({"missing": "befor"}, "clean.0.how",
         "'clean.0.how' is 'befor' (it must be 'drop', 'previous' or 'median'). Change 'clean.0.how'."),
        ({"missing": "drop", "limt": 3}, "clean.0.limt",
         "'clean.0.limt' is not a setting. Did you mean 'clean.0.limit'?"),
        ({"duplicates": None, "by": 3}, "clean.0.by",
         "'clean.0.by' is not a setting. Leave it out: there is nothing to set here."),
        ("clip", "clean.0", "'clean.0' has no 'columns'. Add 'columns'."),
        ("duplicates:3", "clean.0", "'clean.0' gives 'duplicates' too many values (it takes none). Remove some."),
        (Dense(3), "clean.0",
         "'clean.0' is a 'Dense', which does not belong here. Known are: clip, duplicates, missing."),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_named_by_its_path(node, key, sentence):
    """The key leads back to file and line, the sentence to the mending."""
    with pytest.raises(SettingProblem) as raised:
        read_entry(STEPS, node, "clean.0")

    assert (raised.value.key, str(raised.value)) == (key, sentence)


def test_entries_are_numbered():
    """The second entry's mistake is at `.1`."""
    with pytest.raises(SettingProblem, match=r"'clean\.1' is 'x'"):
        read_entries(STEPS, ["duplicates", "x"], "clean")


@pytest.mark.parametrize(
    ("options", "node"),
    [
        (Dense(128, "relu"), {"dense": 128, "activation": "relu"}),
        (Flatten(), "flatten"),
        (Dropout(0.1), "dropout"),
        (Dropout(0.2), {"dropout": 0.2}),
        (Residual((Dense(8), Flatten())), {"residual": [{"dense": 8}, "flatten"]}),
    ],
)
def test_an_entry_is_written_as_short_as_it_is_read(options, node):
    """Writing and reading are each other's inverse."""
    assert as_node(LAYERS, options) == node
    assert read_entry(LAYERS, node, "k")[1] == options
    assert target_of(LAYERS, name_of(LAYERS, options)).startswith("andon.nets.")


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A module of the user's own in the working folder."""
    (tmp_path / "ownnets.py").write_text(
        "from msgspec import Struct\n"
        "class GateOptions(Struct):\n    width: int\n    hard: bool = False\n"
        "class Gate:\n    Options = GateOptions\n"
        "class Plain:\n    pass\n"
        "class Wrong:\n    Options = 3\n"
        "ENTRY = (GateOptions, 'ownnets:Gate')\n"
    )
    (tmp_path / "brokennets.py").write_text("class Gate(:\n")
    (tmp_path / "needynets.py").write_text("import a_package_nobody_has\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    yield
    for name in ("ownnets", "brokennets", "needynets"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("own")
def test_a_class_of_ones_own_brings_its_options():
    """`module:Class` stands where a name stands, and takes values like one."""
    name, options = read_entry(LAYERS, "ownnets:Gate:4", "k")

    assert (name, options.width, options.hard) == ("ownnets:Gate", 4, False)
    assert target_of(LAYERS, name) == "ownnets:Gate"
    assert read_entry(LAYERS, {"ownnets:Gate": 4, "hard": True}, "k")[1].hard is True
    assert type(read_entry(LAYERS, "ownnets:Plain", "k")[1]).__name__ == "NoOptions"


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("ownnets", "'ownnets' names no class (it must be 'module:Class'). Write both."),
        ("ownnets:Gat", "'ownnets:Gat' is not there ('ownnets' has no 'Gat'). Did you mean 'Gate'?"),
        ("nowhere.nets:Gate", "'nowhere.nets:Gate' cannot be loaded (there is no module 'nowhere'). "
                              "Check the spelling, or install it."),
        ("needynets:Gate", "'needynets:Gate' cannot be loaded (it needs the package 'a_package_nobody_has'). "
                           "Pip install a_package_nobody_has."),
        ("brokennets:Gate", "'brokennets:Gate' cannot be loaded (invalid syntax (brokennets.py, line 1)). "
                            "Mend 'brokennets'."),
    ],
)  # fmt: skip
def test_what_cannot_be_loaded_says_why(target, sentence):
    """A misspelling, a missing package and a broken file are three sentences."""
    with pytest.raises(Problem) as raised:
        load(target)

    assert str(raised.value) == sentence


@pytest.mark.usefixtures("own")
def test_options_that_are_no_struct_are_refused():
    """The user's own class is told what it lacks."""
    with pytest.raises(SettingProblem, match=r"'ownnets:Wrong\.Options' cannot be read\. Make it a msgspec Struct\."):
        read_entry(LAYERS, "ownnets:Wrong", "k")


@pytest.mark.usefixtures("own")
def test_other_packages_add_entries_but_take_no_name(monkeypatch):
    """A name is added through an entry point once; one that is taken is a `Problem`."""
    points = [EntryPoint("gate", "ownnets:ENTRY", "andon.layers")]
    monkeypatch.setattr(plugins, "entry_points", lambda group: points if group == "andon.layers" else [])
    plugins._added.cache_clear()
    try:
        assert read_entry(registered(LAYERS, "layers"), "gate:3", "k")[1].width == 3
        assert registered(STEPS, "clean") is STEPS

        points.append(EntryPoint("gate", "ownnets:ENTRY", "andon.layers"))
        plugins._added.cache_clear()
        with pytest.raises(Problem, match="the name 'gate' is taken twice in 'layers'"):
            registered(LAYERS, "layers")

        points[:] = [EntryPoint("dense", "ownnets:ENTRY", "andon.layers")]
        plugins._added.cache_clear()
        with pytest.raises(Problem, match="the name 'dense' is taken twice in 'layers'"):
            registered(LAYERS, "layers")
    finally:
        plugins._added.cache_clear()
