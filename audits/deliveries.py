"""How notices leave the house: written as deliveries, sent by a job, tried again, and at last an incident.

The worker's minute writes a delivery for each receiver and enqueues the sending of what is due. A delivery is taken by
moving the time of its next try, so that of two workers one sends it; who is killed while sending leaves it to be sent
again, with the same Message-ID or event id. Whoever may not see the notice **when it is sent** is told nothing.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.fernet import InvalidToken
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from audits import access, channels, mail, notices, receivers
from audits.egress import EgressError
from audits.mail import Postman
from audits.models import Notice, NoticeChannel, NoticeDelivery
from audits.notice_choices import of_people
from workflows import incidents
from workflows.access import Actor
from workflows.application import Application
from workflows.db import transaction
from workflows.jobs import Progress
from workflows.models import Person

JOB: Final = "notices.deliver"
WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60, 240))
LEASE: Final = timedelta(minutes=10)
FRESH: Final = timedelta(days=3)
"""What was said longer ago and was not dispatched (the worker stood still) is left to the application's own pages."""
BATCH: Final = 100
FAULTS: Final = (*mail.FAULTS, EgressError, InvalidToken)
log = logging.getLogger("qingshen.notices")
Sessions = sessionmaker[Session]


# ---- what is to be sent ----------------------------------------------------------------------------------------


def dispatch(session: Session, app: Application, now: datetime) -> None:
    """Write the deliveries of new notices, and enqueue the sending where some are due (a chore of every minute)."""
    fresh = select(Notice).where(Notice.dispatched_at.is_(None)).order_by(Notice.at).limit(500)
    for notice in session.scalars(fresh.with_for_update(skip_locked=True)).all():
        notice.dispatched_at = now
        if notice.at > now - FRESH:
            session.add_all(_mails(session, app, notice, now))
            session.add_all(_channels(session, notice, now))
    session.flush()
    if session.scalar(_due(now).with_only_columns(NoticeDelivery.id).limit(1)) is not None:
        app.jobs.enqueue(session, JOB, f"{JOB}:{now:%Y%m%dT%H%M}", {})


def try_channel(session: Session, app: Application, actor: Actor, channel: NoticeChannel, now: datetime) -> None:
    """Let the worker send a word through a channel at once, for who asked; the caller has judged that they may."""
    key = f"channel_trial:{channel.id}:{now.isoformat()}"
    notices.send(
        session, key=key, organisation_id=channel.organisation_id, person_id=actor.person_id, instance_id=None,
        kind="channel_trial", values={"name": channel.name}, now=now,
    )  # fmt: skip
    notice = session.scalars(select(Notice).where(Notice.key == key)).one()
    if notice.dispatched_at is None:
        notice.dispatched_at = now
        session.add(_delivery(notice, "channel", now, channel_id=channel.id))
        session.flush()
    app.jobs.enqueue(session, JOB, f"{JOB}:{notice.id}", {})


def _mails(session: Session, app: Application, notice: Notice, now: datetime) -> Iterator[NoticeDelivery]:
    if not app.settings.smtp_address:
        return
    people = receivers.staff(session, notice, now)
    chosen = of_people(session, [person.id for person in people])
    for person in people:
        own = chosen[person.id]
        way = own.ways[notice.kind]
        if person.email and way != "off":
            due = now if way == "now" else own.next_digest(now)
            yield _delivery(notice, way, due, person_id=person.id)


def _channels(session: Session, notice: Notice, now: datetime) -> Iterator[NoticeDelivery]:
    if notice.person_id is not None:
        return
    ours = select(NoticeChannel).where(NoticeChannel.organisation_id == notice.organisation_id, NoticeChannel.active)
    for row in session.scalars(ours):
        if not row.kinds or notice.kind in row.kinds:
            yield _delivery(notice, "channel", now, channel_id=row.id)


def _delivery(notice: Notice, how: str, due: datetime, **to: str) -> NoticeDelivery:
    receiver = "".join(to.values())
    return NoticeDelivery(
        key=f"{notice.id}:{receiver}", notice_id=notice.id, how=how, status="waiting", due_at=due, **to
    )


def _due(now: datetime) -> Any:
    return select(NoticeDelivery).where(NoticeDelivery.status == "waiting", NoticeDelivery.due_at <= now)


# ---- sending ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parcel:
    """Deliveries that leave together, and the act of sending them."""

    ids: tuple[str, ...]
    send: Callable[[Postman], None]


def deliver(
    sessions: Sessions, app: Application, args: Mapping[str, Any], progress: Progress, now: datetime
) -> Mapping[str, Any]:
    """Send what is due. With ``deliveries`` (an incident is tried again) these first get their tries anew."""
    if args.get("deliveries"):
        with transaction(sessions) as session:
            again = update(NoticeDelivery).where(
                NoticeDelivery.id.in_(args["deliveries"]), NoticeDelivery.status == "failed"
            )
            session.execute(again.values(status="waiting", tried=0, due_at=now))
    sent = failed = 0
    with Postman(app.settings) as postman:
        while True:
            with transaction(sessions) as session:
                taken, parcels = _take(session, app, now)
            if not taken:
                return {"sent": sent, "failed": failed}
            for parcel in parcels:
                why = _try(parcel, postman)
                with transaction(sessions) as session:
                    _settle(session, app, parcel, why, now)
                sent, failed = sent + (not why), failed + bool(why)
            progress(sent, sent + failed)


def _try(parcel: Parcel, postman: Postman) -> str:
    """Send; give what went wrong, "" for nothing. What servers say may hold an address, so only its kind is kept."""
    try:
        parcel.send(postman)
    except FAULTS as error:
        log.warning("a notice was not delivered", exc_info=error)
        if isinstance(error, InvalidToken):
            return "locked"
        return str(error)[:200] if isinstance(error, EgressError) else f"fault:{type(error).__name__}"
    return ""


def _take(session: Session, app: Application, now: datetime) -> tuple[int, list[Parcel]]:
    """Take what is due: gives how many were looked at, and what leaves."""
    query = _due(now).order_by(NoticeDelivery.due_at, NoticeDelivery.id).limit(BATCH)
    rows = session.scalars(query.with_for_update(skip_locked=True)).all()
    mails: dict[tuple[str, str], list[NoticeDelivery]] = {}
    parcels: list[Parcel] = []
    for row in rows:
        row.tried, row.due_at = row.tried + 1, now + LEASE
        if row.person_id is not None:
            apart = "digest" if row.how == "digest" else row.id
            mails.setdefault((row.person_id, apart), []).append(row)
        else:
            parcels += _by_channel(session, app, row, now)
    for (person, _apart), together in mails.items():
        parcels += _by_mail(session, app, person, together, now)
    session.flush()
    return len(rows), parcels


def _by_mail(
    session: Session, app: Application, person_id: str, rows: list[NoticeDelivery], now: datetime
) -> Iterator[Parcel]:
    own = of_people(session, [person_id])[person_id]
    free = own.after_quiet(now)
    if free > now:
        for row in rows:
            row.tried, row.due_at = row.tried - 1, free
        return
    reader = receivers.reader(session, app, person_id, now)
    person = session.get_one(Person, person_id)
    told = []
    for row in rows:
        notice = session.get_one(Notice, row.notice_id)
        if reader is None or not person.email or not receivers.sees(session, reader, notice):
            row.status, row.why = "skipped", "not_theirs"
        else:
            told.append((row, notice))
    if not told:
        return
    key = told[0][0].id
    lines = [(notices.text(notice, person.locale), _link(app, notice)) for _row, notice in told]
    address, language = person.email, person.locale

    def send(postman: Postman) -> None:
        postman.send(mail.compose(app.settings, address, lines, key=key, language=language, now=now))

    yield Parcel(tuple(row.id for row, _notice in told), send)


def _by_channel(session: Session, app: Application, row: NoticeDelivery, now: datetime) -> Iterator[Parcel]:
    channel = session.get_one(NoticeChannel, row.channel_id)
    notice = session.get_one(Notice, row.notice_id)
    if not channel.active or not receivers.anybody_sees(session, app, notice, now):
        row.status, row.why = "skipped", "not_theirs" if channel.active else "switched_off"
        return
    event = {
        "id": row.id,
        "kind": notice.kind,
        "text": notices.text(notice),
        "text_en": notices.text(notice, "en"),
        "case": notice.instance_id,
        "organisation": notice.organisation_id,
        "at": notice.at.isoformat(),
        "url": _link(app, notice),
    }
    kind, sealed = channel.kind, (channel.address, channel.secret)

    def send(_postman: Postman) -> None:
        address, secret = (channels.unseal(app.settings, one) for one in sealed)
        channels.send(app.settings, kind, address, secret, event, nonce=secrets.token_hex(16), now=now)

    yield Parcel((row.id,), send)


def _link(app: Application, notice: Notice) -> str:
    place = f"/cases/{notice.instance_id}" if notice.instance_id else "/notices"
    return app.settings.base_url.rstrip("/") + place


def _settle(session: Session, app: Application, parcel: Parcel, why: str, now: datetime) -> None:
    """Write what became of a parcel: sent, later again, or an incident."""
    rows = session.scalars(select(NoticeDelivery).where(NoticeDelivery.id.in_(parcel.ids)).with_for_update()).all()
    for row in rows:
        row.why = why
        if not why:
            row.status, row.sent_at = "sent", now
        elif row.tried <= len(WAITS):
            row.due_at = now + WAITS[row.tried - 1]
        else:
            row.status = "failed"
    given_up = sorted(row.id for row in rows if row.status == "failed")
    if given_up:
        incidents.open_(
            session,
            kind="job",
            message=f"A notice was not delivered after {len(WAITS) + 1} tries: {why}",
            instance_id=session.get_one(Notice, rows[0].notice_id).instance_id,
            key=f"{JOB}:{given_up[0]}",
            detail={"name": JOB, "args": {"deliveries": given_up}},
            now=now,
        )


def of_channel(session: Session, actor: Actor, channel_id: str, limit: int = 20) -> list[NoticeDelivery]:
    """Give the last deliveries of a channel that the actor sees. Raises NotFound."""
    channel = access.fetch(session, actor, NoticeChannel, channel_id)
    query = select(NoticeDelivery).where(NoticeDelivery.channel_id == channel.id)
    return list(session.scalars(query.order_by(NoticeDelivery.due_at.desc(), NoticeDelivery.id).limit(limit)))
