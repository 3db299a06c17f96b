"""Annual lists: drafting, import from Excel, publication with progress, and the lines with their outcome."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, jsonify, request, send_file, url_for
from flask_login import login_required
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import corrections, enterprises, list_approval, list_import, lists
from audits.models import AuditList, ListImport
from server.countdown import Chip, chip_for
from server.dates import day_of, optional_day, whole_number
from server.errors import wants_json
from server.filters import ZONE
from server.house import acting, application, looking, now
from server.labels import LABELS
from server.language import language, pick, say
from server.pages import argument, back_to, given, page
from server.progress import progress_of, run_of
from server.regions import choices as region_choices
from server.regions import names as region_names
from server.sentences import trouble
from workflows.access import Actor, may
from workflows.errors import Conflict, Invalid
from workflows.models import Organisation

blueprint = Blueprint("lists", __name__, url_prefix="/lists")
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LIMIT = 50


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show the annual lists."""
    with looking() as (session, actor):
        return index_page(session, actor)


def index_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the lists, with the form for a new one where the person may draft."""
    found = lists.list_(session, actor, cursor=argument("cursor"), limit=LIMIT)
    return page(
        "lists/index.html",
        session,
        actor,
        status,
        rows=[(row, lists.count(session, actor, row.id), due_chip(session, row)) for row in found.items],
        next_cursor=found.next_cursor,
        region_names=region_names(session, {row.region_code for row in found.items}),
        regions=region_choices(session, actor),
        **more,
    )


@blueprint.post("")
@login_required
def create() -> BaseResponse:
    """Draft a list."""
    values = given()
    try:
        with acting() as (session, actor):
            row = lists.create(
                session,
                application(),
                actor,
                year=whole_number(values.get("year"), "year"),
                batch=whole_number(values.get("batch"), "batch"),
                title=values.get("title", ""),
                region_code=values.get("region_code", ""),
                now=now(),
            )
    except (Invalid, Conflict) as error:
        code = 409 if isinstance(error, Conflict) else 422
        with looking() as (session, actor):
            return index_page(session, actor, code, errors=trouble(error), values=values)
    return back_to("lists.one", say("The list was drafted. Now import its enterprises."), list_id=row.id)


@blueprint.get("/template.xlsx")
@login_required
def template() -> BaseResponse:
    """Give the workbook to fill."""
    content = BytesIO(list_import.template(language()))
    return send_file(content, SHEET, as_attachment=True, download_name=say("list-template") + ".xlsx")


@blueprint.get("/<list_id>")
@login_required
def one(list_id: str) -> BaseResponse:
    """Show a list with its lines."""
    with looking() as (session, actor):
        return list_page(session, actor, list_id)


def list_page(session: Session, actor: Actor, list_id: str, status: int = 200, **more: Any) -> BaseResponse:
    """Render a list."""
    row = lists.get(session, actor, list_id)
    found = lists.entries(session, actor, list_id, cursor=argument("cursor"), limit=LIMIT)
    codes = {enterprise.region_code for _entry, enterprise, _case in found.items} | {row.region_code}
    imports = session.scalars(
        select(ListImport).where(ListImport.list_id == list_id).order_by(ListImport.at.desc()).limit(5)
    )
    is_open = row.status == "draft" and row.kind == "mandatory"
    may_edit = is_open and drafts(session, actor, row)
    may_add = may_edit or (is_open and may(actor, "lists.propose"))
    wanted = argument("enterprise")
    offered = enterprises.list_(session, actor, text=wanted, limit=20).items if may_add and wanted else ()
    return page(
        "lists/one.html",
        session,
        actor,
        status,
        entries=("upload",),
        row=row,
        lines=found.items,
        next_cursor=found.next_cursor,
        count=lists.count(session, actor, list_id),
        region_names=region_names(session, codes),
        proposers=organisation_names(session, {entry.proposer_id for entry, _enterprise, _case in found.items}),
        imports=list(imports) if may_edit else [],
        may_edit=may_edit,
        may_add=may_add,
        may_publish=row.status == ("decided" if row.approver_id else "draft") and lists.may_publish(actor, row),
        **approval(session, actor, row),
        current=corrections.current(session, list_id) if row.status == "published" else None,
        may_correct=may(actor, "lists.publish", row.region_path),
        step=next_step(session, actor, row),
        run=run_of(session, f"{lists.OPEN_CASES}:{list_id}"),
        types=list(LABELS["type"].items()),
        offered=offered,
        wanted=wanted,
        **more,
    )


def drafts(session: Session, actor: Actor, row: AuditList) -> bool:
    """Say whether filling and proposing a list is the person's part: not of the superior that decides about it."""
    return may(actor, "lists.import", row.region_path) and not list_approval.may_decide(session, actor, row)


def next_step(session: Session, actor: Actor, row: AuditList) -> str:
    """Say to the person who does what next with a list; "" once it is published."""
    approver = session.get(Organisation, row.approver_id) if row.approver_id else None
    superior = pick(approver.name, approver.name_en or approver.name) if approver else ""
    own = drafts(session, actor, row)
    if row.status == "draft" and row.kind != "mandatory":
        if lists.may_publish(actor, row):
            return say("Accepted applications stand on this list. Publishing it opens their cases.")
        return say("The leading department publishes this list of accepted applications.")
    if row.status == "draft":
        if own and approver:
            return say(
                "Your bureau fills this draft, then proposes it to %(bureau)s, which decides each line.",
                bureau=superior,
            )
        if own:
            return say("Your bureau fills this draft, then publishes it.")
        if list_approval.may_decide(session, actor, row):
            return say("The bureau that drafts this list fills and proposes it; then your bureau decides each line.")
        if may(actor, "lists.propose"):
            return say(
                "You may propose enterprises of your region as lines of this draft; the bureau that drafts it goes on with it."
            )
        return say("The bureau that drafts this list is still filling it.")
    if row.status == "proposed":
        if list_approval.may_decide(session, actor, row):
            return say("Your bureau decides each line now; then the list can be published.")
        return say("%(bureau)s decides each line now; nothing on the list changes until then.", bureau=superior)
    if row.status == "decided":
        if may(actor, "lists.publish", row.region_path):
            return say("Each line is decided: the list can be published.")
        return say("Each line is decided; the list waits to be published.")
    return ""


def approval(session: Session, actor: Actor, row: AuditList) -> dict[str, Any]:
    """Say how far the superior's approval of a list is, and what the person may do about it."""
    approver = session.get(Organisation, row.approver_id) if row.approver_id else None
    own = drafts(session, actor, row)
    return {
        "approver": pick(approver.name, approver.name_en or approver.name) if approver else "",
        "tally": list_approval.tally(session, actor, row.id),
        "decisions": {key: pick(*names) for key, names in list_approval.DECISIONS.items()},
        "due": due_chip(session, row),
        "may_propose": approver is not None and row.status == "draft" and own,
        "may_withdraw": row.status in {"proposed", "decided"} and own,
        "may_decide": row.status in {"proposed", "decided"} and list_approval.may_decide(session, actor, row),
    }


def organisation_names(session: Session, ids: set[str | None]) -> dict[str, str]:
    """Give the names of some organisations."""
    rows = session.scalars(select(Organisation).where(Organisation.id.in_(ids)))
    return {row.id: pick(row.name, row.name_en or row.name) for row in rows}


def due_chip(session: Session, row: AuditList) -> Chip | None:
    """Count down to the day by which a list has to be proposed; None once it is published or where no day is set."""
    if row.status == "published":
        return None
    return chip_for(session, row.due_on, now(), row.proposed_at.astimezone(ZONE).date() if row.proposed_at else None)


@blueprint.post("/<list_id>/entries")
@login_required
def add_entry(list_id: str) -> BaseResponse:
    """Put one enterprise on a draft."""
    values = given()
    try:
        with acting() as (session, actor):
            lists.add_entry(
                session,
                actor,
                list_id,
                enterprise_id=values.get("enterprise_id", ""),
                types=values.get("types", []),
                reason=values.get("reason", ""),
                now=now(),
            )
    except Invalid as error:
        with looking() as (session, actor):
            return list_page(session, actor, list_id, 422, errors=trouble(error))
    return back_to("lists.one", say("The enterprise is on the list."), list_id=list_id)


@blueprint.post("/<list_id>/entries/<entry_id>/remove")
@login_required
def remove_entry(list_id: str, entry_id: str) -> BaseResponse:
    """Take a line off a draft."""
    with acting() as (session, actor):
        lists.remove_entry(session, actor, list_id, entry_id, now())
    return back_to("lists.one", say("The line was removed."), list_id=list_id)


@blueprint.post("/<list_id>/import")
@login_required
def upload(list_id: str) -> BaseResponse:
    """Read a workbook and show the report; the list itself stays as it is."""
    file = request.files.get("file")
    name, content = (file.filename or "", file.read()) if file else ("", b"")
    try:
        with acting() as (session, actor):
            done = list_import.read(session, actor, list_id, name, content, now())
    except Invalid as error:
        if wants_json():
            raise
        with looking() as (session, actor):
            return list_page(session, actor, list_id, 422, errors=trouble(error))
    target = url_for("lists.report", list_id=list_id, import_id=done.id)
    return jsonify(next=target) if wants_json() else back_to("lists.report", list_id=list_id, import_id=done.id)


@blueprint.get("/<list_id>/imports/<import_id>")
@login_required
def report(list_id: str, import_id: str) -> BaseResponse:
    """Show what an import found, row by row and cell by cell."""
    with looking() as (session, actor):
        done = list_import.get(session, actor, import_id)
        everything = argument("all") == "1"
        found = list_import.report(
            session, actor, import_id, only_problems=not everything, cursor=argument("cursor"), limit=100
        )
        rows = [
            (row, [(problem, list_import.problem_text(problem, language())) for problem in row.problems])
            for row in found.items
        ]
        return page(
            "lists/report.html",
            session,
            actor,
            row=lists.get(session, actor, list_id),
            done=done,
            rows=rows,
            everything=everything,
            next_cursor=found.next_cursor,
        )


@blueprint.get("/<list_id>/imports/<import_id>/marked.xlsx")
@login_required
def marked(list_id: str, import_id: str) -> BaseResponse:
    """Give the workbook back with every problem marked at its cell."""
    with looking() as (session, actor):
        lists.get(session, actor, list_id)
        content = BytesIO(list_import.marked_copy(session, actor, import_id, language()))
    return send_file(content, SHEET, as_attachment=True, download_name=say("list-with-problems") + ".xlsx")


@blueprint.post("/<list_id>/imports/<import_id>/apply")
@login_required
def apply(list_id: str, import_id: str) -> BaseResponse:
    """Put the rows of a clean import on the list."""
    with acting() as (session, actor):
        done = list_import.apply(session, actor, import_id, now())
    return back_to("lists.one", say("%(count)s rows are on the list.", count=done.rows), list_id=list_id)


@blueprint.post("/<list_id>/publish")
@login_required
def publish(list_id: str) -> BaseResponse:
    """Publish a list: a case is opened for each line, with progress."""
    values = given()
    try:
        with acting() as (session, actor):
            lists.publish(
                session,
                application(),
                actor,
                list_id,
                published_on=day_of(values.get("published_on"), "published_on"),
                decided_on=optional_day(values.get("decided_on"), "decided_on"),
                now=now(),
            )
    except Invalid as error:
        with looking() as (session, actor):
            return list_page(session, actor, list_id, 422, errors=trouble(error))
    return back_to("lists.one", say("The list is published. The cases are being opened."), list_id=list_id)


@blueprint.post("/<list_id>/correction")
@login_required
def correct(list_id: str) -> BaseResponse:
    """Publish the list as it stands now in the place of its present publication."""
    values = given()
    try:
        with acting() as (session, actor):
            lists.get(session, actor, list_id)
            current = corrections.current(session, list_id)
            row = corrections.correct_list(
                session,
                actor,
                current.id if current else "",
                reason=values.get("reason", ""),
                published_on=day_of(values.get("published_on"), "published_on"),
                now=now(),
            )
    except Invalid as error:
        with looking() as (session, actor):
            return list_page(session, actor, list_id, 422, errors=trouble(error))
    return back_to(
        "public.one", say("The correction is public; the earlier publication names it."), publication_id=row.id
    )


@blueprint.get("/<list_id>/progress")
@login_required
def progress(list_id: str) -> BaseResponse:
    """Give how far the opening of the cases is."""
    with looking() as (session, actor):
        lists.get(session, actor, list_id)
        run = run_of(session, f"{lists.OPEN_CASES}:{list_id}")
        return jsonify(progress_of(run, next_page=url_for("lists.one", list_id=list_id)))
