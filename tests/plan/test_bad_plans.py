"""Whatever is wrong in a plan file is one sentence with file, line and the nearest right word."""

from __future__ import annotations

import contextlib
import random

import pytest

from andon.errors import Problem
from andon.plan import build, from_text, from_words, read_file

PLANS = [
    ("job: classify\ntrain:\n  lr: 0.1\n",
     "plan.yaml, line 3: 'train.lr' is not a setting. Did you mean 'train.learning_rate'?"),
    ("job: classify\ntrain: {batch_size: 32}\n",
     "plan.yaml, line 2: 'train.batch_size' is not a setting. Did you mean 'train.batch'?"),
    ("job: classify\ntrain:\n  lr0: 0.01\n",
     "plan.yaml, line 3: 'train.lr0' is not a setting. Did you mean 'train.learning_rate'?"),
    ("job: classify\ntrain:\n  max_epochs: 5\n",
     "plan.yaml, line 3: 'train.max_epochs' is not a setting. Did you mean 'train.epochs'?"),
    ("job: classify\ntrain:\n  workers: 8\n",
     "plan.yaml, line 3: 'train.workers' is not a setting. Leave it out: batches are gathered whole, there "
     "are no loader workers to set."),
    ("job: classify\nepochs: 5\n",
     "plan.yaml, line 2: 'epochs' is not a setting. Did you mean 'train.epochs'?"),
    ("job: classify\nseed: 5\n",
     "plan.yaml, line 2: 'seed' is not a setting. Did you mean 'split.seed' or 'train.seed'?"),
    ("job: classify\nspilt: {by: time}\n",
     "plan.yaml, line 2: 'spilt' is not a setting. Did you mean 'split'?"),
    ("job: classify\nsplit: {valdation: 0.1}\n",
     "plan.yaml, line 2: 'split.valdation' is not a setting. Did you mean 'split.validation'?"),
    ("job: classify\nmodel: resnet\n",
     "plan.yaml, line 2: 'model' is not a setting. Did you mean 'network.family'?"),
    ("job: classify\ntrain:\n  epochs: many\n",
     "plan.yaml, line 3: 'train.epochs' is 'many' (it must be a whole number or 'auto'). Change 'train.epochs'."),
    ("job: classify\ntrain:\n  epochs: 2.5\n",
     "plan.yaml, line 3: 'train.epochs' is 2.5 (it must be a whole number or 'auto'). Change 'train.epochs'."),
    ("job: classify\ntrain:\n  batch: 0\n",
     "plan.yaml, line 3: 'train.batch' is 0 (it must lie between 1 and 1000000000). Change 'train.batch'."),
    ("job: classify\ntrain:\n  learning_rate: .inf\n",
     "plan.yaml, line 3: 'train.learning_rate' is inf (it must lie between 0 and 1000000000). Change "
     "'train.learning_rate'."),
    ("job: classify\ntrain:\n  compile: 3\n",
     "plan.yaml, line 3: 'train.compile' is 3 (it must be true or false or 'auto'). Change 'train.compile'."),
    ("job: classify\nscale: robusst\n",
     "plan.yaml, line 2: 'scale.method' is 'robusst' (it must be 'auto', 'zscore', 'minmax', 'robust', "
     "'quantile', 'log' or 'none'). Did you mean 'robust'?"),
    ("job: classify\nsplit:\n  by: machine\n",
     "plan.yaml, line 3: 'split.by' is 'machine' (it must be 'auto', 'random', 'time', 'unit', 'group' or "
     "'given'). Change 'split.by'."),
    ("job: classify\nsplit:\n  test: 1.5\n",
     "plan.yaml, line 3: 'split.test' is 1.5 (it must lie between 0.0 and 0.9). Change 'split.test'."),
    ("job: classify\nsplit:\n  test: 0.6\n  validation: 0.4\n",
     "plan.yaml, line 3: test, validation and calibration shares leave no rows to train on (they add up to "
     "1). Lower one of them."),
    ("job: classify\nsplit: {folds: 5, fold: 5}\n",
     "plan.yaml, line 2: fold 5 of 5 does not exist. Count folds from 0, two or more."),
    ("job: classify\nsplit:\n  gap: 2 lightyears\n",
     "plan.yaml, line 3: 'split.gap' is '2 lightyears' (a length of time is a number and a unit: ms, s, min, "
     "h, d or w). Write it as '5 min'."),
    ("job: classify\ntrain:\n  time_limit: 600\n",
     "plan.yaml, line 3: 'train.time_limit' is '600' (a length of time is a number and a unit: ms, s, min, h, "
     "d or w). Write it as '5 min'."),
    ("job: classify\ndata:\n  with:\n    - {path: pictures/}\n",
     "plan.yaml, line 4: 'data.with.0' says not how it joins (it has neither 'on' nor 'as_of'). Add 'on: COLUMN'."),
    ("job: classify\ndata:\n  with:\n    - {on: serial}\n",
     "plan.yaml, line 4: 'data.with.0' has no 'path' (it takes text). Add 'path'."),
    ("job: classify\ndata:\n  with:\n    - {path: a.csv, on: lot, tolerence: 5 min}\n",
     "plan.yaml, line 4: 'data.with.0.tolerence' is not a setting. Did you mean 'data.with.0.tolerance'?"),
    ("job: classify\nnetwork: [flatten, {dens: 128}]\n",
     "plan.yaml, line 2: 'network.layers.1' is 'dens', which is not known. Did you mean 'dense'?"),
    ("job: classify\nnetwork:\n  - flatten\n  - {dense: 128, units: 3}\n",
     "plan.yaml, line 4: 'network.layers.1.units' is not a setting. Did you mean 'network.layers.1.width'?"),
    ("job: classify\nnetwork:\n  - flatten\n  - dense: 0\n",
     "plan.yaml, line 4: 'network.layers.1.width' is 0 (it must be 1 or more). Raise 'network.layers.1.width'."),
    ("job: classify\nnetwork:\n  layers:\n    - {dense: 8, activation: rellu}\n",
     "plan.yaml, line 4: 'network.layers.0.activation' is 'rellu' (it must be 'none', 'relu', 'gelu', 'silu', "
     "'selu', 'mish', 'tanh' or 'sigmoid'). Did you mean 'relu'?"),
    ("job: classify\nnetwork: [{dropout: 2.0}]\n",
     "plan.yaml, line 2: 'network.layers.0.share' is 2.0 (it must lie between 0.0 and 0.95). Change "
     "'network.layers.0.share'."),
    ("job: classify\nnetwork: ['flatten:1']\n",
     "plan.yaml, line 2: 'network.layers.0' gives 'flatten' too many values (it takes none). Remove some."),
    ("job: classify\nnetwork: [{residual: [{dense: wide}]}]\n",
     "plan.yaml, line 2: 'network.layers.0.layers.0.width' is 'wide' (it must be a whole number). Change "
     "'network.layers.0.layers.0.width'."),
    ("job: classify\nnetwork: []\n",
     "plan.yaml, line 2: 'network.layers' is empty. Add at least '{dense: 10}'."),
    ("job: classify\nnetwork: transformer\n",
     "plan.yaml, line 2: 'network' is 'transformer' (it must be a family, a size, a list of layers or "
     "'module:Class'). Known are: attention, auto, base, convolution, dense, giant, history, huge, large, random, small, surface, tabm, tiny."),
    ("job: classify\nnetwork:\n  layers: [{dense: 3}]\n  module: a:B\n",
     "plan.yaml, line 4: 'network' is given as layers and as a class. Keep one of them."),
    ("job: classify\nquantiles: [0.1, 1.2]\n",
     "plan.yaml, line 2: 'quantiles.1' is 1.2 (it must lie between 0.001 and 0.999). Change 'quantiles.1'."),
    ("job: classify\ndecide: {cost: {escape: -1}}\n",
     "plan.yaml, line 2: 'decide.cost.escape' is -1.0 (it must lie between 0 and 1000000000). Change "
     "'decide.cost.escape'."),
    ("job: classify\ndecide:\n  cost: 5\n",
     "plan.yaml, line 3: 'decide.cost' is 5 (it must be a mapping). Change 'decide.cost'."),
    ("job: classify\ntrain: 5\n",
     "plan.yaml, line 2: 'train' is 5 (it must be a mapping). Change 'train'."),
    ("job: classify\ntrain: {epochs: [1]}\n",
     "plan.yaml, line 2: 'train.epochs' is [1] (it must be a whole number or 'auto'). Change 'train.epochs'."),
    ("train: {epochs: 3}\n",
     "plan.yaml: no job is named. Add 'job: classify'; `andon jobs` lists them all."),
    ("just a sentence\n",
     "plan.yaml, line 1: this is not a plan (it must be a mapping of settings). Begin with 'job: classify'; "
     "`andon new JOB DATA` writes a whole one."),
    ("- job\n- classify\n",
     "plan.yaml, line 1: this is not a plan (it must be a mapping of settings). Begin with 'job: classify'; "
     "`andon new JOB DATA` writes a whole one."),
    ("job: classify\n\ttrain: 3\n",
     "plan.yaml, line 2: a tab is used for indenting (found character '\\t' that cannot start any token). Use "
     "spaces."),
    ("job: classify\njob: regress\n",
     "plan.yaml, line 2: a setting is given twice (found duplicate key \"job\" with value \"regress\" "
     "(original value: \"classify\")). Keep one of them."),
    ("job: classify\ntarget: scrap: yes\n",
     "plan.yaml, line 2: this is not YAML (mapping values are not allowed here). Indent alike what belongs "
     "together, and put text with a colon in quotes."),
    ("job: classify\nclean: [duplicates\n",
     "plan.yaml, line 3: this is not YAML (expected ',' or ']', but got '<stream end>'). Close every bracket "
     "and quote, and indent alike what belongs together."),
    ("job: classify\nchecks: {p: {pattern: *x}}\n",
     "plan.yaml, line 2: this is not YAML (found undefined alias 'x'). Put text that begins with a special "
     "sign in quotes."),
    ("job: classify\n---\njob: regress\n",
     "plan.yaml, line 2: there is more than one document (but found another document). Remove the line '---' "
     "and what follows."),
    ("job: classify\ntarget: !secret x\n",
     "plan.yaml, line 2: this cannot be used in a plan (the tag '!secret' has no meaning here). Write a plain "
     "value."),
    ("job: classify\ntrain: {epochs: 99999999999999999999999999}\n",
     "plan.yaml, line 2: 'train.epochs' is 99999999999999999999999999 (it must lie between 1 and 1000000000). "
     "Change 'train.epochs'."),
    ("job: classify\nreport: {language: cn}\n",
     "plan.yaml, line 2: 'report.language' is 'cn' (it must be 'en' or 'zh'). Change 'report.language'."),
    ("job: classify\nshare: everything\n",
     "plan.yaml, line 2: 'share' is 'everything' (it must be 'full', 'shapes' or 'none'). Change 'share'."),
    ("job: classify\ntarget: [a, b]\n",
     "plan.yaml, line 2: 'target' is ['a', 'b'] (it must be text or null). Change 'target'."),
    ("job: classify\nknown:\n  after: {a: b}\n",
     "plan.yaml, line 3: 'known.after' is {'a': 'b'} (it must be a list). Change 'known.after'."),
]  # fmt: skip
"""A plan file's text, and what is said about it."""

WORDS = [
    ("lr=0.1", "'lr' is not a setting. Did you mean 'train.learning_rate'?"),
    ("seed=3", "'seed' could be 'split.seed' or 'train.seed'. Give the whole path, as 'split.seed=…'."),
    ("epochs", "'epochs' sets nothing (it has no '='). Write it as 'epochs=VALUE'."),
    ("train.lerning_rate=1", "'train.lerning_rate' is not a setting. Did you mean 'train.learning_rate'?"),
    ("batch=1.5", "'train.batch' is 1.5 (it must be a whole number or 'auto'). Change 'train.batch'."),
    ("network=dens:128,dense:10", "'network.layers.0' is 'dens', which is not known. Did you mean 'dense'?"),
    ("network=dens", "'network' is 'dens' (it must be a family, a size, a list of layers or 'module:Class'). "
                     "Did you mean 'dense'?"),
    ("checks.p.range=[0", "'checks.p.range' is '[0', which is not YAML (expected ',' or ']', but got '<stream end>'). "
                          "Put it in quotes."),
    ("epochs=", "'train.epochs' is null (it must be a whole number or 'auto'). Change 'train.epochs'."),
    ("momentum=0.9", "'momentum' is not a setting. Put it in the optimizer, as 'optimizer: {sgd: {momentum: 0.9}}'."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), PLANS)
def test_a_bad_plan_is_answered_with_one_sentence(text, sentence):
    """File, line, what is wrong, why, and what to do: nothing else, and no traceback's text."""
    with pytest.raises(Problem) as raised:
        build({}, from_text(text, "plan.yaml"))

    assert str(raised.value) == sentence
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(("word", "sentence"), WORDS)
def test_a_bad_word_is_answered_with_one_sentence(word, sentence):
    """The command line says the same without file and line."""
    with pytest.raises(Problem) as raised:
        build({"job": "classify"}, from_words([word]))

    assert str(raised.value) == sentence


def test_there_are_many_distinct_ways_to_be_wrong():
    """The list above is what the promise stands on."""
    assert len({sentence for _, sentence in PLANS}) >= 25


def test_a_missing_plan_says_how_to_make_one(tmp_path):
    """The next command is in the sentence."""
    with pytest.raises(Problem, match=r"nope.yaml: there is no such plan. Make one with `andon new JOB DATA`\."):
        read_file(tmp_path / "nope.yaml")


def test_a_plan_in_another_encoding_names_line_and_byte(tmp_path):
    """An old editor's file is told from a broken one."""
    (tmp_path / "plan.yaml").write_bytes("job: classify\ntarget: 质量\n".encode("gbk"))

    with pytest.raises(Problem, match=r"plan.yaml, line 2: this is not UTF-8 \(byte 22\). Save the plan as UTF-8\."):
        read_file(tmp_path / "plan.yaml")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marks_and_chinese_are_read(tmp_path, encoding):
    """What the usual editors of a Chinese Windows write is a plan."""
    (tmp_path / "plan.yaml").write_bytes("job: classify\ntarget: 是否合格\n".encode(encoding))

    assert build({}, read_file(tmp_path / "plan.yaml")).target == "是否合格"


def test_aliases_that_unfold_without_end_are_refused():
    """A file of one kilobyte cannot fill the memory."""
    bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{new}: &{new} [{','.join(['*' + old] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )

    with pytest.raises(Problem, match="it unfolds to more values than any plan has"):
        from_text(bomb, "plan.yaml")


def test_a_mutated_plan_never_ends_in_a_traceback(tmp_path):
    """Whatever bytes a plan has, it is a plan or a `Problem`."""
    rng = random.Random(0)
    good = (
        "job: classify\ndata: {rows: {path: x.csv, unit: lot}, with: [{path: a/*.csv, on: m, tolerance: 5 min}]}\n"
        "network: [flatten, {dense: 128, activation: relu}, {residual: [dense:8]}]  # 层\ntrain: {epochs: 5}\n"
        "split:\n  by: time\n  gap: 2 h\nchecks:\n  p: {range: [0, 16]}\n"
    ).encode()
    for _ in range(150):
        bad = bytearray(good)
        for _ in range(rng.randint(1, 5)):
            place = rng.randrange(len(bad))
            bad[place : place + rng.choice((0, 1, 1, 9))] = rng.choice(
                [*b"{}[]:,&*!#|>-'%@`\t\n ?<~0\xff", 0]
            ).to_bytes()
        (tmp_path / "plan.yaml").write_bytes(bytes(bad))
        with contextlib.suppress(Problem):
            build({}, read_file(tmp_path / "plan.yaml"))
