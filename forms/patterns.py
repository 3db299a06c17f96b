"""Run the patterns of the browser (JavaScript regular expressions) with the same meaning on the server."""

from __future__ import annotations

import re
from functools import lru_cache
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any, Final

_SPACES: Final = r"\t\n\x0b\x0c\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_LINE_ENDS: Final = r"\n\r\u2028\u2029"
_NAMED: Final = re.compile(r"\(\?<([A-Za-z_$][\w$]*)>")
_BACK: Final = re.compile(r"\\k<([A-Za-z_$][\w$]*)>")
# A longer text is refused before a pattern sees it: matching must stay cheap whatever was typed.
PATTERN_TEXT_LIMIT: Final = 300
# Each further one multiplies the time by the length of the text.
MOST_REPETITIONS: Final = 3
_MAXREPEAT = _constants.MAXREPEAT
_REPEATS = tuple(getattr(_constants, name) for name in ("MAX_REPEAT", "MIN_REPEAT"))


class PatternError(ValueError):
    """A pattern that cannot be run with the meaning it has in a browser."""


@lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a JavaScript pattern (no flags); raises PatternError."""
    if len(pattern) > 1000:
        raise PatternError("the pattern is longer than 1000 characters")
    try:
        translated = _translate(pattern)
        tree = _parser.parse(translated, re.ASCII)
        if _nested(tree, inside=False):
            raise PatternError("a repetition inside a repetition can take for ever")
        if _endless(tree) > MOST_REPETITIONS:
            raise PatternError(f"more than {MOST_REPETITIONS} repetitions without an end can take for ever")
        return re.compile(translated, re.ASCII)
    except (re.error, OverflowError, RecursionError, KeyError) as error:
        raise PatternError(str(error)) from error


def matches(pattern: str, value: str) -> bool:
    """Tell whether the pattern is found anywhere in the text, as `RegExp.test` does."""
    return len(value) <= PATTERN_TEXT_LIMIT and compile_pattern(pattern).search(value) is not None


def _translate(pattern: str) -> str:
    pattern = _BACK.sub(r"(?P=\1)", _NAMED.sub(r"(?P<\1>", pattern))
    out: list[str] = []
    position, in_class = 0, False
    while position < len(pattern):
        char = pattern[position]
        if char == "\\":
            piece, position = _escape(pattern, position, in_class)
            out.append(piece)
            continue
        if in_class:
            in_class = char != "]"
            out.append("\\[" if char == "[" else char)
        elif char == "[":
            piece, position, in_class = _open_class(pattern, position)
            out.append(piece)
            continue
        else:
            out.append({"$": r"\Z", ".": f"[^{_LINE_ENDS}]"}.get(char, char))
        position += 1
    return "".join(out)


def _open_class(pattern: str, position: int) -> tuple[str, int, bool]:
    if pattern.startswith("[^]", position):
        return r"[\s\S]", position + 3, False
    if pattern.startswith("[]", position):
        return "(?!)", position + 2, False
    if pattern.startswith("[^", position):
        return "[^", position + 2, True
    return "[", position + 1, True


def _escape(pattern: str, position: int, in_class: bool) -> tuple[str, int]:
    if position + 1 >= len(pattern):
        raise PatternError("the pattern ends in a backslash")
    char = pattern[position + 1]
    after = position + 2
    if char == "s":
        return (_SPACES if in_class else f"[{_SPACES}]"), after
    if char == "S":
        if in_class:
            raise PatternError(r"\S inside [] is not supported")
        return f"[^{_SPACES}]", after
    if char == "b" and in_class:
        return r"\x08", after
    if char == "v":
        return r"\x0b", after
    if char in "dDwWbBnrtfux0123456789":
        return pattern[position:after], after
    if char.isalpha() and char.isascii():
        raise PatternError(f"\\{char} is not supported")
    return re.escape(char), after


def _nested(tree: Any, inside: bool) -> bool:
    """Tell whether an unbounded repetition holds something that can match the same text in several ways."""
    for op, argument in tree:
        if op in _REPEATS:
            unbounded = _unbounded(argument)
            if (unbounded and inside and not _delimited(tree)) or _nested(argument[2], inside or unbounded):
                return True
        elif op is _constants.BRANCH:
            alternatives = argument[1]
            if (inside and not _distinct(alternatives)) or any(_nested(one, inside) for one in alternatives):
                return True
        elif any(_nested(part, inside) for part in _parts(op, argument)):
            return True
    return _adjacent(tree)


def _unbounded(argument: Any) -> bool:
    return argument[1] is _MAXREPEAT or argument[1] > 50


def _parts(op: Any, argument: Any) -> list[Any]:
    if op is _constants.SUBPATTERN:
        return [argument[3]]
    return [argument[1]] if op in (_constants.ASSERT, _constants.ASSERT_NOT) else []


def _delimited(tree: Any) -> bool:
    # `(\d+,)*` is linear: each round must end in (or start with) a literal that the repetition itself cannot eat.
    items = list(tree)
    return bool(items) and any(item[0] is _constants.LITERAL for item in (items[0], items[-1]))


def _distinct(alternatives: Any) -> bool:
    """Tell whether the first character decides between alternatives."""
    firsts = [next(iter(one), None) for one in alternatives]
    literals = [first[1] for first in firsts if first is not None and first[0] is _constants.LITERAL]
    return len(literals) == len(firsts) == len(set(literals))


def _adjacent(tree: Any) -> bool:
    """Tell whether three unbounded repetitions follow one another with nothing fixed between them."""
    run = 0
    for op, argument in tree:
        run = run + 1 if op in _REPEATS and _unbounded(argument) else 0
        if run > 2:
            return True
    return False


def _endless(tree: Any) -> int:
    count = 0
    for op, argument in tree:
        if op in _REPEATS:
            count += _unbounded(argument) + _endless(argument[2])
        elif op is _constants.BRANCH:
            count += sum(_endless(one) for one in argument[1])
        else:
            count += sum(_endless(part) for part in _parts(op, argument))
    return count
