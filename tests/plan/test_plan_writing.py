"""What is written is read again as the same plan, with the user's comments where they were."""

from __future__ import annotations

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from andon.jobs import JOBS
from andon.plan import build, commented, docs, from_text, from_words, json_schema, to_yaml, values
from andon.plan.names import leaves
from andon.plan.reading import YAML

COMMENTED = """\
# Line 3, agreed with Ms Li
job: process_quality
data:
  rows: lots.csv   # from the MES
  with:
    - {path: historian/*.parquet, on: machine, as_of: ts, tolerance: 5 min}
target: 报废
network: [flatten, dense:8:relu, {dense: 2}]  # small
train:
  # never more
  epochs: 3
"""


def test_comments_are_kept_and_only_changes_are_written():
    """A run's plan is the user's file with what was resolved added to it."""
    asked = from_text(COMMENTED, "plan.yaml")
    plan = build({}, asked, from_words(["epochs=5", "batch=64", "split.by=time"]))

    text = to_yaml(plan, kept=asked)

    expected = COMMENTED.replace("epochs: 3", "epochs: 5\n  batch: 64") + "split:\n  by: time\n"
    assert text == expected
    assert build({}, from_text(text, "plan.yaml")) == plan


def test_a_kept_file_is_corrected_where_it_was_overruled():
    """What the command line set back to the default does not survive in the file."""
    asked = from_text("job: classify\ntrain: {epochs: 3}\n", "plan.yaml")
    plan = build({}, asked, from_words(["epochs=auto"]))

    assert build({}, from_text(to_yaml(plan, kept=asked), "p")) == plan


def test_a_plan_that_undoes_its_jobs_defaults_says_so():
    """Reading the run's plan again, over the job's defaults, gives the run's plan."""
    defaults = {"job": "classify", "train": {"epochs": 9}}
    plan = build(defaults, from_words(["epochs=auto"]))

    assert build(defaults, from_text(to_yaml(plan, defaults=defaults), "p")) == plan


CHOICES = {
    "target": st.none() | st.sampled_from(["报废", "yes", "null", "1", "a: b", "# x", "- y", "'q'", "*", "auto", " "]),
    "train.epochs": st.just("auto") | st.integers(1, 10**6),
    "train.learning_rate": st.just("auto") | st.floats(0, 10),
    "train.compile": st.sampled_from([True, False, "auto"]),
    "known.after": st.lists(st.sampled_from(["a,b", "c: d", "[x]", "{", "é", "\t", "no"]), max_size=3),
    "quantiles": st.lists(st.floats(0.01, 0.99), max_size=3),
    "decide.cost": st.dictionaries(st.sampled_from(["escape", "1", "true", "好"]), st.floats(0, 9), max_size=3),
    "checks": st.just({}) | st.just({"p": {"range": [0, 1.5], "pattern": "^[A-Z]{2}: #"}}),
    "clean": st.just("auto") | st.just(["duplicates", {"missing": "previous", "limit": 5}]),
    "network.layers": st.none() | st.just(["flatten", {"dense": 3}]),
    "data.with": st.just([]) | st.just([{"path": "b.csv", "on": ["x", "y"]}]),
    "split.gap": st.none() | st.just("2 h"),
}


@given(st.fixed_dictionaries({}, optional=CHOICES), st.sets(st.sampled_from(sorted(leaves()))))
@settings(max_examples=40, deadline=None)
def test_writing_and_reading_are_inverse(flat, explained):
    """Any plan survives both writers, whatever its text looks like."""
    nested: dict = {"job": "classify"}
    for path, value in flat.items():
        node = nested
        *above, last = path.split(".")
        for part in above:
            node = node.setdefault(part, {})
        node[last] = value
    plan = build(nested)

    assert build({}, from_text(to_yaml(plan), "plan.yaml")) == plan
    assert build({}, from_text(commented(plan, dict.fromkeys(explained, "so: # it\n is")), "plan.yaml")) == plan


def test_a_new_plan_shows_every_setting_with_its_reason():
    """Values stand with their reasons; defaults stand as comments that count once their `# ` is gone."""
    plan = build({}, from_words(["job=classify", "target=y", "clean=[duplicates, {missing: median}]", "members=4"]))

    text = commented(plan, {"target": "two values", "clean.1": "3 % are missing", "network.members": "a small table"})

    assert "target: y  # two values\n" in text
    assert "  - {missing: median}  # 3 % are missing\n" in text
    assert "  members: 4  # a small table\n" in text
    assert "  # epochs:" not in text
    assert "#   epochs: auto  # Times every training row is seen.\n" in text
    assert all(f"{path.rpartition('.')[2]}:" in text for path in leaves())


def test_a_new_plan_counts_whole_once_uncommented():
    """Removing `# ` in front of the settings changes nothing but that they are written."""
    plan = build({}, from_words(["job=classify", "target=y", "members=4", "unit=lot"]))
    lines = commented(plan, {}).splitlines(keepends=True)
    uncommented = "".join(line.replace("# ", "", 1) if line.lstrip().startswith("# ") else line for line in lines)

    asked = from_text(uncommented, "plan.yaml")

    assert build({}, asked) == plan
    assert set(asked.lines) >= set(leaves())


def test_values_are_listed_by_path():
    """Every setting, as plain values."""
    assert set(values(build({"job": "classify"}))) == set(leaves())


def test_sections_have_their_sentence_too():
    """A comment stands beside each section of a new plan."""
    assert docs()["train"] == "How long and how hard to train."


@pytest.mark.parametrize("name", sorted(JOBS))
def test_the_schema_accepts_what_is_written(name):
    """An editor that checks by the schema has no quarrel with our own plans, short forms included."""
    validator = jsonschema.Draft202012Validator(json_schema())
    plan = build({**JOBS[name].defaults, "job": name}, from_words(["target=y", "members=4", "split.by=time"]))

    for text in (to_yaml(plan), commented(plan, {}), COMMENTED):
        validator.validate(YAML(typ="safe", pure=True).load(text))


@pytest.mark.parametrize(
    "text", ["job: 3\n", "job: x\ntrain: {lr: 1}\n", "job: x\nnetwork: [{dens: 3}]\n", "job: x\nscale: {method: z}\n"]
)
def test_the_schema_refuses_what_is_refused(text):
    """An editor underlines what reading would refuse."""
    validator = jsonschema.Draft202012Validator(json_schema())

    assert not validator.is_valid(YAML(typ="safe", pure=True).load(text))
