"""Results: which cases have one that is not public yet, and publishing them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import lists, publications
from server.dates import day_of
from server.house import acting, looking, now
from server.language import say
from server.pages import argument, back_to, given, page
from server.regions import choices as region_choices
from server.sentences import trouble
from workflows.access import Actor, require
from workflows.errors import Conflict, Invalid

blueprint = Blueprint("results", __name__, url_prefix="/results")


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show the results that wait for publication, and what is public already."""
    with looking() as (session, actor):
        require(actor, "results.publish")
        return index_page(session, actor)


def index_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the results."""
    chosen = argument("list_id")
    found = publications.pending_results(session, actor, list_id=chosen, cursor=argument("cursor"), limit=200)
    return page(
        "results/index.html",
        session,
        actor,
        status,
        rows=found.items,
        outdated=publications.outdated(session, actor),
        next_cursor=found.next_cursor,
        lists=[(row.id, row.title) for row in lists.list_(session, actor, limit=100).items if row.status != "draft"],
        chosen=chosen,
        regions=region_choices(session, actor),
        published=publications.public_list(session, kind="results", limit=20).items,
        **more,
    )


@blueprint.post("")
@login_required
def publish() -> BaseResponse:
    """Publish the chosen results."""
    values = given()
    try:
        with acting() as (session, actor):
            row = publications.publish_results(
                session,
                actor,
                title=values.get("title", ""),
                region_code=values.get("region_code", ""),
                case_ids=values.get("case_ids", []),
                published_on=day_of(values.get("published_on"), "published_on"),
                now=now(),
            )
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            require(actor, "results.publish")
            code = 409 if isinstance(error, Conflict) else 422
            return index_page(session, actor, code, errors=trouble(error), values=values)
    return back_to("public.one", say("The results are public."), publication_id=row.id)


@blueprint.get("/<publication_id>/correction")
@login_required
def correction(publication_id: str) -> BaseResponse:
    """Show what a correction would publish."""
    with looking() as (session, actor):
        return correction_page(session, actor, publication_id)


def correction_page(
    session: Session, actor: Actor, publication_id: str, status: int = 200, **more: Any
) -> BaseResponse:
    """Render the form of a correction."""
    require(actor, "results.publish")
    row, replaced_by = publications.public_get(session, publication_id)
    return page(
        "results/correction.html",
        session,
        actor,
        status,
        row=row,
        replaced_by=replaced_by,
        lines=publications.public_entries(session, publication_id, limit=200).items,
        pending=publications.pending_results(session, actor, limit=200).items,
        **more,
    )


@blueprint.post("/<publication_id>/correction")
@login_required
def correct(publication_id: str) -> BaseResponse:
    """Publish results anew in the place of a publication."""
    values = given()
    try:
        with acting() as (session, actor):
            row = publications.correct(
                session,
                actor,
                publication_id,
                case_ids=values.get("case_ids", []),
                published_on=day_of(values.get("published_on"), "published_on"),
                reason=values.get("reason", ""),
                now=now(),
            )
    except Invalid as error:
        with looking() as (session, actor):
            return correction_page(session, actor, publication_id, 422, errors=trouble(error), values=values)
    return back_to(
        "public.one", say("The correction is public; the earlier publication names it."), publication_id=row.id
    )
