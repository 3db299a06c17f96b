"""The tables of opinions and announcements: the panel, its scores, options, goals, before and after, lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import lists, options, regions
from audits.models import (
    AuditList,
    Case,
    Enterprise,
    Expert,
    ListEntry,
    Panel,
    PanelMember,
    Publication,
    PublicationEntry,
    Restriction,
)
from workflows.models import Organisation, Person, Region, Submission

Json = Any
Table = dict[str, Json]
NONE: Final = "—"
FIELDS: Final = {"process": "行业工艺", "cleaner_production": "清洁生产", "environment": "环保", "energy": "节能"}
LEVELS: Final = {"I": "Ⅰ级", "II": "Ⅱ级", "III": "Ⅲ级", "below": "未达到Ⅲ级", "na": "无评价指标体系"}
VETOES: Final = {
    "V1": "实施过程中弄虚作假",
    "V2": "排放不达标，或者总量、单位能耗超限",
    "V3": "工艺、设备、产品违反产业政策",
    "V4": "低于国内清洁生产一般水平",
    "V5": "审核至验收期间有违法行为或者整改未完成",
    "V6": "地方规定的其他否定情形",
}
RESULTS: Final = {"qualified": "合格", "unqualified": "不合格"}


def of_case(session: Session, case: Case, names: Iterable[str], data: Mapping[str, Json]) -> list[Table]:
    """Give some tables of a case's letter; one without rows is left out."""
    made = [_OF_CASE[name](session, case, data) for name in names]
    return [one for one in made if one["rows"]]


def of_region(session: Session, names: Iterable[str], data: Mapping[str, Json]) -> list[Table]:
    """Give some tables of an announcement; one without rows is left out."""
    made = [_OF_REGION[name](session, data) for name in names]
    return [one for one in made if one["rows"]]


def _table(caption: str, head: list[str], rows: list[list[str]], widths: list[int]) -> Table:
    return {"caption": caption, "head": head, "rows": rows, "widths": widths}


def _last(session: Session, case: Case, form: str) -> Mapping[str, Json]:
    query = select(Submission.answers).where(Submission.instance_id == case.id, Submission.form == form)
    found = session.scalars(query.order_by(Submission.submitted_at.desc()).limit(1)).one_or_none()
    return found or {}


def _text(value: Json) -> str:
    if value in (None, ""):
        return NONE
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (int, float, Decimal)):
        text = f"{Decimal(str(value)):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


def _panel(session: Session, case: Case) -> Panel | None:
    query = select(Panel).where(Panel.case_id == case.id).order_by(Panel.appointed_at.desc(), Panel.id)
    return session.scalars(query.limit(1)).one_or_none()


def _members(session: Session, case: Case, _data: Mapping[str, Json]) -> Table:
    panel = _panel(session, case)
    query = (
        select(PanelMember.leader, Person.name, Expert)
        .join(Expert, Expert.id == PanelMember.expert_id)
        .join(Person, Person.id == Expert.id)
        .where(PanelMember.panel_id == (panel.id if panel else ""))
        .order_by(PanelMember.leader.desc(), Person.name)
    )
    rows = [
        [
            str(at),
            "组长" if leader else "组员",
            name,
            expert.employer,
            expert.title,
            "、".join(FIELDS.get(one, str(one)) for one in expert.fields),
        ]
        for at, (leader, name, expert) in enumerate(session.execute(query), 1)
    ]
    return _table("专家组成员", ["序号", "职务", "姓名", "工作单位", "职称", "专业"], rows, [8, 10, 14, 34, 14, 20])


def _scores(session: Session, case: Case, data: Mapping[str, Json]) -> Table:
    """Give the totals of the sheets without names, and what the panel found: who gave which score stays with the bureau."""
    panel = _panel(session, case)
    query = select(Submission.answers).where(
        Submission.instance_id == case.id,
        Submission.form.like("%score_sheet"),
        Submission.submitted_at >= (panel.appointed_at if panel else case.opened_at),
    )
    totals = [answers.get("total") for answers in session.scalars(query.order_by(Submission.submitted_at))]
    rows = [[f"专家{at}", _text(total)] for at, total in enumerate(totals, 1)]
    if rows:
        rows.append(["专家组得分", _text(data.get("score"))])
    return _table("专家评分", ["评分表", "得分（分）"], rows, [50, 50])


def _options(session: Session, case: Case, _data: Mapping[str, Json]) -> Table:
    rows = [
        [
            row.code,
            row.name,
            options.CLASSES.get(row.cost_class, (NONE,))[0],
            options.STATUSES.get(row.status, (row.status,))[0],
            _text(row.planned_investment),
            _text(row.actual_investment),
            _text(row.actual_benefit if row.actual_benefit is not None else row.planned_benefit),
        ]
        for row in options.of_case(session, case.id)
    ]
    head = ["编号", "方案", "类别", "状态", "计划投资（万元）", "实际投资（万元）", "年效益（万元/a）"]
    return _table("清洁生产方案", head, rows, [9, 31, 9, 11, 14, 14, 12])


def _goals(session: Session, case: Case, _data: Mapping[str, Json]) -> Table:
    rows = [
        [
            _text(row.get("indicator")),
            _text(row.get("goal_unit")),
            *(_text(row.get(name)) for name in ("baseline", "near_value", "actual_value")),
            {"yes": "达成", "no": "未达成"}.get(str(row.get("reached")), NONE),
        ]
        for row in _last(session, case, "option_implementation").get("goals") or []
    ]
    head = ["指标", "单位", "现状值", "近期目标值", "实际值", "是否达成"]
    return _table("清洁生产目标完成情况", head, rows, [28, 12, 15, 15, 15, 15])


def _monitoring(session: Session, case: Case, _data: Mapping[str, Json]) -> Table:
    rows = [
        [
            _text(row.get("pollutant")),
            _text(row.get("result_unit")),
            *(_text(row.get(name)) for name in ("value_before", "value_after", "limit_value", "reduction")),
        ]
        for row in _last(session, case, "acceptance_application").get("results") or []
    ]
    head = ["指标", "单位", "实施前", "实施后", "限值", "下降幅度（%）"]
    return _table("实施前后监测结果", head, rows, [28, 12, 15, 15, 15, 15])


def _levels(session: Session, case: Case, _data: Mapping[str, Json]) -> Table:
    survey, done = _last(session, case, "pre_audit_survey"), _last(session, case, "option_implementation")
    if not survey:
        return _table("清洁生产水平", [], [], [])
    row = [
        _text(survey.get("indicator_system")),
        *(_text(survey.get(f"index_{at}")) for at in (1, 2, 3)),
        LEVELS.get(str(survey.get("level_before")), NONE),
        LEVELS.get(str(done.get("level_after")), NONE),
    ]
    head = ["评价指标体系", "YⅠ", "YⅡ", "YⅢ", "审核前", "审核后"]
    return _table("清洁生产水平", head, [row], [40, 10, 10, 10, 15, 15])


def _required(_session: Session, _case: Case, data: Mapping[str, Json]) -> Table:
    rows = [
        [_text(row.get("item_no")), _text(row.get("requirement"))]
        for row in data.get("required_supplements") or []
        if isinstance(row, Mapping)
    ]
    return _table("须补充、修改的内容", ["序号", "要求"], rows, [14, 86])


def _vetoes(_session: Session, _case: Case, data: Mapping[str, Json]) -> Table:
    found = set(data.get("vetoes") or [])
    rows = [[key, text, "成立" if key in found else "不成立"] for key, text in VETOES.items()]
    return _table("否定项核对", ["代号", "否定项", "结论"], rows, [12, 68, 20])


def _entries(session: Session, data: Mapping[str, Json]) -> Table:
    """Give the lines of a published list."""
    query = (
        select(ListEntry, Enterprise, Region.name)
        .join(Enterprise, Enterprise.id == ListEntry.enterprise_id)
        .join(Region, Region.code == Enterprise.region_code)
        .join(AuditList, AuditList.id == ListEntry.list_id)
        .where(ListEntry.list_id == str(data.get("list_id") or ""), ListEntry.kept(), AuditList.status == "published")
        .order_by(ListEntry.number)
    )
    rows = [
        [
            str(entry.number), firm.name, firm.uscc, place, firm.industry,
            "、".join(lists.TYPES[key][0] for key in entry.types),
        ]
        for entry, firm, place in session.execute(query)
    ]  # fmt: skip
    head = ["序号", "企业名称", "统一社会信用代码", "所在地", "行业", "类型"]
    return _table("实施清洁生产审核企业名单", head, rows, [7, 32, 24, 14, 9, 14])


def _results(session: Session, data: Mapping[str, Json]) -> Table:
    """Give the lines of a publication of results."""
    query = (
        select(PublicationEntry)
        .join(Publication, Publication.id == PublicationEntry.publication_id)
        .where(PublicationEntry.publication_id == str(data.get("publication_id") or ""), Publication.kind == "results")
        .order_by(PublicationEntry.number)
    )
    rows = [
        [str(one.number), *(_text(one.content.get(key)) for key in ("name", "uscc")),
         RESULTS.get(str(one.content.get("outcome")), NONE)]
        for one in session.scalars(query)
    ]  # fmt: skip
    return _table("验收结果", ["序号", "企业名称", "统一社会信用代码", "结论"], rows, [10, 42, 30, 18])


def _restrictions(session: Session, data: Mapping[str, Json]) -> Table:
    """Give the consultancies of the region that may not be chosen."""
    path = str(data.get("region_path") or "/none/")
    query = (
        select(Restriction, Organisation)
        .join(Organisation, Organisation.id == Restriction.consultancy_id)
        .join(Region, Region.code == Organisation.region_code)
        .where(Restriction.ended_on.is_(None), Region.path.startswith(path, autoescape=True))
        .order_by(Restriction.since.desc(), Organisation.name)
    )
    rows = [
        [
            str(at),
            firm.name,
            firm.code or NONE,
            row.reason,
            row.since.isoformat(),
            row.until.isoformat() if row.until else NONE,
        ]
        for at, (row, firm) in enumerate(session.execute(query), 1)
        if row.status != "corrected"
    ]
    head = ["序号", "咨询服务机构", "统一社会信用代码", "违规情形", "起始日期", "截止日期"]
    return _table("公布的咨询服务机构", head, rows, [7, 25, 23, 23, 11, 11])


def _completion(session: Session, data: Mapping[str, Json]) -> Table:
    """Count the outcomes of the lists of a year in the region, by city, with numerator and denominator."""
    path, year = str(data.get("region_path") or "/none/"), str(data.get("year") or "")
    query = (
        select(Region.code, ListEntry.outcome)
        .select_from(ListEntry)
        .join(AuditList, AuditList.id == ListEntry.list_id)
        .join(Enterprise, Enterprise.id == ListEntry.enterprise_id)
        .join(Region, Region.code == Enterprise.region_code)
        .where(AuditList.status == "published", ListEntry.kept(), Region.path.startswith(path, autoescape=True))
        .where(AuditList.year == (int(year) if year.isdecimal() else 0))
    )
    places: dict[str, list[str]] = {}
    for code, outcome in session.execute(query):
        above = regions.lineage(session, code)
        city = above.get("city") or above.get("province")
        places.setdefault(city.name if city else code, []).append(outcome)
    rows = [_counted(place, outcomes) for place, outcomes in sorted(places.items())]
    if len(rows) > 1:
        rows.append(_counted("合计", [one for outcomes in places.values() for one in outcomes]))
    head = ["地区", "列入名单", "验收合格", "不合格", "移出或暂缓", "完成率"]
    return _table(f"{year}年清洁生产审核完成情况", head, rows, [24, 14, 14, 14, 14, 20])


def _counted(place: str, outcomes: list[str]) -> list[str]:
    good, left = outcomes.count("qualified"), sum(outcomes.count(one) for one in ("removed", "deferred"))
    base = len(outcomes) - left
    rate = f"{(Decimal(100 * good) / base).quantize(Decimal('0.1'))}%（{good}/{base}）" if base else NONE
    return [place, str(len(outcomes)), str(good), str(outcomes.count("unqualified")), str(left), rate]


_OF_CASE: Final[Mapping[str, Callable[[Session, Case, Mapping[str, Json]], Table]]] = {
    "members": _members,
    "scores": _scores,
    "options": _options,
    "goals": _goals,
    "monitoring": _monitoring,
    "levels": _levels,
    "required": _required,
    "vetoes": _vetoes,
}
_OF_REGION: Final[Mapping[str, Callable[[Session, Mapping[str, Json]], Table]]] = {
    "entries": _entries,
    "results": _results,
    "restrictions": _restrictions,
    "completion": _completion,
}
