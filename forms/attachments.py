"""Which files answers name, and which of them the form gives a record class of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

ID_LENGTH: Final = 36
_DEEPEST: Final = 8


def named_files(answers: Any, depth: int = 0) -> Iterator[str]:
    """Give everything in answers that may be the id of a file."""
    if depth > _DEEPEST:
        return
    if isinstance(answers, Mapping):
        identity = answers.get("id")
        if isinstance(identity, str) and len(identity) == ID_LENGTH and identity.isprintable():
            yield identity
        answers = list(answers.values())
    if isinstance(answers, list):
        for inner in answers:
            yield from named_files(inner, depth + 1)


def classed_files(form: Mapping[str, Any], answers: Mapping[str, Any], record_class: str) -> set[str]:
    """Give the files in fields that say ``"properties": {"record": <the class>}``."""
    found: set[str] = set()
    for component in form.get("components", []):
        if component.get("properties", {}).get("record") == record_class:
            found |= set(named_files(answers.get(component.get("key"))))
        found |= classed_files(component, answers, record_class)
    return found
