"""Decision tables as rows and columns for a page. Read, not evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree


@dataclass(frozen=True, slots=True)
class Table:
    """A decision: a table of rules, or one expression."""

    key: str
    name: str
    file: str
    hit_policy: str
    inputs: list[str]
    outputs: list[str]
    rules: list[tuple[list[str], list[str], str]]
    expression: str = ""


def tables(name: str, body: bytes) -> list[Table]:
    """List the decisions of a DMN file."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(body, parser)
    return [_table(name, decision) for decision in _all(root, "decision")]


def _all(node: etree._Element, tag: str) -> Iterator[etree._Element]:
    return node.iter(f"{{*}}{tag}")


def _children(node: etree._Element, tag: str) -> list[etree._Element]:
    return list(node.iterchildren(f"{{*}}{tag}"))


def _text(node: etree._Element) -> str:
    return "".join(text.text or "" for text in _children(node, "text")).strip()


def _table(file: str, decision: etree._Element) -> Table:
    key, name = str(decision.get("id")), str(decision.get("name") or decision.get("id"))
    found = next(iter(_children(decision, "decisionTable")), None)
    if found is None:
        literal = next(iter(_children(decision, "literalExpression")), None)
        return Table(key, name, file, "", [], [], [], _text(literal) if literal is not None else "")
    return Table(
        key=key,
        name=name,
        file=file,
        hit_policy=str(found.get("hitPolicy") or "UNIQUE"),
        inputs=[_head(one) for one in _children(found, "input")],
        outputs=[str(one.get("label") or one.get("name") or "") for one in _children(found, "output")],
        rules=[
            (
                [_text(cell) or "-" for cell in _children(rule, "inputEntry")],
                [_text(cell) for cell in _children(rule, "outputEntry")],
                " ".join((one.text or "").strip() for one in _children(rule, "description")),
            )
            for rule in _children(found, "rule")
        ],
    )


def _head(node: etree._Element) -> str:
    expression = next(iter(_children(node, "inputExpression")), None)
    text = _text(expression) if expression is not None else ""
    label = str(node.get("label") or "")
    return f"{label} ({text})" if label and text and label != text else label or text
