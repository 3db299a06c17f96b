"""What the shipped files hold: names that exist, drawings that are whole, variants that fit their base."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from lxml import etree

from audits.roles import ROLES
from tests.bpmn import shipped
from workflows.definitions import content_hash
from workflows.engine import lint_files

B = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
DD = "{http://www.omg.org/spec/DD/20100524/DI}"
DMN = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
DMNDI = "{https://www.omg.org/spec/DMN/20191111/DMNDI/}"
QS = "{https://qingshen.org/bpmn/1}"
NODES = frozenset(
    [
        "startEvent",
        "endEvent",
        "boundaryEvent",
        "userTask",
        "serviceTask",
        "scriptTask",
        "businessRuleTask",
        "callActivity",
        "subProcess",
        "exclusiveGateway",
        "parallelGateway",
        "receiveTask",
    ]
)
OWNERS = (shipped.BASE, *shipped.VARIANTS_OF_REGIONS)
EVERY = [(owner, name) for owner in OWNERS for name in shipped.own_files(owner)]
DIAGRAMS = [pair for pair in EVERY if pair[1].endswith(".bpmn")]
DECISIONS = [pair for pair in EVERY if pair[1].endswith(".dmn")]


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float

    def holds(self, other: Box) -> bool:
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.x + other.width <= self.x + self.width
            and other.y + other.height <= self.y + self.height
        )

    def meets(self, other: Box) -> bool:
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    def touches(self, x: float, y: float) -> bool:
        inside = self.x <= x <= self.x + self.width and self.y <= y <= self.y + self.height
        edge = x in (self.x, self.x + self.width) or y in (self.y, self.y + self.height)
        return inside and edge


def tree(owner: str, name: str) -> etree._Element:
    return etree.fromstring(shipped.own_files(owner)[name])


def box(shape: etree._Element) -> Box:
    bounds = shape.find(f"{DC}Bounds")
    assert bounds is not None
    return Box(*(float(bounds.get(key, "nan")) for key in ("x", "y", "width", "height")))


def nodes(root: etree._Element) -> Iterator[etree._Element]:
    return (item for item in root.iter() if str(item.tag).removeprefix(B) in NODES)


def shapes(root: etree._Element) -> dict[str, Box]:
    return {shape.get("bpmnElement", ""): box(shape) for shape in root.iter(f"{DI}BPMNShape")}


def edges(root: etree._Element) -> dict[str, list[tuple[float, float]]]:
    return {
        edge.get("bpmnElement", ""): [
            (float(point.get("x", "nan")), float(point.get("y", "nan"))) for point in edge.iter(f"{DD}waypoint")
        ]
        for edge in root.iter(f"{DI}BPMNEdge")
    }


def labels(root: etree._Element) -> dict[str, Box]:
    return {
        parent.get("bpmnElement", ""): box(label)
        for label in root.iter(f"{DI}BPMNLabel")
        if (parent := label.getparent()) is not None
    }


@pytest.mark.parametrize(("owner", "name"), DIAGRAMS)
def test_a_file_holds_the_process_that_it_is_named_after(owner: str, name: str) -> None:
    processes = tree(owner, name).findall(f"{B}process")
    assert [process.get("id") for process in processes] == [name.removesuffix(".bpmn")]
    assert processes[0].get("isExecutable") == "true"
    assert "依据" in (processes[0].findtext(f"{B}documentation") or "")


@pytest.mark.parametrize(("owner", "name"), DECISIONS)
def test_a_file_holds_the_decision_that_it_is_named_after(owner: str, name: str) -> None:
    root = tree(owner, name)
    assert [item.get("id") for item in root.findall(f"{DMN}decision")] == [name.removesuffix(".dmn")]
    drawn = {shape.get("dmnElementRef") for shape in root.iter(f"{DMNDI}DMNShape", f"{DMNDI}DMNEdge")}
    kept = [
        *root.findall(f"{DMN}decision"),
        *root.findall(f"{DMN}inputData"),
        *root.iter(f"{DMN}informationRequirement"),
    ]
    assert drawn == {item.get("id") for item in kept}


@pytest.mark.parametrize(("owner", "name"), EVERY)
def test_an_id_stands_once_in_its_file(owner: str, name: str) -> None:
    ids = [key for item in tree(owner, name).iter() if (key := item.get("id"))]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("owner", OWNERS)
def test_an_element_id_stands_in_one_diagram_only(owner: str) -> None:
    files = [name for name in shipped.files_of(owner) if name.endswith(".bpmn")]
    found = [node.get("id", "") for name in files for node in nodes(etree.fromstring(shipped.files_of(owner)[name]))]
    assert len(found) == len(set(found))


@pytest.mark.parametrize(("owner", "name"), DIAGRAMS)
def test_what_has_a_name_has_one_in_english(owner: str, name: str) -> None:
    root = tree(owner, name)
    named = [item for item in root.iter() if str(item.tag).startswith(B) and item.get("name")]
    silent = (f"{B}message", f"{B}inputDataItem", f"{B}outputDataItem", f"{B}property")
    for item in named:
        if item.tag not in silent:
            label = item.find(f"{B}extensionElements/{QS}label[@lang='en']")
            assert label is not None, item.get("id")
            assert label.get("text"), item.get("id")


@pytest.mark.parametrize(("owner", "name"), DIAGRAMS)
def test_every_name_in_a_diagram_exists(owner: str, name: str) -> None:
    known = shipped.catalog()
    files = shipped.files_of(owner)
    root = tree(owner, name)
    assert {item.get("key", "") for item in root.iter(f"{QS}form")} <= known.forms
    assert {item.get("name", "") for item in root.iter(f"{QS}operation")} <= known.operations
    assert {f"{item.get('ref')}.dmn" for item in root.iter(f"{QS}decision")} <= set(files)
    assert {f"{item.get('calledElement')}.bpmn" for item in root.iter(f"{B}callActivity")} <= set(files)
    for item in root.iter(f"{QS}assignment"):
        roles = item.get("roles", item.get("role", ""))
        assert set(filter(None, roles.split(","))) <= known.roles


@pytest.mark.parametrize(("owner", "name"), DIAGRAMS)
def test_every_task_asks_with_a_form_in_a_lane_of_a_role(owner: str, name: str) -> None:
    root = tree(owner, name)
    for task in root.iter(f"{B}userTask"):
        assert task.find(f"{B}extensionElements/{QS}form") is not None, task.get("id")
    for lane in root.iter(f"{B}lane"):
        assignment = lane.find(f"{B}extensionElements/{QS}assignment")
        assert assignment is not None
        assert assignment.get("role") in ROLES
    top = [item.get("id", "") for item in nodes(root) if (_parent := item.getparent()) is not None]
    placed = [reference.text for reference in root.iter(f"{B}flowNodeRef")]
    inner = [
        item.get("id", "") for parent in root.iter(f"{B}subProcess") for item in nodes(parent) if item is not parent
    ]
    assert sorted(placed) == sorted(set(top) - set(inner))  # type: ignore[type-var]


@pytest.mark.parametrize(("owner", "name"), DIAGRAMS)
def test_every_element_is_drawn_and_nothing_else(owner: str, name: str) -> None:
    root = tree(owner, name)
    lanes = {item.get("id", "") for item in root.iter(f"{B}lane", f"{B}participant")}
    assert set(shapes(root)) == {item.get("id", "") for item in nodes(root)} | lanes
    assert set(edges(root)) == {flow.get("id", "") for flow in root.iter(f"{B}sequenceFlow")}


@pytest.mark.parametrize(("owner", "name"), DIAGRAMS)
def test_every_element_is_drawn_in_its_lane(owner: str, name: str) -> None:
    root = tree(owner, name)
    drawn = shapes(root)
    for lane in root.iter(f"{B}lane"):
        around = drawn[lane.get("id", "")]
        for reference in lane.iter(f"{B}flowNodeRef"):
            assert around.holds(drawn[reference.text or ""]), reference.text
    for part in root.iter(f"{B}subProcess"):
        for item in nodes(part):
            assert drawn[part.get("id", "")].holds(drawn[item.get("id", "")]), item.get("id")


@pytest.mark.parametrize(("owner", "name"), DIAGRAMS)
def test_nothing_is_drawn_over_something_else(owner: str, name: str) -> None:
    root = tree(owner, name)
    drawn = shapes(root)
    parts = {part.get("id", "") for part in root.iter(f"{B}subProcess")}
    solid = [item for item in nodes(root) if item.get("id", "") not in parts]
    for number, item in enumerate(solid):
        for other in solid[number + 1 :]:
            if "boundaryEvent" not in str(item.tag) + str(other.tag):
                assert not drawn[item.get("id", "")].meets(drawn[other.get("id", "")]), (
                    item.get("id"),
                    other.get("id"),
                )
    written = labels(root)
    for key, label in written.items():
        hit = [item.get("id") for item in solid if label.meets(drawn[item.get("id", "")])]
        assert not hit, (key, hit)
        assert not [other for other, second in written.items() if other != key and label.meets(second)], key


@pytest.mark.parametrize(("owner", "name"), DIAGRAMS)
def test_flows_run_square_from_border_to_border_around_other_elements(owner: str, name: str) -> None:
    root = tree(owner, name)
    drawn = shapes(root)
    parts = {part.get("id", "") for part in root.iter(f"{B}subProcess")}
    ways = edges(root)
    for flow in root.iter(f"{B}sequenceFlow"):
        points = ways[flow.get("id", "")]
        ends = flow.get("sourceRef", ""), flow.get("targetRef", "")
        assert drawn[ends[0]].touches(*points[0]), flow.get("id")
        assert drawn[ends[1]].touches(*points[-1]), flow.get("id")
        for (x1, y1), (x2, y2) in itertools.pairwise(points):
            assert x1 == x2 or y1 == y2, flow.get("id")
            line = Box(min(x1, x2), min(y1, y2), max(abs(x1 - x2), 0.5), max(abs(y1 - y2), 0.5))
            for item in nodes(root):
                key = item.get("id", "")
                if key not in ends and key not in parts and item.get("attachedToRef") not in ends:
                    if ends[0] in drawn and key == _host(root, ends[0]):
                        continue
                    assert not line.meets(drawn[key]), (flow.get("id"), key)


def _host(root: etree._Element, element: str) -> str | None:
    return next((item.get("attachedToRef") for item in nodes(root) if item.get("id") == element), None)


@pytest.mark.parametrize("owner", OWNERS)
def test_the_engine_takes_every_file_without_a_finding(owner: str) -> None:
    found = lint_files(shipped.files_of(owner), shipped.LIFE_CYCLE, shipped.catalog())
    assert [(item.file, item.element, item.text) for item in found] == []


@pytest.mark.parametrize("owner", OWNERS)
def test_every_variable_that_a_diagram_reads_is_set_by_somebody(owner: str) -> None:
    answers = {key for form in shipped.forms().values() for key in shipped.fields(form)}
    start = {"case", *shipped.manifest(shipped.BASE)["start"]} | set(
        shipped.manifest(shipped.BASE)["messages"]["list_removal"]["payload"]
    )
    asked = {name for names in shipped.manifest(shipped.BASE)["decisions"].values() for name in names}
    made = {"deadlines", "letter", "overdue", "panel", "reaudit"}
    for name, data in shipped.files_of(owner).items():
        if name.endswith(".bpmn"):
            root = etree.fromstring(data)
            made |= {item.get("result", "") for item in root.iter(f"{QS}script", f"{QS}decision")}
            made |= {item.get("name", "") for item in root.iter(f"{B}inputDataItem")}
            made |= {item.text or "" for item in root.iter(f"{B}loopDataOutputRef")}
            made |= {item.get("name", "") for item in root.iter(f"{QS}out")}
    assert shipped.definition(owner).reads - answers - start - asked - made == set()


@pytest.mark.parametrize(("owner", "name"), DIAGRAMS)
def test_a_condition_on_an_answer_names_a_choice_of_its_form(owner: str, name: str) -> None:
    root = tree(owner, name)
    asked = {item.get("key", "") for item in root.iter(f"{QS}form")}
    choices: dict[str, set[str]] = {}
    for key in asked:
        for field, values in shipped.fields(shipped.forms()[key]).items():
            choices.setdefault(field, set()).update(values)
    for condition in root.iter(f"{B}conditionExpression"):
        found = re.fullmatch(r'=(\w+) = "(\w+)"', condition.text or "")
        if found:
            assert found[2] in choices[found[1]], condition.text


@pytest.mark.parametrize("owner", shipped.VARIANTS_OF_REGIONS)
def test_a_variant_was_written_against_this_base(owner: str) -> None:
    manifest = shipped.manifest(owner)
    assert manifest["base"] == shipped.manifest(shipped.BASE)["key"]
    assert manifest["base_hash"] == content_hash(shipped.own_files(shipped.BASE))
    assert set(manifest["files"]) == set(shipped.own_files(owner))


@pytest.mark.parametrize("owner", shipped.VARIANTS_OF_REGIONS)
def test_a_variant_holds_only_files_that_differ(owner: str) -> None:
    base = shipped.own_files(shipped.BASE)
    assert [name for name, data in shipped.own_files(owner).items() if base.get(name) == data] == []


def test_the_hash_of_a_base_sees_names_and_bytes() -> None:
    first = content_hash({"a": b"12", "b": b"3"})
    assert first == content_hash({"b": b"3", "a": b"12"})
    assert first != content_hash({"a": b"1", "b": b"23"})
    assert first != content_hash({"a": b"12", "c": b"3"})
