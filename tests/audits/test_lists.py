"""Annual lists: drafted, published on a day that starts every clock, a case for each line."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from audits import administration, cases, enterprises, lists, publications, regions, unjoined
from audits.models import Case, Enterprise, ListEntry, Notice
from tests.audits.office import PUBLISHED, Office
from workflows import tasks
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Instance, JobRun, Organisation


def firms(office: Office, count: int, region: str = "620104") -> list[str]:
    made = []
    with office.as_("li") as (session, actor):
        for number in range(count):
            body = f"91{region}MB{number:07d}"
            fields = {
                "name": f"工厂{number}",
                "uscc": body + enterprises.uscc_check(body),
                "region_code": region,
                "industry": "3120",
            }
            made.append(enterprises.register(session, actor, fields, now=office.now).id)
    return made


def open_all(office: Office, count: int) -> None:
    list_id = office.publish({firm: ["SHUANGYOU"] for firm in firms(office, count)})
    with office.looking() as session:
        run = session.scalars(select(JobRun).where(JobRun.name == lists.OPEN_CASES)).one()
        assert (run.status, run.done, run.total) == ("done", count, count)
        assert run.result == {"cases": count, "problems": []}
        numbers = set(session.scalars(select(Case.number)))
        assert numbers == {f"QS2026-620100-01-{place:04d}" for place in range(1, count + 1)}
        assert session.scalar(select(func.count()).select_from(Instance)) == count
    again = lists.open_cases(office.sessions, office.app, {"list": list_id}, lambda _done, _total: None, office.now)
    assert again == {"cases": count, "problems": []}
    with office.looking() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == count
    # Nobody signs in for these firms yet: their bureau is told once, and sees each of them on its board.
    assert office.incidents() == []
    with office.looking() as session:
        told = session.scalars(select(Notice).where(Notice.kind == "enterprises_unjoined")).one()
        assert (told.organisation_id, told.values["count"]) == ("lanzhou_bureau", count)
        assert unjoined.count(session, office.actor(session, "li"), now=office.now) == count
    assert office.stalled() == []


@pytest.mark.database
def test_publishing_opens_a_case_for_every_line_and_a_repeat_opens_no_second(office: Office) -> None:
    open_all(office, 30)


@pytest.mark.night
@pytest.mark.timeout(1200)
def test_publishing_opens_five_hundred_cases(office: Office) -> None:
    open_all(office, 500)


def test_who_joins_a_firm_later_finds_the_notice_waiting(office: Office) -> None:
    (firm,) = firms(office, 1)
    case_id = office.open(firm)
    with office.as_("admin") as (session, actor):
        fields = {"username": "spaet", "name": "后来", "password": "Guten-Morgen-26!"}
        person = administration.create_person(
            session, actor, fields | {"organisation_id": firm, "role": "enterprise"}, now=office.now
        )
    with office.as_(person.id) as (session, actor):
        waiting = tasks.todo(session, actor, now=office.now).items
        assert [task.element for task in waiting] == ["confirm_notice_receipt"]
        assert cases.get(session, actor, case_id).case.id == case_id


def test_a_line_that_cannot_be_opened_is_reported_and_holds_nobody_up(office: Office) -> None:
    keys = firms(office, 3)
    with office.sessions.begin() as session:
        regions.load(session, [regions.RegionRow("650000", "", "province", "新疆", "Xinjiang")])
    with office.as_("li") as (session, actor):
        row = lists.create(
            session, office.app, actor, year=2026, batch=1, title="名单", region_code="620100", now=office.now
        )
        for key in keys:
            lists.add_entry(session, actor, row.id, enterprise_id=key, types=["SHUANGYOU"], reason="", now=office.now)
        list_id = row.id
    office.approve(list_id)
    with office.as_("li") as (session, actor):
        lists.publish(session, office.app, actor, list_id, published_on=PUBLISHED, now=office.now)
        session.get_one(Enterprise, keys[1]).region_code = "650000"  # a place without any bureau
    with office.looking() as session:
        run = session.scalars(select(JobRun).where(JobRun.name == lists.OPEN_CASES)).one()
        assert run.result["cases"] == 2
        assert [one["code"] for one in run.result["problems"]] == ["no_bureau"]
        assert session.scalar(select(func.count()).select_from(Case)) == 2


def test_the_clocks_run_from_the_day_of_publication(office: Office) -> None:
    case_id = office.open(on=date(2026, 1, 31))
    due = {kind: office.deadline(case_id, kind).due_on for kind in ("disclosure", "start", "report")}
    # 28 February is a Saturday on which people work; 31 January 2027 lies in a year that is not published
    assert due == {"disclosure": date(2026, 2, 28), "start": date(2026, 3, 31), "report": date(2027, 2, 1)}
    assert office.deadline(case_id, "report").provisional


def test_a_published_list_is_public_at_once_and_changes_no_more(office: Office) -> None:
    list_id = office.publish({"bakery": ["SHUANGYOU"]})
    with office.looking() as session:
        public = publications.public_list(session, kind="list").items
        assert [row.list_id for row in public] == [list_id]
        lines = publications.public_entries(session, public[0].id).items
        assert [line.content["name"] for line in lines] == ["黄河食品有限公司"]
    with office.as_("li") as (session, actor):
        for verb in (
            lambda: lists.add_entry(
                session, actor, list_id, enterprise_id="steelworks", types=["SHUANGYOU"], reason="", now=office.now
            ),
            lambda: lists.publish(session, office.app, actor, list_id, published_on=PUBLISHED, now=office.now),
            lambda: lists.remove_entry(session, actor, list_id, "x", office.now),
        ):
            with pytest.raises(Conflict) as caught:
                verb()
            assert caught.value.code == "list_is_published"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"year": 1999}, "year"),
        ({"batch": 0}, "batch"),
        ({"title": " "}, "title"),
        ({"region_code": "999999"}, "region_code"),
    ],
)
def test_a_list_with_a_wrong_field_is_not_drafted(office: Office, changes: dict[str, object], field: str) -> None:
    asked = {"year": 2026, "batch": 1, "title": "名单", "region_code": "620100"} | changes
    with office.as_("li") as (session, actor), pytest.raises(Invalid) as caught:
        lists.create(session, office.app, actor, now=office.now, **asked)  # type: ignore[arg-type]
    assert set(caught.value.fields) == {field}


def test_a_batch_of_a_year_is_drafted_once_and_only_where_one_is_in_charge(office: Office) -> None:
    with office.as_("li") as (session, actor):
        lists.create(session, office.app, actor, year=2026, batch=1, title="名单", region_code="620100", now=office.now)
        with pytest.raises(Conflict):
            lists.create(
                session, office.app, actor, year=2026, batch=1, title="名单", region_code="620100", now=office.now
            )
        for region in ("620000", "620200", "370000"):
            with pytest.raises(NotAllowed):
                lists.create(
                    session, office.app, actor, year=2026, batch=1, title="名单", region_code=region, now=office.now
                )


def test_a_draft_takes_lines_of_its_region_once_each(office: Office) -> None:
    with office.as_("ma") as (session, actor):
        row = lists.create(
            session, office.app, actor, year=2026, batch=1, title="嘉峪关", region_code="620200", now=office.now
        )
        with pytest.raises(Invalid) as caught:
            lists.add_entry(
                session, actor, row.id, enterprise_id="bakery", types=["SHUANGYOU"], reason="", now=office.now
            )
        assert caught.value.fields == {"enterprise_id": ["outside_region"]}
        province = lists.create(
            session, office.app, actor, year=2026, batch=1, title="全省", region_code="620000", now=office.now
        )
        entry = lists.add_entry(
            session,
            actor,
            province.id,
            enterprise_id="bakery",
            types=["SHUANGYOU", "SHUANGCHAO"],
            reason="",
            now=office.now,
        )
        assert entry.types == ["SHUANGCHAO", "SHUANGYOU"]
        with pytest.raises(Conflict):
            lists.add_entry(
                session, actor, province.id, enterprise_id="bakery", types=["SHUANGYOU"], reason="", now=office.now
            )
        with pytest.raises(Invalid):
            lists.add_entry(
                session, actor, province.id, enterprise_id="steelworks", types=["X"], reason="", now=office.now
            )
        with pytest.raises(NotFound):
            lists.add_entry(
                session, actor, province.id, enterprise_id="jinan_paper", types=["SHUANGYOU"], reason="", now=office.now
            )
        lists.remove_entry(session, actor, province.id, entry.id, office.now)
        with pytest.raises(Invalid) as caught:
            lists.publish(session, office.app, actor, province.id, published_on=PUBLISHED, now=office.now)
        assert caught.value.code == "list_is_empty"


def test_a_list_is_not_published_ahead_of_its_day(office: Office) -> None:
    with office.as_("li") as (session, actor):
        row = lists.create(
            session, office.app, actor, year=2026, batch=1, title="名单", region_code="620100", now=office.now
        )
        lists.add_entry(session, actor, row.id, enterprise_id="bakery", types=["SHUANGYOU"], reason="", now=office.now)
        for published, decided in ((date(2026, 3, 3), None), (PUBLISHED, date(2026, 3, 3))):
            with pytest.raises(Invalid):
                lists.publish(
                    session, office.app, actor, row.id, published_on=published, decided_on=decided, now=office.now
                )


def test_another_city_sees_of_a_provincial_list_only_its_own_lines(office: Office) -> None:
    list_id = office.publish({"bakery": ["SHUANGYOU"]}, by="ma", region="620000")
    city = office.publish({"steelworks": ["SHUANGYOU"]})
    with office.as_("gao") as (session, actor):
        assert [row.id for row in lists.list_(session, actor).items] == [list_id]
        assert lists.entries(session, actor, list_id).items == ()
        assert lists.count(session, actor, list_id) == 0
        with pytest.raises(NotFound):
            lists.entries(session, actor, city)
    for username in ("kong", "chen", "zhao", "sun"):
        with office.as_(username) as (session, actor):
            assert lists.list_(session, actor).items == ()
            with pytest.raises(NotFound):
                lists.get(session, actor, list_id)


# ---- jurisdiction


@pytest.mark.parametrize(
    ("industry", "listed", "bureau"),
    [("4411", True, "gansu_bureau"), ("4411", False, "lanzhou_bureau"), ("1411", True, "lanzhou_bureau")],
)
def test_gansu_sends_a_listed_power_plant_to_the_province_and_a_bakery_to_the_city(
    office: Office, industry: str, listed: bool, bureau: str
) -> None:
    with office.as_("li") as (session, actor):
        changes = {"industry": industry, "key_discharger": listed}
        enterprises.update(session, actor, "bakery", changes, office.now)
    case_id = office.open()
    assert office.case(case_id).competent_id == bureau
    with office.looking() as session:
        instance = session.get_one(Instance, case_id)
        assert instance.variables["jurisdiction"] == ("province" if bureau == "gansu_bureau" else "city")


def test_what_the_case_was_opened_with_stays_when_the_enterprise_changes(office: Office) -> None:
    case_id = office.open()
    with office.as_("li") as (session, actor):
        enterprises.update(session, actor, "bakery", {"industry": "4411", "key_discharger": True}, office.now)
    assert office.case(case_id).competent_id == "lanzhou_bureau"
    with office.as_("li") as (session, actor):
        assert session.get_one(Instance, case_id).variables["case"]["industry"] == "1411"


def test_the_law_is_that_of_the_day_of_publication(office: Office) -> None:
    assert office.case(office.open()).legal_basis == "law-2012"
    office.wait(days=200)
    assert office.case(office.open("steelworks", on=date(2026, 9, 1), batch=2)).legal_basis == "code-2026"


# ---- removal


@pytest.mark.database
@pytest.mark.parametrize(("decision", "letter"), [("removed", "removal"), ("deferred", "deferral")])
def test_a_removal_ends_the_case_with_a_letter_and_a_reason(office: Office, decision: str, letter: str) -> None:
    case_id = office.open()
    with office.as_("li") as (session, actor):
        cases.decide_removal(session, office.app, actor, case_id, decision=decision, reason="企业停产", now=office.now)
    case = office.case(case_id)
    assert (case.outcome, case.outcome_on) == (decision, PUBLISHED)
    with office.as_("li") as (session, actor):
        view = cases.get(session, actor, case_id)
        assert (view.entry.outcome, view.open_tasks, view.instance.status) == (decision, [], "completed")
        with pytest.raises(Conflict):
            cases.decide_removal(session, office.app, actor, case_id, decision=decision, reason="再来", now=office.now)
    assert office.told(case_id, "letter.issued")[-1]["kind"] == letter
    assert office.told(case_id, "case.removal_decided") == [{"decision": decision, "reason": "企业停产"}]
    assert office.incidents() == []


def test_a_removal_needs_a_decision_a_reason_and_the_right(office: Office) -> None:
    case_id = office.open()
    asked = {"decision": "removed", "reason": "停产"}
    for wrong in ({"decision": "forgotten"}, {"reason": "  "}):
        with office.as_("li") as (session, actor), pytest.raises(Invalid):
            cases.decide_removal(session, office.app, actor, case_id, **(asked | wrong), now=office.now)
    for username, error in (("wang", NotAllowed), ("chen", NotFound), ("gao", NotFound), ("kong", NotFound)):
        with office.as_(username) as (session, actor), pytest.raises(error):
            cases.decide_removal(session, office.app, actor, case_id, **asked, now=office.now)
    with office.looking() as session:
        assert session.scalar(select(ListEntry.outcome)) == ""
        assert session.scalar(select(Organisation.active).where(Organisation.id == "bakery")) is True
