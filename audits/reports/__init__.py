"""Reports (审核报告、验收报告) put together from a case's data: chapters, tables, drawings, as Word and PDF, in versions."""

from __future__ import annotations

from audits.reports.assemble import Missing
from audits.reports.outline import outlines
from audits.reports.versions import (
    FILES,
    MAKE,
    Compared,
    Made,
    compare,
    listed,
    make,
    make_job,
    open_,
    run_key,
    shown,
    version,
)
from audits.reports.workspace import Workspace, Written, history, look, mark, outline_of, unmark, write

__all__ = [
    "FILES",
    "MAKE",
    "Compared",
    "Made",
    "Missing",
    "Workspace",
    "Written",
    "compare",
    "history",
    "listed",
    "look",
    "make",
    "make_job",
    "mark",
    "open_",
    "outline_of",
    "outlines",
    "run_key",
    "shown",
    "unmark",
    "version",
    "write",
]
