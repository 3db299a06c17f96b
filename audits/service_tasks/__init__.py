"""What the service tasks of diagrams name: one module a process family, one table of all."""

from __future__ import annotations

from typing import Final

from audits.service_tasks import cleaner_production_audit, procedures
from workflows.application import Handler

HANDLERS: Final[dict[str, Handler]] = {**cleaner_production_audit.HANDLERS, **procedures.HANDLERS}
