"""Whoever was signed out while typing signs in again in the same browser and finds everything as it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from tests.browser.past import live
from tests.browser.town import PASSWORD, Town
from tests.browser.visitor import Log, Visitor
from workflows.db import reading, transaction
from workflows.models import AuthSession, Draft, Task

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
OPINION, NUMBER = "送达前已与企业电话核实。", "甘环清审通〔2025〕1号"


@pytest.fixture(scope="module")
def lived_in(town: Town) -> Town:
    """Give a town in which a bureau has a service to record."""
    live(town)
    return town


@pytest.fixture
def visitor(lived_in: Town, browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Visitor]:
    """Open the window of somebody who has a form before them."""
    made = Visitor(browser, lived_in, Log(), "li", **browser_context_args).sign_in()
    yield made
    made.context.close()


def _task(town: Town) -> str:
    with reading(town.sessions) as session:
        query = select(Task.id).where(Task.element == "record_service", Task.status == "open")
        return session.scalars(query).one()


def _sign_out(town: Town, username: str) -> None:
    """Let every session of a person expire."""
    with transaction(town.sessions) as session:
        session.execute(
            update(AuthSession)
            .where(AuthSession.person_id == town.person(session, username))
            .values(revoked_at=town.now)
        )


def _sign_in(page: Page) -> None:
    page.locator("#username").fill("li")
    page.locator("#password").fill(PASSWORD)
    page.locator("form.card button").click()


def _without_draft(visitor: Visitor, town: Town, task_id: str) -> Page:
    """Open the task as it was before anybody typed, whatever another test has left in the town."""
    with transaction(town.sessions) as session:
        session.query(Draft).filter(Draft.task_id == task_id).delete()
    page = visitor.open(f"/tasks/{task_id}")
    visitor.settled()
    return page


def _typed(page: Page) -> None:
    """Type into the form, and an opinion beside it."""
    page.get_by_label("文书文号").fill(NUMBER)
    page.locator("#opinion").fill(OPINION)


def _draft(town: Town, task_id: str) -> Draft | None:
    with reading(town.sessions) as session:
        found = session.scalars(select(Draft).where(Draft.task_id == task_id)).one_or_none()
        session.expunge_all()
        return found


def _saved(page: Page, town: Town, task_id: str) -> None:
    expect(page.locator("#draft-state")).to_contain_text("草稿已保存")
    kept = _draft(town, task_id)
    assert kept is not None
    assert NUMBER in kept.answers.values()
    assert kept.opinion == OPINION


def test_what_was_typed_when_the_session_ended_is_there_after_signing_in_again(
    visitor: Visitor, lived_in: Town
) -> None:
    task_id = _task(lived_in)
    page = _without_draft(visitor, lived_in, task_id)
    _sign_out(lived_in, "li")
    _typed(page)
    expect(page.locator("#draft-state")).to_contain_text("请在另一标签页重新登录")
    assert _draft(lived_in, task_id) is None
    page.goto(lived_in.address + f"/tasks/{task_id}")
    _sign_in(page)
    page.wait_for_url(f"**/tasks/{task_id}")
    visitor.settled()
    page.get_by_role("button", name="恢复这些修改").click()
    expect(page.get_by_label("文书文号")).to_have_value(NUMBER)
    expect(page.locator("#opinion")).to_have_value(OPINION)
    _saved(page, lived_in, task_id)


def test_a_page_goes_on_after_its_person_signed_in_again_in_another_tab(visitor: Visitor, lived_in: Town) -> None:
    task_id = _task(lived_in)
    page = _without_draft(visitor, lived_in, task_id)
    _sign_out(lived_in, "li")
    _typed(page)
    expect(page.locator("#draft-state")).to_contain_text("请在另一标签页重新登录")
    other = visitor.context.new_page()
    other.goto(lived_in.address + "/login")
    _sign_in(other)
    other.wait_for_selector("#menu")
    other.close()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # a hidden tab is looked at again
    _saved(page, lived_in, task_id)
    expect(page.locator("#opinion")).to_have_value(OPINION)
    assert page.evaluate("localStorage.length") == 0
