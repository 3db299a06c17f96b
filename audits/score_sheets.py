"""Score sheets (评分表) by version: drafted by one person, published by another, kept by a panel as it began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from audits import dossiers, sheet_forms
from audits.models import ScoreSheet
from forms.definitions import shipped as shipped_forms
from workflows import trail
from workflows.access import Actor, require
from workflows.db import storable
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Event, Region, Task
from workflows.paging import Page, keyset

Json = Any
FORMS: Final = ("evaluation_score_sheet", "acceptance_score_sheet", "merged_score_sheet")
WITH_VETOES: Final = frozenset({"acceptance_score_sheet", "merged_score_sheet"})
LONGEST: Final = {"title": 100, "title_en": 100, "source": 300}
MOST_ITEMS: Final = 60
CHAIN: Final = "sheets"


# ---- reading ---------------------------------------------------------------------------------------------------


def list_(session: Session, actor: Actor, *, cursor: str | None = None, limit: int = 50) -> Page[ScoreSheet]:
    """Give all versions, the newest first. Raises NotAllowed."""
    require(actor, "definitions.read")
    order = [ScoreSheet.drafted_at, ScoreSheet.id]
    return keyset(session, select(ScoreSheet), order, cursor, limit, descending=True)


def get(session: Session, actor: Actor, sheet_id: str) -> ScoreSheet:
    """Give a version. Raises NotAllowed, NotFound."""
    require(actor, "definitions.read")
    row = session.get(ScoreSheet, sheet_id)
    if row is None:
        raise NotFound("sheet_not_found")
    return row


def applicable(session: Session, form: str, region_path: str, day: date) -> ScoreSheet | None:
    """Give the sheet in force for a form in a region on a day: the nearest region's newest. None: the form as deployed."""
    query = (
        select(ScoreSheet, Region.path)
        .join(Region, Region.code == ScoreSheet.region_code)
        .where(
            ScoreSheet.form == form,
            ScoreSheet.status == "published",
            ScoreSheet.valid_from <= day,
            or_(ScoreSheet.valid_until.is_(None), ScoreSheet.valid_until >= day),
        )
    )
    found = [(row, path) for row, path in session.execute(query) if region_path.startswith(path)]
    best = max(found, key=lambda one: (len(one[1]), one[0].valid_from, one[0].version), default=None)
    return best[0] if best else None


def of_panel(session: Session, region_path: str, day: date) -> dict[str, str]:
    """Give the ids of the sheets that a panel begins with, by form; what is missing is the form as deployed."""
    found = {form: applicable(session, form, region_path, day) for form in FORMS}
    return {form: row.id for form, row in found.items() if row is not None}


def task_form(session: Session, task: Task, form: dict[str, Json]) -> dict[str, Json]:
    """Give the form of a task that scores: the version of the sheet that its panel began with."""
    panel = dossiers.panel_of(session, task)
    kept = panel.detail.get("sheets", {}).get(task.form) if panel else None
    row = session.get(ScoreSheet, kept) if kept else None
    return sheet_forms.render(form, row.content, row.title, row.title_en) if row else form


TASK_FORMS: Final = dict.fromkeys(FORMS, task_form)


def preview(row: ScoreSheet) -> dict[str, Json]:
    """Give the form of a version as an expert will see it, on the form that ships."""
    return sheet_forms.render(shipped_forms()[row.form], row.content, row.title, row.title_en)


def findings(row: ScoreSheet) -> list[sheet_forms.Finding]:
    """Find what is wrong with a version."""
    return sheet_forms.check(row.content, vetoes=row.form in WITH_VETOES)


def wrote(session: Session, actor: Actor, row: ScoreSheet) -> bool:
    """Say whether the actor drafted a version or changed it."""
    acts = select(Event.id).where(
        Event.chain == CHAIN, Event.subject_id == row.id, Event.action.in_(("sheet.drafted", "sheet.changed"))
    )
    return session.scalar(acts.where(Event.actor_id == actor.person_id).limit(1)) is not None


# ---- writing ---------------------------------------------------------------------------------------------------


def draft(
    session: Session, actor: Actor, *, form: str, region_code: str, valid_from: date, now: datetime
) -> ScoreSheet:
    """Begin a version with what is in force for the region, or else with the sheet that ships.

    Raises NotAllowed, Invalid by field.
    """
    region = session.get(Region, region_code)
    errors: dict[str, list[str]] = {}
    if form not in FORMS:
        errors["form"] = ["unknown"]
    if region is None:
        errors["region_code"] = ["bad_region"]
    if errors or region is None:
        raise Invalid(fields=errors)
    require(actor, "definitions.deploy", region.path)
    before = applicable(session, form, region.path, valid_from)
    shipped = shipped_forms()[form]
    number = select(func.max(ScoreSheet.version)).where(ScoreSheet.form == form, ScoreSheet.region_code == region.code)
    row = ScoreSheet(
        form=form,
        region_code=region.code,
        version=(session.scalar(number) or 0) + 1,
        title=before.title if before else str(shipped["properties"]["title"]),
        title_en=before.title_en if before else str(shipped["properties"]["title_en"]),
        content=before.content if before else sheet_forms.extract(shipped),
        valid_from=valid_from,
        source=before.source if before else "占位分值，待与《清洁生产审核评估与验收指南》附表核对",
        drafted_by=actor.person_id,
        drafted_at=now,
    )
    session.add(row)
    session.flush()
    _record(session, actor, row, "sheet.drafted", now)
    return row


def change(session: Session, actor: Actor, sheet_id: str, fields: Mapping[str, Json], *, now: datetime) -> ScoreSheet:
    """Write a draft anew: ``content`` and any of title, title_en, source, verified, valid_from, valid_until.

    A sheet with faults is kept all the same; it is not published. Raises NotFound, NotAllowed, Conflict
    ``sheet_published``, Invalid by field.
    """
    row = _draft(session, actor, sheet_id, "definitions.deploy")
    errors: dict[str, list[str]] = {}
    texts = {key: storable(str(fields.get(key, getattr(row, key)) or "")).strip() for key in LONGEST}
    errors |= {key: ["too_long"] for key, text in texts.items() if len(text) > LONGEST[key]}
    if not texts["title"]:
        errors["title"] = ["required"]
    days: dict[str, date | None] = {key: fields.get(key, getattr(row, key)) for key in ("valid_from", "valid_until")}
    since, until = days["valid_from"], days["valid_until"]
    if since is None:
        errors["valid_from"] = ["required"]
    elif until is not None and until < since:
        errors["valid_until"] = ["before_since"]
    content = row.content if fields.get("content") is None else read(fields["content"])
    if sum(len(one["items"]) for one in content["sections"]) + len(content["bonus"]) > MOST_ITEMS:
        errors["content"] = ["too_long"]
    if errors or since is None:
        raise Invalid(fields=errors)
    row.content, row.verified = content, bool(fields.get("verified", row.verified))
    row.valid_from, row.valid_until = since, until
    for key, text in texts.items():
        setattr(row, key, text)
    _record(session, actor, row, "sheet.changed", now)
    return row


def publish(session: Session, actor: Actor, sheet_id: str, *, now: datetime) -> ScoreSheet:
    """Let a version count for panels appointed from its day on. Somebody else than who drafted or changed it does.

    A repeat changes nothing. Raises NotFound, NotAllowed (``own_sheet``), Invalid ``sheet_has_findings``.
    """
    row = session.get(ScoreSheet, sheet_id, with_for_update=True)
    if row is None:
        raise NotFound("sheet_not_found")
    require(actor, "definitions.activate", session.get_one(Region, row.region_code).path)
    if row.status == "published":
        return row
    if wrote(session, actor, row):
        raise NotAllowed("own_sheet")
    wrong = findings(row)
    if wrong:
        raise Invalid("sheet_has_findings", fields={one.place: [one.rule] for one in wrong})
    row.status, row.published_by, row.published_at = "published", actor.person_id, now
    _record(session, actor, row, "sheet.published", now)
    return row


def _draft(session: Session, actor: Actor, sheet_id: str, action: str) -> ScoreSheet:
    row = session.get(ScoreSheet, sheet_id, with_for_update=True)
    if row is None:
        raise NotFound("sheet_not_found")
    require(actor, action, session.get_one(Region, row.region_code).path)
    if row.status != "draft":
        raise Conflict("sheet_published")
    return row


# ---- what was typed ----------------------------------------------------------------------------------------------


def read(given: Mapping[str, Json]) -> dict[str, Json]:
    """Read the data of a sheet as it was sent, in the shape of ``sheet_forms``. Raises Invalid ``content``."""
    try:
        return {
            "sections": [
                {key: _text(one.get(key)) for key in ("code", "title", "title_en")} | {"items": _items(one["items"])}
                for one in given["sections"]
            ],
            "bonus": _items(given.get("bonus") or ()),
            "vetoes": [
                {key: _text(one.get(key)) for key in ("code", "text", "text_en")} for one in given.get("vetoes") or ()
            ],
            "comment_below": _text(given.get("comment_below") or "60"),
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise Invalid(fields={"content": ["unknown"]}) from error


def _items(rows: Sequence[Mapping[str, Json]]) -> list[dict[str, str]]:
    keys = ("code", "name", "name_en", "hint", "hint_en", "max", "step")
    return [{key: _text(one.get(key)) for key in keys} for one in rows]


def _text(value: Json) -> str:
    text: str = storable(str(value if value is not None else ""))
    return text.strip()[:300]


def _record(session: Session, actor: Actor, row: ScoreSheet, action: str, now: datetime) -> None:
    trail.append(
        session,
        chain=CHAIN,
        actor=actor,
        action=action,
        subject_type="sheet",
        subject_id=row.id,
        payload={
            "form": row.form,
            "region": row.region_code,
            "version": row.version,
            "title": row.title,
            "valid_from": row.valid_from.isoformat(),
            "content": row.content,
        },
        now=now,
    )
