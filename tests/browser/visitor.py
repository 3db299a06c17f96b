"""Somebody at a browser: signs in, opens pages, types into forms, and notes everything that a page does wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import Browser, Error, Locator, Page, Response, expect

from tests.browser.town import PASSWORD, Town

PATIENCE: Final = 60_000
_VIOLATIONS: Final = """
document.addEventListener('securitypolicyviolation', (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile || ''}`);
});
"""
_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/verify/)[^/?]+")
_UPLOAD: Final = """
async ([url, name, text]) => {
  const body = new FormData();
  body.append('file', new File([text], name, { type: 'application/pdf' }));
  const answer = await fetch(url, { method: 'POST', body, headers: { Accept: 'application/json' } });
  return [answer.status, await answer.json()];
}
"""
_SAVE: Final = """
async ([url, body]) => {
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
  const answer = await fetch(url, { method: 'PUT', body: JSON.stringify(body), headers });
  return [answer.status, await answer.json()];
}
"""
PDF: Final = (
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    "2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


@dataclass
class Log:
    """What all visitors together have seen: the kinds of pages, and what was wrong on them."""

    pages: dict[str, int] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)


class Visitor:
    """One browser window of one person; without a user name nobody is signed in."""

    def __init__(self, browser: Browser, town: Town, log: Log, username: str = "", **window: Any) -> None:
        self.town, self.log, self.username = town, log, username
        self.context = browser.new_context(**window)
        self.context.set_default_timeout(PATIENCE)
        self.context.add_init_script(_VIOLATIONS)
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda message: self._said(message.type, message.text))
        self.page.on("response", self._answered)
        self.page.on("pageerror", lambda error: self._said("error", f"uncaught: {error}"))

    def _said(self, kind: str, text: str) -> None:
        if kind == "error":
            self.log.troubles.append(f"{self.username or 'anybody'} at {self.page.url}: {text}")

    def _answered(self, answer: Response) -> None:
        if answer.status >= 400:
            self._said("error", f"{answer.status} of {answer.url}")

    # ---- pages ----------------------------------------------------------------------------------------------

    def open(self, path: str) -> Page:
        """Open a page that must be there, and wait until it has finished loading."""
        answer = self.page.goto(self.town.address + path, wait_until="commit")
        assert answer is not None
        assert answer.status == 200, f"{path}: {answer.status}"
        return self.settled()

    def settled(self) -> Page:
        """Wait until the page has finished loading, and note it."""
        self.page.wait_for_selector("body[data-ready]", state="attached")
        kind = _ID.sub("*", self.path.partition("?")[0])
        self.log.pages[kind] = self.log.pages.get(kind, 0) + 1
        missing = self.page.evaluate("[...window.__missing]")
        if missing:
            self.log.troubles.append(f"not translated at {kind}: {missing}")
        return self.page

    @property
    def path(self) -> str:
        """Give the address without the server."""
        return self.page.url.removeprefix(self.town.address)

    def click(self, target: Locator, *, until: str) -> Page:
        """Click what leads to another page, whose address must fit a pattern, and wait for it."""
        expect(self.page.locator(".collapsing")).to_have_count(0)  # what still unfolds moves away under the click
        self.page.evaluate("document.body.dataset.left = 'soon'")
        target.click()
        self.page.wait_for_selector("body:not([data-left])", state="attached")
        self.page.wait_for_url(re.compile(re.escape(self.town.address) + until), wait_until="commit")
        return self.settled()

    def confirm(self, target: Locator, *, until: str) -> Page:
        """Click what asks first, and answer yes."""
        target.click()
        return self.click(self.page.get_by_role("dialog").get_by_role("button", name="确定"), until=until)

    def sign_in(self) -> Visitor:
        """Sign in through the login page, whose language is that of the browser."""
        self.open("/login")
        self.page.locator("#username").fill(self.username)
        self.page.locator("#password").fill(PASSWORD)
        self.click(self.page.locator("form.card button"), until="/$")
        return self

    def download(self, path: str) -> bytes:
        """Fetch a file as this person."""
        answer = self.context.request.get(self.town.address + path)
        assert answer.status == 200, f"{path}: {answer.status}"
        return answer.body()

    def text(self, path: str) -> str:
        """Fetch what this person is shown at an address, whatever its status."""
        return self.context.request.get(self.town.address + path).text()

    def status(self, path: str) -> int:
        """Ask for a page as this person and give the status of the answer."""
        return self.context.request.get(self.town.address + path, max_redirects=0).status

    # ---- tasks ----------------------------------------------------------------------------------------------

    def upload(self, task_id: str, name: str) -> dict[str, Any]:
        """Upload a file to a task from within a page, as the attachment field does."""
        status, row = self.page.evaluate(_UPLOAD, [f"/api/v1/tasks/{task_id}/files", name, PDF])
        assert status == 201, row
        return {key: row[key] for key in ("id", "name", "size", "type")}

    def save_draft(self, task_id: str, answers: Mapping[str, Any], opinion: str = "") -> None:
        """Save answers as the draft from within a page, as the page itself does while somebody types."""
        body = {"answers": answers, "opinion": opinion, "version": 0}
        status, row = self.page.evaluate(_SAVE, [f"/api/v1/tasks/{task_id}/draft", body])
        assert status == 200, row

    def find_task(self, case_number: str, name: str) -> Locator:
        """Find the line of a task in the inbox that is open."""
        lines = self.page.locator("tbody tr", has=self.page.get_by_role("link", name=case_number, exact=True))
        return lines.get_by_role("link", name=name, exact=True)

    def collected(self) -> dict[str, Any]:
        """Give the answers as the page would send them."""
        found: dict[str, Any] = self.page.evaluate("window.__task.collect()")
        assert found["errors"] == {}, found["errors"]
        answers: dict[str, Any] = found["answers"]
        return answers

    def submit(self, *, look: bool = True) -> None:
        """Press the button that sends the form, and see the page that follows; without ``look`` only that it comes."""
        before = self.path
        self.page.get_by_role("button", name="提交", exact=True).click()
        try:
            self.page.wait_for_url(lambda address: not address.endswith(before), wait_until="commit")
        except Error:
            alert = self.page.locator("#task-alert").inner_text()
            faults = self.page.locator(".fjs-form-field-error").all_inner_texts()
            raise AssertionError(f"{before} was not sent: {alert} {faults}") from None
        if look:
            self.settled()
        else:
            self.page.goto("about:blank")

    def type(self, answers: Mapping[str, Any]) -> None:
        """Type answers into the form of the page, field by field, as a person does."""
        schema = self.page.evaluate("JSON.parse(document.getElementById('form-schema').textContent)")
        for component in _flat(schema["components"]):
            key = str(component.get("key"))
            if key in answers and component["type"] in _WAYS and answers[key] not in (None, "", [], False):
                _WAYS[component["type"]](self, component, answers[key])

    def _input(self, component: Mapping[str, Any]) -> Locator:
        return self.page.locator(f'#task-form [id$="-{component["id"]}"]:is(input, textarea, select)')

    def _text(self, component: Mapping[str, Any], value: Any) -> None:
        place = self._input(component)
        place.click()
        place.press_sequentially(str(value)) if len(str(value)) < 12 else place.fill(str(value))

    def _day(self, component: Mapping[str, Any], value: Any) -> None:
        place = self._input_of(component)
        place.fill(str(value))
        place.press("Tab")

    def _input_of(self, component: Mapping[str, Any]) -> Locator:
        return self._field(component).locator("input").first

    def _field(self, component: Mapping[str, Any]) -> Locator:
        label = str(component.get("label") or component.get("dateLabel"))
        found = self.page.locator(f"#task-form .fjs-form-field-{component['type']}")
        return found.filter(has_text=re.compile("^" + re.escape(label)))

    def _check(self, component: Mapping[str, Any], _value: Any) -> None:
        self._input(component).check()

    def _choose(self, component: Mapping[str, Any], value: Any) -> None:
        wanted = [value] if isinstance(value, str) else value
        names = {option["value"]: option["label"] for option in component.get("values", [])}
        for one in wanted:
            self._field(component).get_by_label(names[one], exact=True).check()

    def _select(self, component: Mapping[str, Any], value: Any) -> None:
        place = self._field(component)
        place.locator("input").first.click()
        place.locator(".fjs-dropdownlist-item", has_text=self.option(component, value)).first.click()

    def _tags(self, component: Mapping[str, Any], value: list[Any]) -> None:
        for one in value:
            place = self._field(component)
            name = self.option(component, one)
            place.locator("input").first.fill(name[:2])
            place.locator(".fjs-dropdownlist-item", has_text=name).first.click()

    def option(self, component: Mapping[str, Any], value: Any) -> str:
        """Give the words in which a choice is shown."""
        context = self.page.evaluate("JSON.parse(document.getElementById('form-context').textContent)")
        options = component.get("values") or context[component["valuesKey"]]
        return str(next(option["label"] for option in options if option["value"] == value))

    def _attach(self, component: Mapping[str, Any], value: list[dict[str, Any]]) -> None:
        for file in value:
            body = {"name": file["name"], "mimeType": "application/pdf", "buffer": PDF.encode()}
            self._field(component).locator("input[type=file]").set_input_files(body)  # type: ignore[arg-type]
            expect(self._field(component).get_by_role("link", name=file["name"])).to_be_visible(timeout=PATIENCE)


def _flat(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for component in components:
        if component["type"] == "group":
            found += _flat(component.get("components", []))
        else:
            found.append(component)
    return found


_WAYS: Final = {
    "textfield": Visitor._text,
    "textarea": Visitor._text,
    "number": Visitor._text,
    "datetime": Visitor._day,
    "checkbox": Visitor._check,
    "radio": Visitor._choose,
    "checklist": Visitor._choose,
    "select": Visitor._select,
    "taglist": Visitor._tags,
    "attachment": Visitor._attach,
}
