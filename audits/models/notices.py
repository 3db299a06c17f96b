"""Notices to people: what is said in the application, by which other ways it is said, and what became of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Notice(Base):
    """A message to the staff of an organisation about a case; ``key`` makes each arrive once.

    With a ``person_id`` it is for that one of them alone. ``dispatched_at`` is when its deliveries were written.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_notices_organisation", "organisation_id", "at"),
        Index("ix_notices_dispatched", "dispatched_at", "at"),
    )

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(200))
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True)
    instance_id: Mapped[str | None] = mapped_column(ForeignKey("instances.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    values: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    dispatched_at: Mapped[datetime | None]


class NoticeSetting(Base):
    """When somebody wants no mail, and when the digest: minutes of the day in Shanghai. The two quiet ones stand together."""

    __tablename__ = "notice_settings"

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]
    digest_at: Mapped[int]


class NoticeChoice(Base):
    """How somebody wants one kind of notice by mail: ``now``, ``digest`` or ``off``."""

    __tablename__ = "notice_choices"

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(30), primary_key=True)
    mail: Mapped[str] = mapped_column(String(6))


class NoticeChannel(Base):
    """Where the notices to an organisation go besides: ``webhook``, ``wecom`` or ``dingtalk``.

    The address and the secret are sealed, since who knows a robot's address may speak through it. No ``kinds``: all.
    """

    __tablename__ = "notice_channels"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(100))
    host: Mapped[str] = mapped_column(String(200))
    address: Mapped[bytes] = mapped_column(LargeBinary)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    kinds: Mapped[list[Any]]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))


class NoticeDelivery(Base):
    """One notice on its way to one receiver: a person's mail box or a channel. ``key`` makes each go once.

    ``status`` is waiting, sent, skipped or failed; ``why`` says what went wrong last. ``due_at`` is when it is tried next.
    """

    __tablename__ = "notice_deliveries"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_notice_deliveries_due", "status", "due_at"),
        Index("ix_notice_deliveries_channel", "channel_id", "due_at"),
    )

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(100))
    notice_id: Mapped[str] = mapped_column(ForeignKey("notices.id"), index=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True)
    channel_id: Mapped[str | None] = mapped_column(ForeignKey("notice_channels.id"))
    how: Mapped[str] = mapped_column(String(8))  # now, digest, channel
    status: Mapped[str] = mapped_column(String(8))
    tried: Mapped[int] = mapped_column(default=0)
    why: Mapped[str] = mapped_column(String(200), default="")
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class ReminderRule(Base):
    """When whom to remind in a region: ``days`` before (above zero) or after (below) a statutory day or a task's day.

    Blank ``deadline``, ``element`` and ``procedure`` mean any; a rule is about deadlines unless ``element`` is named.
    """

    __tablename__ = "reminder_rules"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    region_path: Mapped[str] = mapped_column(String(80), index=True)
    procedure: Mapped[str] = mapped_column(String(20), default="")
    deadline: Mapped[str] = mapped_column(String(20), default="")
    element: Mapped[str] = mapped_column(String(64), default="")
    days: Mapped[int]
    working: Mapped[bool] = mapped_column(default=True)
    tells: Mapped[str] = mapped_column(String(10))  # enterprise, bureau, both; a task's are those it is offered to
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
