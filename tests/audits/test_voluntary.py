"""Voluntary audits: who may ask, who decides, what a recognised one is good for, and agreements."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from audits import agreements, lists, voluntary, voluntary_rules
from audits.models import AuditList, Case, Enterprise, Letter, VoluntaryAgreement, VoluntaryApplication
from tests import world
from tests.audits.office import Office
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Membership, Organisation, Person

SELF = {"start_filing": {"mode": "self"}}


def department(office: Office, region: str = "620100", person: str = "fan", name: str = "发展改革委") -> None:
    """Let a coordinating department exist with one officer."""
    with office.sessions.begin() as session:
        house = Organisation(
            id=f"d{region}", kind="department", name=name, region_code=region, staff_role="coordinating_department"
        )
        session.add_all([house, Person(id=person, username=person, name="范处长", created_at=world.FOUNDED)])
        session.flush()
        session.add(
            Membership(
                id=f"m-{person}", person_id=person, organisation_id=house.id, role="coordinating_department",
                region_code=region, since=world.FOUNDED,
            )
        )  # fmt: skip
    world.PEOPLE.setdefault(person, ("范处长", f"d{region}", "coordinating_department"))


@pytest.fixture(autouse=True)
def _people_stay() -> object:
    known = dict(world.PEOPLE)
    yield
    world.PEOPLE.clear()
    world.PEOPLE.update(known)


def asked(office: Office, stated: Collection[str] = ("policy",), by: str = "wang", firm: str = "bakery") -> str:
    """Have an enterprise apply; give the application."""
    with office.as_(by) as (session, actor):
        return voluntary.apply(session, actor, enterprise_id=firm, reason="节能降耗", stated=stated, now=office.now).id


def accepted(office: Office, by: str = "fan") -> str:
    """Have the bakery's application accepted and the list published; give the case."""
    application = asked(office)
    with office.as_(by) as (session, actor):
        row = voluntary.decide(session, actor, application, decision="accepted", now=office.now)
        entry = row.entry_id
    with office.as_(by) as (session, actor):
        draft = session.scalars(select(AuditList).where(AuditList.kind == "voluntary")).one()
        lists.publish(session, office.app, actor, draft.id, published_on=office.now.date(), now=office.now)
    with office.looking() as session:
        found = session.scalar(select(Case.id).where(Case.entry_id == entry))
    assert found is not None
    return found


@pytest.mark.database
def test_an_accepted_application_runs_under_the_department_to_its_last_letter(office: Office) -> None:
    department(office)
    case_id = accepted(office)
    case = office.case(case_id)
    assert (case.procedure, case.competent_id) == ("voluntary", "d620100")
    office.until(case_id, "check_filing", **SELF)
    assert office.person_of(case_id, "check_filing") == {"fan"}
    office.until(case_id, **SELF)
    with office.looking() as session:
        letters = session.scalars(select(Letter).where(Letter.case_id == case_id).order_by(Letter.created_at)).all()
    assert (letters[0].kind, letters[-1].kind) == ("voluntary_admission", "acceptance_opinion")
    assert letters[0].number == "兰州发改清〔2026〕1号"
    assert office.case(case_id).outcome == "qualified"
    assert office.incidents() == []


def test_an_application_needs_its_statements_and_only_the_leader_decides(office: Office) -> None:
    department(office)
    with pytest.raises(Invalid) as caught:
        asked(office, stated=())
    assert set(caught.value.fields) == {"stated"}
    with pytest.raises(NotAllowed):
        asked(office, by="li")
    with pytest.raises(NotFound):
        asked(office, by="chen")
    application = asked(office)
    with pytest.raises(Conflict):
        asked(office)
    with office.as_("li") as (session, actor), pytest.raises(NotAllowed):
        voluntary.decide(session, actor, application, decision="refused", reason="不符", now=office.now)
    with office.as_("fan") as (session, actor), pytest.raises(Invalid):
        voluntary.decide(session, actor, application, decision="refused", now=office.now)
    with office.as_("fan") as (session, actor):
        voluntary.decide(session, actor, application, decision="refused", reason="不符", now=office.now)
    with office.as_("wang") as (session, actor), pytest.raises(Conflict):
        voluntary.withdraw(session, actor, application, office.now)
    assert office.told("org:bakery", "voluntary.refused")[0]["reason"] == "不符"


def test_who_is_on_a_mandatory_list_is_not_eligible(office: Office) -> None:
    department(office)
    office.publish({"bakery": ["SHUANGYOU"]})
    application = asked(office)
    with office.looking() as session:
        checks = {one["key"]: one["met"] for one in session.get_one(VoluntaryApplication, application).checks}
    assert checks == {"located": True, "not_listed": False, "policy": True}
    with office.as_("fan") as (session, actor), pytest.raises(Conflict) as caught:
        voluntary.decide(session, actor, application, decision="accepted", now=office.now)
    assert caught.value.code == "not_eligible"


def test_shenzhen_asks_for_five_years_since_the_last_pass_and_three_without_removal(office: Office) -> None:
    case_id = office.open()
    rule = next(one for one in voluntary_rules.rules() if one.region == "440300")
    today = date(2026, 3, 2)

    def found(outcome: str, on: date) -> dict[str, bool]:
        with office.sessions.begin() as session:
            case = session.get_one(Case, case_id)
            case.outcome, case.outcome_on = outcome, on
        with office.looking() as session:
            firm = session.get_one(Enterprise, "bakery")
            rows = voluntary_rules.found(session, rule, firm, {"policy", "eia"}, today)
        return {one["key"]: one["met"] for one in rows}

    assert found("qualified", date(2021, 3, 3))["interval"] is False
    later = found("qualified", date(2021, 3, 2))
    assert later["interval"] is True
    assert (later["eia"], later["accident"], later["located"]) == (True, False, False)
    assert found("removed", date(2023, 3, 3))["no_removal"] is False
    assert found("removed", date(2023, 3, 2))["no_removal"] is True


def test_a_recognised_audit_exempts_in_shandong_until_a_trigger(office: Office) -> None:
    case_id = office.open("jinan_paper", by="meng", region="370100")
    with office.sessions.begin() as session:
        case = session.get_one(Case, case_id)
        case.procedure, case.outcome, case.outcome_on = "voluntary", "qualified", date(2025, 6, 30)
    with office.looking() as session:
        firm = session.get_one(Enterprise, "jinan_paper")
        until = voluntary_rules.exempt_until(session, firm, ["SHUANGYOU"], date(2030, 6, 29))
        assert until == date(2030, 6, 30)
        assert voluntary_rules.exempt_until(session, firm, ["SHUANGYOU"], date(2030, 6, 30)) is None
        assert voluntary_rules.exempt_until(session, firm, ["SHUANGCHAO"], date(2026, 3, 2)) is None
        assert voluntary_rules.exempt_until(session, firm, ["VOLUNTARY"], date(2026, 3, 2)) is None
    with pytest.raises(Conflict) as caught:
        office.publish({"jinan_paper": ["SHUANGYOU"]}, by="meng", region="370100", batch=2)
    assert caught.value.code == "exempt_voluntary"
    assert office.publish({"jinan_paper": ["SHUANGCHAO"]}, by="meng", region="370100", batch=3)


@pytest.mark.database
def test_an_agreement_is_signed_by_both_and_ended_by_a_trigger(office: Office) -> None:
    department(office)
    until = date(2028, 12, 31)
    with office.as_("wang") as (session, actor):
        row = agreements.propose(
            session, actor, enterprise_id="bakery", goals="节水百分之十", valid_until=until, now=office.now
        )
        with pytest.raises(Conflict):
            agreements.propose(session, actor, enterprise_id="bakery", goals="节水", valid_until=until, now=office.now)
        agreement = row.id
    with office.as_("wang") as (session, actor), pytest.raises(NotAllowed):
        agreements.sign(session, actor, agreement, office.now)
    with office.as_("fan") as (session, actor):
        signed = agreements.sign(session, actor, agreement, office.now)
        assert agreements.stands(signed, until)
        assert not agreements.stands(signed, until + timedelta(days=1))
        with pytest.raises(Conflict):
            agreements.sign(session, actor, agreement, office.now)
    office.open("bakery", ("SHUANGYOU",))
    with office.looking() as session:
        assert session.get_one(VoluntaryAgreement, agreement).status == "active"
    case_id = office.open("bakery", ("SHUANGCHAO",), batch=2)
    with office.looking() as session:
        ended = session.get_one(VoluntaryAgreement, agreement)
        assert (ended.status, ended.ended_on) == ("ended", date(2026, 3, 2))
        assert office.case(case_id).number in ended.end_reason
    with office.as_("wang") as (session, actor), pytest.raises(Conflict):
        agreements.end(session, actor, agreement, reason="退出", now=office.now)
