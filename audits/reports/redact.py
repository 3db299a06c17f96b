"""Take trade secrets (商业秘密) out of a report's material, before anything is made of it.

A place is ``text:<key>``, ``field:<form>.<field>``, ``table:<form>.<list>``, ``column:<form>.<list>.<field>`` or
``level:<stage>``. What is
computed from a secret field is secret too. Its words are then masked wherever else they stand: a document made of what
comes out cannot hold them, neither in its text nor in its drawings nor in its metadata.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from audits.assessments import STAGES
from audits.reports.material import Material
from audits.reports.sheets import HIDDEN, find, guards, number, written
from forms.components import Component
from forms.display import label

Json = Any
LEAST: Final = 4
"""A figure of fewer digits, or a Latin word of fewer letters, stands in many places by chance: it is masked only where it
was marked."""
REGISTER: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "planned_investment": (
        ("option_generation", "investment"), ("option_feasibility", "investment"),
        ("option_implementation", "investment_planned"),
    ),
    "planned_benefit": (
        ("option_generation", "expected_benefit"), ("option_feasibility", "annual_saving"),
        ("option_implementation", "benefit_planned"),
    ),
    "actual_investment": (("option_implementation", "investment_actual"),),
    "actual_benefit": (("option_implementation", "benefit_actual"),),
}  # fmt: skip
"""Which columns of which form's table of options the money of the register comes from (``audits.option_record``)."""
EFFECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "option_generation": ("planned",),
    "option_implementation": ("reported", "verified"),
}
"""Which form's table of effects the register's effects come from; what a panel verified is close to what was said."""
LEVEL: Final = "level"
_IDENTIFIER: Final = re.compile(r"[a-z_][a-z0-9_]*", re.IGNORECASE)


def redact(material: Material, places: Iterable[str]) -> Material:
    """Give the material without what stands at some places. Unknown places change nothing."""
    words: set[str] = set()
    answers = {form: _copy(value) for form, value in material.answers.items()}
    texts = dict(material.texts)
    money: set[str] = set()
    sides: set[str] = set()
    levels = dict(material.levels)
    for place in sorted(places):
        kind, _, rest = place.partition(":")
        if kind == "text" and texts.get(rest):
            words.update(line.strip() for line in texts[rest].split("\n"))
            texts[rest] = HIDDEN
            continue
        if kind == LEVEL and rest in levels:
            words.update(_leaves([one[2:3] for one in levels[rest]["lines"]]))
            levels[rest] = _without_figures(levels[rest])
            continue
        form, _, path = rest.partition(".")
        compiled = material.forms.get(form)
        if form in answers and compiled is not None:
            words.update(_hide(answers[form], compiled.root, kind, path))
            money |= _money(compiled.root, form, kind, path)
            sides |= set(EFFECTS.get(form, ()) if path.partition(".")[0] == "effects" and kind != "field" else ())
    mask = _Mask(words)
    return replace(
        material,
        answers={form: mask(value) for form, value in answers.items()},
        texts=mask(texts),
        profile={key: (pair[0], mask(pair[1])) for key, pair in material.profile.items()},
        register=tuple(mask(_without(row, money, sides)) for row in material.register),
        levels=mask(levels),
        files=tuple(mask(row) for row in material.files),
    )


def _without(row: Mapping[str, Json], money: set[str], sides: set[str]) -> dict[str, Json]:
    """Give an option of the register without some of its money and some sides of its effects."""
    kept = {**row, **dict.fromkeys(money & row.keys(), HIDDEN)}
    if "effects" in row:
        kept["effects"] = {key: {**one, **dict.fromkeys(sides, HIDDEN)} for key, one in row["effects"].items()}
    return kept


def _without_figures(level: Mapping[str, Json]) -> dict[str, Json]:
    """Give what is stated of a level without indices and indicators: which level it is stays."""
    steps = [[one[0], HIDDEN, *one[2:3], HIDDEN, one[4]] for one in level["steps"]]
    return {**level, "steps": steps, "lines": [[*one[:2], HIDDEN, HIDDEN] for one in level["lines"]]}


def _money(root: Component, form: str, kind: str, path: str) -> set[str]:
    """Give the figures of the register that are summed up of a secret column: a sum of one tells what was summed."""
    list_, _, column = path.partition(".")
    if list_ != "options" or kind == "field":
        return set()
    secret = {column} | _computed(_fields(find(root, list_)), lambda names: column in names)
    return {key for key, told in REGISTER.items() for at, name in told if at == form and (not column or name in secret)}


def places(material: Material) -> dict[str, str]:
    """Name every place that may be marked, by its key: for people to choose from."""
    found: dict[str, str] = {f"text:{key}": key for key in material.texts}
    found |= {f"{LEVEL}:{stage}": f"清洁生产水平测算（{STAGES[stage][0]}）" for stage in material.levels}
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
    """Put the mark in the place of answers, and of what is computed from them; give what stood there."""
    list_, _, column = path.partition(".")
    parent = find(root, list_) if kind in {"table", "column"} else None
    inside = _fields(parent)
    outside = [one for one in _fields(root) if one not in inside]
    if kind == "field":
        yield from _replace(answers, {path})
        yield from _everywhere(answers, _computed(outside, lambda names: path in names))
    elif kind == "table":
        for row in [*_holders(answers, list_)]:
            yield from _leaves(row[list_])
            row[list_] = [_hidden(one) for one in row[list_] if isinstance(one, Mapping)]
        yield from _everywhere(answers, _computed(outside, lambda names: list_ in names))
    elif kind == "column":
        secret = {column} | _computed(inside, lambda names: column in names)
        for row in [*_holders(answers, list_)]:
            for one in row[list_]:
                yield from _everywhere(one, secret)
        yield from _everywhere(answers, _computed(outside, lambda names: list_ in names and bool(secret & names)))


def _fields(component: Component | None) -> list[Component]:
    return [one for one in component.walk() if one.keyed] if component is not None else []


def _holders(value: Json, name: str) -> Iterator[dict[str, Json]]:
    """Give every row or answer that holds a list of a name, in lists too."""
    if isinstance(value, dict):
        if isinstance(value.get(name), list):
            yield value
        for one in value.values():
            yield from _holders(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from _holders(one, name)


def _hidden(row: Mapping[str, Json]) -> dict[str, Json]:
    """Give a row of marks; a list within it keeps its length."""
    return {
        key: [_hidden(one) for one in value if isinstance(one, Mapping)] if isinstance(value, list) else HIDDEN
        for key, value in row.items()
    }


def _replace(row: dict[str, Json], names: set[str]) -> Iterator[str]:
    for name in names & row.keys():
        if row[name] not in (None, "", []):
            yield from _leaves(row[name])
            row[name] = HIDDEN


def _everywhere(value: Json, names: set[str]) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _replace(value, names)
        for one in value.values():
            yield from _everywhere(one, names)
    elif isinstance(value, list):
        for one in value:
            yield from _everywhere(one, names)


def _computed(fields: Iterable[Component], secret: Callable[[set[str]], bool]) -> set[str]:
    """Give the fields that are computed from what is secret, and from these; ``secret`` judges an expression's names."""
    told = {
        one.path[-1]: set(_IDENTIFIER.findall(str(one.properties.get("expression") or "")))
        for one in fields
        if one.type == "expression"
    }
    found: set[str] = set()
    while more := {name for name, names in told.items() if name not in found and (secret(names) or found & names)}:
        found |= more
    return found


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
