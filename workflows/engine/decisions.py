"""DMN on FEEL: decision tables with every hit policy, literal expressions, and decisions that require others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from workflows.engine.expressions import Context, Expression, required, unary
from workflows.errors import EngineError

#: hitPolicy and aggregation of the file -> the short name.
POLICIES = {
    "UNIQUE": "U", "ANY": "A", "PRIORITY": "P", "FIRST": "F", "RULE ORDER": "R", "OUTPUT ORDER": "O", "COLLECT": "C",
}  # fmt: skip
AGGREGATIONS = {"": "", "SUM": "+", "MIN": "<", "MAX": ">", "COUNT": "#"}


@dataclass(frozen=True, slots=True)
class Input:
    """A column that is asked; ``allowed`` bounds its values."""

    expression: Expression
    allowed: Expression | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """A column that answers; ``ranking`` lists its values from the highest priority down."""

    name: str
    ranking: Expression | None = None
    default: Expression | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One row; an input cell of None takes any value."""

    id: str
    cells: tuple[Expression | None, ...]
    outputs: tuple[Expression | None, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table; ``policy`` is U A P F R O C C+ C< C> or C#."""

    policy: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision: a table or one expression, over variables and the decisions it requires."""

    id: str
    name: str
    variable: str
    logic: Table | Expression
    requires: tuple[str, ...] = ()
    file: str = ""
    line: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)

    def expressions(self) -> list[Expression]:
        """Give every expression it holds."""
        if isinstance(self.logic, Expression):
            return [self.logic]
        table = self.logic
        found = [item.expression for item in table.inputs]
        found += [item.allowed for item in table.inputs if item.allowed]
        for rule in table.rules:
            found += [cell for cell in (*rule.cells, *rule.outputs) if cell]
        return found + [item.default for item in table.outputs if item.default]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a decision gave, and the rules that matched."""

    value: Any
    rules: tuple[str, ...] = ()


def decide(decisions: Mapping[str, Decision], ref: str, data: Mapping[str, Any], context: Context) -> Answer:
    """Evaluate a decision with those it requires; raises EngineError naming the decision.

    One output column gives its value, several a mapping by name; R, O and C give lists.
    """
    if ref not in decisions:
        raise EngineError("decision_unknown", ref, f"there is no decision {ref}")
    return _decide(decisions, ref, dict(data), context, {})


def _decide(
    decisions: Mapping[str, Decision], ref: str, data: dict[str, Any], context: Context, done: dict[str, Answer]
) -> Answer:
    if ref in done:
        return done[ref]
    decision = decisions[ref]
    seen = dict(data)
    for other in decision.requires:
        answer = _decide(decisions, other, data, context, done)
        for name in {other, decisions[other].variable, decisions[other].name}:
            seen[name] = answer.value
    if isinstance(decision.logic, Expression):
        done[ref] = Answer(decision.logic(context, seen, ref))
    else:
        done[ref] = _ask(decision.logic, seen, context, ref)
    return done[ref]


def _ask(table: Table, data: Mapping[str, Any], context: Context, ref: str) -> Answer:
    values = [item.expression(context, data, ref) for item in table.inputs]
    for item, value in zip(table.inputs, values, strict=True):
        if item.allowed is not None and value is not None and not context.unary(item.allowed, value, data, ref):
            raise EngineError("decision_input", ref, f"{value!r} is not among {item.allowed.text}")
    hits = []
    for rule in table.rules:
        if _matches(rule, values, data, context, ref):
            hits.append(rule)
            if table.policy == "F":
                break
    rows = [_row(table, rule, data, context, ref) for rule in hits]
    if not rows and any(output.default for output in table.outputs):
        rows = [{item.name: item.default(context, data, ref) if item.default else None for item in table.outputs}]
    value = _combine(table, rows, data, context, ref)
    return Answer(value, tuple(rule.id for rule in hits))


def _matches(rule: Rule, values: Sequence[Any], data: Mapping[str, Any], context: Context, ref: str) -> bool:
    return all(
        cell is None or context.unary(cell, value, data, ref) for cell, value in zip(rule.cells, values, strict=True)
    )


def _row(table: Table, rule: Rule, data: Mapping[str, Any], context: Context, ref: str) -> dict[str, Any]:
    return {
        output.name: cell(context, data, ref) if cell is not None else None
        for output, cell in zip(table.outputs, rule.outputs, strict=True)
    }


def _combine(table: Table, rows: list[dict[str, Any]], data: Mapping[str, Any], context: Context, ref: str) -> Any:
    """Make one answer of the rows that matched, by the hit policy."""
    policy = table.policy
    if policy == "U" and len(rows) > 1:
        raise EngineError("decision_unique", ref, f"{len(rows)} rules match, the hit policy allows one")
    if policy == "A" and len({orjson.dumps(row, option=orjson.OPT_SORT_KEYS) for row in rows}) > 1:
        raise EngineError("decision_any", ref, "the rules that match give different answers")
    if policy in "PO":
        rows = _ranked(table, rows, data, context, ref)
    plain = [_plain(table, row) for row in rows]
    if policy in "UAPF":
        return plain[0] if plain else None
    if policy in "ROC":
        return plain
    return _aggregate(policy, plain, ref)


def _plain(table: Table, row: dict[str, Any]) -> Any:
    return row[table.outputs[0].name] if len(table.outputs) == 1 else row


def _ranked(
    table: Table, rows: list[dict[str, Any]], data: Mapping[str, Any], context: Context, ref: str
) -> list[dict[str, Any]]:
    """Sort by the priority of the output values, the first column first."""
    rankings = [item.ranking(context, data, ref) if item.ranking else [] for item in table.outputs]

    def rank(row: dict[str, Any]) -> list[int]:
        places = []
        for item, ranking in zip(table.outputs, rankings, strict=True):
            value = row[item.name]
            places.append(ranking.index(value) if value in ranking else len(ranking))
        return places

    return sorted(rows, key=rank)


def _aggregate(policy: str, values: list[Any], ref: str) -> Any:
    if policy == "C#":
        return len(values)
    if not values:
        return None
    if policy == "C+":
        if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
            raise EngineError("decision_sum", ref, "only numbers can be summed")
        return sum(values)
    try:
        return min(values) if policy == "C<" else max(values)
    except TypeError as error:
        raise EngineError("decision_compare", ref, "the answers cannot be compared") from error


def expression(text: str) -> Expression | None:
    """Read an output cell or a literal; nothing gives None."""
    return required(text) if text else None


def cell(text: str) -> Expression | None:
    """Read an input cell; nothing or a dash takes any value."""
    return unary(text) if text not in ("", "-") else None
