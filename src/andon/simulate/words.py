"""Headings and words of the simulated records, in English and as a Chinese plant would write them."""

from __future__ import annotations

import polars as pl

CHINESE = {
    "serial": "序列号", "finished": "完成时间", "machine": "设备", "tool": "模具", "material_lot": "原料批号",
    "shift": "班次", "melt_temp_c": "熔体温度_C", "mould_temp_c": "模具温度_C", "speed_mm_s": "注射速度_mm_s",
    "holding_pressure_bar": "保压压力_bar", "holding_time_s": "保压时间_s", "cooling_time_s": "冷却时间_s",
    "moisture_ppm": "含水率_ppm", "clamp_force_kn": "锁模力_kN", "strokes_since_service": "保养后模次",
    "hall_temp_c": "车间温度_C", "humidity_pct": "湿度_pct", "injection_pressure_bar": "注射压力_bar",
    "cushion_mm": "料垫_mm", "cycle_s": "周期_s", "quality": "质量", "shrinkage_mm": "收缩量_mm",
    "read_at": "读数时间", "rework_code": "返工代码", "inspection_min": "检验时间_min",
}  # fmt: skip
WORDS = {
    "ok": "合格", "ng": "不良", "day": "白班", "late": "中班", "night": "夜班", "none": "无", "short_shot": "缺料",
    "sink_mark": "缩痕", "splay": "银纹", "burn": "烧焦", "flash": "飞边",
}  # fmt: skip


def heading(name: str, language: str) -> str:
    """Heading of a column."""
    if language == "en":
        return name
    if name.startswith("noise_"):
        return "无关_" + name.removeprefix("noise_")
    return CHINESE[name]


def translated(frame: pl.DataFrame, language: str) -> pl.DataFrame:
    """The same records with headings and words of a language."""
    if language == "en":
        return frame
    worded = [name for name in ("shift", "quality", "rework_code") if name in frame.columns]
    frame = frame.with_columns(pl.col(worded).replace(WORDS)) if worded else frame
    return frame.rename({name: heading(name, language) for name in frame.columns})
