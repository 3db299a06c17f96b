"""Matters of cases: the board of what waits for a decision, raising one with evidence, examining and deciding it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, request, url_for
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import cases, matter_kinds, matters
from audits.matter_kinds import Field
from audits.models import Case, Matter
from server.filters import ZONE
from server.house import acting, application, looking, now
from server.labels import label
from server.language import language, pick, say
from server.pages import argument, back_to, given, page
from server.regions import every as every_region
from server.sentences import trouble
from workflows import files
from workflows.access import Actor, name_of
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.models import Attachment, Organisation

blueprint = Blueprint("matters", __name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """A field of a form: its name in words, its type, what may be chosen."""

    key: str
    text: str
    type: str
    required: bool
    options: list[tuple[str, str]]


def asked(session: Session, case: Case, fields: tuple[Field, ...], *, optional: bool = False) -> list[Asked]:
    """Put the fields of a kind into words; ``optional`` where a refusal needs none of them."""
    return [
        Asked(
            field.key,
            pick(*field.names),
            field.type,
            field.required and not optional,
            every_region(session)
            if field.type == "region"
            else [
                (value, pick(zh, en))
                for value, zh, en in matter_kinds.choices(session, case, field, now().astimezone(ZONE).date())
            ],
        )
        for field in fields
    ]


@blueprint.get("/matters")
@login_required
def index() -> BaseResponse:
    """Show the matters of the cases that the person sees; those that wait, unless asked for others."""
    status = {"all": "", None: "open"}.get(argument("status"), argument("status") or "")
    with looking() as (session, actor):
        found = matters.list_(session, actor, status=status, kind=argument("kind"), cursor=argument("cursor"), limit=50)
        return page(
            "matters/index.html",
            session,
            actor,
            lines=[
                (
                    row,
                    case,
                    enterprise,
                    pick(*matter_kinds.get(row.kind).names),
                    matters.may_decide(session, actor, row),
                )
                for row, case, enterprise in found.items
            ],
            next_cursor=found.next_cursor,
            shown=argument("status") or "open",
            kind=argument("kind"),
            kinds=[(key, pick(*one.names)) for key, one in matter_kinds.kinds().items()],
        )


@blueprint.get("/cases/<case_id>/matters/new")
@login_required
def new(case_id: str) -> BaseResponse:
    """Show what may be raised about a case, or the form of one kind."""
    with looking() as (session, actor):
        return new_page(session, actor, case_id, argument("kind") or "")


def new_page(session: Session, actor: Actor, case_id: str, kind: str, status: int = 200, **more: Any) -> BaseResponse:
    """Render the kinds, and the form of the one that was chosen."""
    view = cases.get(session, actor, case_id)
    offered = {one.key: one for one in matters.offered(session, actor, view.case)}
    if not offered and not kind:
        raise NotAllowed("nothing_to_raise")
    chosen = matter_kinds.get(kind) if kind else None
    return page(
        "matters/new.html",
        session,
        actor,
        status,
        view=view,
        case=view.case,
        offered=[(key, pick(*one.names)) for key, one in offered.items()],
        kind=chosen,
        title=pick(*chosen.names) if chosen else "",
        fields=asked(session, view.case, chosen.facts) if chosen else [],
        **more,
    )


@blueprint.post("/cases/<case_id>/matters")
@login_required
def raise_(case_id: str) -> BaseResponse:
    """Ask for a decision; files that came along are kept even where something else has to be put right."""
    values = given()
    kept = [*values.get("evidence", []), *take_files(case_id, values.get("kind", ""))]
    try:
        with acting() as (session, actor):
            row = matters.raise_(
                session,
                application(),
                actor,
                case_id,
                kind=values.get("kind", ""),
                reason=values.get("reason", ""),
                facts=values,
                evidence=kept,
                now=now(),
            )
            matter_id = row.id
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            code = 409 if isinstance(error, Conflict) else 422
            return new_page(
                session, actor, case_id, known(values.get("kind", "")), code, errors=trouble(error), values=values,
                kept=names_of(session, actor, kept),
            )  # fmt: skip
    return back_to("matters.one", say("It was raised. Who decides has been told."), matter_id=matter_id)


def known(kind: str) -> str:
    """Give a kind that there is, else nothing."""
    return kind if kind in matter_kinds.kinds() else ""


def take_files(case_id: str, kind: str) -> list[str]:
    """Keep the files that a form brought, for their uploader alone; give their ids. Raises Invalid at the file.

    Nothing is kept of somebody who may not raise this.
    """
    found = [one for one in request.files.getlist("files") if one.filename]
    with acting() as (session, actor):
        view = cases.get(session, actor, case_id)
        if kind not in {one.key for one in matters.offered(session, actor, view.case)}:
            return []
        return [
            files.upload(session, application(), actor, name=one.filename or "", content=one.read(), now=now()).id
            for one in found
        ]


def names_of(session: Session, actor: Actor, ids: list[str]) -> list[tuple[str, str]]:
    """Give ids and names of the actor's own files among some ids."""
    rows = [session.get(Attachment, key) for key in ids]
    return [(row.id, row.name) for row in rows if row is not None and row.uploaded_by == actor.person_id]


@blueprint.get("/matters/<matter_id>")
@login_required
def one(matter_id: str) -> BaseResponse:
    """Show a matter with what was asked, examined and decided."""
    with looking() as (session, actor):
        return matter_page(session, actor, matter_id)


def matter_page(session: Session, actor: Actor, matter_id: str, status: int = 200, **more: Any) -> BaseResponse:
    """Render a matter, with the forms of who acts next."""
    row, case = matters.get(session, actor, matter_id)
    kind = matter_kinds.get(row.kind)
    step = matters.next_step(row)
    return page(
        "matters/one.html",
        session,
        actor,
        status,
        row=row,
        case=case,
        view=cases.get(session, actor, case.id),
        title=pick(*kind.names),
        facts=matter_kinds.in_words(session, kind.facts, row.facts, language()),
        decided=matter_kinds.in_words(session, kind.decision, row.decision, language()),
        raised_by=name_of(session, row.raised_by),
        decided_by=name_of(session, row.decided_by),
        decider=session.get_one(Organisation, row.decider_id),
        steps=[(label(done["step"], "matter_step"), done, datetime.fromisoformat(done["at"])) for done in row.steps],
        next_step=step,
        step_name=label(step, "matter_step") if step else "",
        may_examine=matters.may_examine(actor, row, case),
        may_decide=step is None and matters.may_decide(session, actor, row),
        may_withdraw=row.status == "open"
        and (row.raised_by == actor.person_id or row.raised_for in actor.organisations),
        fields=asked(session, case, kind.decision, optional=True),
        proposed=row.facts,
        **more,
    )


@blueprint.post("/matters/<matter_id>/steps")
@login_required
def record_step(matter_id: str) -> BaseResponse:
    """Write down what was done before the decision."""
    values = given()
    try:
        with acting() as (session, actor):
            matters.record_step(
                session, application(), actor, matter_id, step=values.get("step", ""), note=values.get("note", ""),
                now=now(),
            )  # fmt: skip
    except Invalid as error:
        return again(matter_id, error, values)
    return back_to("matters.one", say("It was recorded."), matter_id=matter_id)


@blueprint.post("/matters/<matter_id>/decision")
@login_required
def decide(matter_id: str) -> BaseResponse:
    """Approve or refuse a matter."""
    values = given()
    try:
        with acting() as (session, actor):
            matters.decide(
                session,
                application(),
                actor,
                matter_id,
                decision=values.get("decision", ""),
                reason=values.get("reason", ""),
                values=values,
                now=now(),
            )
    except Invalid as error:
        return again(matter_id, error, values)
    return back_to("matters.index", say("The decision was recorded and its letter is being made."))


def again(matter_id: str, error: Invalid, values: dict[str, Any]) -> BaseResponse:
    """Show a matter again with what was wrong and what was typed."""
    with looking() as (session, actor):
        return matter_page(session, actor, matter_id, 422, errors=trouble(error), values=values)


@blueprint.post("/matters/<matter_id>/withdrawal")
@login_required
def withdraw(matter_id: str) -> BaseResponse:
    """Take back what one raised."""
    with acting() as (session, actor):
        matters.withdraw(session, actor, matter_id, now=now())
    return back_to("matters.one", say("It was taken back."), matter_id=matter_id)


def matter_lines(session: Session, actor: Actor, case: Case) -> list[tuple[Matter, str, str]]:
    """Give a case's matters with their names and addresses, for the page of the case."""
    return [
        (row, pick(*matter_kinds.get(row.kind).names), url_for("matters.one", matter_id=row.id))
        for row in matters.for_case(session, actor, case.id)
    ]
