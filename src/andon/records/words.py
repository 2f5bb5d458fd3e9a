"""Words people use: for missing cells, for units of measure, and for the roles and kinds of columns."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    """The words of a text, case folded as names and units are compared."""
    return frozenset(text.casefold().split())


MISSING = (
    "", "n/a", "#n/a", "#na", "nan", "null", "<na>", "<null>", "-", "--", "---", "?", "#value!", "#div/0!", "#ref!",
    "#name?", "#num!", "#null!", "1.#qnan", "-1.#ind",
)  # fmt: skip
"""Cells that hold nothing, in any column (lower case, blanks cut off)."""

MISSING_NUMBER = (*MISSING, "na", "none", "nil", "missing", "无", "空", "缺失", "无数据", "没有")
"""In number and date columns these hold nothing either; among categories `none` or `无` may be an answer."""

UNITS = _words(
    """% ‰ ppm ppb °c ℃ °f ℉ k °k c f mm cm m km µm um nm in inch ft mil kg g mg µg t lb n kn kn·m n·m n.m kgf
    pa hpa kpa mpa gpa bar mbar psi atm mmhg v mv kv a ma ka µa w mw kw kwh mwh wh va kva var kvar hz khz mhz ghz
    rpm r/min u/min 1/min s sec ms µs us min h hr d l ml dl m3 m³ m^3 cm3 cm³ m2 m² mm2 mm² m/s mm/s km/h m/min
    mm/min l/min l/h m3/h m³/h kg/h kg/m3 kg/m³ g/cm3 g/cm³ ph db dba j kj mj ω ohm kω mω %rh rh g/l mg/l pcs pc
    ea eur usd rmb cny € $ ¥ £ 度 秒 秒钟 毫秒 分 分钟 小时 时 天 公斤 千克 克 吨 毫米 厘米 米 微米 伏 安 瓦 千瓦 元 件
    个 次 转/分 转 升 毫升 兆帕 千帕 帕"""
)
"""Units of measure that may stand behind a number (case folded). `12A` is 12 ampere only if every cell says so."""

CODE_WORDS = _words(
    """id code type machine shift line station operator model grade material supplier vendor recipe lot batch furnace
    mould mold cavity zone region country class category status state mode variant brand store shop product sku
    customer plant site tool color colour program group team crew weekday route carrier flag kind"""
)
CODE_ENDS = (
    "班次", "班组", "班别", "机台", "设备", "型号", "产品", "供应商", "产线", "线体", "工位", "编号", "代码", "类型",
    "等级",
    "人员", "操作员", "类别", "状态", "模具", "炉号", "批次", "批号", "材料", "机型", "品牌", "门店", "仓库", "客户",
    "工序",
)  # fmt: skip
"""Last word of a name whose whole numbers are codes, not amounts."""

ID_WORDS = _words("id uid uuid guid udi serial sn no nr number num index idx key barcode rowid row")
ID_ENDS = ("编号", "序号", "序列号", "条码", "单号", "流水号", "#", "号")
"""Last word of a name whose values, where no two are equal, name rows."""

TIME_NAMES = (
    "timestamp", "datetime", "ts", "ds", "time", "date", "eventtime", "datetimeutc", "timestamputc", "zeitstempel",
    "datum", "时间戳", "日期时间", "时间", "日期", "采集时间", "记录时间", "生产时间", "检测时间", "测试时间",
)  # fmt: skip
COUNTER_NAMES = (
    "cycle", "cycles", "cyclenumber", "cycleno", "cyclenr", "timeincycles", "timecycles", "step", "t", "ds", "time",
    "timeidx", "timeindex", "week", "period", "循环", "循环数", "循环次数", "周期", "周期数",
)  # fmt: skip
UNIT_NAMES = (
    "uniqueid", "itemid", "unitid", "unit", "unitnumber", "unitno", "unitnr", "seriesid", "engineid", "engine",
    "engineno", "enginenr", "enginenumber", "machineid", "machine", "machineno", "machinenr", "machinenumber", "serial",
    "serialno", "serialnumber", "deviceid", "device", "assetid", "asset", "equipmentid", "equipment",
    "设备编号", "设备号", "设备", "机台号", "机台", "机器", "机号", "机组", "机组编号", "发动机编号", "发动机",
    "序列号",
)  # fmt: skip
_KINDS = """press pump turbine compressor motor bearing gearbox spindle robot fan vehicle truck battery cell tool cutter
    filter component trajectory run experiment case"""
_KINDS_ZH = "压力机 冲床 泵 水泵 风机 电机 轴承 主轴 机器人 机床 车辆 电池 电芯 刀具 滤芯 实验 试验"
MACHINE_NAMES = (
    *(kind + end for kind in _KINDS.split() for end in ("", "id", "no", "nr", "number", "name")),
    *(kind + end for kind in _KINDS_ZH.split() for end in ("", "编号", "号")),
)
"""Kinds of machines: units of a job that looks back, where cells are names and no readings."""
_WHOLES = "experiment trial run record recording session lot batch charge heat melt cast coil wafer specimen serial"
_WHOLES_ZH = "实验 试验 批次 批 炉次 炉 钢卷 卷 晶圆 试样 序列"
WHOLE_NAMES = (
    *(kind + end for kind in _WHOLES.split() for end in ("", "id", "no", "nr", "number", "name")),
    *(kind + end for kind in _WHOLES_ZH.split() for end in ("", "编号", "号")),
)
"""What is made, run or measured as a whole, and labelled as one: many rows, one answer."""
PANEL_NAMES = ("uniqueid", "itemid", "seriesid", "unitid")
"""Names that mean nothing but the series a row belongs to."""
LIVED_NAMES = (
    "cycleindex", "cyclecount", "cycleid", "flight", "flightno", "flightnumber", "cut", "cutno", "cutnumber", "pass",
    "timemin", "times", "timeh", "timesec", "timehours", "minute", "minutes", "hour", "hours", "second", "seconds",
    "runtime", "operatinghours", "运行时间", "运行小时", "次数", "切削次数",
)  # fmt: skip
"""What counts a life where a job looks back, beside counters of cycles."""
TARGET_NAMES = (
    "y", "target", "label", "class", "目标", "标签", "合格", "是否合格", "结果", "检验结果", "判定", "不良", "是否不良",
    "缺陷",
)  # fmt: skip
LABEL_NAMES = (
    *TARGET_NAMES, "labels", "category", "categories", "defect", "defects", "defectclass", "defecttype", "type",
    "fault", "result", "verdict", "缺陷类型", "类别",
)  # fmt: skip
"""Names of columns that say what is on a picture."""
WEIGHT_NAMES = ("sampleweight", "rowweight", "样本权重")
PART_WORDS = _words(
    "train training valid validation val dev calibration calib cal test testing holdout 训练 验证 校准 测试"
)
"""Values of a column that says which part a row belongs to."""
TRAIN_WORDS = _words("train training trn learn fit 训练 训练集")
"""What people call the part to learn from."""

_BRACKETS = re.compile(r"[\[\(（【].*?[\]\)）】]")
_TOKENS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[\u4e00-\u9fff]+|#")


def squeeze(name: str) -> str:
    """A name as aliases are compared: no unit in brackets, case, blanks, marks (`Time Stamp [s]`: `timestamp`)."""
    return re.sub(r"[\W_]+", "", _BRACKETS.sub("", name)).casefold()


def last_word(name: str) -> str:
    """`Product ID` → `id`, `MachineType` → `type`, `shift_2` → `shift`."""
    words = [w for w in _TOKENS.findall(_BRACKETS.sub("", name)) if not w.isdigit()]
    return words[-1].casefold() if words else ""


def like_code(name: str) -> bool:
    """Do whole numbers under this name stand for something else?"""
    word = last_word(name)
    return word in CODE_WORDS or word.endswith(CODE_ENDS)


def like_identifier(name: str) -> bool:
    """Does this name say that its values name rows?"""
    word = last_word(name)
    return word in ID_WORDS or word.endswith(ID_ENDS) or squeeze(name) == ""


def like_time(name: str) -> bool:
    """Does this name say that its values are moments?"""
    word = last_word(name)
    return word in ("time", "date", "datetime", "timestamp", "ts", "ds", "datum") or word.endswith(("时间", "日期"))
