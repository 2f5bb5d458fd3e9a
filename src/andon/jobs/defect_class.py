"""Which defect is on the picture, or none? From labelled pictures of parts."""

from __future__ import annotations

from andon.jobs.job import Job

JOB = Job(
    name="defect_class",
    task="classification",
    summary={
        "en": "Say from a picture of a part whether it is good, or which defect it has.",
        "zh": "根据零件图片判断是否合格，或属于哪一种缺陷。",
    },
    when={
        "en": "There are labelled pictures: a folder per class, an archive of such, or a table with paths and labels. "
        "Twenty pictures per class are a start; classes may be very unequal. Whether the surface may be mirrored "
        "and turned is tried out (checks: {picture: {symmetry: none}} says that it may not). For classes of anything "
        "else take 'classify'.",
        "zh": "有带标签的图片：每类一个文件夹、这样的压缩包，或含路径与标签的表格。"
        "每类二十张即可开始，各类数量可以很不均衡。"
        "表面能否翻转和旋转由试训练判断（不允许时可设 checks: {picture: {symmetry: none}}）。其他分类请用 classify。",
    },
    symmetry="all",
    target_names=(
        "label", "defect", "defect_class", "defect_type", "class", "category", "fault", "type", "result", "target", "y",
        "标签", "缺陷", "缺陷类型", "类别", "判定", "结果",
    ),
    aliases=("defects", "picture_class", "image_classification", "inspection", "缺陷分类", "图像分类", "外观检测"),
    words={
        "row": {"en": "picture", "zh": "图片"},
        "rows": {"en": "pictures", "zh": "图片"},
        "target": {"en": "defect", "zh": "缺陷"},
        "answer": {"en": "verdict", "zh": "判定"},
    },
)  # fmt: skip
