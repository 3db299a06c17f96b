"""Codes as words: every status, kind and outcome that a page or a message shows, by group."""

from __future__ import annotations

from collections.abc import Mapping

from server.labels.cases import CASES
from server.labels.panels import PANELS
from server.labels.papers import PAPERS
from server.labels.work import WORK
from server.language import pick
from workflows.application import Role

LABELS = {**WORK, **CASES, **PANELS, **PAPERS}

CHIPS = {
    "open": "current", "running": "current", "read": "current", "queued": "future", "completed": "done", "done": "done",
    "qualified": "done", "rectified": "done", "published": "done", "applied": "done", "active": "done", "valid": "done",
    "proceed": "done", "returned": "returned", "refused": "returned", "failed": "returned", "unqualified": "returned",
    "again": "returned", "revoked": "returned", "supplement": "current", "engine": "returned", "job": "returned",
    "no_candidate": "returned", "calendar": "returned", "draft": "future", "proposed": "current", "decided": "current",
    "accepted": "done", "complete": "done", "invited": "current", "waiting": "current", "short": "returned",
    "declined": "returned", "recused": "returned", "absent": "returned",
    "approved": "done", "sent": "done", "deployed": "current", "publishing": "current",
}  # fmt: skip


def label(code: object, group: str) -> str:
    """Say a code in words; a code that nobody knows is shown as it is."""
    found = LABELS[group].get(str(code if code is not None else ""))
    return str(found) if found is not None else str(code)


def chip(code: object) -> str:
    """Give the class of a status chip: done, current, returned or future."""
    return CHIPS.get(str(code), "future")


def role_name(roles: Mapping[str, Role], key: str) -> str:
    """Name a role in the language of the request."""
    role = roles.get(key)
    return pick(role.zh, role.en) if role is not None else key
