"""The channels of an organisation: webhooks and robots that are told what its staff is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import access, channels, deliveries, egress
from audits.egress import EgressError
from audits.models import NoticeChannel
from audits.notices import CHOICES
from workflows import trail
from workflows.access import Actor, require
from workflows.application import Application
from workflows.errors import Invalid, NotAllowed
from workflows.models.base import new_id

MANAGE: Final = "notices.channels"
NAME_LENGTH: Final = 100
SECRET: Final = (16, 200)


def of_actor(session: Session, actor: Actor) -> Sequence[NoticeChannel]:
    """Give the channels of the actor's organisations, by name. Raises NotAllowed."""
    require(actor, MANAGE)
    query = select(NoticeChannel).where(access.visible(actor, NoticeChannel))
    return session.scalars(query.order_by(NoticeChannel.name, NoticeChannel.id)).all()


def add(
    session: Session,
    app: Application,
    actor: Actor,
    *,
    organisation_id: str,
    kind: str,
    name: str,
    address: str,
    secret: str,
    kinds: Sequence[str],
    now: datetime,
) -> NoticeChannel:
    """Add a channel to an organisation of the actor. Raises NotAllowed, Invalid by field."""
    require(actor, MANAGE)
    if organisation_id not in actor.organisations:
        raise NotAllowed("not_allowed", action=MANAGE)
    wrong = _wrong(app, kind, name, address, secret, kinds, new=True)
    if kind not in channels.KINDS:
        wrong["kind"] = ["unknown"]
    if wrong:
        raise Invalid(fields=wrong)
    row = NoticeChannel(
        id=new_id(),
        organisation_id=organisation_id,
        kind=kind,
        name=name.strip(),
        host=_host(app, address),
        address=channels.seal(app.settings, address.strip()),
        secret=channels.seal(app.settings, secret.strip()),
        kinds=sorted(set(kinds)),
        created_at=now,
        created_by=actor.person_id,
    )
    session.add(row)
    session.flush()
    _note(session, actor, row, "channel.added", {"kind": kind, "host": row.host, "kinds": row.kinds}, now)
    return row


def change(
    session: Session,
    app: Application,
    actor: Actor,
    channel_id: str,
    *,
    name: str,
    address: str,
    secret: str,
    kinds: Sequence[str],
    active: bool,
    now: datetime,
) -> NoticeChannel:
    """Change a channel; a blank address or secret stays as it was. Raises NotFound, NotAllowed, Invalid by field."""
    require(actor, MANAGE)
    row = access.fetch(session, actor, NoticeChannel, channel_id)
    wrong = _wrong(app, row.kind, name, address, secret, kinds, new=False)
    if wrong:
        raise Invalid(fields=wrong)
    before = {"name": row.name, "host": row.host, "kinds": row.kinds, "active": row.active}
    row.name, row.kinds, row.active = name.strip(), sorted(set(kinds)), active
    if address.strip():
        row.host, row.address = _host(app, address), channels.seal(app.settings, address.strip())
    if secret.strip():
        row.secret = channels.seal(app.settings, secret.strip())
    after = {"name": row.name, "host": row.host, "kinds": row.kinds, "active": row.active}
    changed = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
    changed |= {key: ["•", "•"] for key, given in (("address", address), ("secret", secret)) if given.strip()}
    session.flush()
    _note(session, actor, row, "channel.changed", {"changes": changed}, now)
    return row


def try_(session: Session, app: Application, actor: Actor, channel_id: str, now: datetime) -> None:
    """Send a word through a channel by the worker, to see whether it arrives. Raises NotFound, NotAllowed."""
    require(actor, MANAGE)
    row = access.fetch(session, actor, NoticeChannel, channel_id)
    deliveries.try_channel(session, app, actor, row, now)
    _note(session, actor, row, "channel.tried", {}, now)


def _wrong(
    app: Application, kind: str, name: str, address: str, secret: str, kinds: Sequence[str], *, new: bool
) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    if not name.strip() or len(name.strip()) > NAME_LENGTH:
        wrong["name"] = ["too_long" if name.strip() else "required"]
    if new and not address.strip():
        wrong["address"] = ["required"]
    elif address.strip():
        try:
            egress.judge(app.settings, address)
        except EgressError:
            wrong["address"] = ["address_not_allowed"]
    if (new and kind == "webhook" and not secret.strip()) or (secret.strip() and len(secret.strip()) > SECRET[1]):
        wrong["secret"] = ["too_long" if secret.strip() else "required"]
    elif kind == "webhook" and secret.strip() and len(secret.strip()) < SECRET[0]:
        wrong["secret"] = ["too_short"]
    if any(one not in CHOICES for one in kinds):
        wrong["kinds"] = ["unknown"]
    return wrong


def _host(app: Application, address: str) -> str:
    return (egress.judge(app.settings, address).url.hostname or "")[:200]


def _note(session: Session, actor: Actor, row: NoticeChannel, action: str, more: dict[str, Any], now: datetime) -> None:
    trail.append(
        session, chain=f"org:{row.organisation_id}", actor=actor, action=action, subject_type="channel",
        subject_id=row.id, payload={"name": row.name, **more}, now=now,
    )  # fmt: skip
