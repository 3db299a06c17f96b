"""Which files answers name, and which of them the form calls restricted."""

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


def restricted_files(form: Mapping[str, Any], answers: Mapping[str, Any]) -> set[str]:
    """Give the files in fields that say ``"properties": {"record": "restricted"}``: only parties may open them."""
    found: set[str] = set()
    for component in form.get("components", []):
        if component.get("properties", {}).get("record") == "restricted":
            found |= set(named_files(answers.get(component.get("key"))))
        found |= restricted_files(component, answers)
    return found
