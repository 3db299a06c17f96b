"""How a person wants to hear of what: which kinds by mail, at once or once a day, and the hours without any."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import calendars
from audits.models import NoticeChoice, NoticeSetting
from audits.notices import CHOICES
from workflows import trail
from workflows.access import Actor
from workflows.errors import Invalid

WAYS: Final = ("now", "digest", "off")
AT_ONCE: Final = frozenset(
    {
        "deadline_soon",
        "deadline_overdue",
        "panel_cancelled",
        "panel_invited",
        "panel_moved",
        "panel_reminded",
        "reminder",
        "result_overdue",
        "result_soon",
    }
)
"""What is mailed at once to who has not chosen; the rest comes once a day."""
DIGEST_AT: Final = 8 * 60 + 30


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody has chosen: a way for each kind, and minutes of the day in Shanghai."""

    ways: Mapping[str, str]
    quiet_from: int | None = None
    quiet_until: int | None = None
    digest_at: int = DIGEST_AT

    def after_quiet(self, at: datetime) -> datetime:
        """Give the first moment from ``at`` on that is not quiet."""
        if self.quiet_from is None or self.quiet_until is None:
            return at
        local = at.astimezone(calendars.ZONE)
        minute = local.hour * 60 + local.minute
        start, end = self.quiet_from, self.quiet_until
        inside = start <= minute < end if start < end else minute >= start or minute < end
        if not inside:
            return at
        ends = datetime.combine(local.date(), time(end // 60, end % 60), calendars.ZONE)
        return (ends if ends > local else ends + timedelta(days=1)).astimezone(at.tzinfo)

    def next_digest(self, at: datetime) -> datetime:
        """Give when the next digest after ``at`` is sent."""
        local = at.astimezone(calendars.ZONE)
        found = datetime.combine(local.date(), time(self.digest_at // 60, self.digest_at % 60), calendars.ZONE)
        return (found if found > local else found + timedelta(days=1)).astimezone(at.tzinfo)


def of_people(session: Session, people: Iterable[str]) -> dict[str, Choices]:
    """Give the choices of some people; who has chosen nothing has those of everybody."""
    wanted = sorted(set(people))
    chosen: dict[str, dict[str, str]] = {}
    for row in session.scalars(select(NoticeChoice).where(NoticeChoice.person_id.in_(wanted))):
        chosen.setdefault(row.person_id, {})[row.kind] = row.mail
    settings = {
        row.person_id: row for row in session.scalars(select(NoticeSetting).where(NoticeSetting.person_id.in_(wanted)))
    }
    found = {}
    for person in wanted:
        ways = {kind: "now" if kind in AT_ONCE else "digest" for kind in CHOICES} | chosen.get(person, {})
        own = settings.get(person)
        found[person] = Choices(ways, own.quiet_from, own.quiet_until, own.digest_at) if own else Choices(ways)
    return found


def mine(session: Session, actor: Actor) -> Choices:
    """Give the actor's own choices."""
    person = actor.person_id or ""
    return of_people(session, [person])[person]


def choose(
    session: Session,
    actor: Actor,
    *,
    ways: Mapping[str, str],
    quiet_from: str,
    quiet_until: str,
    digest_at: str,
    now: datetime,
) -> Choices:
    """Keep the actor's own choices; kinds that are not named stay as they are. Times are "HH:MM", quiet ones may be "".

    Raises Invalid by field.
    """
    wrong: dict[str, list[str]] = {}
    if any(kind not in CHOICES or way not in WAYS for kind, way in ways.items()):
        wrong["ways"] = ["unknown"]
    start, end = _minutes(quiet_from, "quiet_from", wrong), _minutes(quiet_until, "quiet_until", wrong)
    daily = _minutes(digest_at, "digest_at", wrong)
    if (start is None) is not (end is None) and not wrong:
        wrong["quiet_until" if end is None else "quiet_from"] = ["required"]
    if start is not None and start == end:
        wrong["quiet_until"] = ["quiet_never_ends"]
    if daily is None and "digest_at" not in wrong:
        wrong["digest_at"] = ["required"]
    if wrong or daily is None:
        raise Invalid(fields=wrong)
    person = actor.person_id or ""
    session.merge(NoticeSetting(person_id=person, quiet_from=start, quiet_until=end, digest_at=daily))
    for kind, way in sorted(ways.items()):
        session.merge(NoticeChoice(person_id=person, kind=kind, mail=way))
    session.flush()
    told = {"ways": dict(ways), "quiet_from": quiet_from, "quiet_until": quiet_until, "digest_at": digest_at}
    trail.append(
        session, chain=f"person:{person}", actor=actor, action="person.notices_chosen", subject_type="person",
        subject_id=person, payload=told, now=now,
    )  # fmt: skip
    return mine(session, actor)


def _minutes(text: str, field: str, wrong: dict[str, list[str]]) -> int | None:
    """Read "HH:MM" as minutes of the day; blank is None."""
    if not text.strip():
        return None
    try:
        found = time.fromisoformat(text.strip())
    except ValueError:
        wrong[field] = ["bad_time"]
        return None
    return found.hour * 60 + found.minute


def clock(minutes: int | None) -> str:
    """Write minutes of the day as "HH:MM"; None as ""."""
    return "" if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"
