"""Processes: families with their versions, diagrams, forms and decision tables; deploying, activating, retiring."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from io import BytesIO
from typing import Any

from flask import Blueprint, jsonify, request, send_file, url_for
from flask_login import login_required
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from forms import localise
from server.dates import day_of
from server.decisions import tables
from server.diagrams import ProcessView, processes
from server.house import acting, application, looking, now
from server.language import language, pick, say
from server.pages import argument, back_to, given, page
from server.regions import every, within
from server.sentences import trouble
from workflows import definitions
from workflows.access import NATION, Actor, may, require
from workflows.errors import Invalid, NotFound, Refused
from workflows.models import Definition, Family, Form

blueprint = Blueprint("definitions", __name__, url_prefix="/definitions")


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show every family with its versions."""
    with looking() as (session, actor):
        require(actor, "definitions.read")
        return index_page(session, actor)


def index_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the versions, with the form for a new one where the person may deploy."""
    found = definitions.list_(session, cursor=argument("cursor"), limit=100)
    families = {row.key: row for row in session.scalars(select(Family))}
    return page(
        "definitions/index.html",
        session,
        actor,
        status,
        rows=found.items,
        next_cursor=found.next_cursor,
        families=families,
        places=dict(every(session)),
        regions=within(session, actor, "definitions.deploy"),
        may_deploy=may(actor, "definitions.deploy"),
        may_deploy_everywhere=may(actor, "definitions.deploy", NATION),
        **more,
    )


@blueprint.get("/<definition_id>")
@login_required
def one(definition_id: str) -> BaseResponse:
    """Show a version: its diagrams, tables and forms."""
    with looking() as (session, actor):
        require(actor, "definitions.read")
        content = definitions.content(session, definition_id)
        found = processes(content.files)
        chosen = argument("process") or content.definition.root
        return page(
            "definitions/one.html",
            session,
            actor,
            entries=("diagram",),
            content=content,
            row=content.definition,
            adaptions=definitions.adaptions(session, content.definition),
            family=session.get(Family, content.definition.family_key),
            place=dict(every(session)).get(content.definition.variant, ""),
            processes=found,
            chosen=chosen,
            tables=[
                table
                for name, body in sorted(content.files.items())
                if name.endswith(".dmn")
                for table in tables(name, body)
            ],
            forms=[(key, form_title(key, form)) for key, form in sorted(content.forms.items())],
            may_activate=definitions.may_change(session, actor, content.definition, activate=True),
            may_retire=definitions.may_change(session, actor, content.definition, activate=False),
        )


@blueprint.get("/<definition_id>/diagram.json")
@login_required
def diagram(definition_id: str) -> BaseResponse:
    """Give one diagram of a version for the page."""
    with looking() as (session, actor):
        require(actor, "definitions.read")
        content = definitions.content(session, definition_id)
        found = processes(content.files)
        process = argument("process") or content.definition.root
        return jsonify(diagram_json(definition_id, content.files, found, process))


def diagram_json(
    definition_id: str, files: Mapping[str, bytes], found: Mapping[str, ProcessView], process: str
) -> dict[str, Any]:
    """Write a diagram of a version, with the way down and up."""
    if process not in found:
        raise NotFound

    def way(key: str) -> str:
        return url_for("definitions.diagram", definition_id=definition_id, process=key)

    here = found[process]
    above = next((key for key, one in found.items() if process in one.calls.values()), None)
    return {
        "title": pick(here.name, here.name_en),
        "xml": files[here.file].decode("utf-8"),
        "process": process,
        "elements": {},
        "drill": {element: way(called) for element, called in here.calls.items() if called in found},
        "up": {"title": pick(found[above].name, found[above].name_en), "url": way(above)} if above else None,
    }


@blueprint.get("/<definition_id>/files/<name>")
@login_required
def file(definition_id: str, name: str) -> BaseResponse:
    """Give a file of a version, byte for byte."""
    with looking() as (session, actor):
        require(actor, "definitions.read")
        content = definitions.content(session, definition_id)
    body = content.files.get(name)
    if body is None and name.endswith(".json") and (key := name.removesuffix(".json")) in content.forms:
        body = json.dumps(content.forms[key], ensure_ascii=False, indent=2).encode()
    if body is None:
        raise NotFound
    return send_file(BytesIO(body), "application/octet-stream", as_attachment=True, download_name=name)


@blueprint.get("/<definition_id>/forms/<key>")
@login_required
def form(definition_id: str, key: str) -> BaseResponse:
    """Show a form as its users see it, read-only."""
    with looking() as (session, actor):
        require(actor, "definitions.read")
        found = session.get(Form, (definition_id, key))
        if found is None:
            raise NotFound
        return page(
            "definitions/form.html",
            session,
            actor,
            entries=("task",),
            row=session.get_one(Definition, definition_id),
            key=key,
            schema=localise(found.content, language()),
            name=form_title(key, found.content),
        )


def form_title(key: str, form: Mapping[str, Any]) -> str:
    """Give a form's title in the reader's language, its key where it has none."""
    properties = form.get("properties") or {}
    return pick(properties.get("title") or key, properties.get("title_en") or "")


@blueprint.post("")
@login_required
def deploy() -> BaseResponse:
    """Deploy uploaded files: on their own, or in place of some files of a version."""
    values = given()
    try:
        with acting() as (session, actor):
            row = deploy_uploaded(
                session,
                actor,
                base=values.get("base", ""),
                family=values.get("family", ""),
                variant=values.get("variant", ""),
                valid_from=day_of(values.get("valid_from"), "valid_from"),
                note=values.get("note", ""),
            )
    except (Invalid, Refused) as error:
        with looking() as (session, actor):
            findings = error.findings if isinstance(error, Refused) else ()
            return index_page(session, actor, 422, errors=trouble(error), findings=findings, values=values)
    return back_to(
        "definitions.one", say("The version is deployed. Activate it to let it count."), definition_id=row.id
    )


def deploy_uploaded(
    session: Session, actor: Actor, *, base: str, family: str, variant: str, valid_from: date, note: str, root: str = ""
) -> Definition:
    """Deploy the uploaded files; what is not uploaded is taken from the version ``base``, if there is one."""
    require(actor, "definitions.deploy")
    old = definitions.content(session, base) if base else None
    files, forms = uploaded()
    return definitions.deploy(
        session,
        application(),
        actor,
        family=family or (old.definition.family_key if old else ""),
        variant=variant,
        files={**(old.files if old else {}), **files},
        forms={**(old.forms if old else {}), **forms},
        valid_from=valid_from,
        note=note,
        base_hash=old.definition.hash if old else "",
        root=root or (old.definition.root if old else ""),
        now=now(),
    )


def uploaded() -> tuple[dict[str, bytes], dict[str, dict[str, Any]]]:
    """Read the uploaded files: diagrams and tables by name, forms by key. Raises Invalid naming the file."""
    files: dict[str, bytes] = {}
    forms: dict[str, dict[str, Any]] = {}
    for item in request.files.getlist("files"):
        name = item.filename or ""
        if not name:
            continue
        if name.endswith(".json"):
            forms[name.removesuffix(".json")] = form_json(name, item.read())
        else:
            files[name] = item.read()
    return files, forms


def form_json(name: str, body: bytes) -> dict[str, Any]:
    """Read a form; raises Invalid naming the file and the place."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Invalid(fields={"files": [f"{name}: {error}"]}) from None
    if not isinstance(found, dict):
        raise Invalid(fields={"files": [f"{name}: not a form"]})
    return found


@blueprint.post("/<definition_id>/activate")
@login_required
def activate(definition_id: str) -> BaseResponse:
    """Let a version count from its day on."""
    with acting() as (session, actor):
        definitions.activate(session, actor, definition_id, now=now())
    return back_to("definitions.one", say("The version is active."), definition_id=definition_id)


@blueprint.post("/<definition_id>/retire")
@login_required
def retire(definition_id: str) -> BaseResponse:
    """Let a version count no more for new cases."""
    with acting() as (session, actor):
        definitions.retire(session, actor, definition_id, now=now())
    return back_to(
        "definitions.one", say("The version is retired. Running cases keep it."), definition_id=definition_id
    )
