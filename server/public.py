"""What anybody may read: published lists and results, with their corrections. No signing in."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

from flask import Blueprint, Response, jsonify
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import consultancies, corrections, publications
from audits.models import PublicationEntry, Restriction
from server.filters import day
from server.house import looking_publicly
from server.labels import label
from server.pages import argument, public_page
from server.regions import as_choices
from server.regions import names as region_names
from workflows.models import Organisation

blueprint = Blueprint("public", __name__, url_prefix="/public")
RESTRICTION = (
    "id", "name", "uscc", "region", "status", "reason", "since", "until", "corrects", "ended_on", "end_reason",
    "step",
)  # fmt: skip


@blueprint.get("")
def index() -> BaseResponse:
    """Show what has been published, the newest first."""
    kind = argument("kind") if argument("kind") in {"list", "results"} else None
    with looking_publicly() as session:
        found = publications.public_list(
            session, kind=kind, region=argument("region"), cursor=argument("cursor"), limit=50
        )
        return public_page(
            "public/index.html",
            rows=found.items,
            next_cursor=found.next_cursor,
            kind=kind,
            region=argument("region"),
            regions=as_choices(publications.public_regions(session)),
            region_names=region_names(session, {row.region_code for row in found.items}),
        )


@blueprint.get("/consultancies")
def restrictions() -> BaseResponse:
    """Show the consultancies that may not be chosen, or also corrected and lifted decisions."""
    everything = argument("show") == "all"
    with looking_publicly() as session:
        found = consultancies.public_restrictions(session, everything=everything, cursor=argument("cursor"), limit=50)
        return public_page(
            "public/restrictions.html",
            rows=found.items,
            next_cursor=found.next_cursor,
            everything=everything,
            region_names=region_names(session, {firm.region_code for _row, firm in found.items}),
        )


@blueprint.get("/consultancies.json")
def restrictions_document() -> BaseResponse:
    """Give every restriction, also corrected and lifted ones, as JSON."""
    with looking_publicly() as session:
        answer = jsonify(restrictions=[restriction(*pair) for pair in every_restriction(session)])
    answer.headers["Content-Disposition"] = 'attachment; filename="restricted-consultancies.json"'
    return answer


@blueprint.get("/consultancies.csv")
def restrictions_table() -> BaseResponse:
    """Give every restriction, also corrected and lifted ones, as a table."""
    with looking_publicly() as session:
        target = StringIO()
        writer = csv.DictWriter(target, RESTRICTION)
        writer.writeheader()
        for pair in every_restriction(session):
            writer.writerow({key: cell(value) for key, value in restriction(*pair).items()})
    headers = {"Content-Disposition": 'attachment; filename="restricted-consultancies.csv"'}
    return Response("\ufeff" + target.getvalue(), mimetype="text/csv", headers=headers)


def every_restriction(session: Session) -> Iterator[tuple[Restriction, Organisation]]:
    """Give the restrictions, the newest first."""
    cursor: str | None = ""
    while cursor is not None:
        found = consultancies.public_restrictions(session, everything=True, cursor=cursor or None, limit=200)
        yield from found.items
        cursor = found.next_cursor


def restriction(row: Restriction, firm: Organisation) -> dict[str, str | None]:
    """Write a restriction; what it corrects is named by its id."""
    values = (
        row.id, firm.name, firm.code, firm.region_code, row.status, row.reason, day(row.since), day(row.until) or None,
        row.replaces_id, day(row.ended_on) or None, row.end_reason, row.step,
    )  # fmt: skip
    return dict(zip(RESTRICTION, values, strict=True))


@blueprint.get("/<publication_id>")
def one(publication_id: str) -> BaseResponse:
    """Show a publication."""
    with looking_publicly() as session:
        row, replaced_by = publications.public_get(session, publication_id)
        found = publications.public_entries(session, publication_id, cursor=argument("cursor"), limit=100)
        first = not argument("cursor")
        difference = corrections.difference(session, row) if first else corrections.Difference((), (), ())
        codes = {str(line.content.get("region", "")) for line in found.items}
        codes |= {str(line["region"]) for one in difference.changed for line in (one.before, one.after)}
        return public_page(
            "public/one.html",
            row=row,
            replaced_by=replaced_by,
            lines=found.items,
            next_cursor=found.next_cursor,
            difference=difference,
            region_names=region_names(session, codes),
        )


@blueprint.get("/<publication_id>.json")
def document(publication_id: str) -> BaseResponse:
    """Give a publication with all its lines as JSON."""
    with looking_publicly() as session:
        row, replaced_by = publications.public_get(session, publication_id)
        lines = [{"number": line.number, **line.content} for line in every_line(session, publication_id)]
        content = {
            "id": row.id,
            "kind": row.kind,
            "title": row.title,
            "region": row.region_code,
            "published_on": row.published_on.isoformat(),
            "reason": row.reason,
            "replaces": row.replaces_id,
            "replaced_by": replaced_by.id if replaced_by else None,
            "lines": lines,
        }
    answer = jsonify(content)
    answer.headers["Content-Disposition"] = f'attachment; filename="{publication_id}.json"'
    return answer


def every_line(session: Session, publication_id: str) -> Iterator[PublicationEntry]:
    """Give the lines of a publication in order."""
    cursor: str | None = ""
    while cursor is not None:
        found = publications.public_entries(session, publication_id, cursor=cursor or None, limit=200)
        yield from found.items
        cursor = found.next_cursor


@blueprint.get("/<publication_id>.csv")
def table(publication_id: str) -> BaseResponse:
    """Give a publication in an open format."""
    with looking_publicly() as session:
        publications.public_get(session, publication_id)
        target = StringIO()
        writer = csv.writer(target)
        writer.writerow(["number", "name", "uscc", "region", "industry", "types", "outcome"])
        for line in every_line(session, publication_id):
            writer.writerow(row_of(line.number, line.content))
    headers = {"Content-Disposition": f'attachment; filename="{publication_id}.csv"'}
    return Response("\ufeff" + target.getvalue(), mimetype="text/csv", headers=headers)


def cell(value: object) -> str:
    """Write a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return "'" + text if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def row_of(number: int, content: dict[str, Any]) -> list[str]:
    """Write a line of a publication as cells."""
    outcome = label(content["outcome"], "outcome") if content.get("outcome") else ""
    texts = [content.get(key) for key in ("name", "uscc", "region", "industry")]
    return [str(number), *(cell(text) for text in texts), cell(" ".join(content.get("types", []))), outcome]
