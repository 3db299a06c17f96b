"""Browser and server agree on every submission: the same fields refused, with the same words, and the same answers."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from marshmallow import ValidationError
from playwright.sync_api import Page

from feel import for_thread
from forms import compile_form, shipped
from tests.forms.submissions import CASE_TYPES, CONTEXT, FILES, SYNTHETIC, answers

# Import each submission into the form of the page, let conditions and computed fields settle, and press submit.
IN_THE_BROWSER = """
async ([schema, submissions]) => {
  const { form } = window.__task;
  const pause = () => new Promise((resolve) => window.setTimeout(resolve, 15));
  const out = [];
  for (const data of submissions) {
    await form.importSchema(schema, data);
    let before = '';
    for (let quiet = 0; quiet < 3;) {
      await pause();
      const now = JSON.stringify(form._getState().data);
      quiet = now === before ? quiet + 1 : 0;
      before = now;
    }
    out.push(JSON.parse(JSON.stringify(window.__task.collect())));
  }
  return out;
}
"""
AT_ONCE = 40
FORMS = {**{f"synthetic_{key}": value for key, value in SYNTHETIC.items()}, **shipped()}


def _refusals(
    messages: Any, where: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], tuple[str, ...]]]:
    if isinstance(messages, Mapping):
        for key, value in messages.items():
            yield from _refusals(value, (*where, key))
    elif isinstance(messages, list) and messages and all(isinstance(text, str) for text in messages):
        yield where, tuple(messages)
    elif isinstance(messages, list):
        for index, value in enumerate(messages):
            yield from _refusals(value, (*where, index))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return float(value)
    return value


def _sent(definition: Mapping[str, Any], value: Any) -> Any:
    """Give what was sent as it is kept: a number sent as text is a number."""
    texts = {found["key"] for found in _components(definition) if found.get("serializeToString")}
    return {key: float(item) if key in texts and item else item for key, item in _plain(value).items()}


def _components(definition: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for component in definition.get("components", []):
        yield component
        yield from _components(component)


def _compare(page: Page, key: str, count: int) -> None:
    definition = FORMS[key]
    chance = random.Random(f"{key}{count}")
    contexts = [_context(chance) for _ in range(count)]
    submissions = [{**context, **answers(definition, chance, context)} for context in contexts]
    shown: list[Any] = []
    for first in range(0, count, AT_ONCE):
        if first:  # a page that has rendered hundreds of forms is slow, and ends
            page.reload()
            page.wait_for_selector("body[data-ready]")
        shown += page.evaluate(IN_THE_BROWSER, [definition, submissions[first : first + AT_ONCE]])
    compiled, feel, now = compile_form(definition), for_thread(), datetime.now(UTC)
    for context, submission, browser in zip(contexts, submissions, shown, strict=True):
        sent = browser["answers"]
        try:
            clean = compiled.load(sent, context=context, stored=submission, files=FILES.get, feel=feel, now=now)
            refused: Any = {}
        except ValidationError as error:
            clean, refused = None, error.messages
        explain = json.dumps(submission, ensure_ascii=False)
        assert dict(_refusals(refused)) == dict(_refusals(browser["errors"])), explain
        if clean is not None:
            assert _plain(clean) == _sent(definition, sent), explain


def _context(chance: random.Random) -> dict[str, Any]:
    types = chance.sample(CASE_TYPES, chance.randint(1, 2))
    return {**CONTEXT, "case": {**CONTEXT["case"], "types": types, "round": chance.choice([1, 2])}}


@pytest.mark.browser
@pytest.mark.parametrize("key", sorted(FORMS))
def test_browser_and_server_agree_on_random_submissions(task_page: Page, key: str) -> None:
    _compare(task_page, key, 14 if key.startswith("synthetic") else 4)
    assert task_page.evaluate("[...window.__missing]") == []


@pytest.mark.night
@pytest.mark.browser
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("key", sorted(FORMS))
def test_browser_and_server_agree_on_400_random_submissions(task_page: Page, key: str) -> None:
    _compare(task_page, key, 400)
