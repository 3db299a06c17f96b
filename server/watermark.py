"""The mark that stands across what an expert reads: who reads it, and when."""

from __future__ import annotations

from audits.calendars import ZONE
from server.house import now
from workflows.access import Actor


def watermark(actor: Actor) -> str:
    """Give the mark for an expert, "" for everybody else."""
    return f"{actor.name} {actor.username} {_time()}" if "expert" in actor.roles else ""


def printed_mark(actor: Actor) -> str:
    """Give the mark that is drawn into the pages of files: in letters that every drawing has."""
    return f"{actor.username} {_time()}" if "expert" in actor.roles else ""


def _time() -> str:
    return f"{now().astimezone(ZONE):%Y-%m-%d %H:%M}"
