"""Scripted cases through the command line: what each operation does, and what a stranger's folder may hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from server.cli import main
from tests.engine.diagrams import NAMESPACES, el, flows, timer
from workflows.process_tests import play

SPACES = (
    NAMESPACES + ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
)
ENDS = '<startEvent id="s"/><endEvent id="e"/>'
MESSAGE = '<message id="m1" name="Order"/>'
ON_MESSAGE = '<messageEventDefinition messageRef="m1"/>'

Write = Callable[..., Path]


@pytest.fixture
def case(tmp_path: Path) -> Write:
    """Give what writes a case: the body of the process P (or whole files), and the scripts."""

    def write(body: str | dict[str, str], *variants: list[Any], top: str = "", name: str = "case", **more: Any) -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True)
        whole = {"p.bpmn": f'{top}<process id="P">{body}</process>'} if isinstance(body, str) else body
        for file, text in whole.items():
            (folder / file).write_text(f"<definitions {SPACES}>{text}</definitions>", encoding="utf-8")
        about = {"process": "P", "variants": list(variants), **more}
        (folder / "case.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
        return folder

    return write


def passes(folder: Path) -> bool:
    outcome = play(folder)
    assert outcome.failures == ()
    return outcome.passed


def task(ids: str, inside: str = "", **attributes: str) -> str:
    return el("userTask", ids, inside, **attributes)


def test_a_choice_is_played_along_every_variant(case: Write) -> None:
    body = ENDS + task("a", name="Review it") + task("b c") + el("exclusiveGateway", "x")
    body += flows("s>a a>x x>b?=ok~=~true x>c?ok~=~false b>e c>e")
    yes = ["start", {}], ["tasks", ["Review it"]], ["do", "Review it", {"ok": True}], ["ids", ["b"]], ["doall"], ["end"]
    no = ["start", {}], ["do", "a", {"ok": False}], ["tasks", ["c"]], ["count", 1], ["open"], ["any"], ["active", ["c"]]
    assert passes(case(body, list(yes), list(no)))


@pytest.mark.parametrize("condition", ["ok~==~true", "${ok}", "ok~and", "nobody(ok)", "missing"])
def test_a_wrong_condition_fails_with_its_place(case: Write, condition: str) -> None:
    body = ENDS + task("b c") + el("exclusiveGateway", "x", default="x_c")
    body += flows(f"s>x x>b?{condition} x>c b>e c>e")
    assert passes(case(body, [["fails", {}]]))


def test_a_script_that_departs_is_told_with_variant_and_operation(case: Write) -> None:
    folder = case(ENDS + task("a") + flows("s>a a>e"), [["start"], ["end"]], [["start"], ["fails", {}]], [["do", "a"]])
    failures = play(folder).failures
    assert [(one.variant, one.operation) for one in failures] == [(1, 2), (2, 2), (3, 1)]
    assert "a" in failures[0].text


def test_timers_fire_in_order_each_when_it_is_due(case: Write) -> None:
    body = ENDS + task("a r")
    body += el("boundaryEvent", "t", timer("timeCycle", "R3/PT1H"), attachedToRef="a", cancelActivity="false")
    body += flows("s>a a>e t>r r>e")
    first = (
        ["start"],
        ["waiting", 1],
        ["active", ["a", "t"]],
        ["time", 3599],
        ["count", 1],
        ["time", 7200],
        ["count", 3],
    )
    assert passes(case(body, [*first, ["time", 90000], ["count", 4], ["waiting", 0], ["doall"], ["end"]]))


def test_a_message_without_receiver_is_kept_and_may_be_named_by_its_id(case: Write) -> None:
    body = ENDS + el("intermediateCatchEvent", "c", ON_MESSAGE) + task("a") + flows("s>a a>c c>e")
    early = ["start"], ["msg", "Order"], ["do", "a"], ["end"]
    assert passes(
        case(body, list(early), [["start"], ["do", "a"], ["waiting", 1], ["msg", "m1"], ["end"]], top=MESSAGE)
    )


def test_a_process_begun_by_a_message_waits_for_it_where_the_script_sends_it(case: Write) -> None:
    body = el("startEvent", "s", ON_MESSAGE) + task("a") + flows("s>a")
    waits = ["start", {}], ["tasks", []], ["open"], ["msg", "Order"], ["tasks", ["a"]], ["do", "a"], ["end"]
    only = [["start", {}], ["tasks", ["a"]]], [["msg", "Order"], ["tasks", ["a"]]]
    assert passes(case(body, list(waits), *only, top=MESSAGE))


def test_service_tasks_are_answered_under_whatever_name_they_were_given(case: Write) -> None:
    jobs = (
        '<serviceTask id="t1" name="Check"/><serviceTask id="t2" camunda:type="external" camunda:topic="pay"/>'
        '<serviceTask id="t3" camunda:class="org.example.Post"/><serviceTask id="t4"/><sendTask id="t5" name="Tell"/>'
        '<serviceTask id="t6"><extensionElements><zeebe:taskDefinition type="sum"/><zeebe:ioMapping>'
        '<zeebe:output source="=total" target="amount"/></zeebe:ioMapping></extensionElements></serviceTask>'
    )
    body = ENDS + jobs + task("a b") + el("exclusiveGateway", "x", default="x_b")
    body += flows("s>t1 t1>t2 t2>t3 t3>t4 t4>t5 t5>t6 t6>x x>a?amount~=~7 x>b a>e b>e")
    answers = {"Check": {}, "pay": {}, "org.example.Post": None, "t4": {}, "Tell": {}, "sum": {"total": 7}}
    assert passes(case(body, [["start", {}], ["tasks", ["a"]]], operations=answers))
    del answers["t4"]
    assert passes(case(body, [["fails", {}]], operations=answers, name="missing"))


def test_an_operation_may_end_with_an_error(case: Write) -> None:
    body = ENDS + '<serviceTask id="t" name="Pay"/>' + task("a") + flows("s>t t>e b>a a>e")
    body += el("boundaryEvent", "b", '<errorEventDefinition errorRef="er"/>', attachedToRef="t")
    top = '<error id="er" errorCode="E1"/>'
    assert passes(case(body, [["start", {}], ["tasks", ["a"]]], top=top, errors={"Pay": "E1"}))


def test_roles_and_forms_are_not_asked_for(case: Write) -> None:
    body = (
        ENDS + '<laneSet id="ls"><lane id="l" name="Whoever"><flowNodeRef>a</flowNodeRef></lane></laneSet>'
        '<userTask id="a" camunda:assignee="${initiator}" camunda:formKey="f"><extensionElements><camunda:formData/>'
        "</extensionElements><potentialOwner><resourceAssignmentExpression/></potentialOwner></userTask>"
        + flows("s>a a>e")
    )
    assert passes(case(body, [["start", {}], ["doall"], ["end"]]))


def test_processes_of_several_files_call_one_another_and_other_pools_are_left_out(case: Write) -> None:
    top = MESSAGE + '<collaboration id="k"><messageFlow id="f" sourceRef="t" targetRef="q"/></collaboration>'
    own = ENDS + el("callActivity", "c", calledElement="Q") + el("intermediateThrowEvent", "t", ON_MESSAGE)
    own += el("intermediateCatchEvent", "w", ON_MESSAGE) + flows("s>c c>t t>w w>e")
    other = '<process id="X"><startEvent id="xs"/><complexGateway id="q"/></process>'
    called = '<process id="Q"><startEvent id="qs"/><userTask id="inner"/>' + flows("qs>inner") + "</process>"
    script = (
        ["start", {}],
        ["active", ["inner"]],
        ["active", ["c", "inner"]],
        ["doall"],
        ["waiting", 1],
        ["msg", "Order"],
    )
    assert passes(
        case({"a.bpmn": f'{top}<process id="P">{own}</process>{other}', "b.bpmn": called}, [*script, ["end"]])
    )


def test_a_process_without_end_ends_in_a_located_error(case: Write) -> None:
    body = ENDS + '<serviceTask id="t"/>' + flows("s>t t>t")
    assert passes(case(body, [["fails", {}]], operations={"t": {}}))


def test_the_command_tells_each_case_and_the_total(
    case: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    body = ENDS + task("a") + flows("s>a a>e")
    case(body, [["start", {}], ["tasks", ["a"]]], name="good")
    assert main(["play", "."]) == 0
    assert capsys.readouterr().out.splitlines() == ["pass  good", "1 of 1 cases pass."]
    case(body, [["start", {}], ["end"]], name="deep/er/bad")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "case.json").write_text("{", encoding="utf-8")
    assert main(["play", "--json", "."]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["total"], told["passed"], told["failed"]) == (3, 1, 2)
    assert {one["case"]: one["passed"] for one in told["cases"]} == {
        "broken": False,
        "deep/er/bad": False,
        "good": True,
    }


def test_a_folder_without_cases_is_no_success(tmp_path: Path) -> None:
    assert main(["play", str(tmp_path)]) == 2
    assert main(["play", str(tmp_path / "nowhere")]) == 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_case_that_takes_too_long_is_cut(case: Write, capsys: pytest.CaptureFixture[str]) -> None:
    body = ENDS + '<serviceTask id="t"/>' + flows("s>t t>t")
    folder = case(body, [["fails", {}]], operations={"t": {}})
    assert main(["play", str(folder), "--limit", "0.2"]) == 1
    assert "0.2 seconds" in capsys.readouterr().out
