"""The core settings are few and stay few; each says what it is for."""

import subprocess
import sys

import pytest

from andon import plan
from andon.plan import docs, json_schema
from andon.plan.kinds import fields_of
from andon.plan.names import leaves
from andon.plan.settings import Joined

FROZEN = """
job accept target quantiles checks clean share series
data.rows.path data.rows.unit data.rows.time data.rows.group data.rows.weight data.rows.part
data.with.path data.with.on data.with.as_of data.with.tolerance
known.after known.ignore
split.by split.test split.validation split.calibration split.gap split.seed split.folds split.fold
scale.method scale.regimes
network.family network.size network.members network.layers network.module network.init
train.epochs train.batch train.optimizer train.learning_rate train.schedule train.weight_decay train.clip train.average
train.patience train.loss train.augment train.accumulate train.trees train.seed train.device
train.precision train.threads train.compile train.time_limit train.checkpoint_seconds
decide.intervals decide.cost decide.positive
report.language
""".split()  # noqa: SIM905


def core() -> list[str]:
    """Every core setting; those of a joined source once."""
    joined = [f"data.with.{name}" for name in fields_of(Joined)]
    return [path for path in leaves() if path != "data.with"] + joined


def test_the_core_settings_are_frozen():
    """A setting is added only on purpose, and never beyond sixty."""
    assert sorted(core()) == sorted(FROZEN), (
        "The core settings changed. Every one is a question put to each user, so there are at most sixty of them, and "
        "an option of one layer, step, optimiser or task belongs to the Struct of that entry in its registry. If it is "
        "really for everybody, change the list here and give another one up."
    )
    assert len(FROZEN) <= 60


def test_every_setting_says_what_it_is_for():
    """Editors, `andon new` and `--help` have a sentence for each setting."""
    missing = [path for path in leaves() if not docs().get(path)]

    assert missing == []


def test_the_schema_describes_every_setting():
    """What an editor shows while a plan is typed comes from the same sentences."""
    schema = json_schema()

    for section in ("Plan", "Train", "Split", "Network", "Decide"):
        for name, prop in schema["$defs"][section]["properties"].items():
            assert prop.get("description"), f"{section}.{name}"


def test_every_public_name_is_there_and_settings_come_without_yaml():
    """Names load when used; the types of the settings alone start fast."""
    assert all(getattr(plan, name) is not None for name in plan.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        plan.nothing  # noqa: B018

    code = "import sys, andon.plan.settings; print([m for m in ('ruamel.yaml', 'polars', 'numpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
