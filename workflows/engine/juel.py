"""Translate the plain part of JUEL, the expression language of older engines, into FEEL."""

from __future__ import annotations

import re

from feel import check

_WHOLE = re.compile(r"\s*[$#]\{(?P<inside>[^{}]*)\}\s*\Z")
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)
    |(?P<string>'[^'\\]*'|"[^"\\]*")
    |(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)(?P<call>\s*\()?
    |(?P<sign>==|!=|<=|>=|&&|\|\||[<>()+\-*/!]))""",
    re.VERBOSE,
)
_SIGNS = {"==": "=", "&&": "and", "||": "or"}
_WORDS = {"eq": "=", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "div": "/"}
_SAME = frozenset({"and", "or", "true", "false", "null"})


def is_juel(text: str) -> bool:
    """Say whether a text is one JUEL expression."""
    return _WHOLE.match(text) is not None


def to_feel(text: str) -> str | None:
    """Give FEEL (without ``=``) that means the same; None for calls of methods and whatever else FEEL has not."""
    whole = _WHOLE.match(text)
    tokens = _tokens(whole["inside"]) if whole else None
    if not tokens:
        return None
    found = " ".join(tokens).replace("( ", "(").replace(" )", ")")
    return None if check(found) else found


def _tokens(text: str) -> list[str] | None:
    found: list[str] = []
    negated: list[int] = []
    at, depth = 0, 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match["call"]:
            return None
        at = match.end()
        sign, name = match["sign"], match["name"]
        if sign == "!" or name == "not":
            # ! binds to what stands next: a name, or a group in brackets
            after = text[at:].lstrip()[:1]
            found.append("not" if after == "(" else "not(")
            if after != "(":
                negated.append(depth)
            continue
        depth += {"(": 1, ")": -1}.get(sign or "", 0)
        if name == "empty":
            return None
        found.append(_word(match))
        if negated and negated[-1] == depth:
            negated.pop()
            found.append(")")
    return found if depth == 0 and not negated else None


def _word(match: re.Match[str]) -> str:
    if match["sign"]:
        return _SIGNS.get(match["sign"], match["sign"])
    if match["string"]:
        return '"' + match["string"][1:-1].replace('"', '\\"') + '"'
    if match["number"]:
        return match["number"]
    name = match["name"]
    return name if name in _SAME else _WORDS.get(name, name)
