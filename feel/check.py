"""What a modeler must be told about an expression before it runs.

FEEL is lenient: a misspelt name, an unknown function and ``==`` all parse, and give null when the case is already
running. Here they are found when a diagram, a decision table or a form is deployed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from feel.context import for_thread
from feel.errors import FeelError


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of an expression; ``position`` counts characters from 0."""

    position: int
    text: str
    text_zh: str


def names_read(text: str, *, unary: bool = False, names: Collection[str] = ()) -> frozenset[str]:
    """Give the variables that an expression reads, without those it binds itself and without built-in functions.

    A name inside a filter (``items[amount > 3]``) counts, because it may be a variable as well as a key of the item.
    A text that does not parse reads what could be recognised. ``names`` tells of names with spaces or signs in them.
    Raises FeelError when the text is too long.
    """
    reads = for_thread().analyse(text, unary=unary, names=names)["reads"]
    return frozenset(read["name"] for read in reads if not read["call"] and not read["builtin"])


def check(
    text: str,
    known: Collection[str] | None = None,
    *,
    unary: bool = False,
    names: Collection[str] = (),
    functions: Collection[str] = (),
) -> list[Problem]:
    """Find the faults of an expression, in the order of the text; ``unary`` for a cell of a decision table.

    ``known`` names the variables there are; None: any may be. Functions are checked always; ``functions`` names those
    besides the built-in ones, ``names`` the names that hold spaces or signs.
    """
    try:
        found = for_thread().analyse(text, unary=unary, names=names)
    except FeelError as error:
        return [Problem(error.position, error.text, f"表达式无法检查:{error.text}")]
    problems = [_worded(problem) for problem in found["problems"]]
    if not any(problem["rule"] == "syntax" for problem in found["problems"]):
        for read in found["reads"]:
            if not (read["call"] and read["name"] in functions):
                problems += _of_read(read, known)
    return sorted(set(problems), key=lambda problem: (problem.position, problem.text))


def _worded(problem: dict[str, Any]) -> Problem:
    name = problem.get("name", "")
    match problem["rule"]:
        case "operator" if name == "==":
            texts = "write = to compare, not ==", "比较请写 =,不要写 =="
        case "operator":
            texts = (
                f"{name} is no operator of FEEL; use =, !=, <, <=, > or >=",
                f"{name} 不是 FEEL 运算符;请用 =、!=、<、<=、>、>=",
            )
        case "chain":
            texts = (
                f"comparisons cannot be chained at {name!r}; join them with and",
                f"比较不能连写(位置在“{name}”);请用 and 连接",
            )
        case "operand":
            texts = (
                f"{name} lacks its left side; in a cell write ? {name}",
                f"{name} 缺少左侧;在单元格中请写 ? {name}",
            )
        case "not":
            texts = f"not is a function; write not({name[4:]})", f"not 是函数,应写作 not({name[4:]})"
        case "hides":
            texts = _hides(name)
        case "external":
            texts = "external functions are not allowed", "不允许使用外部函数"
        case _ if name:
            texts = f"the expression is wrong at {name!r}", f"表达式有误,位置在“{name}”"
        case _:
            texts = "the expression is incomplete", "表达式不完整"
    return Problem(problem["from"], *texts)


def _hides(name: str) -> tuple[str, str]:
    return f"the name {name!r} would hide the built-in function", f"名称“{name}”会遮盖同名内置函数"


def _of_read(read: dict[str, Any], known: Collection[str] | None) -> Iterator[Problem]:
    name, position = read["name"], read["from"]
    if read["builtin"]:
        if known is not None and name in known:
            yield Problem(position, *_hides(name))
        elif not read["call"] and not read["argument"] and not read["soft"]:
            yield Problem(position, f"{name} is a function; call it: {name}()", f"{name} 是函数,应写作 {name}()")
    elif read["call"]:
        yield Problem(position, f"there is no function {name!r}", f"没有函数“{name}”")
    elif known is not None and name not in known and not read["soft"]:
        yield Problem(position, f"there is no variable {name!r}", f"没有变量“{name}”")
