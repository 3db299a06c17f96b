"""What may be wrong with a row of an annual list, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import enterprises, industries, voluntary_rules
from audits.list_workbook import COLUMNS, Column
from audits.lists import TYPES
from audits.models import AuditList, Case, Enterprise, ListEntry
from workflows.models import Region

YES: Final = {"是", "yes", "y", "true", "1", "√"}
NO: Final = {"", "否", "no", "n", "false", "0", "×"}
_TYPE_WORDS: Final = {word: key for key, names in TYPES.items() for word in (key, *names)} | {"国家规定": "STATE_OTHER"}
_SEPARATORS: Final = str.maketrans({"，": ",", "、": ",", ";": ",", "；": ",", "/": ",", "\n": ","})

PROBLEMS: Final[dict[str, tuple[str, str]]] = {
    "required": ("必填，不能为空", "must not be empty"),
    "too_long": ("内容过长，最多 {limit} 个字", "too long, at most {limit} characters"),
    "bad_uscc": ("统一社会信用代码“{value}”校验不通过", "“{value}” is not a valid unified social credit code"),
    "bad_region": ("行政区划代码“{value}”不存在", "region code “{value}” does not exist"),
    "outside_region": ("行政区划“{value}”不在本名单的辖区内", "region “{value}” lies outside the list's region"),
    "bad_industry": (
        "行业代码“{value}”不符合 GB/T 4754-2017",
        "“{value}” is not an industry code of GB/T 4754-2017",
    ),
    "bad_types": (
        "审核类型“{value}”无法识别，应为双超、高耗能、双有、国家规定的其他情形或自愿",
        "audit type “{value}” is unknown",
    ),
    "bad_flag": ("应填“是”或“否”，不能是“{value}”", "must be yes or no, not “{value}”"),
    "formula": ("单元格含公式，请粘贴为数值", "the cell holds a formula; paste its value"),
    "duplicate": ("与第 {row} 行的统一社会信用代码重复", "the same code stands in row {row}"),
    "on_list_already": ("该企业已在本名单中", "the enterprise is on this list already"),
    "exempt": (
        "自愿性审核已获认可，{until} 前免予强制性审核（双超除外）",
        "exempt until {until} by a recognised voluntary audit (unless it exceeds standards)",
    ),
    "registered_outside": (
        "该代码的企业登记在本名单辖区以外，不能列入",
        "the enterprise of this code is registered outside the list's region",
    ),
    "region_differs": (
        "登记的行政区划为 {known}，导入后保留登记的行政区划",
        "registered in region {known}, which is kept",
    ),
    "name_differs": (
        "登记名称为“{known}”，导入后保留登记名称",
        "registered as “{known}”; the registered name is kept",
    ),
    "registered_elsewhere": (
        "代码中的登记地 {at} 与行政区划不同，请核对",
        "the code was registered in {at}, another region; please check",
    ),
}


def problem_text(problem: Mapping[str, Any], language: str = "zh") -> str:
    """Write a problem as a sentence that begins with its cell."""
    text = PROBLEMS[str(problem["code"])][language == "en"]
    return f"{problem['cell']}: {text.format_map(problem['values'])}"


class Report(Protocol):
    """Takes down what is wrong with a cell of the row being checked."""

    def __call__(self, key: str, code: str, severity: str = "error", **more: Any) -> None:
        """Note a problem of the column ``key``."""


class Checker:
    """Checks rows against each other and against what the database knows."""

    def __init__(self, session: Session, audit_list: AuditList, today: date) -> None:
        self.session, self.today = session, today
        self.region_path = audit_list.region_path
        self.regions = {code: path for code, path in session.execute(select(Region.code, Region.path))}  # noqa: C416
        self.known = {
            uscc: (name, region)
            for uscc, name, region in session.execute(select(Enterprise.uscc, Enterprise.name, Enterprise.region_code))
        }
        self.listed = set(
            session.scalars(
                select(Enterprise.uscc)
                .join(ListEntry, ListEntry.enterprise_id == Enterprise.id)
                .where(ListEntry.list_id == audit_list.id)
            )
        )
        self.recognised = set(
            session.scalars(
                select(Enterprise.uscc)
                .join(Case, Case.enterprise_id == Enterprise.id)
                .where(Case.procedure == voluntary_rules.PROCEDURE, Case.outcome == "qualified")
            )
        )
        self.seen: dict[str, int] = {}

    def check(self, number: int, values: dict[str, str]) -> list[dict[str, Any]]:
        """Clean the values in place and give every problem with its cell."""
        found: list[dict[str, Any]] = []

        def problem(key: str, code: str, severity: str = "error", **more: Any) -> None:
            column = "ABCDEFGHIJKL"[[column.key for column in COLUMNS].index(key)]
            found.append(
                {"cell": f"{column}{number}", "column": key, "severity": severity, "code": code, "values": more}
            )

        for column in COLUMNS:
            self._plain(column, values, problem)
        broken = {item["column"] for item in found}
        if "uscc" not in broken:
            self._uscc(number, values, problem)
        if "region_code" not in broken:
            self._region(values, problem)
        if "industry" not in broken:
            values["industry"] = industries.normalise(values["industry"])
            if not industries.valid(values["industry"]):
                problem("industry", "bad_industry", value=values["industry"])
        if "types" not in broken:
            self._types(values, problem)
            self._exempt(values, problem)
        return found

    def _plain(self, column: Column, values: dict[str, str], problem: Report) -> None:
        value = values.get(column.key, "")
        if value.startswith("="):
            problem(column.key, "formula")
        elif column.required and not value:
            problem(column.key, "required")
        elif len(value) > column.limit:
            problem(column.key, "too_long", limit=column.limit)
        elif column.key in {"key_discharger", "yellow_river_basin"} and value.lower() not in YES | NO:
            problem(column.key, "bad_flag", value=value)

    def _uscc(self, number: int, values: dict[str, str], problem: Report) -> None:
        uscc = values["uscc"] = enterprises.normalise_uscc(values["uscc"])
        if not enterprises.uscc_valid(uscc):
            problem("uscc", "bad_uscc", value=uscc)
            return
        if uscc in self.seen:
            problem("uscc", "duplicate", row=self.seen[uscc])
        self.seen.setdefault(uscc, number)
        if uscc in self.listed:
            problem("uscc", "on_list_already")
        region = values.get("region_code", "")
        known = self.known.get(uscc)
        if known is not None:
            self._registered(*known, values["name"], region, problem)
        if uscc[2:4] != region[:2]:
            problem("uscc", "registered_elsewhere", "warning", at=uscc[2:8])

    def _registered(self, name: str, region: str, said_name: str, said_region: str, problem: Report) -> None:
        if not self.regions[region].startswith(self.region_path):
            problem("uscc", "registered_outside")
            return
        if name != said_name:
            problem("name", "name_differs", "warning", known=name)
        if region != said_region:
            problem("region_code", "region_differs", "warning", known=region)

    def _region(self, values: dict[str, str], problem: Report) -> None:
        path = self.regions.get(values["region_code"])
        if path is None:
            problem("region_code", "bad_region", value=values["region_code"])
        elif not path.startswith(self.region_path):
            problem("region_code", "outside_region", value=values["region_code"])

    def _exempt(self, values: dict[str, str], problem: Report) -> None:
        if values.get("uscc") not in self.recognised:
            return
        row = self.session.scalars(select(Enterprise).where(Enterprise.uscc == values["uscc"])).one()
        until = voluntary_rules.exempt_until(self.session, row, values["types"].split(","), self.today)
        if until is not None:
            problem("uscc", "exempt", until=until.isoformat())

    def _types(self, values: dict[str, str], problem: Report) -> None:
        words = [word.strip() for word in values["types"].translate(_SEPARATORS).split(",") if word.strip()]
        unknown = [word for word in words if word not in _TYPE_WORDS]
        if unknown or not words:
            problem("types", "bad_types", value="、".join(unknown) or values["types"])
        else:
            values["types"] = ",".join(dict.fromkeys(_TYPE_WORDS[word] for word in words))
