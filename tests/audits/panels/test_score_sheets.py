"""Score sheets as versioned data: the form made of it, its checks, who publishes, and what a panel keeps."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest

from audits import score_sheets, sheet_forms
from audits.models import ScoreSheet
from feel import for_thread
from forms import compile_form
from forms.definitions import shipped
from tests import world
from tests.audits.office import EXPERTS, Office
from workflows import tasks
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Membership, Organisation, Person

DAY = date(2026, 3, 2)
EVALUATION = "evaluation_score_sheet"
ACCEPTANCE = "acceptance_score_sheet"


def drafted(office: Office, form: str = EVALUATION, region: str = "620000", day: date = DAY) -> ScoreSheet:
    with office.as_("designer") as (session, actor):
        return score_sheets.draft(session, actor, form=form, region_code=region, valid_from=day, now=office.now)


def publish(office: Office, sheet_id: str) -> None:
    with office.as_("fabu") as (session, actor):
        score_sheets.publish(session, actor, sheet_id, now=office.now)


def change(office: Office, sheet_id: str, **fields: Any) -> None:
    with office.as_("designer") as (session, actor):
        score_sheets.change(session, actor, sheet_id, fields, now=office.now)


@pytest.fixture
def publishing(office: Office) -> Office:
    """Give an office with a publisher of the whole country."""
    with office.as_("zong") as (session, _actor):
        session.add(Person(id="fabu", username="fabu", name="发布员", created_at=office.now))
        session.add(
            Organisation(id="press", kind="institute", name="发布处", region_code="100000", staff_role="publisher")
        )
        session.flush()
        session.add(Membership(id="m-fabu", person_id="fabu", organisation_id="press", role="publisher", region_code="100000", since=office.now))  # fmt: skip  # noqa: E501
    return office


@pytest.mark.parametrize("form", score_sheets.FORMS)
def test_the_shipped_form_is_what_its_own_data_makes(form: str) -> None:
    content = sheet_forms.extract(shipped()[form])
    assert sheet_forms.render(shipped()[form], content) == shipped()[form]
    assert sheet_forms.check(content, vetoes=form in score_sheets.WITH_VETOES) == []


def altered(form: str = ACCEPTANCE, **changes: Any) -> dict[str, Any]:
    content = copy.deepcopy(sheet_forms.extract(shipped()[form]))
    return content | changes


@pytest.mark.parametrize(
    ("item", "change", "finding"),
    [
        (0, {"max": "9"}, ("total", "not_100")),
        (1, {"max": "15.3"}, ("D2", "max")),
        (2, {"step": "0.3"}, ("D3", "step")),
        (3, {"code": "D5"}, ("D5", "twice")),
        (4, {"name": ""}, ("D5", "no_name")),
        (5, {"code": "total"}, ("total", "item_code")),
        (6, {"code": "E1"}, ("E1", "other_section")),
        (6, {"max": "many"}, ("D7", "max")),
    ],
)
def test_a_faulty_item_is_found_at_its_place(item: int, change: dict[str, str], finding: tuple[str, str]) -> None:
    content = altered()
    content["sections"][0]["items"][item] |= change
    assert sheet_forms.Finding(*finding) in sheet_forms.check(content, vetoes=True)


def test_the_six_vetoes_stay_and_more_may_be_added() -> None:
    content = altered()
    local = {"code": "V7", "text": "未完成碳核查", "text_en": ""}
    assert sheet_forms.check(content | {"vetoes": [*content["vetoes"], local]}, vetoes=True) == []
    assert sheet_forms.check(content | {"vetoes": content["vetoes"][1:]}, vetoes=True) == [
        sheet_forms.Finding("V1", "veto_missing")
    ]
    assert [one.rule for one in sheet_forms.check(content, vetoes=False)] == ["no_vetoes_here"]
    for wrong in ("101", "NaN", "1e-999999999"):  # the last one, written out, has a billion digits
        assert [one.rule for one in sheet_forms.check(content | {"comment_below": wrong}, vetoes=True)] == ["per_cent"]


def test_the_form_of_a_sheet_adds_exactly_and_asks_for_a_comment_below_its_share() -> None:
    """Tenths are added as decimals; a bonus adds to the total, which stays within 100."""
    bonus = [{"code": "X1", "name": "示范", "name_en": "", "hint": "", "hint_en": "", "max": "5", "step": "0.5"}]
    local = {"code": "V7", "text": "未完成碳核查", "text_en": ""}
    content = altered(bonus=bonus, comment_below="70")
    content["vetoes"].append(local)
    assert sheet_forms.check(content, vetoes=True) == []
    compiled = compile_form(sheet_forms.render(shipped()[ACCEPTANCE], content))
    full = {f"D{n}": most for n, most in enumerate((10, 15, 20, 20, 15, 10, 10), 1)}
    rest = {"no_conflict": True, "V5_checked": True, "comments": "资料齐全，同意。", "level_before": "III", "level_after": "II"}  # fmt: skip  # noqa: E501
    context = {"case": {"enterprise": "兰州钢铁有限公司"}}

    def load(**answers: Any) -> dict[str, Any]:
        return compiled.load(full | rest | {"X1": 0} | answers, context=context, files=lambda _id: None, feel=for_thread(), now=world.NOW)  # fmt: skip  # noqa: E501

    assert (load()["total"], load()["vetoes"]) == (100, [])
    assert load(D1=9.5, X1=3.5)["total"] == 100
    assert str(load(D2=14.5, D3=19.5, X1=0.5)["total"]) == "99.5"
    assert load(V7=True, V7_evidence="未提交核查报告")["vetoes"] == ["V7"]
    for wrong in ({"D1": 6.5}, {"D1": 10.5}, {"D1": 9.3}, {"V7": True}, {"V5_checked": False}):
        with pytest.raises(Exception, match=r"D1|V7|V5"):
            load(**wrong)
    assert load(D1=6.5, D1_comment="数据不一致")["D1_comment"] == "数据不一致"


def test_who_drafted_a_sheet_does_not_publish_it_and_a_faulty_one_nobody_does(publishing: Office) -> None:
    office = publishing
    row = drafted(office)
    content = copy.deepcopy(row.content)
    content["sections"][0]["items"][0]["max"] = "4"
    change(office, row.id, content=content)
    with pytest.raises(Invalid) as caught:
        publish(office, row.id)
    assert (caught.value.code, dict(caught.value.fields)) == ("sheet_has_findings", {"total": ["not_100"]})
    content["sections"][0]["items"][1]["max"] = "6"
    change(office, row.id, content=content, title="甘肃评估评分表", verified=True)
    with office.as_("fabu") as (session, actor), pytest.raises(NotAllowed):
        score_sheets.change(session, actor, row.id, {"title": "x"}, now=office.now)
    with office.as_("designer") as (session, actor), pytest.raises(NotAllowed):
        score_sheets.publish(session, actor, row.id, now=office.now)
    publish(office, row.id)
    publish(office, row.id)
    with pytest.raises(Conflict):
        change(office, row.id, title="晚了")
    other = drafted(office)
    for who in ("li", "chen", "sun"):
        with office.as_(who) as (session, actor), pytest.raises(NotAllowed):
            score_sheets.get(session, actor, row.id)
    with office.as_("designer") as (session, actor):
        assert sorted(one.status for one in score_sheets.list_(session, actor).items) == ["draft", "published"]
        with pytest.raises(NotFound):
            score_sheets.get(session, actor, "none")
        for wrong in ({"form": "disclosure"}, {"region_code": "1"}):
            with pytest.raises(Invalid):
                score_sheets.draft(session, actor, **({"form": EVALUATION, "region_code": "620000"} | wrong), valid_from=DAY, now=office.now)  # fmt: skip  # noqa: E501
        for fields in ({"title": ""}, {"valid_until": date(2020, 1, 1)}, {"content": {"sections": [{}]}}):
            with pytest.raises(Invalid):
                score_sheets.change(session, actor, other.id, fields, now=office.now)


def test_who_changed_a_sheet_does_not_publish_it_either(publishing: Office) -> None:
    office = publishing
    row = drafted(office)
    with office.as_("zong") as (session, _actor):
        session.add(Membership(id="m-both", person_id="fabu", organisation_id="press", role="designer", region_code="100000", since=office.now))  # fmt: skip  # noqa: E501
    with office.as_("fabu") as (session, actor):
        score_sheets.change(session, actor, row.id, {"title": "我的评分表"}, now=office.now)
    with pytest.raises(NotAllowed, match="own_sheet"):
        publish(office, row.id)


def test_a_title_in_braces_is_no_expression() -> None:
    content = altered()
    content["sections"][0]["title"] = "{{1 + 1}}"
    groups = sheet_forms.render(shipped()[ACCEPTANCE], content)["components"]
    texts = [one["text"] for group in groups for one in group["components"] if one["type"] == "text"]
    assert not any("{{1 + 1}}" in text for text in texts)


def test_the_nearest_region_and_the_newest_day_count(publishing: Office) -> None:
    office = publishing
    rows = {
        key: drafted(office, region=region, day=day)
        for key, region, day in (
            ("country", "100000", DAY), ("province", "620000", DAY), ("later", "620000", date(2026, 6, 1)),
        )
    }  # fmt: skip
    for row in rows.values():
        publish(office, row.id)
    unpublished = drafted(office, region="620100")

    def in_force(path: str, day: date) -> str | None:
        with office.looking() as session:
            found = score_sheets.applicable(session, EVALUATION, path, day)
            return next((key for key, row in rows.items() if found and row.id == found.id), None)

    assert unpublished.version == 1
    assert in_force("/620000/620100/", DAY) == "province"
    assert in_force("/620000/620100/", date(2026, 6, 1)) == "later"
    assert in_force("/370000/", DAY) == "country"
    assert in_force("/370000/", date(2026, 3, 1)) is None


def test_a_panel_keeps_the_sheet_it_began_with(publishing: Office, case_id: str) -> None:
    office = publishing

    def with_first(name: str, most: str) -> str:
        row = drafted(office)
        content = copy.deepcopy(row.content)
        content["sections"][0]["items"][0] |= {"name": name, "max": most}
        content["sections"][0]["items"][1]["max"] = str(10 - int(most))
        change(office, row.id, content=content)
        publish(office, row.id)
        return row.id

    def shown(expert: str) -> str:
        task = next(one for one in office.waiting(case_id) if one.assignee_id == expert)
        with office.as_(expert) as (session, actor):
            view = tasks.view(session, office.app, actor, task.id, now=office.now)
            assert view.form is not None
            return next(c["label"] for g in view.form["components"] if g["id"] == "section_a" for c in g["components"])

    with_first("框架（省级）", "4")
    office.do(office.task(case_id, "propose_evaluation_panel"))
    assert shown("sun") == "A1 框架（省级）（满分 4）"
    office.wait(hours=1)
    with_first("框架（新版）", "2")
    assert shown("qian") == "A1 框架（省级）（满分 4）"
    sheets = [one for one in office.waiting(case_id) if one.assignee_id in EXPERTS]
    with pytest.raises(Invalid) as caught:
        office.do(sheets[0], score=95, A1=4.5, A2=6)
    assert "A1" in caught.value.fields
    for one in sheets:
        office.do(one, score=95, A1=3.5, A2=6)
    assert office.task(case_id, "write_evaluation_opinion")
