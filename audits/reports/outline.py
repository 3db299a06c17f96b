"""The outline of a report: chapters, sections and what stands in them. Data, read once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

Names = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Block:
    """One thing in a section. ``kind`` is the word by which the data name it; ``of`` says what it shows."""

    kind: str
    of: str
    names: Names
    detail: Mapping[str, Any]

    @property
    def form(self) -> str:
        """Give the form whose answers it shows; "" where it shows none."""
        return (
            self.of.partition(".")[0]
            if self.kind in {"fields", "table", "each", "performance", "drawing", "economics", "energy"}
            else ""
        )

    @property
    def list(self) -> str:
        """Give the list of the form whose rows it shows; "" where it shows none."""
        return self.of.partition(".")[2]

    @property
    def required(self) -> bool:
        """Say whether a report lacks something without it."""
        if self.kind == "text":
            return bool(self.detail.get("required"))
        return bool(self.form) and self.kind != "drawing" and not self.detail.get("optional")


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its key, names and blocks."""

    key: str
    names: Names
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter. ``after``: it is written after the evaluation, and left out before."""

    key: str
    names: Names
    numbered: bool
    after: bool
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """A kind of report."""

    kind: str
    names: Names
    chapters: tuple[Chapter, ...]

    def texts(self) -> Iterator[tuple[Chapter, Section, Block]]:
        """Give the texts that people write, in order."""
        for chapter in self.chapters:
            for section in chapter.sections:
                for block in section.blocks:
                    if block.kind == "text":
                        yield chapter, section, block

    def forms(self) -> tuple[str, ...]:
        """Give the forms whose answers stand in the report, in order."""
        every = (block.form for chapter in self.chapters for section in chapter.sections for block in section.blocks)
        return tuple(dict.fromkeys(form for form in every if form))


_OF_FORMS = frozenset({"fields", "table", "each", "performance", "drawing", "economics", "energy"})
_KINDS = (
    "text", "fields", "table", "each", "profile", "register", "performance", "files", "letters", "drawing",
    "effects", "sums", "level", "economics", "energy",
)  # fmt: skip


@cache
def outlines() -> dict[str, Outline]:
    """Read the shipped outlines by kind: ``audit``, ``acceptance``."""
    text = resources.files("audits").joinpath("data/report_outline.json").read_text(encoding="utf-8")
    found = json.loads(text)["reports"]
    return {
        kind: Outline(kind, _names(one), tuple(_chapter(chapter) for chapter in one["chapters"]))
        for kind, one in found.items()
    }


def _chapter(raw: Mapping[str, Any]) -> Chapter:
    sections = tuple(
        Section(one["key"], _names(one), tuple(_block(block) for block in one["blocks"])) for one in raw["sections"]
    )
    return Chapter(raw["key"], _names(raw), raw.get("numbered", True), raw.get("after", False), sections)


def _block(raw: Mapping[str, Any]) -> Block:
    kind = next(name for name in ("drawing", *_KINDS) if name in raw)
    of = raw["of"] if kind == "drawing" else str(raw[kind])
    return Block(kind, of, _names(raw), raw)


def _names(raw: Mapping[str, Any]) -> Names:
    zh, en = raw.get("names", ("", ""))
    return zh, en
