"""Is there anything on this surface that good parts do not have? From pictures of good parts."""

from __future__ import annotations

from andon.jobs.job import Job

JOB = Job(
    name="surface_anomaly",
    task="anomaly",
    summary={
        "en": "Find what good parts do not have, and where, from pictures of good parts alone.",
        "zh": "只用良品图片学习，找出零件表面的异常及其位置。",
    },
    when={
        "en": "There are pictures of good parts (a folder named good; some hundred are a start) and few or no defects, "
        "or nobody knows yet which defects will come. Defects that lie beside them only judge the result. "
        "With many labelled defects take 'defect_class'.",
        "zh": "有良品图片（文件夹名为 good，几百张即可开始），缺陷图片很少或没有，或尚不知道会出现哪些缺陷。"
        "旁边若有缺陷图片，只用于评估。若有大量带标签的缺陷，请用 defect_class。",
    },
    defaults={"decide": {"intervals": 0.99}},
    symmetry="both",
    target_names=(
        "label", "class", "category", "defect", "defect_type", "type", "result", "target", "y",
        "标签", "类别", "判定", "缺陷",
    ),
    aliases=("anomaly", "anomalies", "surface", "one_class", "异常检测", "表面异常"),
    words={
        "row": {"en": "picture", "zh": "图片"},
        "rows": {"en": "pictures", "zh": "图片"},
        "target": {"en": "label", "zh": "标签"},
        "answer": {"en": "verdict", "zh": "判定"},
    },
)  # fmt: skip
