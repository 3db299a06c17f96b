"""Take trade secrets (商业秘密) out of a report's material, before anything is made of it.

A place is ``text:<key>``, ``field:<form>.<field>``, ``table:<form>.<list>`` or ``column:<form>.<list>.<field>``. What is
computed from a secret field is secret too. Its words are then masked wherever else they stand: a document made of what
comes out cannot hold them, neither in its text nor in its drawings nor in its metadata.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from audits.reports.material import Material
from audits.reports.sheets import HIDDEN, find, guards, number, written
from forms.components import Component
from forms.display import label

Json = Any
LEAST: Final = 4
"""A figure of fewer digits, or a Latin word of fewer letters, stands in many places by chance: it is masked only where it
was marked."""
_IDENTIFIER: Final = re.compile(r"[a-z_][a-z0-9_]*", re.IGNORECASE)


def redact(material: Material, places: Iterable[str]) -> Material:
    """Give the material without what stands at some places. Unknown places change nothing."""
    words: set[str] = set()
    answers = {form: _copy(value) for form, value in material.answers.items()}
    texts = dict(material.texts)
    for place in sorted(places):
        kind, _, rest = place.partition(":")
        if kind == "text" and texts.get(rest):
            words.update(line.strip() for line in texts[rest].split("\n"))
            texts[rest] = HIDDEN
            continue
        form, _, path = rest.partition(".")
        compiled = material.forms.get(form)
        if form in answers and compiled is not None:
            words.update(_hide(answers[form], compiled.root, kind, path))
    mask = _Mask(words)
    return replace(
        material,
        answers={form: mask(value) for form, value in answers.items()},
        texts=mask(texts),
        profile={key: (pair[0], mask(pair[1])) for key, pair in material.profile.items()},
        register=tuple(mask(row) for row in material.register),
        files=tuple(mask(row) for row in material.files),
    )


def places(material: Material) -> dict[str, str]:
    """Name every place that may be marked, by its key: for people to choose from."""
    found: dict[str, str] = {f"text:{key}": key for key in material.texts}
    for form, compiled in material.forms.items():
        for one in compiled.root.walk():
            if one.repeats and one.path:
                name = label(one, "zh")
                found[f"table:{form}.{one.path[-1]}"] = name
                inner = (child for child in one.children if child.keyed and not guards(child))
                found |= {
                    f"column:{form}.{one.path[-1]}.{each.path[-1]}": f"{name}：{label(each, 'zh')}" for each in inner
                }
        nested = {id(child) for one in compiled.root.walk() if one.repeats for child in one.walk()}
        for one in compiled.root.walk():
            if one.keyed and id(one) not in nested and not guards(one):
                found[f"field:{form}.{one.path[-1]}"] = label(one, "zh")
    return found


def _copy(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {key: _copy(one) for key, one in value.items()}
    return [_copy(one) for one in value] if isinstance(value, list) else value


def _hide(answers: dict[str, Json], root: Component, kind: str, path: str) -> Iterator[str]:
    """Put the mark in the place of answers; give what stood there."""
    list_, _, column = path.partition(".")
    if kind == "field":
        names = _with_computed([one for one in root.walk() if one.keyed], path)
        yield from _replace(answers, names)
    elif kind == "table":
        yield from _leaves(answers.get(list_))
        answers[list_] = [dict.fromkeys(row, HIDDEN) for row in answers.get(list_) or [] if isinstance(row, Mapping)]
    elif kind == "column":
        parent = find(root, list_)
        names = _with_computed([one for one in parent.walk() if one.keyed], column) if parent else {column}
        for row in answers.get(list_) or []:
            if isinstance(row, dict):
                yield from _replace(row, names)


def _replace(row: dict[str, Json], names: set[str]) -> Iterator[str]:
    for name in names & row.keys():
        if row[name] not in (None, "", []):
            yield from _leaves(row[name])
            row[name] = HIDDEN


def _with_computed(fields: list[Component], name: str) -> set[str]:
    """Add to a field what is computed from it, and from that."""
    found = {name}
    while True:
        more = {
            one.path[-1]
            for one in fields
            if one.type == "expression"
            and found & set(_IDENTIFIER.findall(str(one.properties.get("expression") or "")))
        }
        if more <= found:
            return found
        found |= more


def _leaves(value: Json) -> Iterator[str]:
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    elif (figure := number(value)) is not None:
        yield written(figure)
    elif isinstance(value, str):
        yield value.strip()


class _Mask:
    """Masks some words and figures wherever they stand."""

    def __init__(self, words: Iterable[str]) -> None:
        kept = sorted({word for word in words if _telling(word)}, key=len, reverse=True)
        self._figures = {word for word in kept if _is_figure(word)}
        parts = [rf"(?<![\d.]){re.escape(word)}(?![\d.])" if _is_figure(word) else re.escape(word) for word in kept]
        self._pattern = re.compile("|".join(parts)) if parts else None

    def __call__(self, value: Json) -> Json:
        if isinstance(value, Mapping):
            return {key: self(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self(one) for one in value]
        if isinstance(value, str):
            return self._pattern.sub(HIDDEN, value) if self._pattern else value
        figure = number(value)
        return HIDDEN if figure is not None and written(figure) in self._figures else value


def _is_figure(word: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", word) is not None


def _telling(word: str) -> bool:
    """Say whether a word is found elsewhere for no other reason than that it is the secret."""
    if word == HIDDEN:
        return False
    if _is_figure(word):
        return len(word.replace(".", "").replace("-", "").strip("0")) >= LEAST
    return len(word) >= (LEAST if word.isascii() else 2) and word not in _CHOICES


_CHOICES: Final = frozenset({"true", "false", str(Decimal(0))})
