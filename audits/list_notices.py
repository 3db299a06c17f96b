"""Written notices (书面通知) of a published list: which are issued, made, served and how, and what failed."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Final

import xlsxwriter
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from audits import access
from audits.letters import METHODS, RENDER
from audits.models import Case, Enterprise, Letter, ListEntry
from workflows.access import Actor
from workflows.models import Incident
from workflows.paging import Page, keyset

STATES: Final[dict[str, tuple[str, str]]] = {
    "missing": ("未签发", "Not issued"),
    "unmade": ("已签发、文件未生成", "Issued, files not made"),
    "unserved": ("未送达", "Not served"),
    "served": ("已送达", "Served"),
}
COLUMNS: Final = (
    ("序号", "No.", 8),
    ("企业名称", "Enterprise", 36),
    ("统一社会信用代码", "Credit code", 22),
    ("案件编号", "Case", 24),
    ("文号", "Number of the notice", 28),
    ("签发日期", "Issued on", 12),
    ("状态", "Status", 20),
    ("送达方式", "Method of service", 16),
    ("送达日期", "Served on", 12),
    ("签收人", "Signed by", 16),
)


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A line of the list with its case and notice, where there are any."""

    entry: ListEntry
    enterprise: Enterprise
    case: Case | None
    letter: Letter | None

    @property
    def state(self) -> str:
        """Say how far the notice is: missing, unmade (no file yet), unserved, served."""
        if self.letter is None:
            return "missing"
        if self.letter.served_on is not None:
            return "served"
        return "unserved" if self.letter.pdf_id else "unmade"


@dataclass(frozen=True, slots=True)
class Tally:
    """The notices of a list in numbers; ``by_method`` adds up to ``served``."""

    lines: int
    issued: int
    made: int
    served: int
    by_method: dict[str, int]

    @property
    def missing(self) -> int:
        """Count the lines without a notice."""
        return self.lines - self.issued

    @property
    def unserved(self) -> int:
        """Count the notices without a receipt of service."""
        return self.issued - self.served


def tally(session: Session, actor: Actor, list_id: str) -> Tally:
    """Count the notices of a list, as far as the actor sees its lines. Raises NotFound."""
    access.audit_list(session, actor, list_id)
    counts = (func.count(ListEntry.id), func.count(Letter.id), func.count(Letter.pdf_id), func.count(Letter.served_on))
    of_all, issued, made, served = session.execute(_lines(actor, list_id).with_only_columns(*counts)).one()
    methods = session.execute(
        _lines(actor, list_id)
        .with_only_columns(Letter.served_by, func.count())
        .where(Letter.served_on.is_not(None))
        .group_by(Letter.served_by)
    )
    order = list(METHODS)
    by_method = {str(method): int(number) for method, number in methods}
    ordered = sorted(by_method, key=lambda method: order.index(method) if method in order else len(order))
    return Tally(of_all, issued, made, served, {method: by_method[method] for method in ordered})


def lines(
    session: Session,
    actor: Actor,
    list_id: str,
    *,
    state: str | None = None,
    method: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[NoticeLine]:
    """Give the lines of a list with their notices, in the order of their numbers. Raises NotFound.

    ``state``: one of ``STATES``; ``unserved`` gives all that lack a receipt, ``method`` those served by one.
    """
    access.audit_list(session, actor, list_id)
    query = _lines(actor, list_id)
    conditions: dict[str, ColumnElement[bool]] = {
        "missing": Letter.id.is_(None),
        "unmade": Letter.id.is_not(None) & Letter.pdf_id.is_(None),
        "unserved": Letter.id.is_not(None) & Letter.served_on.is_(None),
        "served": Letter.served_on.is_not(None),
    }
    if state in conditions:
        query = query.where(conditions[state])
    if method:
        query = query.where(Letter.served_by == method, Letter.served_on.is_not(None))
    return keyset(session, query, [ListEntry.number, ListEntry.id], cursor, limit).map(lambda row: NoticeLine(*row))


def _lines(actor: Actor, list_id: str) -> Select[ListEntry, Enterprise, Case, Letter]:
    other = aliased(Letter)
    latest = (
        select(other.id)
        .where(other.case_id == Case.id, other.kind == "notice", other.status == "valid")
        .order_by(other.created_at.desc(), other.id.desc())
        .limit(1)
        .correlate(Case)
        .scalar_subquery()
    )
    return (
        select(ListEntry, Enterprise, Case, Letter)
        .join(Enterprise, Enterprise.id == ListEntry.enterprise_id)
        .outerjoin(Case, (Case.entry_id == ListEntry.id) & Case.parent_id.is_(None))
        .outerjoin(Letter, Letter.id == latest)
        .where(ListEntry.list_id == list_id, ListEntry.kept(), access.visible(actor, ListEntry))
    )


def failures(session: Session, actor: Actor, list_id: str, limit: int = 100) -> list[tuple[Incident, NoticeLine]]:
    """Give the open incidents of the list's cases, and of notices whose files could not be made, the latest first."""
    access.audit_list(session, actor, list_id)
    cases, letters = {}, {}
    for row in session.execute(_lines(actor, list_id).where(Case.id.is_not(None))):
        found = NoticeLine(*row)
        if found.case is not None:
            cases[found.case.id] = found
        if found.letter is not None:
            letters[f"{RENDER}:{found.letter.id}"] = found
    opened = session.scalars(
        select(Incident).where(Incident.resolved_at.is_(None)).order_by(Incident.opened_at.desc(), Incident.id)
    )
    both = ((incident, cases.get(incident.instance_id or "") or letters.get(incident.key)) for incident in opened)
    return [(incident, line) for incident, line in both if line is not None][:limit]


def workbook(session: Session, actor: Actor, list_id: str, language: str) -> bytes:
    """Write all lines with their notices as an Excel workbook; every cell is text, never a formula."""
    place = 1 if language == "en" else 0
    target = BytesIO()
    book = xlsxwriter.Workbook(
        target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    sheet = book.add_worksheet(("书面通知", "Notices")[place])
    bold = book.add_format({"bold": True})
    for column, names in enumerate(COLUMNS):
        sheet.set_column(column, column, names[2])
        sheet.write_string(0, column, (names[0], names[1])[place], bold)
    sheet.freeze_panes(1, 0)
    number, cursor = 0, None
    while True:
        found = lines(session, actor, list_id, cursor=cursor, limit=200)
        for line in found.items:
            number += 1
            for column, text in enumerate(_cells(line, place)):
                sheet.write_string(number, column, text)
        cursor = found.next_cursor
        if cursor is None:
            break
    book.close()
    return target.getvalue()


def _cells(line: NoticeLine, place: int) -> tuple[str, ...]:
    letter, case = line.letter, line.case
    served = letter.served_on if letter else None
    return (
        str(line.entry.number),
        line.enterprise.name,
        line.enterprise.uscc,
        case.number if case else "",
        letter.number if letter else "",
        letter.issued_on.isoformat() if letter else "",
        STATES[line.state][place],
        METHODS.get(letter.served_by, (letter.served_by,) * 2)[place] if letter and served else "",
        served.isoformat() if served else "",
        letter.signer if letter else "",
    )
