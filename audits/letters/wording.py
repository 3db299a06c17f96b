"""The words of a letter: shipped texts with named places, filled from the case. No template language runs here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any, Final

from sqlalchemy.orm import Session

from audits import calendars, deadlines, legal_basis, lists, regions
from audits.letters import rights, tables
from audits.models import AuditList, Case, Deadline, Enterprise, ListEntry
from workflows.models import Organisation

BANDS: Final = {
    "again": "重新开展清洁生产审核",
    "supplement": "补充完善后实施方案",
    "proceed": "通过评估，实施中/高费方案",
}
RESULTS: Final = {"qualified": "合格", "unqualified": "不合格"}
NONE: Final = "无"
_WHOLE: Final = ("自治区", "新区", "矿区", "园区", "开发区", "行政区")
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff\ue000]")


@dataclass(frozen=True, slots=True)
class Field:
    """What an officer fills in for a letter. ``type``: text, textarea, number, year, date, list, publication, consultancy."""

    key: str
    names: tuple[str, str]
    type: str
    required: bool


@dataclass(frozen=True, slots=True)
class Wording:
    """A kind of letter: names (zh, en), topic of its legal basis, paragraphs, its deadlines, the rights against it.

    ``by``: process or office, who issues it. ``scope``: case, or region where it concerns no case. ``conduct``: its basis
    is the law of the day of the conduct, else of the day of issue. ``requires``: kinds of which one came before.
    """

    names: tuple[str, str]
    topic: str
    paragraphs: tuple[str, ...]
    deadlines: tuple[str, ...]
    rights: tuple[str, ...]
    tables: tuple[str, ...] = ()
    by: str = "process"
    scope: str = "case"
    fields: tuple[Field, ...] = ()
    conduct: bool = False
    requires: tuple[str, ...] = ()
    addressee: str = ""


@cache
def wordings() -> dict[str, Wording]:
    """Read the shipped wordings by kind."""
    folder = resources.files("audits").joinpath("data")
    raw: dict[str, Any] = {}
    for name in ("letters.json", "office_letters.json"):
        raw |= json.loads(folder.joinpath(name).read_text(encoding="utf-8"))
    return {
        kind: Wording(
            tuple(one["names"]),
            one["topic"],
            tuple(one["paragraphs"]),
            tuple(one["deadlines"]),
            tuple(one.get("rights", ())),
            tuple(one.get("tables", ())),
            one.get("by", "process"),
            one.get("scope", "case"),
            tuple(
                Field(f["key"], tuple(f["names"]), f["type"], f.get("required", False)) for f in one.get("fields", ())
            ),
            one.get("conduct", False),
            tuple(one.get("requires", ())),
            one.get("addressee", ""),
        )
        for kind, one in raw.items()
    }


def chinese_day(day: date) -> str:
    """Write a day as letters do: 2026年1月31日."""
    return f"{day.year}年{day.month}月{day.day}日"


def compose(
    session: Session, case: Case, issuer: Organisation, kind: str, data: Mapping[str, Any], day: date
) -> dict[str, Any]:
    """Give everything that the Word and PDF layouts need, as JSON.

    The legal basis is the version in force on the day of issue: the template goes by issue date; for what punishes a
    conduct it is the law of the day of that (domain: section 11).
    """
    wording = wordings()[kind]
    basis = legal_basis.on(_conduct(wording, data) or day)
    values = _values(session, case, issuer, data) | {"basis": basis.cite(wording.topic)}
    values = (
        {**field_values(wording, data), **values} if wording.by == "process" else values | field_values(wording, data)
    )
    carried = rights.in_force(wording.rights, day)
    notice = rights.paragraph(carried)
    return {
        "title": wording.names[0],
        "issuer": issuer.name,
        "addressee": values["enterprise"],
        "paragraphs": [
            *(paragraph.format_map(values) for paragraph in wording.paragraphs),
            *([notice] if notice else []),
        ],
        "rows": _rows(session, case, wording.deadlines),
        "tables": cleaned(tables.of_case(session, case, wording.tables, data)),
        "values": values,
        "given": {key: value for key, value in data.items() if key != "submission"},
        "date": chinese_day(day),
        "basis_version": basis.key,
        "case_no": case.number,
        **({"rights": carried} if carried else {}),
        **({"submission": dict(data["submission"])} if data.get("submission") else {}),
    }


def compose_for_region(
    session: Session, issuer: Organisation, kind: str, data: Mapping[str, Any], day: date
) -> dict[str, Any]:
    """Do what ``compose`` does for a letter that concerns no case: an announcement, a letter to a city."""
    wording = wordings()[kind]
    basis = legal_basis.on(day)
    values = {key: printable(str(value)) for key, value in data.items()} | field_values(wording, data)
    values |= {"issuer": issuer.name, "basis": basis.cite(wording.topic)}
    addressee = values.get("addressee") or wording.addressee or values.get("enterprise", "")
    carried = rights.in_force(wording.rights, day)
    notice = rights.paragraph(carried)
    return {
        "title": wording.names[0],
        "issuer": issuer.name,
        "addressee": addressee,
        "paragraphs": [
            *(paragraph.format_map(values) for paragraph in wording.paragraphs),
            *([notice] if notice else []),
        ],
        "rows": [],
        "tables": cleaned(tables.of_region(session, wording.tables, data)),
        "values": values,
        "given": dict(data),
        "date": chinese_day(day),
        "basis_version": basis.key,
        "case_no": "",
        **({"rights": carried} if carried else {}),
    }


def _conduct(wording: Wording, data: Mapping[str, Any]) -> date | None:
    given = str(data.get("conduct_on") or "")
    return date.fromisoformat(given) if wording.conduct and given else None


def field_values(wording: Wording, data: Mapping[str, Any]) -> dict[str, str]:
    """Give what was filled in for a letter as its text says it; a day as letters write days."""
    found = {}
    for field in wording.fields:
        text = str(data.get(field.key) or "").strip()
        if field.type == "date" and text:
            text = chinese_day(date.fromisoformat(text))
        found[field.key] = printable(text) or NONE
    return found


def cleaned(made: Any) -> Any:
    """Leave out of tables what no document can hold."""
    if isinstance(made, dict):
        return {key: cleaned(one) for key, one in made.items()}
    if isinstance(made, list):
        return [cleaned(one) for one in made]
    return printable(made) if isinstance(made, str) else made


def _values(session: Session, case: Case, issuer: Organisation, data: Mapping[str, Any]) -> dict[str, str]:
    enterprise = session.get_one(Enterprise, case.enterprise_id)
    audit_list = session.get_one(AuditList, session.get_one(ListEntry, case.entry_id).list_id)
    deadline = str(data.get("deadline") or "")
    values = {
        "enterprise": enterprise.name,
        "uscc": enterprise.uscc,
        "types": "、".join(f"“{lists.TYPES[key][0]}”" for key in case.types),
        "list_title": f"《{audit_list.title}》",
        "publication_date": chinese_day(case.publication_date),
        "case_no": case.number,
        "round": str(case.round),
        "issuer": issuer.name,
        "score": _score(data.get("score")),
        "band_text": BANDS.get(str(data.get("band") or ""), NONE),
        "result_text": RESULTS.get(str(data.get("result") or ""), NONE),
        "vetoes": "、".join(data.get("vetoes") or []) or NONE,
        "opinion": _text(data.get("opinion")),
        "items": _text(data.get("required_supplements") or data.get("missing") or data.get("reason")),
        "reason": _text(data.get("reason")),
        "subject": _text(data.get("subject")),
        "facts": _text(data.get("facts")),
        "requirements": _text(data.get("requirements")),
        "note": _text(data.get("note")),
        "deadline_text": deadlines.KINDS.get(deadline, (NONE, NONE))[0],
        **_submission(data.get("submission") or {}),
    }
    return {key: printable(text) for key, text in values.items()}


def printable(text: str) -> str:
    """Leave out the characters that no document can hold."""
    return _UNPRINTABLE.sub("", text)


def _submission(told: Mapping[str, Any]) -> dict[str, str]:
    """Give what a receipt says of a submission (``audits.submissions.Receipt``)."""
    at = told.get("submitted_at")
    return {
        "submission_hash": str(told.get("sha256") or NONE),
        "submission_version": str(told.get("version") or NONE),
        "submission_count": str(told.get("number") or 1),
        "submission_files": str(told.get("files") or 0),
        "submitted_at": chinese_day(calendars.local_day(datetime.fromisoformat(at))) if at else NONE,
    }


def _score(value: Any) -> str:
    """Write a score with as many places as tell its band: never rounded into another one."""
    if value is None:
        return NONE
    text = f"{float(value):.4f}".rstrip("0").rstrip(".")
    return text or "0"


def _text(value: Any) -> str:
    if isinstance(value, list):
        lines = [
            "，".join(str(part) for part in item.values()) if isinstance(item, dict) else str(item) for item in value
        ]
        return "；".join(lines) or NONE
    return str(value).strip() if value else NONE


def _rows(session: Session, case: Case, kinds: tuple[str, ...]) -> list[list[str]]:
    known = deadlines.by_kind(session, case.id)
    rows = []
    for kind in kinds:
        row = known.get(kind)
        if row is not None:
            rows.append([deadlines.KINDS[kind][0], _day_of(row), row.basis or NONE])
    return rows


def _day_of(row: Deadline) -> str:
    """Write the statutory day, and beside it what was extended, what does not count, and the day that counts."""
    told = ["日历未公布，暂定"] if row.provisional else []
    if row.suspended_days:
        told.append(f"不计入期限{row.suspended_days}日")
    if row.extended_to:
        told.append(f"批准延至{chinese_day(row.extended_to)}")
    if row.paused_since and not row.met_on:
        told.append(f"自{chinese_day(row.paused_since)}起中止计算")
    elif row.runs_to != row.due_on:
        told.append(f"现应于{chinese_day(row.runs_to)}前完成")
    return chinese_day(row.due_on) + (f"（{'；'.join(told)}）" if told else "")


def abbreviation(session: Session, issuer: Organisation) -> str:
    """Give the code of an issuer in document numbers, from its regions: 甘肃环清, 兰州环清, 兰州城关环清."""
    above = regions.lineage(session, issuer.region_code)
    names = [_short(above[level].name) for level in regions.LEVELS if level in above]
    suffix = "发改清" if issuer.kind == "department" else "环清"
    return "".join(names[-2:] if "county" in above else names[-1:]) + suffix


def _short(name: str) -> str:
    """Leave out what every region of its kind has: 城关区 is 城关, but 兰州新区 stays."""
    if len(name) > 2 and name[-1] in "省市区县" and not name.endswith(_WHOLE):
        return name[:-1]
    return name
