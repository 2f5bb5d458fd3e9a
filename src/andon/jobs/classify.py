"""Which class is it? For any table, set of pictures or windows with a column of classes."""

from __future__ import annotations

from andon.jobs.job import Job

JOB = Job(
    name="classify",
    task="classification",
    summary={"en": "Say which class a record belongs to.", "zh": "判断一条记录属于哪个类别。"},
    when={
        "en": "The answer is one of several words or numbers that don't count (types, grades, yes or no). "
        "For good and bad parts take 'process_quality'; for a measured number take 'regress'.",
        "zh": "答案是若干类别之一（型号、等级、是或否）。判断产品好坏请用 process_quality；预测测量值请用 regress。",
    },
    target_names=("class", "label", "target", "category", "type", "y", "类别", "标签", "分类", "目标", "类型"),
    aliases=("classification", "classifier", "分类", "类别识别"),
    words={
        "row": {"en": "record", "zh": "记录"},
        "rows": {"en": "records", "zh": "记录"},
        "target": {"en": "class", "zh": "类别"},
        "answer": {"en": "class", "zh": "类别"},
    },
)
