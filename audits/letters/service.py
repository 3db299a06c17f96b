"""How a letter was served (送达回证), and what becomes of one that was wrong: corrected service, voided letter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from audits import access, calendars
from audits.models import Case, Letter
from workflows import runtime, trail
from workflows.access import Actor, require
from workflows.db import storable
from workflows.errors import Conflict, Invalid, NotAllowed

METHODS: Final[dict[str, tuple[str, str]]] = {
    "online": ("网上签收", "Signed for online"),
    "direct": ("直接送达", "Handed over"),
    "mail": ("邮寄送达", "By post"),
    "electronic": ("电子送达", "Electronically"),
    "lien": ("留置送达", "Left on the premises"),
    "entrusted": ("委托送达", "By an entrusted office"),
    "announcement": ("公告送达", "By announcement"),
}
REASON_LENGTH: Final = 500


def is_addressee(session: Session, actor: Actor, letter: Letter) -> bool:
    """Say whether the actor works for whom a letter is addressed to."""
    owner = session.get_one(Case, letter.case_id).enterprise_id if letter.case_id else letter.addressee_id
    return owner in actor.organisations


def hold(session: Session, letter: Letter) -> None:
    """Read a letter afresh and let nobody change it until the transaction ends: by its case, else by its row."""
    if letter.case_id is not None:
        runtime.lock(session, letter.case_id)
        session.refresh(letter)
    else:
        session.refresh(letter, with_for_update=True)


def record(
    session: Session, actor: Actor, letter: Letter, action: str, payload: Mapping[str, Any], now: datetime
) -> None:
    """Append an act to the chain of the letter's case, or of its issuer where it concerns no case."""
    trail.append(
        session,
        chain=letter.case_id or f"org:{letter.issuer_id}",
        actor=actor,
        action=action,
        subject_type="letter",
        subject_id=letter.case_id or letter.id,
        payload=payload,
        now=now,
    )


def record_service(
    session: Session, actor: Actor, letter_id: str, *, method: str, served_on: date, signer: str, now: datetime
) -> Letter:
    """Write the receipt of service (送达回证): method, day, who signed. Raises NotFound, NotAllowed, Invalid."""
    letter = access.letter(session, actor, letter_id)
    if not (is_addressee(session, actor, letter) and method == "online"):
        require(actor, "letters.serve", letter.region_path)
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
    require(actor, "letters.serve", letter.region_path)
    hold(session, letter)
    if letter.status != "valid":
        raise Conflict("letter_is_revoked", number=letter.number)
    if letter.served_on is None:
        raise Conflict("letter_not_served", number=letter.number)
    errors = _wrong_service(letter, method, served_on, signer, now) | wrong_reason(storable(reason).strip())
    if errors:
        raise Invalid(fields=errors)
    old = {"method": letter.served_by, "served_on": letter.served_on.isoformat(), "signer": letter.signer}
    new = {"method": method, "served_on": served_on.isoformat(), "signer": storable(signer).strip()[:100]}
    if new != old:
        letter.served_by, letter.served_on, letter.signer = method, served_on, new["signer"]
        payload = {"number": letter.number, "old": old, "new": new, "reason": storable(reason).strip()}
        record(session, actor, letter, "letter.service_corrected", payload, now)
    return letter


def revoke(session: Session, actor: Actor, letter_id: str, *, reason: str, now: datetime) -> Letter:
    """Void a letter (作废), with a reason; its number stays used. Raises NotFound, NotAllowed, Invalid, Conflict."""
    letter = access.letter(session, actor, letter_id)
    require(actor, "letters.revoke", letter.region_path)
    hold(session, letter)
    if letter.status != "valid":
        raise Conflict("letter_is_revoked", number=letter.number)
    reason = storable(reason).strip()
    errors = wrong_reason(reason)
    if errors:
        raise Invalid(fields=errors)
    letter.status = "revoked"
    letter.data = {**letter.data, "revoked": {"on": calendars.local_day(now).isoformat(), "reason": reason}}
    payload = {"number": letter.number, "old": "valid", "new": "revoked", "reason": reason}
    record(session, actor, letter, "letter.revoked", payload, now)
    return letter


def wrong_reason(reason: str) -> dict[str, list[str]]:
    """Say by field what is wrong with a reason."""
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
    record(session, actor, letter, "letter.served", payload, now)
