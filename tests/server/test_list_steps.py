"""A list says to each reader who does what next, and offers only what is theirs to do."""

from __future__ import annotations

from tests.server import routes
from tests.server.conftest import House


def page(house: House, who: str) -> str:
    return house.browser(who).get(f"/lists/{house.ids['draft_list']}?enterprise=兰州").text


def offered(text: str, list_id: str) -> set[str]:
    """Give which acts on the list itself a page offers."""
    marks = {"import": "import", "propose": "proposal", "withdraw": "withdrawal", "decide": "decisions"}
    return {name for name, end in marks.items() if f'action="/lists/{list_id}/{end}"' in text}


def test_on_a_draft_the_city_fills_the_county_adds_and_the_province_waits(house: House) -> None:
    told = house.ids["draft_list"]
    city, county, province = (page(house, who) for who in ("li", "he", "ma"))
    assert "下一步：由贵单位填报名单草稿，报 甘肃省生态环境厅 逐条核定。" in city
    assert offered(city, told) == {"import", "propose"}
    assert "下一步：由拟定名单的部门填报并上报，再由贵单位逐条核定。" in province
    assert offered(province, told) == set()
    assert "贵单位可将本辖区企业提入名单草稿" in county
    assert offered(county, told) == set()
    assert 'name="enterprise"' in county
    assert 'name="enterprise"' not in province


def test_a_proposed_list_is_the_superiors_to_decide(house: House) -> None:
    told = house.ids["draft_list"]
    routes.proposed(house)
    city, province = page(house, "li"), page(house, "ma")
    assert "下一步：由 甘肃省生态环境厅 逐条核定" in city
    assert offered(city, told) == {"withdraw"}
    assert "下一步：由贵单位逐条核定" in province
    assert offered(province, told) == {"decide"}


def test_a_decided_list_waits_to_be_published(house: House) -> None:
    told = house.ids["draft_list"]
    routes.approved(house)
    city = page(house, "li")
    assert "各条均已核定，名单可以公布。" in city
    assert f'action="/lists/{told}/publish"' in city
    assert offered(city, told) == {"withdraw"}
