"""An annual list from Excel: a template to fill, a report per row and cell, and nothing imported silently wrong.

Reading writes the report only; ``apply`` puts the lines on the list, and only when no cell is wrong.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import openpyxl
import xlsxwriter
from openpyxl.utils.exceptions import InvalidFileException
from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import access, enterprises, industries, lists
from audits.models import AuditList, Enterprise, ImportRow, ListEntry, ListImport
from workflows import trail
from workflows.access import Actor, require
from workflows.errors import Conflict, Invalid, NotFound
from workflows.models import Region
from workflows.paging import Page, keyset

MOST_ROWS: Final = 5000
MOST_BYTES: Final = 10_000_000
MOST_UNPACKED: Final = 200_000_000
YES: Final = {"是", "yes", "y", "true", "1", "√"}
NO: Final = {"", "否", "no", "n", "false", "0", "×"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the workbook: its key, its heading in both languages, and an example."""

    key: str
    zh: str
    en: str
    example: str
    width: int = 18
    required: bool = True


COLUMNS: Final = (
    Column("name", "企业名称", "Enterprise name", "兰州某某钢铁有限公司", 32),
    Column("uscc", "统一社会信用代码", "Unified social credit code", "91350100M000100Y43", 24),
    Column("region_code", "行政区划代码", "Region code (GB/T 2260)", "620102", 14),
    Column("industry", "行业代码", "Industry code (GB/T 4754)", "3120", 14),
    Column("types", "审核类型", "Audit types", "双超,双有", 20),
    Column("reason", "列入理由", "Reason", "排放含重金属废水", 36),
    Column("key_discharger", "重点排污单位", "Key discharger", "是", 14, required=False),
    Column("yellow_river_basin", "黄河流域", "Yellow River basin", "否", 14, required=False),
    Column("legal_representative", "法定代表人", "Legal representative", "张三", 14, required=False),
    Column("production_address", "生产地址", "Production address", "城关区某路1号", 32, required=False),
    Column("contact_name", "联系人", "Contact", "李四", 12, required=False),
    Column("contact_phone", "联系电话", "Phone", "13800000000", 16, required=False),
)
_TYPE_WORDS: Final = {word: key for key, names in lists.TYPES.items() for word in (key, *names)} | {
    "国家规定": "STATE_OTHER"
}

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
    "name_differs": (
        "登记名称为“{known}”，导入后保留登记名称",
        "registered as “{known}”; the registered name is kept",
    ),
    "registered_elsewhere": (
        "代码中的登记地 {code} 与行政区划不同，请核对",
        "the code was registered in {code}, another region; please check",
    ),
}


def template(language: str = "zh") -> bytes:
    """Make the workbook to fill: headings, and a sheet that explains each column with an example."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True, "valign": "top"})
    text = book.add_format({"num_format": "@"})
    english = language == "en"
    sheet = book.add_worksheet("List" if english else "名单")
    for place, column in enumerate(COLUMNS):
        title = column.en if english else column.zh
        sheet.set_column(place, place, column.width, text)
        sheet.write_string(0, place, title + ("*" if column.required else ""), head)
    sheet.freeze_panes(1, 2)
    _explain(book, english=english)
    book.close()
    return target.getvalue()


def _explain(book: Any, *, english: bool) -> None:
    sheet = book.add_worksheet("Notes" if english else "填写说明")
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 80)
    for place, column in enumerate(COLUMNS):
        sheet.write_string(place, 0, column.en if english else column.zh)
        must = ("required" if english else "必填") if column.required else ("optional" if english else "选填")
        sheet.write_string(place, 1, f"{must}; {column.example}")
    line = len(COLUMNS) + 1
    for key, (zh, en) in lists.TYPES.items():
        sheet.write_string(line, 0, key)
        sheet.write_string(line, 1, en if english else zh)
        line += 1


def read(session: Session, actor: Actor, list_id: str, name: str, data: bytes, now: datetime) -> ListImport:
    """Read a workbook into a report. Raises NotFound, NotAllowed, Conflict, Invalid (the file itself is unusable)."""
    audit_list = access.audit_list(session, actor, list_id)
    require(actor, "lists.import", audit_list.region_path)
    if audit_list.status != "draft":
        raise Conflict("list_is_published", title=audit_list.title)
    rows = list(_rows(data))
    checker = _Checker(session, audit_list)
    report = [ImportRow(row=number, values=values, problems=checker.check(number, values)) for number, values in rows]
    errors = sum(problem["severity"] == "error" for row in report for problem in row.problems)
    warnings = sum(problem["severity"] == "warning" for row in report for problem in row.problems)
    done = ListImport(
        list_id=list_id,
        file_name=name[:255],
        sha256=hashlib.sha256(data).hexdigest(),
        status="read",
        rows=len(rows),
        errors=errors,
        warnings=warnings,
        at=now,
        by=actor.person_id,
    )
    session.add(done)
    session.flush()
    for row in report:
        row.import_id = done.id
    session.add_all(report)
    session.flush()
    _record(session, actor, audit_list.id, "list.import_read", done, now)
    return done


def _rows(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    sheet = _sheet(data)
    lines = sheet.iter_rows()
    header = [str(cell.value or "").strip().rstrip("*") for cell in next(lines, ())]
    places = {}
    for column in COLUMNS:
        found = [place for place, title in enumerate(header) if title in {column.zh, column.en}]
        if found:
            places[column.key] = found[0]
        elif column.required:
            raise Invalid("import_column_missing", column=column.zh, column_en=column.en)
    count = 0
    for number, cells in enumerate(lines, start=2):
        values = {key: _text(cells[place]) if place < len(cells) else "" for key, place in places.items()}
        if not any(values.values()):
            continue
        count += 1
        if count > MOST_ROWS:
            raise Invalid("import_too_many_rows", most=MOST_ROWS)
        yield number, values
    if count == 0:
        raise Invalid("import_is_empty")


def _sheet(data: bytes) -> Any:
    if len(data) > MOST_BYTES:
        raise Invalid("import_too_large", most=MOST_BYTES // 1_000_000)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST_UNPACKED:
                raise Invalid("import_too_large", most=MOST_BYTES // 1_000_000)
            if any(part.filename.lower().endswith("vbaproject.bin") for part in parts.infolist()):
                raise Invalid("import_has_macros")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise Invalid("import_not_a_workbook") from error
    if not book.worksheets:
        raise Invalid("import_is_empty")
    return book.worksheets[0]


def _text(cell: Any) -> str:
    if cell.value is None:
        return ""
    if cell.data_type == "f" or (isinstance(cell.value, str) and cell.value.startswith("=")):
        return "=" + str(cell.value).lstrip("=")
    if isinstance(cell.value, float) and cell.value.is_integer():
        return str(int(cell.value))
    return str(cell.value).strip()


class _Checker:
    """Checks rows against each other and against what the database knows."""

    def __init__(self, session: Session, audit_list: AuditList) -> None:
        self.region_path = audit_list.region_path
        self.regions = {code: path for code, path in session.execute(select(Region.code, Region.path))}  # noqa: C416
        self.known = {uscc: name for uscc, name in session.execute(select(Enterprise.uscc, Enterprise.name))}  # noqa: C416
        self.listed = set(
            session.scalars(
                select(Enterprise.uscc)
                .join(ListEntry, ListEntry.enterprise_id == Enterprise.id)
                .where(ListEntry.list_id == audit_list.id)
            )
        )
        self.seen: dict[str, int] = {}

    def check(self, number: int, values: dict[str, str]) -> list[dict[str, Any]]:
        """Clean the values in place and give every problem with its cell."""
        found: list[dict[str, Any]] = []

        def problem(key: str, code: str, severity: str = "error", **more: Any) -> None:
            column = "ABCDEFGHIJKL"[[column.key for column in COLUMNS].index(key)]
            found.append({"cell": f"{column}{number}", "column": key, "severity": severity, "code": code, "values": more})

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
        return found

    def _plain(self, column: Column, values: dict[str, str], problem: Any) -> None:
        value = values.get(column.key, "")
        if value.startswith("="):
            problem(column.key, "formula")
        elif column.required and not value:
            problem(column.key, "required")
        elif len(value) > 500:  # noqa: PLR2004  the longest column
            problem(column.key, "too_long", limit=500)
        elif column.key in {"key_discharger", "yellow_river_basin"} and value.lower() not in YES | NO:
            problem(column.key, "bad_flag", value=value)

    def _uscc(self, number: int, values: dict[str, str], problem: Any) -> None:
        uscc = values["uscc"] = enterprises.normalise_uscc(values["uscc"])
        if not enterprises.uscc_valid(uscc):
            problem("uscc", "bad_uscc", value=uscc)
            return
        if uscc in self.seen:
            problem("uscc", "duplicate", row=self.seen[uscc])
        self.seen.setdefault(uscc, number)
        if uscc in self.listed:
            problem("uscc", "on_list_already")
        known = self.known.get(uscc)
        if known is not None and known != values["name"]:
            problem("name", "name_differs", "warning", known=known)
        region = values.get("region_code", "")
        if uscc[2:4] != region[:2]:
            problem("uscc", "registered_elsewhere", "warning", code=uscc[2:8])

    def _region(self, values: dict[str, str], problem: Any) -> None:
        path = self.regions.get(values["region_code"])
        if path is None:
            problem("region_code", "bad_region", value=values["region_code"])
        elif not path.startswith(self.region_path):
            problem("region_code", "outside_region", value=values["region_code"])

    def _types(self, values: dict[str, str], problem: Any) -> None:
        words = [word.strip() for word in values["types"].translate(_SEPARATORS).split(",") if word.strip()]
        unknown = [word for word in words if word not in _TYPE_WORDS]
        if unknown or not words:
            problem("types", "bad_types", value="、".join(unknown) or values["types"])
        else:
            values["types"] = ",".join(dict.fromkeys(_TYPE_WORDS[word] for word in words))


_SEPARATORS: Final = str.maketrans({"，": ",", "、": ",", ";": ",", "；": ",", "/": ",", "\n": ","})


def get(session: Session, actor: Actor, import_id: str) -> ListImport:
    """Give an import whose list the actor sees."""
    done = session.get(ListImport, import_id)
    if done is None:
        raise NotFound("import_not_found")
    access.audit_list(session, actor, done.list_id)
    return done


def report(
    session: Session,
    actor: Actor,
    import_id: str,
    *,
    only_problems: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ImportRow]:
    """Give the rows of an import in order; ``only_problems`` leaves the clean ones out."""
    get(session, actor, import_id)
    query = select(ImportRow).where(ImportRow.import_id == import_id)
    if only_problems:
        wrong = [
            row.row
            for row in session.scalars(select(ImportRow).where(ImportRow.import_id == import_id))
            if row.problems
        ]
        query = query.where(ImportRow.row.in_(wrong))
    return keyset(session, query, [ImportRow.row], cursor, limit)


def problem_text(problem: Mapping[str, Any], language: str = "zh") -> str:
    """Write a problem as a sentence that begins with its cell."""
    text = PROBLEMS[str(problem["code"])][language == "en"]
    return f"{problem['cell']}: {text.format_map(problem['values'])}"


def apply(session: Session, actor: Actor, import_id: str, now: datetime) -> ListImport:
    """Put the rows of a clean import on the list, adding unknown enterprises.

    Raises Conflict ``import_applied`` on a repeat, Invalid ``import_has_errors``.
    """
    done = get(session, actor, import_id)
    audit_list = access.audit_list(session, actor, done.list_id)
    require(actor, "lists.import", audit_list.region_path)
    if audit_list.status != "draft":
        raise Conflict("list_is_published", title=audit_list.title)
    if done.status == "applied":
        raise Conflict("import_applied", file=done.file_name)
    if done.errors:
        raise Invalid("import_has_errors", count=done.errors)
    rows = session.scalars(select(ImportRow).where(ImportRow.import_id == import_id).order_by(ImportRow.row)).all()
    fresh = _Checker(session, audit_list)
    for row in rows:
        again = [problem for problem in fresh.check(row.row, dict(row.values)) if problem["severity"] == "error"]
        if again:
            raise Conflict("list_changed_since", row=row.row)
    known = {row.uscc: row for row in session.scalars(select(Enterprise))}
    for row in rows:
        values = row.values
        enterprise = known.get(values["uscc"]) or _register(session, actor, values, now)
        _flags(enterprise, values)
        lists.put(session, audit_list, enterprise.id, values["types"].split(","), values["reason"])
        session.flush()
    done.status = "applied"
    _record(session, actor, audit_list.id, "list.import_applied", done, now)
    return done


def _register(session: Session, actor: Actor, values: Mapping[str, str], now: datetime) -> Enterprise:
    fields = {key: value for key, value in values.items() if key not in {"types", "reason"}}
    for key in ("key_discharger", "yellow_river_basin"):
        fields[key] = "yes" if values.get(key, "").lower() in YES else "no"
    return enterprises.register(session, actor, fields, now=now)


def _flags(enterprise: Enterprise, values: Mapping[str, str]) -> None:
    for key in ("key_discharger", "yellow_river_basin"):
        if values.get(key):
            setattr(enterprise, key, values[key].lower() in YES)


def marked_copy(session: Session, actor: Actor, import_id: str, language: str = "zh") -> bytes:
    """Make a workbook of the rows as read, with red cells and a comment on whatever is wrong."""
    get(session, actor, import_id)
    rows = session.scalars(select(ImportRow).where(ImportRow.import_id == import_id).order_by(ImportRow.row))
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("List" if language == "en" else "名单")
    red, amber = book.add_format({"bg_color": "#F8CBAD"}), book.add_format({"bg_color": "#FFE699"})
    for place, column in enumerate(COLUMNS):
        sheet.set_column(place, place, column.width)
        sheet.write_string(0, place, (column.en if language == "en" else column.zh) + ("*" if column.required else ""))
    for row in rows:
        problems = {problem["column"]: problem for problem in row.problems}
        for place, column in enumerate(COLUMNS):
            problem = problems.get(column.key)
            style = None if problem is None else (red if problem["severity"] == "error" else amber)
            sheet.write_string(row.row - 1, place, row.values.get(column.key, ""), style)
            if problem is not None:
                sheet.write_comment(row.row - 1, place, problem_text(problem, language))
    book.close()
    return target.getvalue()


def _record(session: Session, actor: Actor, list_id: str, action: str, done: ListImport, now: datetime) -> None:
    trail.append(
        session,
        chain=f"list:{list_id}",
        actor=actor,
        action=action,
        subject_type="list",
        subject_id=list_id,
        payload={"file": done.file_name, "sha256": done.sha256, "rows": done.rows, "errors": done.errors},
        now=now,
    )
