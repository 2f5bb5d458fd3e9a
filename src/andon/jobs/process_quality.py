"""Will this part or lot be good? From process values, before anybody measures it."""

from __future__ import annotations

from andon.jobs.job import Job

JOB = Job(
    name="process_quality",
    task="classification",
    summary={
        "en": "Predict from process values whether a part or lot will be good.",
        "zh": "根据过程参数预测零件或批次是否合格。",
    },
    when={
        "en": "One row is one part or lot with the values it was made at, and a column says scrap, defect, or which "
        "fault. Bad ones may be rare. For a measured quality (strength, thickness) take 'regress'.",
        "zh": "一行是一个零件或批次及其过程参数，另有一列记录报废、缺陷或故障类型；不良品可以很少。"
        "质量为测量值（强度、厚度）时请用 regress。",
    },
    target_names=(
        "scrap", "scrapped", "defect", "defective", "quality", "pass_fail", "pass/fail", "ok_nok", "machine failure",
        "machine_failure", "failure", "fail", "fault", "reject", "rejected", "result", "label", "class", "target", "y",
        "报废", "缺陷", "不良", "质量", "合格", "是否合格", "故障", "判定", "结果", "标签", "类别",
    ),
    aliases=("quality", "scrap", "defect", "virtual_metrology", "质量", "质量预测", "过程质量"),
    words={
        "row": {"en": "part", "zh": "零件"},
        "rows": {"en": "parts", "zh": "零件"},
        "target": {"en": "quality", "zh": "质量"},
        "answer": {"en": "verdict", "zh": "判定"},
    },
)  # fmt: skip
