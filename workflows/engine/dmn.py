"""Read DMN files into decisions, with a finding for everything that would not be evaluated."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.engine.decisions import (
    AGGREGATIONS,
    POLICIES,
    Decision,
    Input,
    Output,
    Rule,
    Table,
    cell,
    expression,
)
from workflows.engine.expressions import Expression, required, unary
from workflows.engine.reader import labels
from workflows.engine.rules import finding
from workflows.engine.texts import problems
from workflows.engine.xml import Xml, line, local, namespace, text
from workflows.errors import Finding

SPACE = "omg.org/spec/DMN/"
_DRAWN = frozenset(
    ["inputData", "knowledgeSource", "textAnnotation", "association", "itemDefinition", "extensionElements", "DMNDI"]
)
_QUIET = frozenset(
    ["description", "question", "allowedAnswers", "variable", "extensionElements", "informationRequirement"]
)


def is_dmn(root: Xml) -> bool:
    """Say whether a document is a decision model."""
    return SPACE in namespace(root)


def read_decisions(root: Xml, file: str) -> tuple[list[Decision], list[Finding]]:
    """Give the decisions of a file that can be evaluated, and what is wrong."""
    reader = _Reader(file)
    found = []
    for node in root:
        name = local(node)
        if name == "decision":
            decision = reader.decision(node)
            if decision is not None:
                found.append(decision)
        elif name not in _DRAWN:
            reader.fault(node, f"A {name} cannot be evaluated here.", f"不支持 {name}。")
    return found, reader.faults


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Finding] = []
        self.owner = ""

    def fault(self, node: Xml, reason: str, reason_zh: str) -> None:
        self.faults.append(finding("dmn", self.owner, line(node), self.file, reason=reason, reason_zh=reason_zh))

    def decision(self, node: Xml) -> Decision | None:
        self.owner = node.get("id", "")
        logic: Table | Expression | None = None
        for item in node:
            name = local(item)
            if name == "decisionTable":
                logic = self._table(item)
            elif name == "literalExpression":
                logic = self._expression(item)
            elif name not in _QUIET:
                self.fault(item, f"A decision by {name} cannot be evaluated here.", f"不支持以 {name} 表示的决策。")
        if logic is None:
            self.fault(node, "The decision has neither a table nor an expression.", "决策没有决策表或表达式。")
            return None
        variable = _first(node, "variable")
        name = node.get("name", self.owner)
        bound = variable.get("name", name) if variable is not None else name
        requires = tuple(
            one.get("href", "").rpartition("#")[2] for one in node.iter() if local(one) == "requiredDecision"
        )
        return Decision(self.owner, name, bound, logic, requires, self.file, line(node), labels(node))

    def _checked(self, node: Xml, found: Expression | None, *, cell: bool = False) -> Expression | None:
        if found is not None:
            for reason, reason_zh in problems(found.text, unary=cell):
                self.fault(node, f"{found.text}: {reason}", f"{found.text}：{reason_zh}")
        return found

    def _expression(self, node: Xml) -> Expression | None:
        self._language(node)
        found = self._checked(node, expression(_text(node)))
        if found is None:
            self.fault(node, "The expression is empty.", "表达式为空。")
        return found

    def _language(self, node: Xml) -> None:
        language = node.get("expressionLanguage", "")
        if language and "feel" not in language.lower():
            self.fault(node, f"{language} is not FEEL.", f"{language} 不是 FEEL。")

    def _table(self, node: Xml) -> Table:
        policy = POLICIES.get(node.get("hitPolicy", "UNIQUE"))
        aggregation = AGGREGATIONS.get(node.get("aggregation", ""))
        if policy is None or aggregation is None or (aggregation and policy != "C"):
            self.fault(node, "The hit policy is unknown.", "未知的命中策略。")
            policy, aggregation = "U", ""
        inputs = tuple(self._input(item) for item in _all(node, "input"))
        outputs = tuple(self._output(item, number) for number, item in enumerate(_all(node, "output"), 1))
        if aggregation and len(outputs) > 1:
            self.fault(node, "An aggregation takes one output column.", "聚合只能有一个输出列。")
        if policy in "PO" and not any(item.ranking for item in outputs):
            self.fault(node, "The hit policy needs output values in order.", "该命中策略需要按序列出输出值。")
        rules = tuple(self._rule(item, number) for number, item in enumerate(_all(node, "rule"), 1))
        for rule, item in zip(rules, _all(node, "rule"), strict=True):
            if len(rule.cells) != len(inputs) or len(rule.outputs) != len(outputs):
                self.fault(item, "The rule has not one cell for each column.", "规则的单元格数与列数不一致。")
        if not outputs:
            self.fault(node, "The table has no output.", "决策表没有输出列。")
        return Table(policy + aggregation, inputs, outputs, rules)

    def _input(self, node: Xml) -> Input:
        holder = _first(node, "inputExpression")
        if holder is not None:
            self._language(holder)
        found = self._checked(node, expression(_text(holder)))
        if found is None:
            self.fault(node, "The input has no expression.", "输入列没有表达式。")
            found = required("null")
        allowed = _text(_first(node, "inputValues"))
        return Input(found, self._checked(node, unary(allowed) if allowed else None, cell=True))

    def _output(self, node: Xml, number: int) -> Output:
        values = _text(_first(node, "outputValues"))
        ranking = self._checked(node, required(f"[{values}]") if values else None)
        default = self._checked(node, expression(_text(_first(node, "defaultOutputEntry"))))
        return Output(node.get("name") or node.get("label") or f"output{number}", ranking, default)

    def _rule(self, node: Xml, number: int) -> Rule:
        for item in _all(node, "inputEntry") + _all(node, "outputEntry"):
            self._language(item)
        cells = tuple(self._checked(item, cell(_text(item)), cell=True) for item in _all(node, "inputEntry"))
        outputs = tuple(self._checked(item, expression(_text(item))) for item in _all(node, "outputEntry"))
        return Rule(node.get("id") or f"rule {number}", cells, outputs)


def _all(node: Xml, name: str) -> list[Xml]:
    return [item for item in node if local(item) == name]


def _first(node: Xml, name: str) -> Xml | None:
    return next(iter(_all(node, name)), None)


def _text(node: Xml | None) -> str:
    return "" if node is None else text(_first(node, "text"))


def lint_requirements(decisions: dict[str, Decision]) -> Iterator[Finding]:
    """Find requirements of nothing and those that go in a circle."""
    for decision in decisions.values():
        for other in decision.requires:
            if other not in decisions:
                yield _requirement(decision, f"It requires the unknown decision {other}.", f"引用了未知决策 {other}。")
        if _circles(decisions, decision.id, decision.id, set()):
            yield _requirement(decision, "It requires itself.", "决策循环引用自身。")


def _requirement(decision: Decision, reason: str, reason_zh: str) -> Finding:
    return finding("dmn", decision.id, decision.line, decision.file, reason=reason, reason_zh=reason_zh)


def _circles(decisions: dict[str, Decision], start: str, at: str, seen: set[str]) -> bool:
    for other in decisions[at].requires if at in decisions else ():
        if other == start:
            return True
        if other not in seen:
            seen.add(other)
            if _circles(decisions, start, other, seen):
                return True
    return False
