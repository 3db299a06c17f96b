"""Long jobs as a page polls them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.labels import label
from workflows.models import JobRun


def run_of(session: Session, key: str) -> JobRun | None:
    """Give a watched job by its key. The caller has fetched what the job works on through ``access``."""
    return session.scalars(select(JobRun).where(JobRun.key == key)).one_or_none()


def progress_of(run: JobRun | None, next_page: str = "") -> dict[str, Any]:
    """Write how far a job is: state (running, done, failed), done, total, text, next."""
    if run is None:
        return {"state": "done", "done": 0, "total": 0, "text": "", "next": next_page}
    state = "running" if run.status in {"queued", "running"} else run.status
    problems = [
        {"row": 0, "column": "", "value": "", "text": str(problem)}
        for problem in (run.result or {}).get("problems", [])
    ]
    found: dict[str, Any] = {
        "state": state,
        "done": run.done,
        "total": run.total,
        "text": f"{label(run.status, 'job')} {run.done}/{run.total}",
    }
    if state == "done":
        found["next"] = next_page
    if problems:
        found["errors"] = problems
    return found
