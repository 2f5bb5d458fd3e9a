"""The Chinese catalogue is whole: nothing untranslated, nothing fuzzy, nothing left over."""

from __future__ import annotations

import re
import time
from importlib import resources

import polars as pl
import pytest
from babel.messages.pofile import read_po
from extract_texts import SOURCE, marked, notes, sentences

from andon.locale import translate
from andon.locale.catalog import PLACE, SENTENCE, catalog
from andon.plan.settings import Split
from andon.records.records import Column, Records
from andon.score.gap import judge
from andon.split import split

with resources.files("andon.locale").joinpath("zh.po").open("rb") as file:
    MESSAGES = [message for message in read_po(file, locale="zh") if message.id]
KNOWN = {message.id if isinstance(message.id, str) else tuple(message.id) for message in MESSAGES}
FINDINGS = ("what", "why", "fix")
LATIN = re.compile(r"[A-Za-z]{4,}")
TERMS = {
    "andon", "AUROC", "Brier", "checks", "classify", "clean", "clip", "cost", "data", "decide", "drop", "duplicates",
    "findings", "group", "ignore", "json", "known", "linear", "median", "members", "missing", "model", "monotone", "onnx",
    "plan", "previous", "range", "rows", "split", "test", "time", "unit", "validation", "yaml", "after", "dropout", "accept", "CODE", "robust", "cross",
    "entropy", "RMSE", "safe", "until", "format", "categories", "label", "several", "defects", "surface", "anomaly", "job",
    "zone", "Asia", "Shanghai",
}  # fmt: skip
"""Words that stay in Latin letters: names of files and settings, and what Chinese engineers write so."""


def test_every_marked_text_of_the_package_is_translated():
    """Whoever marks a text with `say`, `say.many` or `mark`, in whatever room, adds its Chinese."""
    missing = sorted(str(text) for text in marked() - KNOWN)
    assert not missing, f"add to src/andon/locale/zh.po: {missing}"


def test_every_sentence_of_a_finding_is_translated():
    """A Chinese page tells what was found in Chinese: each template of a check's sentences stands in the catalogue."""
    missing = sorted(sentences("checks", FINDINGS) - KNOWN)
    assert not missing, f"add to src/andon/locale/zh.po, marked `#. sentence`: {missing}"


def test_every_note_of_the_reader_is_translated():
    """What reading noticed stands on a Chinese page in Chinese, with the file it is about in front or without."""
    known = {text.removeprefix("{where}: ") for text in KNOWN if isinstance(text, str)}
    missing = sorted(notes() - known)
    assert not missing, f"add to src/andon/locale/zh.po, marked `#. sentence`: {missing}"


def test_no_translation_is_missing_or_fuzzy():
    """A text half translated would turn up in English in the middle of a Chinese page."""
    bad = [m.id for m in MESSAGES if m.fuzzy or not (m.string if isinstance(m.id, str) else m.string[0])]
    assert not bad


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: str(message.id)[:40])
def test_a_translation_fills_the_places_of_its_text(message):
    """No figure is lost or invented on the way into Chinese."""
    source = message.id if isinstance(message.id, str) else message.id[1]
    spoken = message.string if isinstance(message.id, str) else message.string[0]
    assert set(PLACE.findall(spoken)) == set(PLACE.findall(source))


def test_chinese_texts_hold_no_english_words():
    """Only names of settings, files and measures stay in Latin letters."""
    left = {}
    for message in MESSAGES:
        spoken = message.string if isinstance(message.string, str) else message.string[0]
        words = set(LATIN.findall(re.sub(r"\{\w+\}|\w+(\.\w+)+", "", spoken))) - TERMS
        if words:
            left[str(message.id)] = words
    assert not left


def test_no_marked_text_hides_in_an_f_string():
    """Babel cannot see a mark within an f-string, so there is none."""
    hidden = [
        f"{path.name}: {line.strip()}"
        for path in SOURCE.rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"""f["'].*\{(say|mark)\(""", line)
    ]
    assert not hidden


def test_no_text_of_the_page_is_left_over():
    """A text nobody says any more is taken out of the catalogue."""
    marks = marked()
    unused = [
        m.id
        for m in MESSAGES
        if SENTENCE not in m.auto_comments and (m.id if isinstance(m.id, str) else tuple(m.id)) not in marks
    ]
    assert not unused


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("'torque' is missing in 1,320 rows (3.2 %)", "“torque”在 1,320 行中缺失（3.2 %）"),
        ("'unit' (unit) is missing in 3 rows (1 %)", "“unit”（单元）在 3 行中缺失（1 %）"),
        ("'wear' only ever rises with the row number", "“wear”随行号一直上升"),
        ("By time: the latest rows by 'made' judge what was learnt from earlier ones; 4 rows without a target are left out.",
         "按时间划分：用“made”最晚的数据评判从较早数据中学到的内容；4 行没有目标值，予以排除。"),
        ("'a}{0}' is empty in every row", "“a}{0}”整列为空"),
        ("lots.csv: The file has no byte order mark and is not UTF-8; read as GB18030.",
         "lots.csv：文件没有字节顺序标记，也不是 UTF-8；按 GB18030 读取。"),
        ("In 'p' 2 cells are no number like 1234,5 and taken as missing: 'ERR', 'x' (first rows 3, 9, counted from 0).",
         "“p”中有 2 个单元格不是形如 1234,5 的数值，按缺失处理：'ERR', 'x'（最早的行为 3, 9，从 0 计数）。"),
        ("The dates of 'd' were left as text: no value tells whether they are day first or month first.",
         "“d”的日期保留为文本：没有任何值能说明是日在前还是月在前。"),
        ("320 of 400 rows (80.0%) found a row of h.csv (not later than the row and at most 5 min older).",
         "400 行中有 320 行（80.0%）在 h.csv 中找到对应行（不晚于该行，且最多早 5 min）。"),
        ("nobody wrote this sentence", "nobody wrote this sentence"),
    ],
)  # fmt: skip
def test_a_sentence_filled_in_elsewhere_is_retold(english, chinese):
    """Templates are recognised with whatever stands in them; names in quotes are never translated."""
    assert translate("zh").retell(english) == chinese
    assert translate("en").retell(english) == english


def test_a_hostile_name_does_not_hold_up_the_page():
    """However a column is called, its sentence is looked up in no time."""
    start = time.process_time()
    for name in ("a; " * 300, "' is missing in ' " * 60, "x " * 900):
        translate("zh").retell(f"'{name}' alone answers {name}; {name} rows")
    assert time.process_time() - start < 3


def test_the_catalogue_is_read_once():
    """Saying a thousand texts parses the file once."""
    assert catalog("zh") is catalog("zh")


@pytest.mark.parametrize(
    ("task", "by"), [("classification", "random"), ("classification", "unit"), ("regression", "time")]
)
def test_the_reason_of_a_split_is_told_in_chinese(task, by):
    """What `split` says of itself comes out without an English word."""
    rows = 600
    frame = pl.DataFrame({"lot": [i // 4 for i in range(rows)], "at": range(rows), "x": [i * 0.37 % 1 for i in range(rows)],
                          "y": [float(i % 7) if i else None for i in range(rows)]})  # fmt: skip
    if task == "classification":
        frame = frame.with_columns(pl.col("y").cast(pl.String))
    columns = [Column("lot", "category", "unit"), Column("at", "number", "time"), Column("x", "number", "input"),
               Column("y", "category" if task == "classification" else "number", "target")]  # fmt: skip
    parts = split(Records(frame.lazy(), tuple(columns)), Split(by=by), task=task, target="y")
    told = translate("zh").retell(parts.why)
    assert not set(LATIN.findall(told)) - TERMS, (parts.why, told)


@pytest.mark.parametrize(
    ("role", "how"), [("input", "随机"), ("group", "按分组"), ("unit", "按单元"), ("time", "按时间")]
)
def test_parts_cut_out_of_a_given_training_part_are_told_in_chinese(role, how):
    """Whichever parts are cut out and by whatever rule."""
    frame = pl.DataFrame({"part": ["train"] * 500 + ["test"] * 100, "lot": [i // 4 for i in range(600)],
                          "y": ["a", "b", "c"] * 200})  # fmt: skip
    columns = (Column("part", "category", "part"), Column("lot", "number", role), Column("y", "category", "target"))
    for lacking in ({}, {"test": 0.2}, {"validation": 0.0}):
        given = frame.with_columns(part=pl.lit("train")) if "test" in lacking else frame
        parts = split(Records(given.lazy(), columns), Split(**lacking), task="classification", target="y")
        told = translate("zh").retell(parts.why)
        assert how in told
        assert not set(LATIN.findall(told)) - TERMS - {"part"}, (parts.why, told)


@pytest.mark.parametrize(
    ("train", "valid", "rival"),
    [([0.5, 0.3, 0.2, 0.1, 0.05, 0.02], [0.6, 0.4, 0.35, 0.5, 0.7, 0.9], None), ([0.3] * 9, [0.31] * 9, None),
     ([1.0, 0.8, 0.6, 0.5, 0.4], [1.0, 0.8, 0.6, 0.5, 0.4], None), ([0.9] * 9, [0.95] * 9, 0.4), ([0.9] * 9, [0.95] * 9, None)],
)  # fmt: skip
def test_the_verdict_on_the_gap_is_told_in_chinese(train, valid, rival):
    """Overfitting, underfitting and good fit are told in Chinese even by a run that wrote the English sentence alone."""
    english = judge(train, valid, 1.0, rival=rival).sentence
    told = translate("zh").retell(english)
    assert not set(LATIN.findall(told)) - TERMS, (english, told)
