"""Annual lists: create, import with a report, apply, publish with progress."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_login import login_required
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from audits import corrections, enterprises, list_approval, list_import, lists
from server.api import schemas, shapes
from server.house import application, looking, now
from server.idempotency import Answer, command
from server.language import language
from server.progress import progress_of, run_of
from workflows.access import Actor

blueprint = Blueprint("api-lists", __name__, description="Annual lists of enterprises to be audited")


@blueprint.route("/lists", methods=["GET"])
@blueprint.arguments(schemas.Query, location="query")
@blueprint.response(200, schemas.page_of(schemas.List))
@login_required
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List the annual lists."""
    with looking() as (session, actor):
        found = lists.list_(session, actor, cursor=query.get("cursor"), limit=query["limit"])
        return shapes.paged(found.items, found.next_cursor, shapes.annual_list)


@blueprint.route("/lists", methods=["POST"])
@blueprint.arguments(schemas.ListIn)
@blueprint.response(201, schemas.List)
@command
def create(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Draft a list."""
    row = lists.create(
        session,
        application(),
        actor,
        year=body["year"],
        batch=body["batch"],
        title=body["title"],
        region_code=body["region"],
        now=now(),
    )
    return shapes.annual_list(row), 201


@blueprint.route("/lists/<list_id>", methods=["GET"])
@blueprint.response(200, schemas.List)
@login_required
def one(list_id: str) -> dict[str, Any]:
    """Get a list."""
    with looking() as (session, actor):
        return shapes.annual_list(lists.get(session, actor, list_id))


@blueprint.route("/lists/<list_id>/entries", methods=["GET"])
@blueprint.arguments(schemas.Query, location="query")
@blueprint.response(200, schemas.page_of(schemas.Entry))
@login_required
def entries(query: dict[str, Any], list_id: str) -> dict[str, Any]:
    """List the enterprises of a list with their outcome."""
    with looking() as (session, actor):
        found = lists.entries(session, actor, list_id, cursor=query.get("cursor"), limit=query["limit"])
        return shapes.paged(
            found.items, found.next_cursor, lambda line: shapes.entry(line[0], line[1], line[2].id if line[2] else None)
        )


@blueprint.route("/lists/<list_id>/entries", methods=["POST"])
@blueprint.arguments(schemas.EntryIn)
@blueprint.response(201, schemas.Entry)
@command
def add_entry(session: Session, actor: Actor, body: dict[str, Any], list_id: str) -> Answer:
    """Put an enterprise on a draft."""
    row = lists.add_entry(session, actor, list_id, **body, now=now())
    enterprise = enterprises.get(session, actor, row.enterprise_id)
    return shapes.entry(row, enterprise, None), 201


@blueprint.route("/lists/<list_id>/entries/<entry_id>", methods=["DELETE"])
@blueprint.response(204)
@command
def remove_entry(session: Session, actor: Actor, list_id: str, entry_id: str) -> Answer:
    """Take a line off a draft."""
    lists.remove_entry(session, actor, list_id, entry_id, now())
    return {}, 204


@blueprint.route("/lists/<list_id>/imports", methods=["POST"])
@blueprint.arguments(schemas.UploadIn, location="files")
@blueprint.response(201, schemas.Import)
@command
def read(session: Session, actor: Actor, _parts: dict[str, Any], list_id: str) -> Answer:
    """Check a workbook against the list; nothing reaches the list yet."""
    file = request.files["file"]
    row = list_import.read(session, actor, list_id, file.filename or "", file.read(), now())
    return shapes.list_import(row), 201


@blueprint.route("/imports/<import_id>", methods=["GET"])
@blueprint.response(200, schemas.Import)
@login_required
def get_import(import_id: str) -> dict[str, Any]:
    """Get what an import found, in numbers."""
    with looking() as (session, actor):
        return shapes.list_import(list_import.get(session, actor, import_id))


@blueprint.route("/imports/<import_id>/rows", methods=["GET"])
@blueprint.arguments(schemas.ReportQuery, location="query")
@blueprint.response(200, schemas.page_of(schemas.ReportRow))
@login_required
def report(query: dict[str, Any], import_id: str) -> dict[str, Any]:
    """List the rows of an import with the problems of their cells."""
    with looking() as (session, actor):
        found = list_import.report(
            session,
            actor,
            import_id,
            only_problems=query["only_problems"],
            cursor=query.get("cursor"),
            limit=query["limit"],
        )
        return shapes.paged(
            found.items,
            found.next_cursor,
            lambda row: {
                "row": row.row,
                "cells": row.values,
                "problems": [
                    {**problem, "text": list_import.problem_text(problem, language())} for problem in row.problems
                ],
            },
        )


@blueprint.route("/imports/<import_id>/apply", methods=["POST"])
@blueprint.response(200, schemas.Import)
@command
def apply(session: Session, actor: Actor, import_id: str) -> Answer:
    """Put the rows of a clean import on the list."""
    return shapes.list_import(list_import.apply(session, actor, import_id, now())), 200


@blueprint.route("/lists/<list_id>/proposal", methods=["POST"])
@blueprint.response(200, schemas.List)
@command
def propose(session: Session, actor: Actor, list_id: str) -> Answer:
    """Propose a draft to the superior that approves it."""
    return shapes.annual_list(list_approval.propose(session, actor, list_id, now())), 200


@blueprint.route("/lists/<list_id>/proposal", methods=["DELETE"])
@blueprint.response(200, schemas.List)
@command
def withdraw(session: Session, actor: Actor, list_id: str) -> Answer:
    """Take a proposed list back into the draft."""
    return shapes.annual_list(list_approval.withdraw(session, actor, list_id, now())), 200


@blueprint.route("/lists/<list_id>/decisions", methods=["POST"])
@blueprint.arguments(schemas.DecisionIn)
@blueprint.response(200, schemas.List)
@command
def decide(session: Session, actor: Actor, body: dict[str, Any], list_id: str) -> Answer:
    """Approve or refuse lines of a proposed list."""
    return shapes.annual_list(list_approval.decide(session, actor, list_id, **body, now=now())), 200


@blueprint.route("/lists/<list_id>/publish", methods=["POST"])
@blueprint.arguments(schemas.PublishIn)
@blueprint.response(202, schemas.Progress)
@command
def publish(session: Session, actor: Actor, body: dict[str, Any], list_id: str) -> Answer:
    """Publish a list: the worker opens a case and writes a notice for each enterprise."""
    run = lists.publish(session, application(), actor, list_id, **body, now=now())
    return progress_of(run, url_for("lists.one", list_id=list_id)), 202


@blueprint.route("/lists/<list_id>/correction", methods=["POST"])
@blueprint.arguments(schemas.ListCorrectionIn)
@blueprint.response(201, schemas.ListCorrection)
@command
def correct(session: Session, actor: Actor, body: dict[str, Any], list_id: str) -> Answer:
    """Publish a list as it stands now in the place of its publication, and get what differs."""
    lists.get(session, actor, list_id)
    old = corrections.current(session, list_id)
    row = corrections.correct_list(session, actor, old.id if old else "", **body, now=now())
    return shapes.list_correction(row, corrections.difference(session, row)), 201


@blueprint.route("/lists/<list_id>/progress", methods=["GET"])
@blueprint.response(200, schemas.Progress)
@login_required
def progress(list_id: str) -> dict[str, Any]:
    """Get how far the opening of the cases is."""
    with looking() as (session, actor):
        lists.get(session, actor, list_id)
        run = run_of(session, f"{lists.OPEN_CASES}:{list_id}")
        return progress_of(run, url_for("lists.one", list_id=list_id))
