"""Going back and intervening through the pages and the API: what is offered, what happens, what a late call is told."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import select

from audits.models import Panel
from server.cli import main
from tests.server import stage
from tests.server.conftest import House
from tests.server.routes import RECEIPT, fresh_definition, opened_up, received
from workflows import consistency
from workflows.models import Incident, Instance, Task

WHY = {"reason": "专家组不足"}


def test_a_task_is_returned_once_and_a_late_answer_is_told_what_happened(house: House) -> None:
    opened_up(house)
    sheet = f"/tasks/{house.ids['sheet_qian']}"
    offered = {one["element"]: one for one in house.api("qian", "GET", f"{sheet}/returns").json["items"]}
    assert offered["propose_evaluation_panel"]["legal"]
    assert offered["propose_evaluation_panel"]["done_by"]
    page = house.browser("qian").get(f"{sheet}/return").text
    assert 'value="propose_evaluation_panel"' in page
    asked = {"json": {"element": "propose_evaluation_panel", **WHY}, "headers": {"Idempotency-Key": "once"}}
    first = house.api("qian", "POST", f"{sheet}/return", **asked)
    assert first.status_code == 200
    assert [one["name"] for one in first.json["waiting_for"]] == ["组建专家组"]
    assert house.api("qian", "POST", f"{sheet}/return", **asked).json == first.json
    again = house.api("qian", "POST", f"{sheet}/return", json={"element": "propose_evaluation_panel", **WHY})
    assert (again.status_code, again.json["code"], again.json["state"]["status"]) == (409, "task_closed", "returned")
    assert "专家组不足" in again.json["detail"]
    late = house.api("zhou", "POST", f"/tasks/{house.ids['sheet_zhou']}/complete", json={"answers": {"total": 1}})
    assert (late.status_code, late.json["code"]) == (409, "task_closed")
    with house.sessions() as session:
        query = select(Task).where(Task.instance_id == house.ids["case"], Task.status == "open")
        task = session.scalars(query).one()
        assert (task.element, task.actions["returned"]["reason"]) == ("propose_evaluation_panel", "专家组不足")
    assert "专家组不足" in house.browser(task.assignee_id).get(f"/tasks/{task.id}").text
    said = house.browser("li").get(f"/cases/{house.ids['case']}").text
    assert "退回至" in said
    stage.complete(house.sessions, house.application, task.id, house.clock.at, random.Random(1))
    house.work()
    with house.sessions() as session:
        assert {one.element for one in session.scalars(query)} == {"score_evaluation"}
        panels = session.scalars(select(Panel).where(Panel.case_id == house.ids["case"]).order_by(Panel.appointed_at))
        assert [one.closed_at is None for one in panels] == [False, True]
        wrong = select(Incident.message).where(Incident.resolved_at.is_(None), Incident.id != house.ids["incident"])
        assert session.scalars(wrong).all() == []


def test_what_cannot_be_returned_to_is_refused_in_words(house: House) -> None:
    opened_up(house)
    sheet = f"/tasks/{house.ids['sheet_qian']}"
    answer = house.api("qian", "POST", f"{sheet}/return", json={"element": "measure_focus", **WHY})
    assert (answer.status_code, answer.json["code"]) == (409, "not_returnable")
    assert answer.json["detail"] == "该步骤位于已办结的阶段之内，请整体退回该阶段。"
    assert house.api("qian", "POST", f"{sheet}/return", json={"element": "x", "reason": " "}).status_code == 422


def test_a_completion_is_taken_back_on_the_page_until_somebody_has_gone_on(house: House) -> None:
    received(house)
    done = f"/tasks/{house.ids['task_bakery']}"
    browser = house.browser("wang")
    assert f"{done}/withdraw" in browser.get(done).text
    assert f"{done}/withdraw" in browser.get("/inbox/done").text
    answer = house.post(browser, f"{done}/withdraw")
    assert answer.status_code == 303
    again = answer.location
    assert RECEIPT["receiver"] in browser.get(again).text
    assert f"{done}/withdraw" not in browser.get(done).text
    repeated = house.api("wang", "POST", f"{done}/withdrawal", json={})
    assert (repeated.status_code, repeated.json["code"]) == (409, "task_closed")
    task_id = again.rpartition("/")[2]
    assert house.api("wang", "POST", f"/tasks/{task_id}/complete", json={"answers": RECEIPT}).status_code == 200
    house.work()
    gone = house.api("wang", "POST", f"/tasks/{task_id}/withdrawal", json={})
    assert (gone.status_code, gone.json["code"]) == (409, "not_withdrawable")
    assert gone.json["detail"].startswith("已不能撤回")


def test_a_suspended_case_takes_no_answer_and_a_terminated_one_tells_its_parties(house: House) -> None:
    case = f"/cases/{house.ids['case']}"
    assert house.api("li", "POST", f"{case}/suspension", json=WHY).json["status"] == "suspended"
    answer = house.api("qian", "POST", f"/tasks/{house.ids['sheet_qian']}/complete", json={"answers": {"total": 1}})
    assert (answer.status_code, answer.json["code"]) == (409, "suspended")
    assert house.api("li", "POST", f"{case}/suspension", json=WHY).status_code == 409
    assert house.api("li", "POST", f"{case}/resumption", json={}).json["status"] == "running"
    ended = house.api("li", "POST", f"{case}/termination", json={"reason": "企业注销"})
    assert ended.json == {**ended.json, "status": "cancelled", "open_tasks": []}
    assert house.api("li", "POST", f"{case}/termination", json=WHY).json["code"] == "instance_ended"
    assert house.api("chen", "GET", case).json["outcome"] == "terminated"
    assert any("企业注销" in one["text"] for one in house.api("chen", "GET", "/notices").json["items"])
    assert house.ids["case"] in house.browser("li").get("/cases?outcome=terminated").text


def test_an_operator_moves_what_waits_from_the_panel(house: House) -> None:
    case = f"/cases/{house.ids['case']}"
    page = house.browser("admin").get(f"{case}/interventions").text
    assert house.ids["sheet_qian"] in page
    assert "选择" in page or "跳转到" in page
    places = house.api("admin", "GET", f"{case}/waiting").json["items"][0]["places"]
    assert {"propose_evaluation_panel", "call_acceptance"} <= {one["element"] for one in places}
    body = {"tokens": [house.ids["sheet_qian"]], "element": "nowhere", **WHY}
    assert house.api("admin", "POST", f"{case}/move", json=body).json["code"] == "not_movable"
    body["element"] = "propose_evaluation_panel"
    moved = house.api("admin", "POST", f"{case}/move", json=body)
    assert len(moved.json["open_tasks"]) == 1
    assert house.api("admin", "POST", f"{case}/move", json=body).json["code"] == "not_waiting"


def test_running_cases_are_migrated_as_the_dry_run_told_and_taken_back(house: House) -> None:
    fresh_definition(active=True)(house)
    target, source, case = house.ids["fresh"], house.ids["definition"], house.ids["case"]
    plan = house.api("zong", "POST", f"/definitions/{target}/migration/plan", json={"source": source}).json
    assert (plan["total"], plan["refused"]) == (len(plan["cases"]), 0)
    sheets = next(one for one in plan["cases"] if one["case_id"] == case)["items"]
    assert {one["outcome"] for one in sheets} == {"kept"}
    assert house.ids["sheet_qian"] in {one["id"] for one in sheets}
    page = house.browser("zong").get(f"/definitions/{target}/migration?source={source}").text
    assert case in page
    assert "迁移" in page
    assert house.browser("zong").get(f"/definitions/{target}/migration?source={source}&mapping=x").status_code == 422
    begun = house.api("zong", "POST", f"/definitions/{target}/migration", json={"source": source, "reason": "法规修订"})
    assert begun.status_code == 202
    house.work()
    run = house.api("zong", "GET", f"/migrations/{begun.json['id']}").json
    assert (run["status"], run["done"], run["total"]) == ("done", plan["total"], plan["total"])
    assert all(one["reversible"] for one in run["cases"])
    assert case in house.browser("zong").get(f"/migrations/{run['id']}").text
    with house.sessions() as session:
        assert session.get_one(Instance, case).definition_id == target
    back = house.api("zong", "POST", f"/migrations/{run['id']}/cases/{case}/undo")
    assert next(one for one in back.json["cases"] if one["case_id"] == case)["status"] == "undone"
    with house.sessions() as session:
        assert session.get_one(Instance, case).definition_id == source
        assert list(consistency.check(session, house.application)) == []
    again = house.api("zong", "POST", f"/migrations/{run['id']}/cases/{case}/undo")
    assert (again.status_code, again.json["code"]) == (409, "not_migrated")


def test_the_checker_says_on_the_command_line_whether_rows_and_states_agree(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QINGSHEN_DATABASE_URL", house.settings.database_url)
    monkeypatch.setenv("QINGSHEN_FILES_URL", house.settings.files_url)
    monkeypatch.setenv("QINGSHEN_SIGNING_KEY_FILE", house.settings.signing_key_file)
    assert main(["consistency"]) == 0
    assert "no differences" in capsys.readouterr().out
    with house.sessions.begin() as session:
        session.get_one(Task, house.ids["sheet_qian"]).status = "cancelled"
    assert main(["consistency"]) == 1
    assert house.ids["sheet_qian"] in capsys.readouterr().out
