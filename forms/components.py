"""Read a form-js definition into a tree of components, tolerant of anything that is not one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, TypeAlias

TEXTS: Final = frozenset({"textfield", "textarea"})
SINGLE_CHOICES: Final = frozenset({"radio", "select"})
MULTIPLE_CHOICES: Final = frozenset({"checklist", "taglist"})
KEYED: Final = (
    TEXTS | SINGLE_CHOICES | MULTIPLE_CHOICES | {"number", "datetime", "checkbox", "expression", "attachment"}
)
CONTAINERS: Final = frozenset({"default", "group", "dynamiclist"})
DISPLAYED: Final = frozenset({"text", "separator", "spacer", "table", "image", "button"})
# They would run foreign markup or keep files outside the case: see the design of attachments.
FORBIDDEN: Final = frozenset({"html", "iframe", "filepicker", "documentPreview"})
EMPTY: Final[dict[str, Any]] = {
    "textfield": "",
    "textarea": "",
    "checkbox": False,
    "checklist": [],
    "taglist": [],
    "attachment": [],
}
MAX_DEPTH: Final = 12
MAX_COMPONENTS: Final = 2000

Path: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Component:
    """One component: its own part of the value path, its properties as written, and its children."""

    id: str
    type: str
    path: Path
    properties: Mapping[str, Any]
    children: tuple[Component, ...] = ()
    place: str = ""

    @property
    def keyed(self) -> bool:
        """Tell whether the component holds an answer."""
        return self.type in KEYED

    @property
    def repeats(self) -> bool:
        """Tell whether its children exist once for each row of a list."""
        return self.type == "dynamiclist" and self.properties.get("isRepeating", True) is not False

    @property
    def validate(self) -> Mapping[str, Any]:
        """Give its validation properties."""
        return mapping(self.properties.get("validate"))

    @property
    def extra(self) -> Mapping[str, Any]:
        """Give its free properties (translations, attachment limits)."""
        return mapping(self.properties.get("properties"))

    @property
    def hide(self) -> Any:
        """Give the condition under which it is hidden, None when there is none."""
        return mapping(self.properties.get("conditional")).get("hide")

    def empty(self) -> Any:
        """Give the answer the browser starts with: the default value, else the empty value of the type."""
        default = self.properties.get("defaultValue")
        if default is not None:
            return default
        value = EMPTY.get(self.type)
        return list(value) if isinstance(value, list) else value

    def walk(self) -> Iterator[Component]:
        """Give the component and everything under it, in the order of the page."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(slots=True)
class _Reader:
    count: int = 0
    ids: set[str] = field(default_factory=set)

    def read(self, raw: Any, place: str, depth: int) -> Component | None:
        self.count += 1
        if not isinstance(raw, Mapping) or depth > MAX_DEPTH or self.count > MAX_COMPONENTS:
            return None
        kind = raw.get("type") if isinstance(raw.get("type"), str) else ""
        identity = self._identity(raw, place)
        children: list[Component] = []
        inner = raw.get("components")
        if kind in CONTAINERS and isinstance(inner, list):
            for index, child in enumerate(inner):
                component = self.read(child, f"{place}.components[{index}]", depth + 1)
                if component is not None:
                    children.append(component)
        return Component(identity, str(kind), self._path(raw, str(kind), identity), dict(raw), tuple(children), place)

    def _identity(self, raw: Mapping[str, Any], place: str) -> str:
        identity = raw.get("id")
        if not isinstance(identity, str) or not identity or identity in self.ids:
            identity = place
        self.ids.add(identity)
        return identity

    def _path(self, raw: Mapping[str, Any], kind: str, identity: str) -> Path:
        name = raw.get("key") if kind in KEYED else raw.get("path") if kind in CONTAINERS else None
        if isinstance(name, str) and name:
            return tuple(name.split("."))
        # A keyed component without a key gets a random one in the browser; lint refuses it.
        return (identity,) if kind in KEYED or kind == "dynamiclist" else ()


def read(definition: Any) -> Component:
    """Read a definition; what is not a component is left out (lint names it)."""
    root = _Reader().read(definition, "form", 0)
    return root if root is not None else Component("form", "default", (), {})


def mapping(value: Any) -> Mapping[str, Any]:
    """Give the value if it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def is_expression(value: Any) -> bool:
    """Tell whether a property is a FEEL expression (a string that starts with an equals sign)."""
    return isinstance(value, str) and value.startswith("=")


def fetch(data: Any, path: tuple[str | int, ...]) -> Any:
    """Give the value at a path, None where there is none."""
    for step in path:
        if isinstance(step, int):
            if not isinstance(data, list) or not 0 <= step < len(data):
                return None
            data = data[step]
        elif isinstance(data, Mapping):
            data = data.get(step)
        else:
            return None
    return data


def holds(data: Any, path: tuple[str | int, ...]) -> bool:
    """Tell whether there is a value at a path, null included."""
    if not path:
        return True
    parent, last = fetch(data, path[:-1]), path[-1]
    if isinstance(last, int):
        return isinstance(parent, list) and 0 <= last < len(parent)
    return isinstance(parent, Mapping) and last in parent


def put(data: dict[str, Any], path: tuple[str | int, ...], value: Any) -> None:
    """Set the value at a path, making objects and rows on the way; a path through a plain value replaces it."""
    here: Any = data
    for step, following in pairwise(path):
        child = here[step] if isinstance(step, int) else here.get(step)
        if isinstance(following, int):
            if not isinstance(child, list):
                child = []
            child.extend({} for _ in range(following + 1 - len(child)))
        elif not isinstance(child, dict):
            child = {}
        here[step] = child
        here = child
    here[path[-1]] = value
