"""Cases: the list, the page of one, its live diagram, and the decision to remove or defer."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Blueprint, jsonify, url_for
from flask_login import login_required
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import access, cases, clocks, group_sheets, legal_basis, matters, panels, printed_forms
from server.casefile import (
    answers_shown,
    documents,
    known_processes,
    openers,
    parties_shown,
    rights_shown,
    visited,
)
from server.countdown import chip_for, chip_of
from server.filters import ZONE, local_name
from server.history import history
from server.house import acting, application, looking, now
from server.labels import label
from server.language import pick, say
from server.matters import matter_lines
from server.pages import argument, back_to, given, page
from server.regions import choices as region_choices
from server.regions import names as region_names
from server.stages import gates_of, procedure_choices, procedure_name, stage_choices, stage_name, steps
from workflows import diagrams, interventions
from workflows.access import Actor, may
from workflows.models import Task

blueprint = Blueprint("cases", __name__, url_prefix="/cases")
LIMIT = 50


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show the cases that the person may see."""
    filters = {key: value for key in ("text", "stage", "outcome", "procedure", "region") if (value := argument(key))}
    with looking() as (session, actor):
        found = cases.list_(session, actor, **filters, cursor=argument("cursor"), limit=LIMIT)
        lines = [(line, next_chip(session, line)) for line in found.items]
        return page(
            "cases/index.html",
            session,
            actor,
            lines=lines,
            waiting_tasks=open_names(session, [line.case.id for line in found.items]),
            stage_name=stage_name,
            region_names=region_names(session, {line.case.region_code for line in found.items}),
            next_cursor=found.next_cursor,
            filters=filters,
            stages=stage_choices(),
            procedures=procedure_choices(cases.procedures_followed(session, actor)),
            outcomes=[(key, label("" if key == "open" else key, "outcome")) for key in OUTCOMES],
            regions=region_choices(session, actor),
        )


OUTCOMES = ("open", "qualified", "unqualified", "removed", "deferred", "deemed", "terminated", "revoked")


@blueprint.get("/<case_id>")
@login_required
def one(case_id: str) -> BaseResponse:
    """Show a case with everything about it that the person may see."""
    with looking() as (session, actor):
        return case_page(session, actor, case_id)


def case_page(session: Session, actor: Actor, case_id: str, status: int = 200, **more: Any) -> BaseResponse:
    """Render the page of a case."""
    view = cases.get(session, actor, case_id)
    entered = visited(session, actor, case_id)
    known = known_processes(session, view.instance.definition_id)
    everything = argument("history") == "all"
    answers = answers_shown(session, actor, case_id)
    issued = documents(session, case_id)
    chips = {row.id: chip_of(session, row, now()) for row in view.deadlines}
    return page(
        "cases/one.html",
        session,
        actor,
        status,
        entries=("task", "diagram"),
        view=view,
        case=view.case,
        steps=steps(entered, view.instance.stage, known, view.instance.status != "running", gates_of(view.instance)),
        chips=chips,
        pauses=clocks.pauses_of(session, case_id),
        procedure=procedure_name(view.case.procedure),
        region=region_names(session, {view.case.region_code}).get(view.case.region_code, ""),
        parties=parties_shown(session, view.parties, now()),
        letters=issued,
        panels=panels.of_case(session, actor, view.case),
        rights=[one for one in rights_shown(session, issued, now().astimezone(ZONE).date()) if one.since],
        answers=answers,
        printable=printed_forms.kinds(),
        scored=group_sheets.of_case(session, actor, case_id),
        several={form for form, count in Counter(one.form for one in answers).items() if form and count > 1},
        task_names={task.id: local_name(task) for task in view.open_tasks},
        task_chips={task.id: chip_for(session, task.due_at, now()) for task in view.open_tasks},
        holders=openers(session, view.open_tasks),
        history=history(session, actor, case_id, everything=everything, limit=200 if everything else 25),
        everything=everything,
        may_intervene=not view.instance.ended_at
        and any(
            may(actor, action, view.instance.region_path) for action in (interventions.STOP, interventions.OPERATE)
        ),
        may_issue=may(actor, "letters.issue", view.case.region_path),
        may_report=access.works_on(session, actor, case_id),
        basis=legal_basis.by_key(view.case.legal_basis),
        matters=matter_lines(session, actor, view.case),
        may_raise=bool(matters.offered(session, actor, view.case)),
        may_remove=not view.case.outcome and may(actor, "cases.remove", view.case.region_path),
        **more,
    )


@blueprint.get("/<case_id>/diagram.json")
@login_required
def diagram(case_id: str) -> BaseResponse:
    """Give the live diagram of a case for the page: one process, with the way down and up."""
    with looking() as (session, actor):
        found = diagrams.diagram(session, application(), actor, case_id, process=argument("process"), now=now())
        return jsonify(diagram_json(found, case_id))


def diagram_json(found: diagrams.Diagram, case_id: str) -> dict[str, Any]:
    """Write a live diagram for the page."""

    def way(process: str) -> str:
        return url_for("cases.diagram", case_id=case_id, process=process)

    elements = {
        key: {
            "state": "returned" if one.state == "cancelled" else one.state,
            "count": max(one.count, one.open),
            "text": holders_text(one),
        }
        for key, one in found.elements.items()
    }
    up = {"title": pick(*found.parent_title), "url": way(found.parent)} if found.parent else None
    return {
        "title": pick(*found.title),
        "xml": found.xml,
        "process": found.process,
        "elements": elements,
        "drill": {key: way(process) for key, process in found.drill.items()},
        "up": up,
    }


def holders_text(element: diagrams.ElementState) -> str:
    """Say who has the open tasks of an element."""
    names = dict.fromkeys(str(task.get("holder") or " / ".join(task.get("offered_to") or ())) for task in element.tasks)
    return say("With: %(names)s", names=", ".join(name for name in names if name)) if any(names) else ""


@blueprint.post("/<case_id>/removal")
@login_required
def remove(case_id: str) -> BaseResponse:
    """Remove a case from its list or defer it, with a reason."""
    values = given()
    with acting() as (session, actor):
        cases.decide_removal(
            session,
            application(),
            actor,
            case_id,
            decision=values.get("decision", ""),
            reason=values.get("reason", ""),
            now=now(),
        )
    return back_to("cases.one", say("The decision was recorded."), case_id=case_id)


def next_chip(session: Session, line: cases.CaseLine) -> Any:
    """Make the chip of the next deadline of a case."""
    due = line.next_deadline
    return chip_of(session, due, now()) if due and not line.case.outcome else None


def open_names(session: Session, case_ids: list[str]) -> dict[str, list[str]]:
    """Give the names of the tasks that cases wait for, in the language of the request."""
    rows = session.scalars(select(Task).where(Task.instance_id.in_(case_ids), Task.status == "open"))
    found: dict[str, list[str]] = {}
    for row in rows:
        names = found.setdefault(row.instance_id, [])
        if local_name(row) not in names:
            names.append(local_name(row))
    return found
