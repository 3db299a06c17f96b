"""What the forms of a case read beside their own answers: the case, its days, and the choices that come from tables.

Other variables of the instance (the score, the evaluation ...) reach a form only where its expressions name them:
``workflows.tasks`` adds those, so that a sheet or a score is on no page that was not made to show it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import (
    balances,
    calendars,
    consultancies,
    draws,
    economics,
    industries,
    lists,
    options,
    panels,
    parks,
    performance,
)
from audits.models import Case, Enterprise
from workflows.models import Instance, Region, Submission, Task

CARRIED: Final[dict[str, tuple[str, ...]]] = {
    "option_feasibility": ("option_generation",),
    "option_implementation": ("option_generation", "option_feasibility", "pre_audit_survey"),
    "pre_evaluation_application": ("pre_audit_survey",),
    "audit_report": ("option_generation", "option_feasibility", "pre_audit_survey"),
    "supplement": ("evaluation_opinion",),
    "supplement_review": ("evaluation_opinion", "supplement"),
    "acceptance_application": ("option_implementation", "pre_audit_survey"),
}
"""Forms whose rows begin with what an earlier form of the case said (``earlier`` in the context, by form)."""

RULES: Final[dict[str, tuple[str, Callable[[date], dict[str, Any]]]]] = {
    "audit_measurement": ("balance", balances.rules),
    "option_feasibility": ("economics", economics.criteria),
    "option_implementation": ("performance", performance.rules),
}
"""Limits that a form reads as ``rules``: those of the day on which its task was opened."""


def form_context(session: Session, task: Task, language: str, now: datetime) -> dict[str, Any]:
    """Give the context of a task's form; ``{}`` for a task that belongs to no case."""
    codes = [code for code in task.region_path.split("/") if code]
    query = (
        select(Case, Enterprise, Region)
        .join(Enterprise, Enterprise.id == Case.enterprise_id)
        .join(Region, Region.code.in_(codes))
        .where(Case.id == task.instance_id)
        .order_by(Region.path)
    )
    rows = session.execute(query).all()
    if not rows:
        return {}
    case, enterprise = rows[0][:2]
    instance = session.get_one(Instance, case.id)
    variables = instance.variables or {}
    place = _place([row[2] for row in rows], language)
    failures = (variables.get("case") or {}).get("previous_failures")
    context: dict[str, Any] = {
        "case": _case(case, enterprise, instance, place, language) | {"previous_failures": int(failures or 0)},
        "deadlines": variables.get("deadlines") or {},
        "earlier": earlier(session, case.id, CARRIED.get(task.form, ())),
        "consultancies": [],
        "experts": [],
    }
    if task.form == "park_plan":
        on = calendars.local_day(task.opened_at)
        members = parks.members_on(session, case.enterprise_id, on)
        context["member_choices"] = [{"value": one.id, "label": one.name} for _, one in members]
    if task.form == "acceptance_application":
        context["register"] = options.application(session, case.id) or None
    if task.form == "start_filing":
        context["consultancies"] = consultancies.choices(session, calendars.local_day(now))
    if task.form in RULES:
        name, rules = RULES[task.form]
        context["rules"] = {name: rules(calendars.local_day(task.opened_at))}
    if task.form == "panel_appointment":
        context["experts"] = panels.available(session, case, calendars.local_day(task.opened_at), task.process)
        # The answer of the form is called `experts` too, and a page never starts an answer with the context.
        context["expert_choices"] = context["experts"]
        context["draw"] = draws.facts(session, task, case, calendars.local_day(task.opened_at))
    return context


def _place(above: list[Region], language: str) -> str:
    """Write a region with what is above it: "甘肃省兰州市城关区". ``above`` begins at the province."""
    if language == "en":
        return ", ".join(region.name_en for region in reversed(above))
    return "".join(region.name for region in above)


def _case(case: Case, enterprise: Enterprise, instance: Instance, place: str, language: str) -> dict[str, Any]:
    return {
        "no": case.number,
        "enterprise": enterprise.name,
        "uscc": enterprise.uscc,
        "region": case.region_code,
        "region_name": place,
        "industry": enterprise.industry,
        "industry_name": industries.name(enterprise.industry, language),
        "industry_tags": list(enterprise.industry_tags),
        "key_discharger": enterprise.key_discharger,
        "basin": enterprise.yellow_river_basin,
        "types": list(case.types),
        "type_names": [lists.TYPES[key][language == "en"] for key in case.types],
        "procedure": case.procedure,
        "round": case.round,
        "stage": instance.stage,
        "publication_date": case.publication_date.isoformat(),
    }


def earlier(session: Session, case_id: str, forms: tuple[str, ...]) -> dict[str, Any]:
    """Give the last answers to some forms of a case, by form."""
    if not forms:
        return {}
    rows = session.execute(
        select(Submission.form, Submission.answers)
        .where(Submission.instance_id == case_id, Submission.form.in_(forms))
        .order_by(Submission.submitted_at)
    )
    return {form: answers for form, answers in rows}  # noqa: C416  a row is no pair for dict()
