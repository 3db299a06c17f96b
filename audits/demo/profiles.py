"""What plants of an industry make, use and discharge, so that invented answers read like real ones.

The figures are of the size a medium plant reports; nobody's data.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pollutant:
    """A pollutant with the limit of its standard and the yearly amount."""

    name: str
    medium: str
    unit: str
    limit: float
    standard: str
    yearly: float


@dataclass(frozen=True, slots=True)
class Profile:
    """A plant of an industry."""

    product: str
    product_unit: str
    output: float
    value: float
    energy: float
    electricity: float
    gas: float
    coal: float
    water: float
    materials: tuple[tuple[str, str, float], ...]
    pollutants: tuple[Pollutant, ...]
    toxic: tuple[str, str, float, str]
    waste: tuple[str, str, float]
    units: tuple[tuple[str, str, str, str], ...]
    focus: str
    others: tuple[str, str]
    norm: tuple[str, float, str]
    low_cost: tuple[tuple[str, str], ...]
    high_cost: tuple[tuple[str, str], ...]


_COD = Pollutant("化学需氧量", "water", "mg/L", 80, "GB 8978-1996", 12.4)
_NH3 = Pollutant("氨氮", "water", "mg/L", 15, "GB 8978-1996", 1.1)
_SO2 = Pollutant("二氧化硫", "air", "mg/m³", 200, "GB 13271-2014", 38.5)
_NOX = Pollutant("氮氧化物", "air", "mg/m³", 200, "GB 13271-2014", 52.0)
_DUST = Pollutant("颗粒物", "air", "mg/m³", 30, "GB 13271-2014", 9.6)
_VOC = Pollutant("非甲烷总烃", "air", "mg/m³", 60, "GB 37822-2019", 6.3)
_CR6 = Pollutant("六价铬", "water", "mg/L", 0.2, "GB 21900-2008", 0.004)

_GENERAL_LOW = (
    ("加强设备巡检，消除跑冒滴漏", "management"),
    ("车间照明更换为 LED 灯具", "equipment"),
    ("完善原辅材料领用与计量台账", "materials"),
    ("开展岗位节能降耗培训", "staff"),
)

POWER = Profile(
    product="发电量",
    product_unit="万kWh",
    output=98_000,
    value=38_600,
    energy=301_000,
    electricity=6_200,
    gas=0.0,
    coal=412_000,
    water=1_860_000,
    materials=(("石灰石", "t", 18_400), ("液氨", "t", 620), ("除盐水药剂", "t", 145)),
    pollutants=(
        Pollutant("二氧化硫", "air", "mg/m³", 35, "GB 13223-2011", 268.0),
        Pollutant("氮氧化物", "air", "mg/m³", 50, "GB 13223-2011", 392.0),
        Pollutant("烟尘", "air", "mg/m³", 10, "GB 13223-2011", 61.0),
    ),
    toxic=("液氨", "7664-41-7", 620, "烟气脱硝还原剂"),
    waste=("废脱硝催化剂", "772-007-50", 46.0),
    units=(
        ("制粉燃烧", "原煤磨制并燃烧", "原煤、空气、电", "烟气、灰渣"),
        ("脱硫脱硝", "去除二氧化硫和氮氧化物", "烟气、石灰石、液氨", "净烟气、石膏、废水"),
    ),
    focus="锅炉及脱硫系统",
    others=("循环水系统", "输煤系统"),
    norm=("GB 21258-2017", 312, "gce/kWh"),
    low_cost=(("优化锅炉燃烧配风", "control"), ("循环水加药改为自动控制", "control"), *_GENERAL_LOW[:2]),
    high_cost=(("引风机变频改造", "equipment"), ("脱硫废水回用改造", "technology")),
)

PLATING = Profile(
    product="电镀件",
    product_unit="m²",
    output=486_000,
    value=9_800,
    energy=1_420,
    electricity=560,
    gas=38.0,
    coal=0.0,
    water=96_000,
    materials=(("铬酐", "t", 14.2), ("硫酸", "t", 86), ("镍板", "t", 21.5)),
    pollutants=(_CR6, Pollutant("总镍", "water", "mg/L", 0.5, "GB 21900-2008", 0.02), _COD),
    toxic=("铬酐", "1333-82-0", 14.2, "镀铬"),
    waste=("含铬污泥", "336-069-17", 62.0),
    units=(
        ("前处理", "除油、酸洗", "工件、除油剂、硫酸、水", "清洁工件、酸洗废水、酸雾"),
        ("电镀", "镀镍、镀铬", "工件、镍板、铬酐、电", "镀件、带出液、铬酸雾"),
    ),
    focus="镀铬生产线",
    others=("镀镍生产线", "废水处理站"),
    norm=("DB62/T 4012-2020", 3.2, "kgce/m³"),
    low_cost=(
        ("延长镀件滴落时间，设导流板", "control"),
        ("清洗改为三级逆流漂洗", "technology"),
        ("镀槽加盖并投加抑雾剂", "waste"),
        ("整流器周边线路更换，减少接触损耗", "equipment"),
        ("除油槽余热用于清洗水预热", "technology"),
        *_GENERAL_LOW,
    ),
    high_cost=(
        ("镀铬槽带出液回收装置", "equipment"),
        ("三价铬镀铬替代六价铬", "technology"),
        ("高频开关电源替代硅整流器", "equipment"),
    ),
)

CHEMICAL = Profile(
    product="精细化工产品",
    product_unit="t",
    output=26_400,
    value=31_500,
    energy=18_600,
    electricity=3_150,
    gas=640.0,
    coal=0.0,
    water=412_000,
    materials=(("甲苯", "t", 1_260), ("液碱", "t", 3_400), ("催化剂", "t", 12.5)),
    pollutants=(_VOC, _COD, _NH3),
    toxic=("甲苯", "108-88-3", 1_260, "反应溶剂"),
    waste=("精馏残渣", "900-013-11", 184.0),
    units=(
        ("合成", "原料反应", "甲苯、液碱、催化剂", "粗品、不凝气"),
        ("精馏", "产品提纯", "粗品、蒸汽", "产品、精馏残渣、废水"),
    ),
    focus="精馏工段",
    others=("合成工段", "循环水站"),
    norm=("GB 30251-2013", 720, "kgce/t"),
    low_cost=(("储罐增设氮封", "equipment"), ("蒸汽疏水阀更换", "equipment"), *_GENERAL_LOW[2:4]),
    high_cost=(("溶剂回收装置改造", "technology"), ("精馏塔热耦合改造", "technology")),
)

METAL = Profile(
    product="钢材",
    product_unit="t",
    output=860_000,
    value=342_000,
    energy=472_000,
    electricity=38_500,
    gas=4_100.0,
    coal=96_000,
    water=2_640_000,
    materials=(("铁精矿", "t", 1_310_000), ("焦炭", "t", 372_000), ("石灰", "t", 84_000)),
    pollutants=(_SO2, _NOX, _DUST),
    toxic=("含铬钝化液", "7738-94-5", 8.6, "冷轧板钝化"),
    waste=("含油污泥", "900-200-08", 126.0),
    units=(
        ("烧结", "铁精矿造块", "铁精矿、焦粉、石灰", "烧结矿、烧结烟气"),
        ("炼铁", "还原熔炼", "烧结矿、焦炭、热风", "铁水、高炉渣、煤气"),
    ),
    focus="烧结工序",
    others=("炼铁工序", "轧钢工序"),
    norm=("GB 21256-2013", 435, "kgce/t"),
    low_cost=(("烧结机漏风治理", "equipment"), ("加热炉空燃比优化", "control"), *_GENERAL_LOW[:2]),
    high_cost=(("烧结余热发电", "technology"), ("除尘系统改造为覆膜滤料", "equipment")),
)

FOOD = Profile(
    product="烘焙食品",
    product_unit="t",
    output=7_600,
    value=11_200,
    energy=980,
    electricity=310,
    gas=46.0,
    coal=0.0,
    water=58_000,
    materials=(("面粉", "t", 4_900), ("白砂糖", "t", 860), ("食用油", "t", 540)),
    pollutants=(_COD, _NH3, Pollutant("总磷", "water", "mg/L", 1, "GB 8978-1996", 0.12)),
    toxic=("液氨（制冷剂）", "7664-41-7", 1.2, "冷库制冷"),
    waste=("废矿物油", "900-249-08", 0.6),
    units=(
        ("和面成型", "配料、和面、成型", "面粉、糖、油、水", "面坯、清洗废水"),
        ("烘烤冷却", "烘烤、冷却", "面坯、天然气、电", "成品、余热、边角料"),
    ),
    focus="烘烤车间",
    others=("和面车间", "制冷系统"),
    norm=("DB62/T 3988-2019", 140, "kgce/t"),
    low_cost=(("设备清洗改为高压低流量喷枪", "equipment"), ("边角料回收制作饲料", "waste"), *_GENERAL_LOW[:2]),
    high_cost=(("烤炉烟气余热回收", "technology"), ("污水站曝气系统改造", "equipment")),
)

GENERAL = Profile(
    product="工业产品",
    product_unit="t",
    output=42_000,
    value=18_400,
    energy=6_800,
    electricity=1_260,
    gas=210.0,
    coal=1_800,
    water=186_000,
    materials=(("主要原料", "t", 44_600), ("辅料", "t", 1_240), ("包装材料", "t", 380)),
    pollutants=(_COD, _SO2, _NOX),
    toxic=("盐酸", "7647-01-0", 38.0, "表面清洗"),
    waste=("废活性炭", "900-039-49", 8.4),
    units=(
        ("备料", "原料预处理", "原料、水、电", "合格料、粉尘"),
        ("加工", "主要生产工序", "合格料、辅料、蒸汽", "产品、废水、废气"),
    ),
    focus="主生产车间",
    others=("备料车间", "动力车间"),
    norm=("GB/T 2589-2020", 168, "kgce/t"),
    low_cost=(("蒸汽管道保温修复", "equipment"), ("冷却水循环利用", "waste"), *_GENERAL_LOW[:2]),
    high_cost=(("空压机变频与余热回收", "equipment"), ("生产线自动控制改造", "control")),
)

_BY_DIVISION = {
    "44": POWER,
    "33": PLATING,
    "38": PLATING,
    "39": PLATING,
    "26": CHEMICAL,
    "27": CHEMICAL,
    "25": CHEMICAL,
    "31": METAL,
    "32": METAL,
    "13": FOOD,
    "14": FOOD,
    "15": FOOD,
}


def profile_of(industry: str) -> Profile:
    """Give the profile of a GB/T 4754 code, with or without its section letter; a general plant for any other."""
    digits = industry[1:] if industry[:1].isalpha() else industry
    return _BY_DIVISION.get(digits[:2], GENERAL)
