"""The product put together: roles, operations, jobs and forms' context, as the one value that is passed around."""

from __future__ import annotations

from audits import (
    deliveries,
    expert_entry,
    expiry,
    invitations,
    letters,
    lists,
    option_acts,
    reminders,
    reports,
    result_publications,
    score_sheets,
)
from audits.form_context import form_context
from audits.form_data import form_data
from audits.roles import ROLES
from audits.service_tasks import HANDLERS
from workflows import upgrades
from workflows.application import Application
from workflows.jobs import DbosJobs, Jobs
from workflows.scanner import clamd
from workflows.settings import Settings
from workflows.store import FileStore
from workflows.trail import load_signer

BULK = {
    upgrades.JOB: upgrades.migrate_all,
    upgrades.UNDO: upgrades.undo_all,
    lists.OPEN_CASES: lists.open_cases,
    letters.RENDER: letters.render_job,
    reports.MAKE: reports.make_job,
    deliveries.JOB: deliveries.deliver,
}
CHORES = (
    *(option_acts.warn, invitations.follow_up, expert_entry.warn, expiry.warn_proofs, expiry.warn_intervals),
    *(
        result_publications.follow_up,
        reminders.remind,
        deliveries.dispatch,
    ),  # mail goes out last, so that it carries what was just said
)


def build_application(settings: Settings, *, jobs: Jobs | None = None) -> Application:
    """Build the application for some settings; ``jobs`` replaces the queue (demo world, tests)."""
    return Application(
        settings=settings,
        roles=ROLES,
        handlers=HANDLERS,
        jobs=jobs or DbosJobs(settings),
        store=FileStore(settings.files_url),
        signer=load_signer(settings),
        scanner=clamd(settings.clamd_address) if settings.clamd_address else None,
        form_context=form_context,
        form_data=form_data,
        task_forms=score_sheets.TASK_FORMS,
        bulk=BULK,
        chores=CHORES,
    )
