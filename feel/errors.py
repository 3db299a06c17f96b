"""What an expression can do wrong."""

from __future__ import annotations

from typing import Literal

Rule = Literal["syntax", "limit", "size", "kind", "length", "variables", "failed", "decision", "unloaded"]


class FeelError(Exception):
    """An expression could not be evaluated.

    ``rule`` says why: ``syntax`` (it does not parse; ``position`` counts characters from 0), ``limit`` (time, memory
    or depth), ``size`` (the result is larger than 64 KB), ``kind`` (the result is a function or a range), ``length``
    (the text is too long), ``variables`` (they are no JSON), ``decision`` (a decision has no lawful answer: ``fault``
    names why, ``element`` which), ``unloaded`` (the context does not hold the model yet), ``failed`` (anything else).
    """

    def __init__(self, rule: Rule, text: str, position: int = 0, *, fault: str = "", element: str = "") -> None:
        super().__init__(f"{rule}: {text}")
        self.rule = rule
        self.text = text
        self.position = position
        self.fault = fault
        self.element = element
