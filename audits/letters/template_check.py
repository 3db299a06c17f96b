"""Judge a Word template by its syntax tree: it may name documented texts and go through documented lists, nothing else.

Allowed: ``{{ name }}``, ``{{ row.field }}`` of a row that a ``for`` gives, ``for row in list``, ``if name`` and ``else``.
Refused: calls, filters, indices, tests, arithmetic, constants, assignments, names that begin with ``_``, a ``for`` in a
``for``, comments (they could hide a tag from this check alone), any other tag. A place is told as the words of its paragraph.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from docxtpl import DocxTemplate
from jinja2 import TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from audits.letters import wording

LISTS: Final[dict[str, tuple[str, ...]]] = {"paragraphs": (), "rows": ("what", "until", "basis")}
"""The lists, with the fields of their rows; a row without fields is a text itself."""
TEXTS: Final[dict[str, tuple[str, str]]] = {
    "issuer": ("发文机关", "Issuing body"),
    "number": ("文号", "Number"),
    "title": ("标题", "Title"),
    "addressee": ("主送", "Addressee"),
    "date": ("成文日期", "Date"),
    "case_no": ("案号", "Case number"),
    "basis": ("法律依据", "Legal basis"),
    "qr": ("核验二维码", "QR code of the verification"),
    "tables": ("附表（单独成段）", "Tables (a paragraph of its own)"),
}
OF_A_CASE: Final[dict[str, tuple[str, str]]] = {
    "enterprise": ("企业名称", "Enterprise"),
    "uscc": ("统一社会信用代码", "Credit code"),
    "types": ("审核类型", "Audit types"),
    "list_title": ("名单标题", "Title of the list"),
    "publication_date": ("名单公布日期", "Publication of the list"),
    "round": ("审核轮次", "Round"),
    "score": ("专家组得分", "Score of the panel"),
    "band_text": ("评估结论", "Conclusion of the evaluation"),
    "result_text": ("验收结论", "Result of the acceptance"),
    "vetoes": ("否定项", "Vetoes"),
    "opinion": ("意见", "Opinion"),
    "items": ("补充内容", "What to supplement"),
    "reason": ("理由", "Reason"),
    "facts": ("事实", "Facts"),
    "requirements": ("要求", "Requirements"),
    "note": ("说明", "Note"),
    "deadline_text": ("逾期事项", "Overdue duty"),
}
NEEDED: Final = ("number", "paragraphs")
_TOKEN: Final = re.compile(r"{{.*?}}|{%.*?%}", re.DOTALL)
_LOOSE: Final = re.compile(r"({{|{%|}}|%})[^<]{0,60}")
_COMMENT: Final = re.compile(r"({#)[^<]{0,60}")
_RAW: Final = re.compile(r"{%[-+]?\s*(raw|endraw)\b")
_ENVIRONMENT: Final = ImmutableSandboxedEnvironment(autoescape=True)
_BOX: Final = re.compile(r"<w:txbxContent>(.*?)</w:txbxContent>", re.DOTALL)
"""A text box floats over the page: the PDF, which is set from the letter's paragraphs and tables, would lose its words."""
_PROPERTIES: Final = ("author", "comments", "identifier", "keywords", "language", "subject", "title", "category")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a template. ``code``: unknown_name, unknown_list, not_allowed, syntax, missing, text_box; ``place``."""

    code: str
    word: str
    place: str


def names_of(kind: str) -> dict[str, tuple[str, str]]:
    """Give the texts that a template of a kind may name: those of every letter, of a case, and of its own fields."""
    one = wording.wordings()[kind]
    own = {field.key: field.names for field in one.fields}
    return TEXTS | (OF_A_CASE if one.scope == "case" else {}) | own


def faults(kind: str, content: bytes) -> list[Fault]:
    """Give every fault of a Word template, in the order of its parts. The file has been judged as an upload before."""
    try:
        template = DocxTemplate(io.BytesIO(content))
        parts = list(_parts(template))
    except Exception as error:  # noqa: BLE001  whatever a broken file makes the library do
        return [Fault("syntax", type(error).__name__, "")]
    found: list[Fault] = []
    used: set[str] = set()
    for source in parts:
        tokens = [" ".join(one.split()) for one in _TOKEN.findall(source)]
        rest = _TOKEN.sub("", source)
        if box := _BOX.search(source):
            found.append(Fault("text_box", "", _plain(box.group(1))))
        if loose := _COMMENT.search(source) or _LOOSE.search(rest):
            found.append(Fault("syntax", loose.group(1), _plain(loose.group())))
        found += [Fault("not_allowed", raw.group(1), one) for one in tokens if (raw := _RAW.match(one))]
        # Text does not matter to the syntax: with one placeholder a line, the line of a node is its placeholder.
        try:
            tree = _ENVIRONMENT.parse("\n".join(tokens))
        except TemplateSyntaxError as error:
            place = tokens[min(error.lineno, len(tokens)) - 1] if tokens else ""
            found.append(Fault("syntax", str(error.message), _plain(place)))
            continue
        walk = _Walk(names_of(kind), tokens)
        walk.body(tree.body, {})
        found += walk.faults
        used |= walk.used
    found += [Fault("missing", name, "") for name in NEEDED if name not in used and not found]
    return found


def _parts(template: DocxTemplate) -> Iterator[str]:
    """Give the text of every part that is rendered: body, headers, footers, notes, properties."""
    template.init_docx()
    yield template.patch_xml(template.get_xml())
    for kind in (template.HEADER_URI, template.FOOTER_URI):
        for _key, part in template.get_headers_footers(kind):
            yield template.patch_xml(template.get_part_xml(part))
    for section in template.docx.part.package.parts:
        if section.partname.endswith("footnotes.xml"):
            yield template.patch_xml(section.blob.decode("utf-8"))
    properties = template.docx.core_properties
    for name in _PROPERTIES:
        yield str(getattr(properties, name, "") or "")


def _plain(xml: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", "", xml).split())[:80]


class _Walk:
    """Goes through a syntax tree; ``rows`` are the names that a ``for`` has given, with the fields they have."""

    def __init__(self, names: Mapping[str, Any], tokens: list[str]) -> None:
        self.names, self.tokens = names, tokens
        self.faults: list[Fault] = []
        self.used: set[str] = set()

    def body(self, body: list[nodes.Node], rows: dict[str, tuple[str, ...]]) -> None:
        """Judge some statements."""
        for node in body:
            if isinstance(node, nodes.Output):
                for part in node.nodes:
                    self.shown(part, rows)
            elif isinstance(node, nodes.For):
                self.loop(node, rows)
            elif isinstance(node, nodes.If):
                self.named(node.test, rows)
                for inner in (node.body, *(one.body for one in node.elif_), node.else_):
                    self.body(inner, rows)
                for other in node.elif_:
                    self.named(other.test, rows)
            else:
                self.refuse("not_allowed", type(node).__name__, node)

    def shown(self, node: nodes.Node, rows: dict[str, tuple[str, ...]]) -> None:
        """Judge what is written out."""
        if not isinstance(node, nodes.TemplateData):
            self.named(node, rows)

    def named(self, node: nodes.Node, rows: dict[str, tuple[str, ...]]) -> None:
        """Judge an expression: a documented name, or a field of a row."""
        if isinstance(node, nodes.Name):
            self.used.add(node.name)
            known = node.name in rows or node.name in self.names or node.name in LISTS
            if node.name.startswith("_") or not known:
                self.refuse("unknown_name", node.name, node)
        elif isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name in rows:
            if node.attr not in rows[node.node.name]:
                self.refuse("unknown_name", f"{node.node.name}.{node.attr}", node)
        else:
            self.refuse("not_allowed", type(node).__name__, node)

    def loop(self, node: nodes.For, rows: dict[str, tuple[str, ...]]) -> None:
        """Judge a ``for``: over a documented list, without condition, its row under a name of its own."""
        target, over = node.target, node.iter
        if not isinstance(over, nodes.Name) or over.name not in LISTS:
            self.refuse("unknown_list", over.name if isinstance(over, nodes.Name) else type(over).__name__, node)
            return
        self.used.add(over.name)
        if rows or node.test is not None or node.recursive or not isinstance(target, nodes.Name):
            self.refuse("not_allowed", "for", node)
            return
        if target.name.startswith("_") or target.name in self.names or target.name in LISTS:
            self.refuse("not_allowed", target.name, node)
            return
        self.body(node.body, {**rows, target.name: LISTS[over.name]})
        self.body(node.else_, rows)

    def refuse(self, code: str, word: str, node: nodes.Node) -> None:
        """Note a fault with the placeholder in which it stands."""
        self.faults.append(Fault(code, word, _plain(self.tokens[node.lineno - 1])))
