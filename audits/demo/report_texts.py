"""What the demo world's plater writes into its reports, and a first version of each: one whole report to look at."""

from __future__ import annotations

import json
from datetime import datetime
from importlib import resources
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from audits import reports
from audits.models import Case, Enterprise
from workflows import worker
from workflows.access import load_actor
from workflows.application import Application
from workflows.db import reading, transaction
from workflows.models import Membership, Task

INDUSTRY: Final = "3360"
AT: Final = "score_acceptance"


def texts() -> dict[str, str]:
    """Read what is written, by the key of the text."""
    found: dict[str, str] = json.loads(
        resources.files("audits.demo").joinpath("report_texts.json").read_text(encoding="utf-8")
    )
    return found


def make(sessions: sessionmaker[Session], app: Application, now: datetime) -> None:
    """Write the texts of the plater whose case waits for its acceptance panel, and make both reports once."""
    with reading(sessions) as session:
        found = session.execute(
            select(Case.id, Membership.person_id)
            .join(Enterprise, Enterprise.id == Case.enterprise_id)
            .join(Task, Task.instance_id == Case.id)
            .join(Membership, Membership.organisation_id == Enterprise.id)
            .where(Enterprise.industry == INDUSTRY, Task.element == AT, Task.status == "open", Case.outcome == "")
            .order_by(Case.number, Membership.person_id)
            .limit(1)
        ).one_or_none()
    if found is None:
        return
    with transaction(sessions) as session:
        actor = load_actor(session, app.roles, found.person_id, now)
        for key, content in texts().items():
            reports.write(session, actor, found.id, key, content=content, number=0, now=now)
        for kind in reports.outlines():
            reports.make(session, app, actor, found.id, kind, note="送审稿", now=now)
    worker.run_pending(sessions, app, now)
