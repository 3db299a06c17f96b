"""The legal basis (法律依据) by date: versioned data, so that a letter cites the law in force (domain: section 0)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from workflows.errors import NotFound


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """One version: in force from a day until a day (None = still). ``topics`` gives the citation by topic.

    ``unnamed_types`` are audit types that this version no longer names: whether they may be listed has to be verified.
    """

    key: str
    since: date
    until: date | None
    names: dict[str, str]
    topics: dict[str, dict[str, str]]
    unnamed_types: tuple[str, ...] = ()

    def cite(self, topic: str, language: str = "zh") -> str:
        """Write the citation for a topic; NotFound where the version has none."""
        if topic not in self.topics:
            raise NotFound("no_legal_basis", topic=topic, version=self.key)
        return self.topics[topic][language]


@cache
def versions() -> tuple[LegalBasis, ...]:
    """Read all versions, oldest first."""
    text = resources.files("audits").joinpath("data/legal_basis.json").read_text(encoding="utf-8")
    return tuple(_version(raw) for raw in json.loads(text)["versions"])


def _version(raw: dict[str, Any]) -> LegalBasis:
    return LegalBasis(
        key=raw["key"],
        since=date.fromisoformat(raw["from"]),
        until=date.fromisoformat(raw["until"]) if raw["until"] else None,
        names=raw["name"],
        topics=raw["topics"],
        unnamed_types=tuple(raw.get("unnamed_types", ())),
    )


def on(day: date) -> LegalBasis:
    """Give the version in force on a day; NotFound before the first."""
    for version in reversed(versions()):
        if version.since <= day and (version.until is None or day <= version.until):
            return version
    raise NotFound("no_legal_basis", day=day.isoformat())


def by_key(key: str) -> LegalBasis:
    """Give a version by its key."""
    for version in versions():
        if version.key == key:
            return version
    raise NotFound("no_legal_basis", version=key)
