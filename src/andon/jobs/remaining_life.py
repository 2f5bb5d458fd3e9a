"""How long will this machine live? From its sensors' history."""

from __future__ import annotations

from andon.jobs.job import Job

JOB = Job(
    name="remaining_life",
    task="remaining_life",
    histories=True,
    summary={
        "en": "Predict how long a machine or part will live, from its sensors' history.",
        "zh": "根据传感器历史数据预测设备或零件的剩余寿命。",
    },
    when={
        "en": "Rows are readings of machines (a column names the machine, another the time or cycle), and some of them "
        "were recorded until they failed; with a list of failures and repairs a machine has several lives. Some dozen "
        "lives are a start. Give the life left as a column, or let it be counted from the last row of each life.",
        "zh": "每一行是一台设备在某一时刻的读数（一列为设备编号，一列为时间或循环数），其中一部分记录到失效为止；"
        "若有故障与维修清单，一台设备可有多段寿命。几十段寿命即可开始。可以直接给出剩余寿命列，也可由每段寿命的最后一行推算。",
    },
    target_names=(
        "rul", "remaining_life", "remaining_useful_life", "time_to_failure", "ttf", "剩余寿命", "剩余使用寿命",
    ),
    aliases=("rul", "remaining_useful_life", "prognostics", "life", "time_to_failure", "剩余寿命", "寿命预测"),
    words={
        "row": {"en": "reading", "zh": "读数"},
        "rows": {"en": "readings", "zh": "读数"},
        "target": {"en": "life left", "zh": "剩余寿命"},
        "answer": {"en": "life left", "zh": "剩余寿命"},
    },
)  # fmt: skip
