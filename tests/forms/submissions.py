"""Forms with every kind of field, and random answers to any form."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from forms import FileInfo
from forms.components import Component, put, read
from forms.options import normalise

FILES = {
    "f1": FileInfo("f1", "报告.pdf", 40_000, "application/pdf"),
    "f2": FileInfo("f2", "photo.jpg", 3_000_000, "image/jpeg"),
    "f3": FileInfo("f3", "large.pdf", 90_000_000, "application/pdf"),
    "f4": FileInfo("f4", "tool.exe", 10, "application/x-msdownload"),
}
TEXTS = [
    "",
    "x",
    "  两端有空格  ",
    "12",
    "123456",
    "甘肃某化工有限公司",
    "👍👍",
    "a b\tc\nd",
    "a@b.cn",
    "+8613812345678",
]
TEXTS += ["13812345678", "91620100MA71ABCD0X", "https://example.cn/a?b=1", "2026-03-02", "x" * 60, "长" * 300, "0", "-"]
NUMBERS = [0, 1, -1, 2, 5, 7.5, 10, 0.1, 0.125, 99.99, 100, 100.5, 1e6, 123456789.123, -3.25, 65, 70, 82, 90, 95, 3000]
DATES = ["2026-01-31", "2026-02-28", "2024-02-29", "2026-02-30", "2026-13-01", "2030-12-31", "2026-2-3", "nonsense"]
TIMES = ["08:30", "23:59", "24:00", "7:5", "08:30Z", "08:30+08:00", "noon"]
WRONG = [None, "", True, False, 5, "text", [], {}, [1], {"a": 1}, "2026-01-01", -0.0]
CASE_TYPES = ["SHUANGCHAO", "GAOHAONENG", "SHUANGYOU", "STATE_OTHER", "VOLUNTARY"]
CONTEXT: dict[str, Any] = {
    "case": {
        "no": "QS-2026-0001",
        "enterprise": "甘肃某化工有限公司",
        "uscc": "91620100MA71ABCD0X",
        "region": "620100",
        "region_name": "兰州市",
        "industry": "2614",
        "industry_name": "有机化学原料制造",
        "types": ["SHUANGCHAO"],
        "round": 1,
        "stage": "audit",
    },
    "deadlines": {"disclosure": {"due": "2026-03-31"}, "start": {"due": "2026-04-30"}, "report": {"due": "2027-03-02"}},
    "experts": [{"value": 11, "label": "张专家"}, {"value": 12, "label": "李专家"}, {"value": 13, "label": "王专家"}],
    "consultancies": [{"value": 7, "label": "某咨询公司"}, {"value": 8, "label": "另一咨询公司"}],
    "low": 3,
}


def form(*components: dict[str, Any]) -> dict[str, Any]:
    """Make a definition of components."""
    return {"type": "default", "id": "Form_1", "schemaVersion": 19, "components": list(components)}


def field(kind: str, key: str, **properties: Any) -> dict[str, Any]:
    """Make a component whose id is its key."""
    return {"type": kind, "id": f"id_{key.replace('.', '_')}", "key": key, "label": key, **properties}


def rows(path: str, *components: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """Make a list whose id is its path."""
    return {
        "type": "dynamiclist",
        "id": path,
        "path": path,
        "label": path,
        "components": list(components),
        **properties,
    }


_OPTIONS = [{"label": "甲", "value": "a"}, {"label": "乙", "value": "b"}, {"label": "丙", "value": 3}]
_MUST = {"required": True}

SYNTHETIC: dict[str, dict[str, Any]] = {
    "texts": form(
        field("textfield", "plain"),
        field("textfield", "must", validate={"required": True, "minLength": 2, "maxLength": 10}),
        field("textfield", "code", validate={"pattern": r"^\d{2,6}$", "patternErrorMessage": "请填写 2 到 6 位数字"}),
        field("textfield", "anywhere", validate={"pattern": r"[a-z]\s?."}),
        field("textfield", "mail", validate={"validationType": "email"}),
        field("textfield", "telephone", validate={"validationType": "phone"}),
        field("textarea", "long", validate={"minLength": "=low", "maxLength": 50}),
        field("textfield", "prepared", defaultValue="预填", validate=_MUST),
        field("textfield", "off", disabled=True, validate=_MUST),
        field("textfield", "fixed", readonly=True, validate={"maxLength": 5}),
    ),
    "numbers": form(
        field("number", "plain"),
        field("number", "whole", decimalDigits=0, validate=_MUST),
        field("number", "tenth", decimalDigits=1, validate={"min": 0, "max": 100}),
        field("number", "money", decimalDigits=2, increment="0.25", validate={"min": "=low"}),
        field("number", "bounded", validate={"min": "=whole", "max": "=plain * 2"}),
        field("number", "text", serializeToString=True, validate={"max": 10}),
        field("expression", "next", expression="=if plain = null then 0 else plain + 1"),
        field("expression", "more", expression="=next * 2"),
        field("number", "above", validate={"min": "=more"}),
    ),
    "choices": form(
        field("select", "one", values=_OPTIONS, validate=_MUST),
        field("radio", "other", values=_OPTIONS),
        field("checklist", "many", values=_OPTIONS, validate=_MUST),
        field("taglist", "tags", values=_OPTIONS),
        field("select", "person", valuesKey="experts"),
        field("checklist", "people", valuesKey="experts", validate=_MUST),
        field("select", "computed", valuesExpression='=if one = "a" then ["x", "y"] else ["z"]'),
        field("checklist", "subset", valuesExpression="=many", validate=_MUST),
        field("checkbox", "agreed", validate=_MUST),
        field("checkbox", "maybe"),
    ),
    "dates": form(
        field("datetime", "day", subtype="date", dateLabel="日期", validate=_MUST),
        field("datetime", "hour", subtype="time", timeLabel="时间", timeSerializingFormat="no_timezone"),
        field("datetime", "future", subtype="date", dateLabel="将来", disallowPassedDates=True),
        field("textfield", "why", conditional={"hide": '=day = null or date(day) > date("2026-02-01")'}),
    ),
    "files": form(
        field("attachment", "evidence", validate=_MUST, properties={"accept": ".pdf,image/*", "maxMb": 20}),
        field("attachment", "any", properties={"maxFiles": 2}),
        field("textfield", "note", conditional={"hide": "=count(evidence) = 0"}, validate=_MUST),
    ),
    "conditions": form(
        field("select", "kind", values=["a", "b", "c"], validate=_MUST),
        field("textfield", "first", conditional={"hide": '=kind != "a"'}, validate=_MUST),
        field("number", "second", conditional={"hide": '=not(kind = "b" or first = "12")'}, validate=_MUST),
        field("textfield", "third", conditional={"hide": "=second > 3"}, validate=_MUST),
        field("textfield", "unknown", conditional={"hide": "=missing > 3"}, validate=_MUST),
        {
            "type": "group",
            "id": "g",
            "path": "nested",
            "label": "组",
            "conditional": {"hide": '=kind = "c"'},
            "components": [
                field("number", "amount", validate={"required": True, "min": 1}),
                field("expression", "double", expression="=nested.amount * 2"),
                field("textfield", "deep.name", conditional={"hide": "=nested.double > 10"}, validate=_MUST),
            ],
        },
        field("textfield", "locked", readonly='=kind = "a"', validate={"maxLength": 5}),
        field("expression", "total", expression="=second + nested.double"),
    ),
    "lists": form(
        field("number", "limit"),
        rows(
            "rows",
            field("textfield", "name", validate={"required": True, "maxLength": 20}),
            field("number", "amount", decimalDigits=2, validate={"min": 0, "max": "=limit"}),
            field("number", "price", conditional={"hide": "=this.amount > 50"}, validate=_MUST),
            field("expression", "cost", expression="=this.amount * this.price"),
            field("textfield", "reason", conditional={"hide": "=this.cost = null"}, validate=_MUST),
            field("number", "position", validate={"min": "=i[1]"}),
            rows(
                "parts",
                field("textfield", "part", validate=_MUST),
                field("number", "share", validate={"max": "=parent.amount"}),
                defaultRepetitions=0,
            ),
        ),
        rows(
            "three",
            field("select", "choice", values=["a", "b"], validate=_MUST),
            allowAddRemove=False,
            defaultRepetitions=3,
        ),
        field("expression", "costs", expression="=sum(for row in rows return if row.cost = null then 0 else row.cost)"),
        field("textfield", "large", conditional={"hide": "=costs < 100"}, validate=_MUST),
    ),
}


def answers(definition: Mapping[str, Any], chance: random.Random, context: Mapping[str, Any]) -> dict[str, Any]:
    """Make answers to a form: mostly plausible, sometimes missing, sometimes of the wrong kind."""
    data: dict[str, Any] = {}
    _fill(read(definition), (), data, chance, context)
    return data


def _fill(
    component: Component, base: tuple[str | int, ...], data: dict[str, Any], chance: random.Random, context: Any
) -> None:
    path = (*base, *component.path)
    if component.keyed:
        fixed = component.properties.get("disabled") or component.properties.get("readonly")
        if component.type != "expression" and chance.random() < 0.9:
            put(data, path, plausible(component, chance, context) if fixed else _answer(component, chance, context))
    elif not component.repeats:
        for child in component.children:
            _fill(child, path, data, chance, context)
    elif chance.random() < 0.9:
        put(data, path, [])
        for index in range(_count(component, chance)):
            put(data, (*path, index), {})
            for child in component.children:
                _fill(child, (*path, index), data, chance, context)


def _count(component: Component, chance: random.Random) -> int:
    if component.properties.get("allowAddRemove", True) is False:
        return int(component.properties.get("defaultRepetitions", 1))
    return chance.choice([0, 1, 1, 2, 3])


def _answer(component: Component, chance: random.Random, context: Mapping[str, Any]) -> Any:
    # form-js itself fails on a wrong kind of value where the options are computed
    if chance.random() < 0.08 and not component.properties.get("valuesExpression"):
        return chance.choice(WRONG)
    return plausible(component, chance, context, wild=chance.random() < 0.3)


def plausible(component: Component, chance: random.Random, context: Mapping[str, Any], *, wild: bool = False) -> Any:
    """Make an answer of the right kind; a wild one need not be valid."""
    kind = component.type
    if kind in {"textfield", "textarea"}:
        return chance.choice(TEXTS if wild else TEXTS[3:6])
    if kind == "number":
        return chance.choice(NUMBERS)
    if kind == "checkbox":
        return chance.random() < 0.7
    if kind == "datetime":
        return _moment(str(component.properties.get("subtype")), chance, wild=wild)
    if kind == "attachment":
        chosen = chance.sample(sorted(FILES), chance.choice([0, 1, 1, 2, 3] if wild else [1]))
        return [
            {"id": name, "name": FILES[name].name, "size": FILES[name].size, "type": FILES[name].type}
            for name in chosen
        ]
    return _chosen(component, chance, context, wild=wild)


def _moment(subtype: str, chance: random.Random, *, wild: bool) -> str:
    day, hour = chance.choice(DATES if wild else DATES[:3]), chance.choice(TIMES if wild else TIMES[:2])
    if subtype == "datetime":
        return f"{day}T{hour[:5]}"
    return hour if subtype == "time" else day


def _chosen(component: Component, chance: random.Random, context: Mapping[str, Any], *, wild: bool) -> Any:
    properties = component.properties
    source = context.get(properties["valuesKey"]) if properties.get("valuesKey") else properties.get("values")
    values = [value for value, _ in normalise(source)] or ["x", "y", "z", "a", "b"]
    if wild:
        values = [*values, "not an option"]
    if component.type in {"select", "radio"}:
        return chance.choice(values)
    return chance.sample(values, chance.randint(0, min(4, len(values))))
