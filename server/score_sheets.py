"""Score sheets: their versions, a draft to edit, its preview and its publication."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint
from flask_login import login_required
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import score_sheets
from forms import localise
from server.dates import day_of
from server.house import acting, looking, now
from server.labels import LABELS
from server.language import language, say
from server.pages import argument, back_to, given, page
from server.regions import as_choices, within
from server.regions import names as region_names
from server.sentences import trouble
from workflows.access import NATION, Actor, may, require
from workflows.errors import Invalid
from workflows.models import Region

blueprint = Blueprint("score_sheets", __name__, url_prefix="/score-sheets")
COLUMNS = ("code", "name", "name_en", "hint", "hint_en", "max", "step")
BLANK_ROWS = 3


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show the versions of all sheets."""
    with looking() as (session, actor):
        return index_page(session, actor)


def index_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the versions."""
    found = score_sheets.list_(session, actor, cursor=argument("cursor"), limit=50)
    return page(
        "score_sheets/index.html",
        session,
        actor,
        status,
        rows=found.items,
        next_cursor=found.next_cursor,
        kinds=[(form, LABELS["sheet"][form]) for form in score_sheets.FORMS],
        regions=_regions(session, actor),
        region_names=region_names(session, {row.region_code for row in found.items}),
        **more,
    )


def _regions(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Give the regions for which somebody may draft a sheet, the whole country among them."""
    country = session.scalars(select(Region).where(Region.path == NATION))
    whole = as_choices(country) if may(actor, "definitions.deploy", NATION) else []
    return whole + within(session, actor, "definitions.deploy")


@blueprint.post("")
@login_required
def draft() -> BaseResponse:
    """Begin a version with what is in force."""
    values = given()
    try:
        with acting() as (session, actor):
            require(actor, "definitions.deploy")
            row = score_sheets.draft(
                session,
                actor,
                form=values.get("form", ""),
                region_code=values.get("region_code", ""),
                valid_from=day_of(values.get("valid_from"), "valid_from"),
                now=now(),
            )
            key = row.id
    except Invalid as error:
        with looking() as (session, actor):
            return index_page(session, actor, 422, errors=trouble(error), values=values)
    return back_to("score_sheets.one", say("The draft begins with the sheet in force."), sheet_id=key)


@blueprint.get("/<sheet_id>")
@login_required
def one(sheet_id: str) -> BaseResponse:
    """Show a version: as a draft to edit, or as it was published; with its preview."""
    with looking() as (session, actor):
        return one_page(session, actor, sheet_id)


def one_page(session: Session, actor: Actor, sheet_id: str, status: int = 200, **more: Any) -> BaseResponse:
    """Render a version."""
    row = score_sheets.get(session, actor, sheet_id)
    wrong = score_sheets.findings(row)
    preview = None if wrong else localise(score_sheets.preview(row), language())
    return page(
        "score_sheets/one.html",
        session,
        actor,
        status,
        entries=("task",),
        row=row,
        content=more.pop("typed", None) or row.content,
        findings=wrong,
        preview=preview,
        region=region_names(session, {row.region_code}).get(row.region_code, ""),
        with_vetoes=row.form in score_sheets.WITH_VETOES,
        blank=BLANK_ROWS,
        own=score_sheets.wrote(session, actor, row),
        **more,
    )


@blueprint.post("/<sheet_id>")
@login_required
def change(sheet_id: str) -> BaseResponse:
    """Save a draft."""
    values = given()
    fields = {key: values.get(key, "") for key in ("title", "title_en", "source")}
    content = typed(values)
    try:
        with acting() as (session, actor):
            days = {key: day_of(values[key], key) if values.get(key) else None for key in ("valid_from", "valid_until")}
            more = {"verified": values.get("verified") == "yes", "content": content}
            score_sheets.change(session, actor, sheet_id, fields | days | more, now=now())
    except Invalid as error:
        with looking() as (session, actor):
            return one_page(session, actor, sheet_id, 422, errors=trouble(error), values=values, typed=content)
    return back_to("score_sheets.one", say("The draft is saved."), sheet_id=sheet_id)


@blueprint.post("/<sheet_id>/publish")
@login_required
def publish(sheet_id: str) -> BaseResponse:
    """Let a version count from its day on."""
    try:
        with acting() as (session, actor):
            score_sheets.publish(session, actor, sheet_id, now=now())
    except Invalid as error:
        with looking() as (session, actor):
            return one_page(session, actor, sheet_id, 422, errors=trouble(error))
    return back_to("score_sheets.one", say("The sheet is published."), sheet_id=sheet_id)


def typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Put the rows of the page's tables together as the data of a sheet; rows without a code are left out."""
    items = _rows(values, "item", ("section", *COLUMNS))
    sections = [
        one | {"items": [_bare(item) for item in items if item["section"].upper() == one["code"]]}
        for one in _rows(values, "section", ("code", "title", "title_en"))
    ]
    return {
        "sections": sections,
        "bonus": [_bare(item) for item in items if item["section"] == "+"],
        "vetoes": _rows(values, "veto", ("code", "text", "text_en")),
        "comment_below": values.get("comment_below", ""),
    }


def _rows(values: Mapping[str, Any], name: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    lists = [list(values.get(f"{name}_{column}") or ()) for column in columns]
    rows = [dict(zip(columns, (cell.strip() for cell in row), strict=True)) for row in zip(*lists, strict=False)]
    return [row for row in rows if row["code"]]


def _bare(item: Mapping[str, str]) -> dict[str, str]:
    return {key: item[key] for key in COLUMNS}
