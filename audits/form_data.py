"""What a form begins with: the options, goals and totals that earlier phases of the case have said.

Nobody types a code or a name twice. What was answered before to the same form stands, and only missing rows are added;
but where an earlier phase has been done anew since, its totals are the newer word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from audits import assessments, calendars, draws, economics, indicators, levels, opinions, options
from audits.form_context import CARRIED, earlier
from audits.models import Case, Enterprise
from workflows.models import Instance, Submission, Task

Json = Any
Answers = dict[str, Json]
PROFILE: Final = ("legal_representative", "contact_phone", "registered_address", "production_address", "permit_no")
SAVED: Final = tuple(key for key in indicators.known() if key != "coal")
"""The indicators of the report's performance table; coal stands in it as coal equivalent."""
LISTS: Final = ("options", "goals", "effects")
"""Lists whose rows are known by their code, their indicator, or both."""
_LEVELS: Final = {
    "pre_audit_survey": ("before",),
    "option_implementation": ("after",),
    "acceptance_application": ("before", "after"),
}
COSTLY: Final = frozenset({"medium", "high"})


def form_data(session: Session, task: Task, stored: Mapping[str, Json]) -> Answers:
    """Give the answers a task's form begins with; ``stored`` are the last ones to the same form, if any."""
    if task.form == "disclosure":
        return {**_profile(session, task), **stored}
    if task.form in opinions.FORMS:
        return opinions.draft(session, task) | dict(stored)
    if task.form == draws.FORM:
        return {**stored, **_panel(session, task)}
    if task.form == "pre_audit_survey":
        return {**_level(session, task), **stored}
    maker = _MAKERS.get(task.form)
    if maker is None:
        return dict(stored)
    made = maker(earlier(session, task.instance_id, CARRIED[task.form]))
    if task.form == "acceptance_application":
        made |= options.application(session, task.instance_id)
    made |= _level(session, task)
    made = {key: value for key, value in made.items() if value is not None}
    if task.form == "option_feasibility":
        proposed = economics.defaults(calendars.local_day(task.opened_at))
        made["options"] = [{**proposed, **row} for row in made["options"]]
    if task.form == "acceptance_application":
        # Their sums are the register's word, not the enterprise's: verified values may have come since.
        stored = {key: value for key, value in stored.items() if key != "effects"}
    rows: Answers = {key: _joined(stored.get(key) or [], made[key]) for key in LISTS if key in made}
    if stored and _done_anew(session, task):
        return {**stored, **made, **rows}
    return {**made, **stored, **rows}


def _level(session: Session, task: Task) -> Answers:
    """Give the level that a form asks for, as the case has stated it."""
    found: Answers = {}
    for stage in _LEVELS.get(task.form, ()):
        stated = assessments.stated(session, task.instance_id, stage)
        if stated is not None and stated[1].level is not None:
            system, verdict = stated
            found[f"level_{stage}"] = verdict.level
            if task.form == "pre_audit_survey":
                found["indicator_system"] = f"{system.title} {system.version}"[:200]
                indices = enumerate(verdict.indices.values(), 1)
                found |= {f"index_{place}": float(levels.shown(value, 2)) for place, value in indices}
    return found


def _profile(session: Session, task: Task) -> Answers:
    """Give what the profile of the case's enterprise says and its disclosure asks for."""
    query = select(Enterprise).join(Case, Case.enterprise_id == Enterprise.id).where(Case.id == task.instance_id)
    row = session.scalars(query).one_or_none()
    return {name: getattr(row, name) for name in PROFILE if getattr(row, name, None)}


def _panel(session: Session, task: Task) -> Answers:
    """Begin the appointment with the review that the procedure asks for, and with what the draw has settled."""
    procedure = (session.get_one(Instance, task.instance_id).variables or {}).get("procedure") or {}
    method = {"desk": "letter", "on_site": "site"}.get(str(procedure.get("review") or ""))
    return ({"review_method": method} if method else {}) | draws.settled(session, draws.of_task(session, task.id))


def _done_anew(session: Session, task: Task) -> bool:
    """Say whether an earlier phase was submitted after the form itself was."""
    query = select(Submission.form, func.max(Submission.submitted_at)).where(Submission.instance_id == task.instance_id)
    forms = (task.form, *CARRIED[task.form])
    rows = session.execute(query.where(Submission.form.in_(forms)).group_by(Submission.form))
    last = {row[0]: row[1] for row in rows}
    own = last.pop(task.form, None)
    return own is not None and any(at > own for at in last.values())


def _joined(old: list[Answers], new: list[Answers]) -> list[Answers]:
    """Add to rows those whose code or indicator they lack."""
    known = {_identity(row) for row in old}
    return [*old, *(row for row in new if _identity(row) not in known)]


def _identity(row: Mapping[str, Json]) -> Json:
    return row.get("code"), row.get("indicator")


def _kept(row: Mapping[str, Json], *names: str, **renamed: str) -> Answers:
    """Give some values of a row, some under other names; what it lacks is left out."""
    pairs = {**{name: name for name in names}, **renamed}
    return {new: row[old] for new, old in pairs.items() if row.get(old) is not None}


def _generated(before: Mapping[str, Answers]) -> list[Answers]:
    rows = before.get("option_generation", {}).get("options") or []
    return [row for row in rows if row.get("screening") != "rejected"]


def _feasibility(before: Mapping[str, Answers]) -> Answers:
    return {
        "options": [
            _kept(row, "code", "name", "option_class", "owner", "investment", annual_saving="expected_benefit")
            for row in _generated(before)
            if row.get("option_class") in COSTLY
        ]
    }


def _implementation(before: Mapping[str, Answers]) -> Answers:
    names = ("code", "name", "option_class", "owner", "planned_end")
    cheap = [
        _kept(row, *names, investment_planned="investment", benefit_planned="expected_benefit")
        | ({"progress": "done"} if row.get("progress") == "done" else {})
        for row in _generated(before)
        if row.get("option_class") not in COSTLY
    ]
    costly = [
        _kept(row, *names, investment_planned="investment", benefit_planned="annual_saving")
        for row in before.get("option_feasibility", {}).get("options") or []
        if row.get("recommended") == "yes"
    ]
    goals = before.get("pre_audit_survey", {}).get("goals") or []
    ends = {row.get("code"): row for row in _generated(before)}
    costly = [_kept(ends.get(row["code"], {}), "planned_end") | row for row in costly]
    codes = {row["code"] for row in cheap + costly}
    effects = before.get("option_generation", {}).get("effects") or []
    return {
        "options": cheap + costly,
        "effects": [_kept(row, "code", "indicator") for row in effects if row.get("code") in codes],
        "goals": [_kept(goal, "indicator", "goal_unit", "baseline", "near_value") for goal in goals],
    }


def _report(before: Mapping[str, Answers]) -> Answers:
    survey, study = before.get("pre_audit_survey", {}), before.get("option_feasibility", {})
    cheap = [row for row in _generated(before) if row.get("option_class") not in COSTLY]
    costly = [row for row in study.get("options") or [] if row.get("recommended") == "yes"]
    kept = {row.get("code") for row in cheap + costly}
    effects = [row for row in before.get("option_generation", {}).get("effects") or [] if row.get("code") in kept]
    return {
        **{f"planned_{key}": _sum([row for row in effects if row.get("indicator") == key], "planned") for key in SAVED},
        "focus": survey.get("focus"),
        "level_before": survey.get("level_before"),
        "count_low": len(cheap),
        "count_low_done": sum(row.get("progress") == "done" for row in cheap),
        "count_high": len(costly),
        "investment_low": _sum(cheap, "investment"),
        "investment_high": _sum(costly, "investment"),
        "benefit_low": _sum(cheap, "expected_benefit"),
        "benefit_high": _sum(costly, "annual_saving"),
    }


def _acceptance(before: Mapping[str, Answers]) -> Answers:
    done = before.get("option_implementation", {})
    options = done.get("options") or []
    goals = [goal.get("reached") for goal in done.get("goals") or []]
    return {
        "count_total": len(options),
        "count_done": sum(row.get("progress") == "done" for row in options),
        "investment_total": done.get("investment_total"),
        "benefit_total": done.get("benefit_total"),
        "goals_reached": ("no" if "no" in goals else "yes") if goals else None,
        "level_before": before.get("pre_audit_survey", {}).get("level_before"),
        "level_after": done.get("level_after"),
    }


def _supplement(before: Mapping[str, Answers]) -> Answers:
    """Begin the answers with every requirement of the evaluation."""
    return {"responses": [_kept(row, "requirement") for row in _required(before)]}


def _supplement_review(before: Mapping[str, Answers]) -> Answers:
    """Set the enterprise's answer beside every requirement."""
    answered = {row.get("requirement"): row for row in before.get("supplement", {}).get("responses") or []}
    return {
        "checked": [
            _kept(row, "requirement") | _kept(answered.get(row.get("requirement"), {}), answer="response")
            for row in _required(before)
        ]
    }


def _required(before: Mapping[str, Answers]) -> list[Answers]:
    return before.get("evaluation_opinion", {}).get("required_supplements") or []


def _sum(rows: list[Answers], key: str) -> Json:
    """Add up a column as it is stored, to the cent of the forms (six places)."""
    return round(sum(row.get(key) or 0 for row in rows), 6)


_MAKERS: Final[Mapping[str, Callable[[Mapping[str, Answers]], Answers]]] = {
    "option_feasibility": _feasibility,
    "option_implementation": _implementation,
    "audit_report": _report,
    "acceptance_application": _acceptance,
    "supplement": _supplement,
    "supplement_review": _supplement_review,
}
