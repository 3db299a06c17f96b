"""Issue a letter: its number in the case's transaction, its files afterwards by the worker."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, sessionmaker

from audits import access, calendars, cases, notices, submissions
from audits.letters import layout, wording
from audits.models import Case, Letter, LetterNumber
from workflows import files, runtime
from workflows.access import SYSTEM, Actor, require
from workflows.application import Application
from workflows.db import reading, storable, transaction
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.jobs import Progress
from workflows.models import Attachment, Organisation

KINDS: Final[dict[str, tuple[str, str]]] = {kind: one.names for kind, one in wording.wordings().items()}
METHODS: Final[dict[str, tuple[str, str]]] = {
    "online": ("网上签收", "Signed for online"),
    "direct": ("直接送达", "Handed over"),
    "mail": ("邮寄送达", "By post"),
    "electronic": ("电子送达", "Electronically"),
    "lien": ("留置送达", "Left on the premises"),
    "entrusted": ("委托送达", "By an entrusted office"),
    "announcement": ("公告送达", "By announcement"),
}
RENDER: Final = "letters.render"
REASON_LENGTH: Final = 500
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
    now: datetime,
) -> Letter:
    """Issue a letter of the competent body, or of another. ``key`` names the occasion: the same one gives the same letter.

    The number is taken in this transaction; the Word and PDF files are made by the worker. Raises Invalid.
    """
    if kind not in KINDS:
        raise Invalid("unknown_letter", kind=kind)
    code = _code(app, key)
    old = session.scalar(select(Letter).where(Letter.code == code))
    if old is not None:
        return old
    issuer = session.get_one(Organisation, issuer_id or case.competent_id)
    today = calendars.local_day(now)
    content = wording.compose(session, case, issuer, kind, data, today)
    letter = Letter(
        case_id=case.id,
        kind=kind,
        number=_number(session, issuer, today.year),
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
    cases.record(session, SYSTEM, case.id, "letter.issued", told, now)
    values = {"subject": content["addressee"], "letter": list(KINDS[kind]), "number": letter.number}
    notices.send(
        session, key=f"letter:{letter.id}", organisation_id=case.enterprise_id, instance_id=case.id,
        kind="letter_issued", values=values, now=now,
    )  # fmt: skip
    return letter


def _code(app: Application, key: str) -> str:
    """Give the code of the public page: not to be guessed, the same for the same occasion."""
    return hmac.new(app.settings.secret_key.encode(), f"letter:{key}".encode(), hashlib.sha256).hexdigest()[:24]


def _number(session: Session, issuer: Organisation, year: int) -> str:
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
        address = f"{app.settings.base_url}/verify/{letter.code}"
    if not done:
        word, pdf = layout.word(content, number, address), layout.pdf(content, number, address)
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


def record_service(
    session: Session, actor: Actor, letter_id: str, *, method: str, served_on: date, signer: str, now: datetime
) -> Letter:
    """Write the receipt of service (送达回证): method, day, who signed. Raises NotFound, NotAllowed, Invalid."""
    letter = access.letter(session, actor, letter_id)
    case = session.get_one(Case, letter.case_id)
    own = case.enterprise_id in actor.organisations and method == "online"
    if not own:
        require(actor, "letters.serve", case.region_path)
    if letter.served_on is not None:
        raise NotAllowed("letter_is_served", served_on=letter.served_on.isoformat())
    errors = _wrong_service(letter, method, served_on, signer, now)
    if errors:
        raise Invalid(fields=errors)
    write_service(session, actor, letter, method=method, served_on=served_on, signer=signer, now=now)
    return letter


def _wrong_service(letter: Letter, method: str, served_on: date, signer: str, now: datetime) -> dict[str, list[str]]:
    errors = {}
    if method not in METHODS:
        errors["method"] = ["unknown"]
    if not letter.issued_on <= served_on <= calendars.local_day(now):
        errors["served_on"] = ["bad_date"]
    if not signer.strip():
        errors["signer"] = ["required"]
    return errors


def correct_service(
    session: Session,
    actor: Actor,
    letter_id: str,
    *,
    method: str,
    served_on: date,
    signer: str,
    reason: str,
    now: datetime,
) -> Letter:
    """Correct a receipt of service, with a reason; the days of the rights against the letter follow.

    The same again changes nothing. Raises NotFound, NotAllowed, Invalid, Conflict ``letter_is_revoked`` or
    ``letter_not_served``.
    """
    letter = access.letter(session, actor, letter_id)
    case = session.get_one(Case, letter.case_id)
    require(actor, "letters.serve", case.region_path)
    runtime.lock(session, case.id)
    session.refresh(letter)
    if letter.status != "valid":
        raise Conflict("letter_is_revoked", number=letter.number)
    if letter.served_on is None:
        raise Conflict("letter_not_served", number=letter.number)
    errors = _wrong_service(letter, method, served_on, signer, now) | _wrong_reason(storable(reason).strip())
    if errors:
        raise Invalid(fields=errors)
    old = {"method": letter.served_by, "served_on": letter.served_on.isoformat(), "signer": letter.signer}
    new = {"method": method, "served_on": served_on.isoformat(), "signer": storable(signer).strip()[:100]}
    if new != old:
        letter.served_by, letter.served_on, letter.signer = method, served_on, new["signer"]
        payload = {"number": letter.number, "old": old, "new": new, "reason": storable(reason).strip()}
        cases.record(session, actor, case.id, "letter.service_corrected", payload, now)
    return letter


def revoke(session: Session, actor: Actor, letter_id: str, *, reason: str, now: datetime) -> Letter:
    """Void a letter (作废), with a reason; its number stays used. Raises NotFound, NotAllowed, Invalid, Conflict."""
    letter = access.letter(session, actor, letter_id)
    case = session.get_one(Case, letter.case_id)
    require(actor, "letters.revoke", case.region_path)
    runtime.lock(session, case.id)
    session.refresh(letter)
    if letter.status != "valid":
        raise Conflict("letter_is_revoked", number=letter.number)
    reason = storable(reason).strip()
    errors = _wrong_reason(reason)
    if errors:
        raise Invalid(fields=errors)
    letter.status = "revoked"
    letter.data = {**letter.data, "revoked": {"on": calendars.local_day(now).isoformat(), "reason": reason}}
    payload = {"number": letter.number, "old": "valid", "new": "revoked", "reason": reason}
    cases.record(session, actor, case.id, "letter.revoked", payload, now)
    return letter


def _wrong_reason(reason: str) -> dict[str, list[str]]:
    if not reason:
        return {"reason": ["required"]}
    return {"reason": ["too_long"]} if len(reason) > REASON_LENGTH else {}


def write_service(
    session: Session, actor: Actor, letter: Letter, *, method: str, served_on: date, signer: str, now: datetime
) -> None:
    """Write the receipt of service; the caller has checked it. A second one changes nothing."""
    if letter.served_on is not None:
        return
    letter.served_by, letter.served_on, letter.signer = method, served_on, signer.strip()[:100]
    payload = {"number": letter.number, "method": method, "served_on": served_on.isoformat(), "signer": letter.signer}
    cases.record(session, actor, letter.case_id, "letter.served", payload, now)


@dataclass(frozen=True, slots=True)
class PublicLetter:
    """What anybody may know of a letter whose code they hold.

    ``submission`` is the hash that a receipt carries; ``submission_holds`` says whether what is stored still has it.
    """

    number: str
    kind: tuple[str, str]
    issuer: str
    addressee: str
    issued_on: date
    status: str
    sha256: str
    submission: str = ""
    submission_holds: bool | None = None


def by_code(session: Session, code: str) -> PublicLetter | None:
    """Find a letter by the code in its QR picture. Needs no actor."""
    letter = session.scalar(select(Letter).where(Letter.code == code))
    if letter is None:
        return None
    pdf = session.get(Attachment, letter.pdf_id) if letter.pdf_id else None
    return PublicLetter(
        number=letter.number,
        kind=KINDS[letter.kind],
        issuer=str(letter.data["issuer"]),
        addressee=str(letter.data["addressee"]),
        issued_on=letter.issued_on,
        status=letter.status,
        sha256=pdf.sha256 if pdf else "",
        submission=str((letter.data.get("submission") or {}).get("sha256", "")),
        submission_holds=submissions.holds(session, letter),
    )
