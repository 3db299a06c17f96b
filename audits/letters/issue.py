"""Issue a letter: its number in the case's transaction, its files afterwards by the worker."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, sessionmaker

from audits import access, calendars, notices
from audits.letters import layout, service, templates, wording
from audits.models import Case, Letter, LetterNumber
from workflows import files
from workflows.access import SYSTEM, Actor
from workflows.application import Application
from workflows.db import reading, transaction
from workflows.errors import Invalid, NotFound
from workflows.jobs import Progress
from workflows.models import Attachment, Organisation

KINDS: Final[dict[str, tuple[str, str]]] = {kind: one.names for kind, one in wording.wordings().items()}
RENDER: Final = "letters.render"
MEDIA: Final = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


def issue(
    session: Session,
    app: Application,
    case: Case,
    *,
    kind: str,
    data: Mapping[str, Any],
    key: str,
    issuer_id: str | None = None,
    actor: Actor = SYSTEM,
    now: datetime,
) -> Letter:
    """Issue a letter of the competent body, or of another. ``key`` names the occasion: the same one gives the same letter.

    The number is taken in this transaction; the Word and PDF files are made by the worker. Raises Invalid.
    """
    if kind not in KINDS or wording.wordings()[kind].scope != "case":
        raise Invalid("unknown_letter", kind=kind)
    code = code_of(app, key)
    old = session.scalar(select(Letter).where(Letter.code == code))
    if old is not None:
        return old
    issuer = session.get_one(Organisation, issuer_id or case.competent_id)
    today = calendars.local_day(now)
    content = wording.compose(session, case, issuer, kind, data, today)
    content["template"] = templates.in_force(session, kind, issuer, today)
    return keep(
        session, app, actor, kind=kind, content=content, issuer=issuer, code=code, region_path=case.region_path,
        case_id=case.id, addressee_id=None, now=now,
    )  # fmt: skip


def keep(
    session: Session,
    app: Application,
    actor: Actor,
    *,
    kind: str,
    content: dict[str, Any],
    issuer: Organisation,
    code: str,
    region_path: str,
    case_id: str | None,
    addressee_id: str | None,
    now: datetime,
) -> Letter:
    """Keep a composed letter under the issuer's next number, let its files be made, and tell whom it is addressed to."""
    today = calendars.local_day(now)
    letter = Letter(
        case_id=case_id,
        region_path=region_path,
        addressee_id=addressee_id,
        kind=kind,
        number=take_number(session, issuer, today.year),
        issuer_id=issuer.id,
        issued_on=today,
        legal_basis=content["basis_version"],
        data=content,
        code=code,
        created_at=now,
    )
    session.add(letter)
    session.flush()
    app.jobs.enqueue(session, RENDER, f"{RENDER}:{letter.id}", {"letter": letter.id})
    told = {"kind": kind, "number": letter.number}
    if content.get("submission"):
        told["submission"] = content["submission"]["sha256"]
    service.record(session, actor, letter, "letter.issued", told, now)
    whom = session.get_one(Case, case_id).enterprise_id if case_id else addressee_id
    if whom:
        values = {"subject": content["addressee"], "letter": list(KINDS[kind]), "number": letter.number}
        notices.send(
            session, key=f"letter:{letter.id}", organisation_id=whom, instance_id=case_id, kind="letter_issued",
            values=values, now=now,
        )  # fmt: skip
    return letter


def code_of(app: Application, key: str) -> str:
    """Give the code of the public page: not to be guessed, the same for the same occasion."""
    return hmac.new(app.settings.secret_key.encode(), f"letter:{key}".encode(), hashlib.sha256).hexdigest()[:24]


def take_number(session: Session, issuer: Organisation, year: int) -> str:
    """Take the issuer's next number of the year. One that a namesake has used already is passed over."""
    insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert
    taken = insert(LetterNumber).values(issuer_id=issuer.id, year=year, last=1)
    taken = taken.on_conflict_do_update(
        index_elements=["issuer_id", "year"], set_={"last": LetterNumber.last + 1}
    ).returning(LetterNumber.last)
    stem = f"{wording.abbreviation(session, issuer)}〔{year}〕"
    while True:
        number = f"{stem}{session.scalar(taken)}号"
        if session.scalar(select(Letter.id).where(Letter.number == number)) is None:
            return number


def render_job(
    sessions: sessionmaker[Session], app: Application, args: Mapping[str, Any], progress: Progress, now: datetime
) -> dict[str, Any]:
    """Make the files of a letter; a repeat finds them made."""
    with reading(sessions) as session:
        letter = session.get_one(Letter, str(args["letter"]))
        content, number, done = dict(letter.data), letter.number, letter.pdf_id is not None
        template = templates.bytes_of(session, app, letter)
        address = f"{app.settings.base_url}/verify/{letter.code}"
    if not done:
        word = layout.word(content, number, address, template)
        pdf = layout.pdf_of(word) if template else layout.pdf(content, number, address)
        with transaction(sessions) as session:
            letter = session.get_one(Letter, str(args["letter"]))
            if letter.pdf_id is None:
                letter.docx_id = _store(session, app, letter, "docx", word, now)
                letter.pdf_id = _store(session, app, letter, "pdf", pdf, now)
    progress(1, 1)
    return {"letter": args["letter"]}


def _store(session: Session, app: Application, letter: Letter, suffix: str, content: bytes, now: datetime) -> str:
    name = f"{KINDS[letter.kind][0]} {letter.number}.{suffix}"
    made = files.store_generated(
        session, app, name=name, content=content, media_type=MEDIA[suffix], instance_id=letter.case_id, now=now
    )
    session.flush()
    return made.id


def for_case(session: Session, case_id: str) -> list[Letter]:
    """Give a case's letters, the oldest first. The caller has fetched the case through access."""
    return list(session.scalars(select(Letter).where(Letter.case_id == case_id).order_by(Letter.created_at, Letter.id)))


def get(session: Session, actor: Actor, letter_id: str) -> Letter:
    """Give a letter; NotFound where the actor may not know of it."""
    return access.letter(session, actor, letter_id)


def open_(session: Session, app: Application, actor: Actor, letter_id: str, suffix: str) -> tuple[Attachment, bytes]:
    """Give a letter's file (``docx``, ``pdf``) with its content; NotFound where the actor may not see the letter."""
    letter = access.letter(session, actor, letter_id)
    file_id = {"docx": letter.docx_id, "pdf": letter.pdf_id}.get(suffix)
    if file_id is None:
        raise NotFound("letter_file_not_found")
    return files.open_(session, app, SYSTEM, file_id)
