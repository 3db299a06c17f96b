"""What anybody may know of a letter whose code they hold: whether it is genuine, and whether it still counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import submissions
from audits.letters.issue import KINDS
from audits.models import Letter
from workflows.models import Attachment


@dataclass(frozen=True, slots=True)
class PublicLetter:
    """What anybody may know of a letter whose code they hold.

    ``replaced_by`` is the number of the letter that took its place.
    ``submission`` is the hash that a receipt carries; ``submission_holds`` says whether what is stored still has it.
    """

    number: str
    kind: tuple[str, str]
    issuer: str
    addressee: str
    issued_on: date
    status: str
    sha256: str
    replaced_by: str = ""
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
        replaced_by=str((letter.data.get("replaced") or {}).get("number", "")),
        submission=str((letter.data.get("submission") or {}).get("sha256", "")),
        submission_holds=submissions.holds(session, letter),
    )
