"""Read boxed expressions of DMN: what a decision or a function is made of, as JSON for the evaluator."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from workflows.engine.rules import finding
from workflows.engine.xml import Xml, elements, line, local, text
from workflows.errors import Finding

Json = dict[str, Any]

#: hitPolicy and aggregation of the file -> the short name.
POLICIES = {
    "UNIQUE": "U", "ANY": "A", "PRIORITY": "P", "FIRST": "F", "RULE ORDER": "R", "OUTPUT ORDER": "O", "COLLECT": "C",
}  # fmt: skip
AGGREGATIONS = {"": "", "SUM": "+", "MIN": "<", "MAX": ">", "COUNT": "#"}

_LITERALS = (
    ("number", re.compile(r"-?\d*\.?\d+\Z")),
    ("string", re.compile(r'"[^"\\]*"\Z')),
    ("boolean", re.compile(r"(true|false)\Z")),
)
_COMPARED = re.compile(r"(<=|>=|<|>|=|!=)\s*")
_PLAIN = frozenset({"number", "string", "boolean"})


@dataclass(frozen=True, slots=True)
class Text:
    """One FEEL text and where it stands; ``unary`` for the tests of a cell."""

    text: str
    line: int
    unary: bool = False


@dataclass(slots=True)
class Found:
    """What the reading of one node brought up beside its logic: texts to check, names it declares, faults."""

    owner: str
    file: str
    type_of: Callable[[str, Xml], str]
    texts: list[Text] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    faults: list[Finding] = field(default_factory=list)

    def fault(self, node: Xml, reason: str, reason_zh: str) -> None:
        """Note what cannot be evaluated."""
        self.faults.append(finding("dmn", self.owner, line(node), self.file, reason=reason, reason_zh=reason_zh))

    def type(self, node: Xml | None) -> str:
        """Give the type that an element refers to."""
        if node is None:
            return ""
        return self.type_of(node.get("typeRef") or text(first(node, "typeRef")), node)

    def add(self, node: Xml, value: str, *, unary: bool = False) -> str:
        """Note a text, without its leading ``=``."""
        if value.startswith("=") and not unary:
            value = value[1:].strip()
        self.texts.append(Text(value, line(node), unary))
        return value


def every(node: Xml, name: str) -> list[Xml]:
    """Give the children of that name, whatever the version's namespace."""
    return [item for item in elements(node) if local(item) == name]


def first(node: Xml, name: str) -> Xml | None:
    """Give the first child of that name."""
    return next(iter(every(node, name)), None)


def text_of(node: Xml | None) -> str:
    """Give what stands in the element's ``text``."""
    return "" if node is None else text(first(node, "text"))


def expression(node: Xml, found: Found) -> Json | None:
    """Read the one boxed expression among the children; None and a fault when there is none."""
    for item in elements(node):
        reader = _READERS.get(local(item))
        if reader is not None:
            logic = reader(item, found)
            logic.setdefault("type", found.type(item))
            return logic
    return None


def _needed(node: Xml | None, found: Found, at: Xml) -> Json:
    logic = expression(node, found) if node is not None else None
    if logic is None:
        found.fault(at, f"The {local(at)} lacks an expression.", f"{local(at)} 缺少表达式。")
        return {"kind": "feel", "text": "null", "type": ""}
    return logic


def language(node: Xml, found: Found) -> None:
    """Refuse other languages than FEEL."""
    named = node.get("expressionLanguage", "")
    if named and "feel" not in named.lower():
        found.fault(node, f"{named} is not FEEL.", f"{named} 不是 FEEL。")


def _literal(node: Xml, found: Found) -> Json:
    language(node, found)
    value = text_of(node)
    if first(node, "importedValues") is not None:
        found.fault(node, "Imported values cannot be read here.", "不支持导入外部值。")
    elif not value:
        found.fault(node, "The expression is empty.", "表达式为空。")
    return {"kind": "feel", "text": found.add(node, value) if value else "null"}


def _context(node: Xml, found: Found) -> Json:
    entries = []
    for item in every(node, "contextEntry"):
        variable = first(item, "variable")
        name = variable.get("name", "") if variable is not None else None
        if name is not None:
            found.names.add(name)
        entries.append({"name": name, "type": found.type(variable), "value": _needed(item, found, item)})
    return {"kind": "context", "entries": entries}


def _list(node: Xml, found: Found) -> Json:
    read = (_item(item, found) for item in elements(node))
    return {"kind": "list", "items": [item for item in read if item is not None]}


def _item(item: Xml, found: Found) -> Json | None:
    reader = _READERS.get(local(item))
    return None if reader is None else {"type": found.type(item), **reader(item, found)}


def _relation(node: Xml, found: Found) -> Json:
    columns = [{"name": item.get("name", ""), "type": found.type(item)} for item in every(node, "column")]
    found.names.update(str(column["name"]) for column in columns)
    rows = []
    for row in every(node, "row"):
        cells = [item for item in (_item(one, found) for one in elements(row)) if item is not None]
        if len(cells) != len(columns):
            found.fault(row, "The row has not one cell for each column.", "行的单元格数与列数不一致。")
            cells = cells[: len(columns)]
        rows.append(cells)
    return {"kind": "relation", "columns": columns, "rows": rows}


def _invocation(node: Xml, found: Found) -> Json:
    bindings = []
    for item in every(node, "binding"):
        parameter = first(item, "parameter")
        name = parameter.get("name", "") if parameter is not None else ""
        bindings.append({"name": name, "type": "", "value": _needed(item, found, item)})
    return {"kind": "invocation", "called": _needed(node, found, node), "bindings": bindings}


def function(node: Xml, found: Found) -> Json:
    """Read a function: a boxed one, or what a business knowledge model holds."""
    if node.get("kind", "FEEL") != "FEEL":
        found.fault(node, f"A function in {node.get('kind')} cannot run here.", f"不支持 {node.get('kind')} 函数。")
    params = [{"name": item.get("name", ""), "type": found.type(item)} for item in every(node, "formalParameter")]
    found.names.update(str(param["name"]) for param in params)
    return {"kind": "lambda", "params": params, "body": _needed(node, found, node), "type": found.type(node)}


def _conditional(node: Xml, found: Found) -> Json:
    test, then, otherwise = (_needed(first(node, name), found, node) for name in ("if", "then", "else"))
    return {"kind": "conditional", "test": test, "then": then, "otherwise": otherwise}


def _over(node: Xml, found: Found) -> Json:
    """Read for, some, every and filter: a list, and what is asked of each item."""
    kind = local(node)
    name = node.get("iteratorVariable", "")
    found.names.update({name, "partial"} if kind == "for" else {name} if name else set())
    body = {"for": "return", "filter": "match"}.get(kind, "satisfies")
    return {
        "kind": kind,
        "name": name,
        "from": _needed(first(node, "in"), found, node),
        "body": _needed(first(node, body), found, node),
    }


# ---- tables


def _table(node: Xml, found: Found) -> Json:
    policy = POLICIES.get(node.get("hitPolicy", "UNIQUE"))
    aggregation = AGGREGATIONS.get(node.get("aggregation", ""))
    if policy is None or aggregation is None or (aggregation and policy != "C"):
        found.fault(node, "The hit policy is unknown.", "未知的命中策略。")
        policy, aggregation = "U", ""
    inputs = [_input(item, found) for item in every(node, "input")]
    outputs = [_output(item, number, found) for number, item in enumerate(every(node, "output"), 1)]
    if not outputs:
        found.fault(node, "The table has no output.", "决策表没有输出列。")
    if aggregation and len(outputs) > 1:
        found.fault(node, "An aggregation takes one output column.", "聚合只能有一个输出列。")
    if policy in "PO" and not any(item["ranking"] for item in outputs):
        found.fault(node, "The hit policy needs output values in order.", "该命中策略需要按序列出输出值。")
    rules = [_rule(item, n, inputs, outputs, found) for n, item in enumerate(every(node, "rule"), 1)]
    return {"kind": "table", "policy": policy + aggregation, "inputs": inputs, "outputs": outputs, "rules": rules}


def _input(node: Xml, found: Found) -> Json:
    holder = first(node, "inputExpression")
    if holder is not None:
        language(holder, found)
    value = text_of(holder)
    if not value:
        found.fault(node, "The input has no expression.", "输入列没有表达式。")
    allowed = text_of(first(node, "inputValues"))
    return {
        "text": found.add(node, value) if value else "null",
        "allowed": found.add(node, allowed, unary=True) if allowed else "",
        "type": found.type(holder),
    }


def _output(node: Xml, number: int, found: Found) -> Json:
    values = text_of(first(node, "outputValues"))
    otherwise = text_of(first(node, "defaultOutputEntry"))
    return {
        "name": node.get("name") or node.get("label") or f"output{number}",
        "ranking": found.add(node, f"[{values}]") if values else "",
        "otherwise": found.add(node, otherwise) if otherwise else "",
        "type": found.type(node),
    }


def _rule(node: Xml, number: int, inputs: list[Json], outputs: list[Json], found: Found) -> Json:
    cells: list[str | None] = []
    answers: list[str | None] = []
    entries, results = every(node, "inputEntry"), every(node, "outputEntry")
    for item in entries + results:
        language(item, found)
    if len(entries) != len(inputs) or len(results) != len(outputs):
        found.fault(node, "The rule has not one cell for each column.", "规则的单元格数与列数不一致。")
    for item, column in zip(entries, inputs, strict=False):
        value = text_of(item)
        cells.append(found.add(item, value, unary=True) if value not in ("", "-") else None)
        _typed(item, _COMPARED.sub("", value, count=1), column["type"], found)
    for item, column in zip(results, outputs, strict=False):
        value = text_of(item)
        answers.append(found.add(item, value) if value else None)
        _typed(item, value, column["type"], found)
    return {"id": node.get("id") or f"rule {number}", "cells": cells, "outputs": answers}


def _typed(node: Xml, value: str, wanted: str, found: Found) -> None:
    """Refuse a literal of another type than the column's: the cell could never match, or would answer null."""
    given = next((name for name, pattern in _LITERALS if pattern.match(value)), "")
    if given and wanted in _PLAIN and given != wanted:
        found.fault(
            node,
            f"{value} is a {given}, the column is of type {wanted}.",
            f"{value} 是 {given}，而该列类型为 {wanted}。",
        )


_READERS: dict[str, Callable[[Xml, Found], Json]] = {
    "literalExpression": _literal,
    "decisionTable": _table,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "invocation": _invocation,
    "functionDefinition": function,
    "conditional": _conditional,
    "for": _over,
    "filter": _over,
    "some": _over,
    "every": _over,
}
