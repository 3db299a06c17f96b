"""Word templates that a bureau edits in Word: uploaded, checked, looked at, published by a second person, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, BinaryIO, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import access, calendars
from audits.letters import layout, template_check, wording
from audits.models import Letter, LetterTemplate
from workflows import files, trail
from workflows.access import SYSTEM, Actor, may, require
from workflows.application import Application
from workflows.db import storable
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Attachment, Organisation, Region

ACTION: Final = "letters.design"
NOTE_LENGTH: Final = 500
ADDRESS: Final = "https://example.org/verify/0123456789abcdef"


def in_force(session: Session, kind: str, issuer: Organisation, day: date) -> str:
    """Give the id of the template that a letter of an issuer takes on a day, "" for the shipped one.

    The nearest region wins, then the later day, then what was published last.
    """
    path = session.scalar(select(Region.path).where(Region.code == issuer.region_code)) or ""
    above = ["/" + "/".join(path.strip("/").split("/")[:length]) + "/" for length in range(1, path.count("/"))]
    query = select(LetterTemplate).where(
        LetterTemplate.kind == kind,
        LetterTemplate.status == "published",
        LetterTemplate.valid_from <= day,
        LetterTemplate.region_path.in_(above),
    )
    rows = sorted(session.scalars(query), key=lambda row: (len(row.region_path), row.valid_from, row.published_at or 0))
    return rows[-1].id if rows and rows[-1].file_id else ""


def bytes_of(session: Session, app: Application, letter: Letter) -> bytes:
    """Give the template that a letter was composed for; empty for the shipped one."""
    key = str(letter.data.get("template") or "")
    row = session.get(LetterTemplate, key) if key else None
    return content(session, app, row) if row is not None else b""


def content(session: Session, app: Application, row: LetterTemplate) -> bytes:
    """Give the Word file of a template; the shipped one where it has none."""
    return files.open_(session, app, SYSTEM, row.file_id)[1] if row.file_id else layout.shipped()


def listed(session: Session, actor: Actor, kind: str | None = None) -> list[tuple[LetterTemplate, Region]]:
    """Give the templates that the actor may design, the newest first. Raises NotAllowed."""
    require(actor, ACTION)
    query = (
        select(LetterTemplate, Region)
        .join(Region, Region.code == LetterTemplate.region_code)
        .where(access.visible(actor, LetterTemplate))
        .order_by(LetterTemplate.uploaded_at.desc(), LetterTemplate.id)
    )
    if kind:
        query = query.where(LetterTemplate.kind == kind)
    return [(row[0], row[1]) for row in session.execute(query)]


def get(session: Session, actor: Actor, template_id: str) -> LetterTemplate:
    """Give a template. Raises NotAllowed, NotFound."""
    require(actor, ACTION)
    return access.fetch(session, actor, LetterTemplate, template_id)


def upload(
    session: Session,
    app: Application,
    actor: Actor,
    *,
    kind: str,
    region_code: str,
    valid_from: date,
    note: str = "",
    name: str = "",
    content: bytes | BinaryIO = b"",
    now: datetime,
) -> LetterTemplate:
    """Take in a template as a draft; without a file the draft puts the shipped one back.

    Raises NotAllowed, Invalid by field: ``kind``, ``region_code``, ``note``, ``file`` (``template_refused`` with faults).
    """
    region = session.get(Region, region_code)
    errors = {"kind": ["unknown"]} if kind not in wording.wordings() else {}
    if region is None:
        errors["region_code"] = ["bad_region"]
    note = storable(note).strip()
    if len(note) > NOTE_LENGTH:
        errors["note"] = ["too_long"]
    if errors or region is None:
        raise Invalid(fields=errors)
    require(actor, ACTION, region.path)
    file = _taken(session, app, actor, kind, name, content, now) if name else None
    row = LetterTemplate(
        kind=kind,
        region_code=region.code,
        region_path=region.path,
        valid_from=valid_from,
        note=note,
        file_id=file.id if file else None,
        uploaded_by=actor.person_id,
        uploaded_at=now,
    )
    session.add(row)
    session.flush()
    told = {"kind": kind, "sha256": file.sha256 if file else "", "valid_from": valid_from.isoformat()}
    _record(session, actor, row, "template.uploaded", told, now)
    return row


def _taken(
    session: Session, app: Application, actor: Actor, kind: str, name: str, content: bytes | BinaryIO, now: datetime
) -> Attachment:
    """Take the file in by the inspector of uploads, then judge its placeholders."""
    if not name.lower().endswith(".docx"):
        raise Invalid(fields={"file": ["not_word"]})
    file = files.upload(session, app, actor, name=name, content=content, now=now)
    session.flush()
    found = template_check.faults(kind, files.open_(session, app, actor, file.id)[1])
    if found:
        told = [{"code": one.code, "word": one.word, "place": one.place} for one in found]
        raise Invalid(
            "template_refused", {"file": [f"{one.word}: {one.place}".rstrip(": ") for one in found]}, faults=told
        )
    return file


def preview(session: Session, app: Application, actor: Actor, template_id: str) -> bytes:
    """Set a letter of invented words by a template. Raises NotAllowed, NotFound."""
    row = get(session, actor, template_id)
    return layout.word(sample(row.kind), "示例环清〔2026〕1号", ADDRESS, content(session, app, row))


def sample(kind: str) -> dict[str, Any]:
    """Give the content of an invented letter of a kind."""
    one = wording.wordings()[kind]
    values = {name: f"【{names[0]}】" for name, names in template_check.names_of(kind).items()}
    texts = {name: values.get(name, "") for name in ("issuer", "addressee", "date", "case_no")}
    return {
        **texts,
        "title": one.names[0],
        "paragraphs": [text.format_map(_Sample(values)) for text in one.paragraphs],
        "rows": [["提交审核报告", "2027年3月2日", "（依据）"]] if one.deadlines else [],
        "tables": [],
        "values": values,
    }


class _Sample(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"【{key}】"


def publish(session: Session, actor: Actor, template_id: str, *, now: datetime) -> LetterTemplate:
    """Let a draft count from its day on: never by who uploaded it. Raises NotFound, NotAllowed ``own_template``, Conflict."""
    row = _held(session, actor, template_id)
    if row.status != "draft":
        raise Conflict("template_not_draft")
    if row.uploaded_by == actor.person_id:
        raise NotAllowed("own_template")
    row.status, row.published_by, row.published_at = "published", actor.person_id, now
    row.valid_from = max(row.valid_from, calendars.local_day(now))
    told = {"kind": row.kind, "old": "draft", "new": "published", "valid_from": row.valid_from.isoformat()}
    _record(session, actor, row, "template.published", told, now)
    return row


def retire(session: Session, actor: Actor, template_id: str, *, reason: str, now: datetime) -> LetterTemplate:
    """Let a template count no more: letters go back to the one before, in the end to the shipped one.

    Raises NotFound, NotAllowed, Invalid ``reason``, Conflict ``template_is_retired``.
    """
    row = _held(session, actor, template_id)
    reason = storable(reason).strip()
    if not reason or len(reason) > NOTE_LENGTH:
        raise Invalid(fields={"reason": ["too_long" if reason else "required"]})
    if row.status == "retired":
        raise Conflict("template_is_retired")
    old, row.status = row.status, "retired"
    _record(
        session, actor, row, "template.retired", {"kind": row.kind, "old": old, "new": "retired", "reason": reason}, now
    )
    return row


def _held(session: Session, actor: Actor, template_id: str) -> LetterTemplate:
    row = get(session, actor, template_id)
    if not may(actor, ACTION, row.region_path):
        raise NotAllowed("not_allowed", action=ACTION)
    session.refresh(row, with_for_update=True)
    return row


def shipped(session: Session, actor: Actor, kind: str) -> bytes:
    """Give the shipped Word template to be edited. Raises NotAllowed, NotFound."""
    require(actor, ACTION)
    if kind not in wording.wordings():
        raise NotFound("unknown_letter", kind=kind)
    return layout.shipped()


def _record(
    session: Session, actor: Actor, row: LetterTemplate, action: str, payload: Mapping[str, Any], now: datetime
) -> None:
    trail.append(
        session,
        chain="templates",
        actor=actor,
        action=action,
        subject_type="template",
        subject_id=row.id,
        payload=payload,
        now=now,
    )


def regions_of(session: Session, actor: Actor) -> list[Region]:
    """Give the regions for which the actor may design templates: those where they hold the action themselves."""
    paths = sorted({path for action, path in actor.grants if action == ACTION})
    return list(session.scalars(select(Region).where(Region.path.in_(paths)).order_by(Region.path)))
