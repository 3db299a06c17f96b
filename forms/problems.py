"""Name a fault of a form definition and the place it is at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault of a definition: the component's id (or its position), the property, and what is wrong in two languages."""

    component: str
    property: str
    text: str
    text_zh: str
