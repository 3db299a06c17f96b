"""A metal plater with twelve options, three of medium or high cost, goes through every phase in the browser.

The tables are pasted from a spreadsheet. At the end the report, the opinions and the letters are fetched, and say in
words what the tables hold. With ``QINGSHEN_SHOTS`` set to a folder every page of a task is kept there as a picture.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from audits.models import Letter, Option, OptionEffect
from tests.browser.journey import Course, Journey, address_of
from tests.browser.tables import paste, tables_of
from tests.browser.test_journey import PANEL, PHASES, _approve, _import_list, _publish
from tests.browser.town import Town
from workflows.db import reading

pytestmark = [pytest.mark.browser, pytest.mark.night, pytest.mark.timeout(1800)]
OWNER = "he"
UNDONE = "ZG2"
FILES = ("Word", "PDF")
WIDTHS = ((1440, 900), (390, 844))


class Plater(Journey):
    """The plater's own way: tables are pasted, everything else is kept as a draft and shown."""

    course: Course
    shots: int = 0

    def fill(
        self, username: str, element: str, change: Callable[[dict[str, Any]], None] | None = None, **wanted: Any
    ) -> dict[str, Any]:
        """Do a task of the case: see the draft, paste the tables, submit; give the answers, after a change of them."""
        course = self.course
        task = self.town.waiting(course.id, element, username if element.startswith("score_") else "")
        visitor = self.who(username)
        visitor.open("/inbox")
        answers = self.answers(task, visitor, **wanted)
        if change:
            change(answers)
        schema = visitor.page.evaluate(
            "async (id) => (await (await fetch(`/api/v1/tasks/${id}`)).json()).form_schema", task.id
        )
        tables = [one for one in tables_of(schema["components"]) if answers.get(one["path"])]
        pasted = {one["path"] for one in tables}
        visitor.save_draft(task.id, {key: one for key, one in answers.items() if key not in pasted}, "情况属实。")
        visitor.click(visitor.find_task(course.number, task.name), until=f"/tasks/{task.id}$")
        for table in tables:
            paste(visitor, table, answers[table["path"]])
        shown = visitor.collected()
        for path in pasted:
            rows = [{key: cell for key, cell in row.items() if cell is not None} for row in shown[path]]
            assert len(rows) == len(answers[path]), path
            for row, wanted_row in zip(rows, answers[path], strict=True):
                wrong = {key: (row[key], cell) for key, cell in wanted_row.items() if key in row and row[key] != cell}
                assert wrong == {}, f"{element}: {path}: {wrong}"
        self._keep(visitor.page, element)
        visitor.submit(look=False)
        return answers

    def _keep(self, page: Any, element: str) -> None:
        folder = os.environ.get("QINGSHEN_SHOTS")
        if not folder:
            return
        self.shots += 1
        for width, height in WIDTHS:
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=Path(folder) / f"{self.shots:02d}_{element}_{width}.png", full_page=True)
        page.set_viewport_size({"width": WIDTHS[0][0], "height": WIDTHS[0][1]})


def _begin(way: Plater) -> None:
    way.town.pass_days(2)
    way.fill(OWNER, "confirm_notice_receipt")
    way.town.pass_days(8)
    way.fill(OWNER, "submit_disclosure")
    way.fill("li", "check_disclosure", decision="accept")
    way.town.pass_days(20)
    way.fill(OWNER, "file_start", mode="self")
    way.fill("li", "check_filing", decision="accept")


def _audit(way: Plater) -> dict[str, dict[str, Any]]:
    told = {}
    for phase in PHASES:
        way.town.pass_days(20)
        told[phase] = way.fill(OWNER, phase)
    way.town.pass_days(10)
    told["submit_report"] = way.fill(OWNER, "submit_report")
    way.fill("li", "check_report_receipt", decision="accept")
    return told


def _judge(way: Plater, gate: str, scores: tuple[float, float, float]) -> None:
    way.town.pass_days(5)
    way.fill(OWNER, f"apply_for_{gate}")
    way.fill("li", f"check_{gate}_receipt", decision="accept")
    way.fill("li", f"propose_{gate}_panel", experts=[way.town.person_id(name) for name in PANEL])
    way.town.pass_days(10)
    for name, score in zip(PANEL, scores, strict=True):
        way.fill(name, f"score_{gate}", score=score)
    way.fill("li", f"write_{gate}_opinion")


def _one_undone(answers: dict[str, Any]) -> None:
    """Leave one option of medium cost undone, with the reason, and without effects."""
    for row in answers["options"]:
        if row["code"] == UNDONE:
            row.update(dict.fromkeys(("begun_on", "finished_on", "investment_actual", "benefit_actual", "effect")))
            row.update(
                progress="dropped", undone_reason="三价铬镀液在厚铬件上结合力未达到客户要求，继续试验。", evidence=[]
            )
    answers["effects"] = [row for row in answers["effects"] if row["code"] != UNDONE]
    for name in [name.removeprefix("after_") for name in answers if name.startswith("after_")]:
        saved = sum(row["reported"] for row in answers["effects"] if row["indicator"] == name)
        answers[f"after_{name}"] = round(answers[f"before_{name}"] - saved, 4)


def _implement(way: Plater) -> dict[str, Any]:
    """Implement all options but one, and plan how cleaner production goes on."""
    way.town.pass_days(60)
    done = way.fill(OWNER, "implement_options", _one_undone)
    way.town.pass_days(10)
    way.fill(OWNER, "plan_continuous_production")
    return done


def _text(visitor: Any, address: str) -> str:
    """Give the text of a Word file behind an address, in one line."""
    document = Document(io.BytesIO(visitor.download(address)))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return re.sub(r"\s", "", "".join([paragraph.text for paragraph in document.paragraphs] + cells))


def _papers(way: Plater, told: Mapping[str, Mapping[str, Any]]) -> None:
    """The report holds every option; every letter of the case can be had as Word and PDF, and its number is in both."""
    owner = way.who(OWNER)
    path = f"/cases/{way.course.id}/reports/audit"
    page = owner.open(path)
    owner.click(page.get_by_role("button", name="生成 Word 和 PDF"), until=re.escape(path))
    page = owner.open(path)
    links = {name: address_of(page.get_by_role("link", name=name).first.get_attribute("href")) for name in FILES}
    content = _text(owner, links["Word"])
    for option in told["generate_options"]["options"]:
        assert re.sub(r"\s", "", option["name"]) in content, option["name"]
    assert owner.download(links["PDF"]).startswith(b"%PDF-")
    with reading(way.town.sessions) as session:
        letters = session.execute(select(Letter.id, Letter.kind, Letter.number).where(Letter.case_id == way.course.id))
        found = [tuple(row) for row in letters]
    assert {kind for _id, kind, _number in found} >= {"notice", "filing", "evaluation_opinion", "acceptance_opinion"}
    for letter_id, kind, number in found:
        page = owner.open(f"/letters/{letter_id}")
        links = {name: address_of(page.get_by_role("link", name=name).first.get_attribute("href")) for name in FILES}
        assert re.sub(r"\s", "", number) in _text(owner, links["Word"]), f"{kind} does not say {number}"
        assert owner.download(links["PDF"]).startswith(b"%PDF-")


def _figures(way: Plater, done: Mapping[str, Any]) -> None:
    """The register holds twelve options and what was typed about their effects; one says why it was not done."""
    with reading(way.town.sessions) as session:
        options = session.scalars(select(Option).where(Option.case_id == way.course.id)).all()
        effects = session.execute(
            select(Option.code, OptionEffect.indicator, OptionEffect.reported)
            .join(OptionEffect, OptionEffect.option_id == Option.id)
            .where(Option.case_id == way.course.id, OptionEffect.reported.is_not(None))
        ).all()
        assert len(options) == 12
        assert sum(option.cost_class in {"medium", "high"} for option in options) == 3
        assert [option.code for option in options if option.status != "done"] == [UNDONE]
    typed = {(row["code"], row["indicator"]): row["reported"] for row in done["effects"]}
    assert {(code, indicator): float(value) for code, indicator, value in effects} == pytest.approx(typed)


def test_a_plater_with_twelve_options_goes_through_every_phase_to_its_papers(
    browser: Browser, town: Town, browser_context_args: dict[str, Any]
) -> None:
    way = Plater(browser, town, browser_context_args)
    way.course = _publish(way, _approve(way, _import_list(way)))[OWNER]
    _begin(way)
    told = _audit(way)
    _judge(way, "evaluation", (92, 93, 94))
    done = _implement(way)
    _judge(way, "acceptance", (86, 88, 87))
    expect(way.who("li").open(f"/cases/{way.course.id}").locator(".page-header")).to_contain_text("合格")
    _figures(way, done)
    _papers(way, told)
    assert way.log.troubles == []
