"""The one expression language: FEEL, evaluated by feelin inside a sandboxed QuickJS.

The same interpreter runs in the browser, so that a condition means the same on both sides. Nothing of the machine is
reachable from an expression: it sees the variables it was given and the built-in functions of FEEL.
"""

from __future__ import annotations

from feel.check import Problem, check, names_read
from feel.context import Feel, Model, for_thread
from feel.errors import FeelError

__all__ = ["Feel", "FeelError", "Model", "Problem", "check", "for_thread", "names_read"]
