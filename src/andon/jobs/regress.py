"""How much is it? For any table, set of pictures or windows with a column of measured numbers."""

from __future__ import annotations

from andon.jobs.job import Job

JOB = Job(
    name="regress",
    task="regression",
    summary={"en": "Predict a measured number, with an interval.", "zh": "预测一个测量值，并给出区间。"},
    when={
        "en": "The answer is a number that counts: strength, energy, thickness, yield in percent. "
        "For classes take 'classify'; for good and bad parts take 'process_quality'.",
        "zh": "答案是连续数值：强度、能耗、厚度、良率（百分比）。"
        "预测类别请用 classify；判断产品好坏请用 process_quality。",
    },
    target_names=(
        "target", "y", "value", "output", "strength", "yield", "usage", "label",
        "目标", "数值", "强度", "产量", "良率", "能耗",
    ),
    aliases=("regression", "regressor", "forecast_value", "回归", "数值预测"),
    words={
        "row": {"en": "record", "zh": "记录"},
        "rows": {"en": "records", "zh": "记录"},
        "target": {"en": "value", "zh": "数值"},
        "answer": {"en": "value", "zh": "预测值"},
    },
)  # fmt: skip
