"""Which regions a form or a filter offers: those that its reader may choose, and no others."""

from __future__ import annotations

import re

import pytest

from tests.server.conftest import House


def offered(text: str, name: str = "region_code") -> list[str]:
    """Give the codes that a choice of a page offers."""
    found = re.search(rf'<select[^>]*name="{name}"[^>]*>(.*?)</select>', text, re.DOTALL)
    assert found is not None
    return [code for code in re.findall(r'<option value="(\d*)"', found.group(1)) if code]


@pytest.mark.parametrize(("username", "first", "inside"), [("he", "620102", "620102"), ("li", "620100", "6201")])
def test_an_officer_registers_enterprises_in_the_own_region_alone(
    still: House, username: str, first: str, inside: str
) -> None:
    codes = offered(still.browser(username).get("/enterprises/new").text)
    assert codes[0] == first
    assert {code[: len(inside)] for code in codes} == {inside}


def test_an_enterprise_is_shown_the_region_it_lies_in(still: House) -> None:
    assert offered(still.browser("chen").get("/enterprises/steelworks/edit").text) == ["620102"]


def test_a_site_is_added_within_the_province(still: House) -> None:
    codes = offered(still.browser("chen").get("/enterprises/steelworks").text)
    assert "620100" in codes
    assert {code[:2] for code in codes} == {"62"}


def test_the_public_chooses_among_the_regions_in_which_something_is_public(still: House) -> None:
    browser = still.browser()
    codes = offered(browser.get("/public").text, "region")
    assert "620000" in codes
    assert len(codes) < 10
    for code in codes:
        assert browser.get(f"/public?region={code}").text.count('href="/public/') > 0
