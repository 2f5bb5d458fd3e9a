"""Which of several things are on it: none, one or many? From pictures or rows with all their labels."""

from __future__ import annotations

from andon.jobs.job import Job

JOB = Job(
    name="several_defects",
    task="labels",
    summary={
        "en": "Say which of several defects a part has: none, one or many.",
        "zh": "判断零件有哪些缺陷：可以没有、一种或多种。",
    },
    when={
        "en": "One cell names all that a part has, as 'scratch;pit', as a list, or as the column 'categories' of "
        "COCO's annotations; 'good', 'ok' or 'none' means nothing. For one class per part take 'defect_class'.",
        "zh": "一个单元格列出零件的全部缺陷，如“划痕;凹坑”、列表，或 COCO 标注的 categories 列；"
        "“合格”、good 或 ok 表示没有缺陷。"
        "每个零件只有一个类别时请用 defect_class。",
    },
    symmetry="all",
    target_names=(
        "labels", "categories", "defects", "tags", "classes", "faults", "label", "标签", "缺陷", "类别", "故障",
    ),
    aliases=("multi_label", "multilabel", "tagging", "defect_set", "多标签", "多缺陷"),
    words={
        "row": {"en": "part", "zh": "零件"},
        "rows": {"en": "parts", "zh": "零件"},
        "target": {"en": "defects", "zh": "缺陷"},
        "answer": {"en": "defects", "zh": "缺陷"},
    },
)  # fmt: skip
