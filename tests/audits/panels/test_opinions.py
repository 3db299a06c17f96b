"""The opinion begins with what the sheets say, and every supplement is followed to its closure."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from audits import supplements
from tests.audits.office import EXPERTS, Office
from workflows import tasks
from workflows.errors import Invalid, NotFound


def begun(office: Office, who: str, task_id: str) -> dict[str, Any]:
    with office.as_(who) as (session, actor):
        return tasks.view(session, office.app, actor, task_id, now=office.now).data


def lines(office: Office, case_id: str, who: str = "li") -> tuple[supplements.Supplement, ...]:
    with office.as_(who) as (session, actor):
        return supplements.of_case(session, actor, case_id)


def test_the_opinion_begins_with_the_sheets_and_the_gate_closes_with_the_last_requirement(
    office: Office, case_id: str
) -> None:
    office.do(office.task(case_id, "propose_evaluation_panel"))
    said = {
        "sun": {"A2": 3, "A2_comment": "逻辑不清", "comments": "基本可信，需补充。"},
        "qian": {"A2": 3, "A2_comment": "结论缺少依据", "B7": 3, "B7_comment": "实测周期不足"},
        "zhou": {"A2": 3, "A2_comment": "逻辑不清", "dissent": True, "dissent_text": "审核重点应为电镀车间"},
    }
    for sheet in [one for one in office.waiting(case_id) if one.assignee_id in EXPERTS]:
        office.do(sheet, score=84, **said[str(sheet.assignee_id)])
    opinion = office.task(case_id, "write_evaluation_opinion")
    drafted = begun(office, "li", opinion.id)
    problems = drafted["problems"].splitlines()
    assert "A2 编写逻辑性：逻辑不清；结论缺少依据" in problems or "A2 编写逻辑性：结论缺少依据；逻辑不清" in problems
    assert any(line.startswith("B7 实测：") and "实测周期不足" in line for line in problems)
    assert [row["requirement"] for row in drafted["required_supplements"]] == problems
    assert "保留意见：审核重点应为电镀车间" in drafted["opinion"]
    assert not any(name in str(drafted) for name in ("孙教授", "钱教授", "周教授"))
    required = [{"item_no": "1", "requirement": "补充实测数据"}, {"item_no": "2", "requirement": "更正平衡图"}]
    office.do(opinion, band="supplement", required_supplements=required, supplement_by="2026-04-10")
    office.wait(hours=1)
    answer = office.task(case_id, "submit_supplement")
    assert begun(office, "wang", answer.id)["responses"] == [{"requirement": row["requirement"]} for row in required]
    one = {"requirement": "补充实测数据", "response": "已补测", "chapter": "3.2"}
    with pytest.raises(Invalid) as caught:
        office.do(answer, responses=[one])
    assert set(caught.value.fields) == {"requirement_open"}
    office.do(answer, responses=[one, {"requirement": "更正平衡图", "response": "已更正", "chapter": "3.4"}])
    office.wait(hours=1)
    review = office.task(case_id, "review_supplement")
    rows = begun(office, "li", review.id)["checked"]
    assert rows == [
        {"requirement": "补充实测数据", "answer": "已补测"}, {"requirement": "更正平衡图", "answer": "已更正"},
    ]  # fmt: skip
    for closed in (["yes", "no"], ["yes"]):
        checked = [row | {"closed": mark} for row, mark in zip(rows, closed, strict=False)]
        with pytest.raises(Invalid) as caught:
            office.do(review, decision="accept", checked=checked)
        assert set(caught.value.fields) == {"requirement_open"}
    first, second = (row | {"closed": mark} for row, mark in zip(rows, ("yes", "no"), strict=True))
    office.do(review, decision="return", checked=[first, second])
    assert [line.closed_at is not None for line in lines(office, case_id)] == [True, False]
    office.wait(hours=1)
    office.do(office.task(case_id, "submit_supplement"))
    office.wait(hours=1)
    office.do(office.task(case_id, "review_supplement"), decision="accept")
    settled = lines(office, case_id)
    assert [(line.number, line.due_on, line.checked_by) for line in settled] == [
        ("1", date(2026, 4, 10), "李科长"), ("2", date(2026, 4, 10), "李科长"),
    ]  # fmt: skip
    assert all(line.closed_at and line.files and line.answer for line in settled)
    assert len(lines(office, case_id, "wang")) == 2
    with pytest.raises(NotFound):
        lines(office, case_id, "chen")
