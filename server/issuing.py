"""Letters issued by hand: choosing a kind, filling it in; and a letter that takes the place of a wrong one."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import access, letters
from server.house import acting, application, looking, now
from server.language import pick, say
from server.pages import argument, back_to, given, page
from server.sentences import trouble
from workflows.access import Actor, require
from workflows.errors import Conflict, Invalid, NotFound

blueprint = Blueprint("issuing", __name__)


def fields_of(session: Session, actor: Actor, kind: str) -> list[dict[str, Any]]:
    """Give the fields of a kind for the page, with what may be chosen."""
    offered = letters.choices(session, actor, kind)
    return [
        {"key": one.key, "text": pick(*one.names), "type": one.type, "required": one.required,
         "choices": offered.get(one.key, [])}
        for one in letters.wordings()[kind].fields
    ]  # fmt: skip


@blueprint.get("/letters/new")
@login_required
def choose() -> BaseResponse:
    """Choose a kind of letter, and fill it in."""
    return issue_page(200, argument("case_id") or "", argument("kind") or "")


def issue_page(status: int, case_id: str, kind: str, **more: Any) -> BaseResponse:
    """Render the kinds that are issued by hand, and the form of the chosen one."""
    with looking() as (session, actor):
        case = access.case(session, actor, case_id) if case_id else None
        require(actor, "letters.issue", case.region_path if case else None)
        known = letters.kinds("case" if case else "region")
        if kind and kind not in known:
            raise NotFound("unknown_letter", kind=kind)
        return page(
            "letters/new.html",
            session,
            actor,
            status,
            case=case,
            kind=kind,
            kinds=[(key, pick(*one.names)) for key, one in known.items()],
            fields=fields_of(session, actor, kind) if kind else [],
            requires=[pick(*letters.KINDS[one]) for one in known[kind].requires] if kind else [],
            key=more.pop("key", None) or uuid.uuid4().hex,
            typed=more.pop("typed", {}),
            **more,
        )


@blueprint.post("/letters/new")
@login_required
def issue() -> BaseResponse:
    """Issue a letter by hand: of a case where one is named, else of the officer's bureau."""
    values = given()
    key, case_id, kind = (values.pop(name, "") for name in ("key", "case_id", "kind"))
    try:
        with acting() as (session, actor):
            if case_id:
                row = letters.issue_of_case(
                    session, application(), actor, case_id, kind=kind, values=values, key=key, now=now()
                )
            else:
                row = letters.issue_of_region(
                    session, application(), actor, kind=kind, values=values, key=key, now=now()
                )
            letter_id, letter_number = row.id, row.number
    except (Invalid, Conflict) as error:
        code = 409 if isinstance(error, Conflict) else 422
        return issue_page(code, case_id, kind, errors=trouble(error), typed=values, key=key)
    return back_to("letters.one", say("The letter %(number)s is issued.", number=letter_number), letter_id=letter_id)
