"""Effects on clocks: extension by decision, the clock that stands still while production stops."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import calendars, clocks, deadlines, matter_kinds
from audits.effects.decided import Decided
from audits.matter_kinds import Kind
from audits.models import Case, Deadline, Pause
from workflows.errors import Conflict, Invalid

STOP: Final = "production_stop"


def check_extension(session: Session, kind: Kind, case: Case, values: Mapping[str, Any], now: datetime) -> None:
    """Refuse an extension past what the region allows, or to no later day. Raises Invalid by field."""
    row = deadlines.latest(session, case.id, values["deadline"])
    _within(kind, case, row, date.fromisoformat(values["until"]), calendars.local_day(now))


def _within(kind: Kind, case: Case, row: Deadline, until: date, today: date) -> None:
    if until <= row.runs_to:
        raise Invalid(fields={"until": ["not_after_deadline"]})
    limit = matter_kinds.limit(kind, case.region_path, today)
    if limit is None:
        return
    if row.extensions >= limit.most:
        raise Invalid(fields={"deadline": ["extended_often"]})
    if until > calendars.add_period(row.due_on, limit.longest):
        raise Invalid(fields={"until": ["extended_far"]})


def extend(decided: Decided) -> None:
    """Extend the deadline to the day that was granted."""
    row = deadlines.latest(decided.session, decided.case.id, decided.values["deadline"])
    until = decided.day("until")
    _within(matter_kinds.get(decided.matter.kind), decided.case, row, until, decided.today)
    clocks.extend(decided.session, decided.app, decided.actor, decided.case, row, until=until, now=decided.now)


def stop(decided: Decided) -> None:
    """Let every open clock stand still from the day that was granted, until production goes on."""
    since = decided.day("since")
    if since > decided.today:
        raise Invalid(fields={"since": ["in_future"]})
    until = decided.day("until") if decided.values.get("until") else None
    clocks.stop(
        decided.session, decided.app, decided.actor, decided.case, reason=STOP, since=since, until=until,
        matter_id=decided.matter.id, now=decided.now,
    )  # fmt: skip


def check_stopped(session: Session, _kind: Kind, case: Case, _values: Mapping[str, Any], _now: datetime) -> None:
    """Refuse that production goes on where no clock stands still for it. Raises Conflict ``no_clock_stands``."""
    query = select(Pause.id).where(Pause.case_id == case.id, Pause.reason == STOP, ~Pause.ended)
    if session.scalar(query.limit(1)) is None:
        raise Conflict("no_clock_stands")


def resume(decided: Decided) -> None:
    """Let the clocks run again from the day that was granted."""
    clocks.start(
        decided.session, decided.app, decided.actor, decided.case, reason=STOP, on=decided.day("on"), now=decided.now
    )


def spare_objection(decided: Decided) -> None:
    """Leave out the days on which a refused objection was examined, where that was decided."""
    if decided.values.get("clock") != "stood":
        return
    asked = calendars.local_day(decided.matter.raised_at)
    if asked < decided.today:
        context = decided.session, decided.app, decided.actor, decided.case
        clocks.stop(*context, reason="objection", since=asked, matter_id=decided.matter.id, now=decided.now)
        clocks.start(*context, reason="objection", on=decided.today, now=decided.now)
