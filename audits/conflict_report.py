"""The report on conflicts of interest: every member of every panel, what was looked at, and the sheets they signed.

It names no score: that a sheet is signed is all that is said of it before the panel closes, and here after that too.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import xlsxwriter
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from audits import access, calendars
from audits.models import Case, Enterprise, Panel, PanelMember
from workflows.access import Actor, require
from workflows.models import Person, Submission
from workflows.paging import Page, keyset

MOST: Final = 10_000
HEADINGS: Final = (
    ("案件编号", "Case"), ("企业", "Enterprise"), ("评审事项", "Purpose"), ("轮次", "Round"), ("专家", "Expert"),
    ("工作单位", "Employer"), ("组长", "Leader"), ("产生方式", "Chosen by"), ("指定理由", "Reason for naming"),
    ("核查的单位", "Companies looked at"), ("核查的人员数", "People looked at"), ("核查结果", "Found"),
    ("任命时间", "Appointed"), ("评分表签署时间", "Sheet signed"), ("专家组结束时间", "Closed"), ("专家组得分", "Group score"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A member of a panel. ``checks`` and ``looked_at`` are as ``audits.panels`` kept them; ``signed_at`` of the sheet."""

    case: Case
    enterprise: str
    panel: Panel
    expert_id: str
    expert: str
    leader: bool
    signed_at: datetime | None

    @property
    def check(self) -> dict[str, Any]:
        """Give what the check of the member said; empty for a panel from before checks were kept."""
        found = self.panel.detail.get("checks", {}).get(self.expert_id)
        return dict(found or {})

    @property
    def companies(self) -> list[str]:
        """Name the companies that were looked at."""
        return [str(one["name"]) for one in self.panel.detail.get("looked_at", {}).get("companies", ())]

    @property
    def people(self) -> int:
        """Say how many people of the case were looked at."""
        return int(self.panel.detail.get("looked_at", {}).get("people", 0))

    @property
    def drawn(self) -> bool:
        """Say whether the panel was drawn."""
        return bool(self.panel.detail.get("draw"))


def lines(session: Session, actor: Actor, *, text: str = "", cursor: str | None = None, limit: int = 50) -> Page[Line]:
    """Give the members of the panels of the cases that the actor sees, the newest panel first; ``text``: of a case.

    Raises NotAllowed.
    """
    require(actor, "panels.read")
    query = (
        select(Panel, Case, Enterprise.name, PanelMember, Person.name)
        .join(Case, Case.id == Panel.case_id)
        .join(Enterprise, Enterprise.id == Case.enterprise_id)
        .join(PanelMember, PanelMember.panel_id == Panel.id)
        .join(Person, Person.id == PanelMember.expert_id)
        .where(access.visible(actor, Panel))
    )
    if text:
        query = query.where(or_(Case.number == text, Enterprise.name.contains(text, autoescape=True)))
    order = [Panel.appointed_at, Panel.id, PanelMember.expert_id]
    page = keyset(session, query, order, cursor, limit, descending=True)
    signed = _signed(session, {row[1].id for row in page.items})
    return page.map(lambda row: _line(row, signed))


def _line(row: Any, signed: dict[tuple[str, str], list[datetime]]) -> Line:
    panel, case, enterprise, member, name = row
    times = signed.get((case.id, member.expert_id), ())
    end = panel.closed_at
    own = [at for at in times if at >= panel.appointed_at and (end is None or at <= end)]
    return Line(case, enterprise, panel, member.expert_id, name, member.leader, own[-1] if own else None)


def _signed(session: Session, case_ids: Iterable[str]) -> dict[tuple[str, str], list[datetime]]:
    """Give when the sheets of some cases were signed, by case and expert; nothing of what they say is read."""
    query = select(Submission.instance_id, Submission.submitted_by, Submission.submitted_at).where(
        Submission.instance_id.in_(sorted(case_ids)), Submission.record_class.in_(("score", "withheld"))
    )
    found: dict[tuple[str, str], list[datetime]] = {}
    for case_id, person_id, at in session.execute(query.order_by(Submission.submitted_at)):
        found.setdefault((case_id, person_id), []).append(at)
    return found


def workbook(session: Session, actor: Actor, *, text: str = "", language: str = "zh") -> bytes:
    """Write the whole report as a workbook, 10,000 lines at most. Raises NotAllowed."""
    english = language == "en"
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1})
    sheet = book.add_worksheet("Conflicts" if english else "回避核查")
    for place, heading in enumerate(HEADINGS):
        sheet.set_column(place, place, 18)
        sheet.write_string(0, place, heading[english], head)
    sheet.freeze_panes(1, 0)
    for number, line in enumerate(lines(session, actor, text=text, limit=MOST).items, 1):
        for place, value in enumerate(_cells(line, english=english)):
            sheet.write_string(number, place, value)
    book.close()
    return target.getvalue()


def _cells(line: Line, *, english: bool) -> list[str]:
    yes, no = ("yes", "no") if english else ("是", "否")
    ways = ("drawn", "named") if english else ("随机抽取", "指定")
    clear = "nothing" if english else "无"
    return [
        line.case.number,
        line.enterprise,
        line.panel.purpose,
        str(line.panel.round),
        line.expert,
        str(line.check.get("employer") or ""),
        yes if line.leader else no,
        ways[not line.drawn],
        str(line.panel.detail.get("reason") or ""),
        "；".join(line.companies),
        str(line.people),
        "、".join(line.check.get("reasons") or ()) or clear,
        _time(line.panel.appointed_at),
        _time(line.signed_at),
        _time(line.panel.closed_at),
        line.panel.score,
    ]


def _time(at: datetime | None) -> str:
    return f"{at.astimezone(calendars.ZONE):%Y-%m-%d %H:%M}" if at else ""
