"""A later task names what was handed in before it, and first what it is to check."""

from __future__ import annotations

import re

from sqlalchemy import select

from tests.server.conftest import House
from workflows.models import Task, TaskCandidate


def listed(page: str) -> list[str]:
    """Give the addresses that the card lists."""
    card = re.search(r'<details[^>]*id="material".*?</details>', page, re.DOTALL)
    return re.findall(r'href="(/tasks/[^"]+)"', card.group(0)) if card else []


def test_a_check_names_what_it_checks_and_an_expert_finds_the_report(house: House) -> None:
    case = house.ids["case"]
    with house.sessions.begin() as session:
        done = {row.element: row.id for row in session.scalars(select(Task).where(Task.instance_id == case))}
        check = session.get_one(Task, done["check_report_receipt"])
        check.status, check.assignee_id = "open", None
        session.merge(TaskCandidate(task_id=check.id, principal="person:li"))
    page = house.browser("li").get(f"/tasks/{check.id}").text
    found = listed(page)
    assert found[0] == f"/tasks/{done['submit_report']}"
    assert page.count("待审查") == 1
    for address in found:
        assert house.browser("li").get(address).status_code == 200
    sheet = house.ids["sheet_qian"]
    seen = listed(house.browser("qian").get(f"/tasks/{sheet}").text)
    assert f"/tasks/{done['submit_report']}" in seen
    assert f"/tasks/{house.ids['sheet_sun']}" not in seen
