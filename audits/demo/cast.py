"""Who and what the demo world is made of: bureaus, consultancies, experts, enterprises, officers. Data and drawing."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from audits.enterprises import ALPHABET, uscc_check

PASSWORD: Final = "qingshen-demo-2026"  # noqa: S105  shown at the end of `make run`, and no secret

BUREAUS: Final = (
    # key, region, name, name in English
    ("gansu", "620000", "甘肃省生态环境厅", "Gansu Department of Ecology and Environment"),
    ("lanzhou", "620100", "兰州市生态环境局", "Lanzhou Bureau of Ecology and Environment"),
    ("chengguan", "620102", "兰州市生态环境局城关分局", "Lanzhou Bureau, Chengguan Branch"),
    ("xigu", "620104", "兰州市生态环境局西固分局", "Lanzhou Bureau, Xigu Branch"),
    ("baiyin", "620400", "白银市生态环境局", "Baiyin Bureau of Ecology and Environment"),
    ("jiayuguan", "620200", "嘉峪关市生态环境局", "Jiayuguan Bureau of Ecology and Environment"),
    ("shandong", "370000", "山东省生态环境厅", "Shandong Department of Ecology and Environment"),
    ("jinan", "370100", "济南市生态环境局", "Jinan Bureau of Ecology and Environment"),
    ("zibo", "370300", "淄博市生态环境局", "Zibo Bureau of Ecology and Environment"),
    ("guangdong", "440000", "广东省生态环境厅", "Guangdong Department of Ecology and Environment"),
    ("shanghai", "310000", "上海市生态环境局", "Shanghai Bureau of Ecology and Environment"),
    ("zhongshan", "442000", "中山市生态环境局", "Zhongshan Bureau of Ecology and Environment"),
)

DEPARTMENTS: Final = (
    ("energy", "620100", "兰州市发展和改革委员会", "Lanzhou Development and Reform Commission"),
    ("shandong_energy", "370000", "山东省发展和改革委员会", "Shandong Development and Reform Commission"),
)

OFFICES: Final = (("platform", "100000", "清洁生产审核平台管理办公室", "Cleaner Production Platform Office"),)

CONSULTANCIES: Final = (
    ("qingyuan", "620000", "甘肃清源环境咨询有限公司", "Gansu Qingyuan Environmental Consulting"),
    ("longyuan", "620000", "陇原清洁生产技术服务有限公司", "Longyuan Cleaner Production Services"),
    ("qilu", "370000", "齐鲁绿色技术咨询有限公司", "Qilu Green Technology Consulting"),
    ("puhai", "310000", "浦海节能环保咨询有限公司", "Puhai Energy and Environment Consulting"),
    ("yuehai", "440000", "粤海环境科技有限公司", "Yuehai Environmental Technology"),
)

EXPERTS: Final = (
    # user name, name, employer, title, fields, region
    ("sun", "孙立教授", "兰州大学", "教授", ("cleaner_production", "environment"), "620000"),
    ("qian", "钱卫东", "甘肃省环境科学设计研究院", "正高级工程师", ("environment",), "620000"),
    ("zhou", "周敏", "兰州理工大学", "教授", ("process",), "620000"),
    ("feng", "冯国强", "甘肃省节能监察中心", "高级工程师", ("energy", "process"), "620000"),
    ("tang", "唐静", "西北矿冶研究院", "正高级工程师", ("process", "cleaner_production"), "620000"),
    ("bai", "白雪松", "山东大学", "教授", ("cleaner_production", "process"), "370000"),
    ("yan", "颜红", "山东省环境保护科学研究设计院", "研究员", ("environment",), "370000"),
    ("ou", "欧阳峰", "华南理工大学", "教授", ("process", "environment"), "440000"),
)

OFFICERS: Final = (
    # user name, name, title, bureau, role, shown at the end of the run
    ("li", "李明华", "科长", "lanzhou", "city_bureau"),
    ("liu", "刘小雨", "科员", "lanzhou", "city_bureau"),
    ("ma", "马建军", "处长", "gansu", "province_bureau"),
    ("he", "何亮", "所长", "chengguan", "county_bureau"),
    ("xu", "徐刚", "所长", "xigu", "county_bureau"),
    ("gao", "高原", "科长", "jiayuguan", "city_bureau"),
    ("bao", "包志远", "科长", "baiyin", "city_bureau"),
    ("kong", "孔令文", "处长", "shandong", "province_bureau"),
    ("meng", "孟祥", "科长", "jinan", "city_bureau"),
    ("shao", "邵青", "科长", "zibo", "city_bureau"),
    ("huang", "黄海", "处长", "guangdong", "province_bureau"),
    ("liang", "梁敏仪", "科长", "zhongshan", "city_bureau"),
    ("qiu", "邱雯", "处长", "shanghai", "province_bureau"),
    ("fan", "范处长", "副处长", "energy", "coordinating_department"),
    ("admin", "系统管理员", "", "platform", "administrator"),
    ("auditor", "审计管理员", "", "gansu", "audit_administrator"),
    ("designer", "流程设计员", "", "platform", "designer"),
    ("publisher", "流程发布员", "", "platform", "publisher"),
    ("inspector", "督察员", "", "gansu", "inspector"),
)

SHOWN: Final = (
    ("chen", "企业（兰州钢铁）", "Enterprise (Lanzhou Steel)"),
    ("wang", "企业（黄河食品）", "Enterprise (Yellow River Foods)"),
    ("zhao", "咨询服务机构", "Consultancy"),
    ("sun", "评审专家", "Expert"),
    ("li", "兰州市生态环境局", "City bureau (Lanzhou)"),
    ("ma", "甘肃省生态环境厅", "Provincial bureau (Gansu)"),
    ("he", "城关分局", "County branch (Chengguan)"),
    ("fan", "兰州市发展和改革委员会", "Energy department (Lanzhou)"),
    ("meng", "济南市生态环境局", "City bureau (Jinan, Shandong)"),
    ("kong", "山东省生态环境厅", "Provincial bureau (Shandong)"),
    ("admin", "系统管理员", "Administrator"),
    ("auditor", "审计管理员", "Audit administrator"),
    ("designer", "流程设计员", "Process designer"),
    ("publisher", "流程发布员", "Publisher"),
    ("inspector", "督察人员", "Inspector"),
)

_TRADES: Final = (
    ("3120", "钢铁"),
    ("4411", "热电"),
    ("2614", "化工"),
    ("3212", "铅锌"),
    ("3011", "水泥"),
    ("3360", "表面处理"),
    ("2221", "纸业"),
    ("1752", "印染"),
    ("2710", "制药"),
    ("1411", "食品"),
    ("3843", "电源"),
    ("2319", "印刷包装"),
    ("7724", "环保处置"),
    ("1391", "淀粉"),
    ("3611", "汽车"),
)
_STEMS: Final = "恒泰鑫源宏远金城华丰永利东方长青天合瑞祥中兴大河新宇北辰南山博瑞国泰隆昌海川兴业"
_NAMES: Final = tuple(_STEMS[place : place + 2] for place in range(0, len(_STEMS), 2))


@dataclass(frozen=True, slots=True)
class Firm:
    """An enterprise of the demo world. ``user`` signs in for it."""

    user: str
    name: str
    uscc: str
    region: str
    industry: str
    key_discharger: bool


def code(rng: random.Random, region: str) -> str:
    """Draw a unified social credit code with a right check character."""
    body = f"91{region}MA" + "".join(rng.choice(ALPHABET) for _ in range(7))
    return body + uscc_check(body)


def firm(rng: random.Random, number: int, region: str, city: str) -> Firm:
    """Draw an enterprise of a region."""
    industry, trade = _TRADES[number % len(_TRADES)]
    stem = _NAMES[(number * 7 + number // len(_NAMES)) % len(_NAMES)]
    return Firm(
        user=f"e{number:03d}",
        name=f"{city}{stem}{trade}有限公司",
        uscc=code(rng, region),
        region=region,
        industry=industry,
        key_discharger=rng.random() < 0.25,
    )
