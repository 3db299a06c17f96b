"""The documents, read for what can be checked: code spans, links, tables, blocks of commands."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from tests.architecture.files import ROOT

_FENCE = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@cache
def documents() -> tuple[Path, ...]:
    """Give every document, those at the root first."""
    top = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    return (*top, *sorted((ROOT / "docs").rglob("*.md")))


def read(name: str) -> str:
    """Give a document by its path from the root."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str) -> list[str]:
    """Give the lines of the fenced blocks."""
    return [line for block in _FENCE.findall(text) for line in block.splitlines()]


def spans(text: str) -> list[str]:
    """Give the code spans outside of blocks."""
    return _SPAN.findall(_FENCE.sub("", text))


def links(text: str) -> list[str]:
    """Give the targets of links."""
    return _LINK.findall(_FENCE.sub("", text))


def rows(text: str, heading: str) -> list[list[str]]:
    """Give the cells of the table whose first column has this heading, without its head."""
    found: list[list[str]] = []
    inside = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            inside = False
        elif cells[0] == heading:
            inside = True
        elif inside and not set(cells[0]) <= {"-", ":"}:
            found.append(cells)
    return found


def first_spans(text: str, heading: str) -> list[str]:
    """Give the code spans of the first column of a table."""
    return [span for row in rows(text, heading) for span in spans(row[0])]
