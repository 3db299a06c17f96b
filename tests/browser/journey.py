"""The steps of a journey through the pages, each done by the right person."""

from __future__ import annotations

import io
import json
import random
import re
from dataclasses import dataclass, field
from typing import Any, Final

import xlsxwriter
from playwright.sync_api import Browser, expect

from audits.demo.answers import answers_for
from audits.list_import import COLUMNS
from tests.browser.town import FIRMS, Town, Waiting
from tests.browser.visitor import PATIENCE, Log, Visitor

SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES: Final = {"chen": "双有", "wang": "双超", "he": "双超,双有"}
OFFICE: Final = frozenset({"li", "ma"})


@dataclass(frozen=True, slots=True)
class Course:
    """A case on its way: its id and number, and who signs for the enterprise."""

    id: str
    number: str
    owner: str


@dataclass
class Journey:
    """The town, everybody's browser windows, and what was seen."""

    browser: Browser
    town: Town
    window: dict[str, Any]
    log: Log = field(default_factory=Log)
    people: dict[str, Visitor] = field(default_factory=dict)
    rng: random.Random = field(default_factory=lambda: random.Random(65))

    def who(self, username: str) -> Visitor:
        """Give a person's browser, signed in once."""
        if username not in self.people:
            visitor = Visitor(self.browser, self.town, self.log, username, **self.window)
            self.people[username] = visitor.sign_in() if username else visitor
        return self.people[username]

    # ---- the list -------------------------------------------------------------------------------------------

    def draft_list(self, username: str, title: str) -> str:
        """Draft an annual list and give the address of its page."""
        officer = self.who(username)
        page = officer.open("/lists")
        page.get_by_role("button", name="新建名单").click()
        page.get_by_label("标题").fill(title)
        page.get_by_label("地区").select_option("620100")
        officer.click(page.get_by_role("button", name="起草名单"), until=r"/lists/[^/]+$")
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        return officer.path

    def import_workbook(self, username: str, path: str, content: bytes) -> Visitor:
        """Upload a workbook to a list and come to the report."""
        officer = self.who(username)
        page = officer.open(path)
        file = {"name": "名单.xlsx", "mimeType": SHEET, "buffer": content}
        page.get_by_label("工作簿").set_input_files(file)  # type: ignore[arg-type]
        officer.click(page.get_by_role("button", name="检查工作簿"), until=r"/lists/[^/]+/imports/[^/]+$")
        return officer

    # ---- tasks ----------------------------------------------------------------------------------------------

    def answers(self, task: Waiting, visitor: Visitor, *, upload: bool = True, **wanted: Any) -> dict[str, Any]:
        """Give realistic answers to the form of a task, with a file uploaded where the form wants one."""
        facts = self.town.facts(task, visitor.username)
        stand_in: dict[str, Any] = {"id": "stand-in", "name": f"{task.name}.pdf", "size": 1, "type": "application/pdf"}
        state = self.rng.getstate()
        found = answers_for(task.form, facts | {"files": [stand_in]}, self.rng, **wanted)
        if "stand-in" not in json.dumps(found) or not upload:
            return found
        self.rng.setstate(state)
        facts["files"] = [visitor.upload(task.id, stand_in["name"])]
        return answers_for(task.form, facts, self.rng, **wanted)

    def do(self, username: str, course: Course, element: str, **wanted: Any) -> None:
        """Do a task whose answers are kept as a draft: find it in the inbox, see the draft in the form, submit."""
        task = self.town.waiting(course.id, element, username if element.startswith("score_") else "")
        visitor = self.who(username)
        page = visitor.open("/inbox")
        expect(visitor.find_task(course.number, task.name)).to_be_visible()
        answers = self.answers(task, visitor, **wanted)
        visitor.save_draft(task.id, answers, "材料属实，同意。" if username in OFFICE else "")
        visitor.click(visitor.find_task(course.number, task.name), until=f"/tasks/{task.id}$")
        expect(page.locator("#task-form")).to_have_attribute("data-draft-version", "1")
        shown = visitor.collected()
        differing = {
            key: (shown[key], one) for key, one in answers.items() if key in shown and not _has(shown[key], one)
        }
        assert differing == {}, f"{task.form}: the page does not show what was saved: {differing}"
        visitor.submit(look=False)

    def type(self, username: str, course: Course, element: str, opinion: str = "", **wanted: Any) -> dict[str, Any]:
        """Do a task with keyboard and mouse alone, and give what was typed."""
        task = self.town.waiting(course.id, element, username if element.startswith("score_") else "")
        visitor = self.who(username)
        page = visitor.open("/inbox")
        answers = self.answers(task, visitor, upload=False, **wanted)
        visitor.click(visitor.find_task(course.number, task.name), until=f"/tasks/{task.id}$")
        visitor.type(answers)
        if opinion:
            page.get_by_label("意见", exact=True).fill(opinion)
        visitor.submit()
        return answers


def _has(shown: Any, saved: Any) -> bool:
    """Say whether a field shows what was saved; a row may hold computed cells besides."""
    if isinstance(shown, dict) and isinstance(saved, dict):
        return all(_has(shown[key], one) for key, one in saved.items() if key in shown)
    if isinstance(shown, list) and isinstance(saved, list):
        return len(shown) == len(saved) and all(map(_has, shown, saved))
    return bool(shown == saved)


def workbook(*, wrong: bool = False) -> bytes:
    """Write the annual list as a workbook; ``wrong`` breaks the credit code in row 3."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet("名单")
    for place, column in enumerate(COLUMNS):
        sheet.write_string(0, place, column.zh)
    for line, (user, person, name, uscc, region, industry) in enumerate(FIRMS, start=1):
        code = uscc[:-1] + "9" if wrong and line == 2 else uscc
        values = [name, code, region, industry, TYPES[user], "排放含重金属废水", "否", "是", person, "工业园区1号"]
        for place, value in enumerate(values):
            sheet.write_string(line, place, value)
    book.close()
    return target.getvalue()


def address_of(link: str | None) -> str:
    """Give the path of a link's address."""
    return re.sub(r"^https?://[^/]+", "", link or "")


__all__ = ["PATIENCE", "Course", "Journey", "address_of", "workbook"]
