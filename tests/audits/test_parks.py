"""Parks: one case with its members by date; on success each is deemed audited, by reference and not by deletion."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from audits import intervals, parks, savings, statistics
from audits.models import Case, Enterprise, Letter, ListEntry, Option, OptionEffect, ParkMember
from tests.audits.office import Office
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Membership

SELF: dict[str, Any] = {"start_filing": {"mode": "self"}}
SINCE = date(2025, 1, 1)


def founded(office: Office, kind: str = "park") -> None:
    """Let Steelworks stand for a park with the bakery in it."""
    with office.as_("li") as (session, actor):
        parks.mark(session, actor, enterprise_id="steelworks", kind=kind, now=office.now)
        parks.add_member(session, actor, "steelworks", enterprise_id="bakery", since=SINCE, now=office.now)


@pytest.mark.database
def test_a_park_that_has_passed_closes_its_members_lines_by_reference(office: Office) -> None:
    founded(office)
    member = office.open("bakery")
    office.until(member, "file_start")
    park = office.open("steelworks", ("STATE_OTHER",), batch=2)
    assert office.case(park).procedure == "park"
    office.until(park, "check_park_plan", **SELF)
    office.do(office.task(park, "check_park_plan"), decision="return")
    office.until(park, **SELF)
    assert office.case(park).outcome == "qualified"
    closed = office.case(member)
    assert (closed.outcome, closed.deemed_by_id) == ("deemed", park)
    with office.looking() as session:
        assert session.get_one(ListEntry, closed.entry_id).outcome == "deemed"
        last = session.scalars(select(Letter).where(Letter.case_id == member).order_by(Letter.created_at)).all()[-1]
        assert last.kind == "deemed"
        assert office.case(park).number in "".join(last.data["paragraphs"])
        row = session.scalars(select(ParkMember)).one()
        assert (row.deemed_case_id, row.deemed_on) == (park, office.case(park).outcome_on)
    with office.as_("li") as (session, actor):
        seen = statistics.completion(session, actor)
        assert (seen.listed, seen.qualified, seen.deemed, seen.running) == (2, 1, 1, 0)
        assert seen.rate_all.numerator == 2
    assert office.incidents() == []
    assert office.stalled() == []
    _counted_once(office, park, member)
    _anchored(office, member)


def _counted_once(office: Office, park: str, member: str) -> None:
    """What the member's closed case says of its options is the park's."""
    with office.sessions.begin() as session:
        kept = select(Option.id).where(Option.case_id == park)
        found = session.scalars(kept.limit(1)).one()
        option = session.get_one(Option, found)
        copy = Option(
            case_id=member, code="X1", name="同一方案", cost_class="low", aspect=option.aspect, status="done",
            finished_on=date(2026, 3, 1), detail={},
        )  # fmt: skip
        session.add(copy)
        session.flush()
        session.add(OptionEffect(option_id=copy.id, indicator="water", verified=1000))
        copy_id = copy.id
    with office.as_("li") as (session, _actor):
        where = savings._where(session, _actor, None, None, None)
        counted = select(Option.id).join(Case, Case.id == Option.case_id).where(*where)
        assert copy_id not in set(session.scalars(counted))


def _anchored(office: Office, member: str) -> None:
    """The interval of a member counts from the day on which it was deemed audited."""
    with office.looking() as session:
        row = session.scalars(select(ParkMember)).one()
        case, firm = session.get_one(Case, member), session.get_one(Enterprise, "bakery")
        path = "/620000/620100/620102/"
        years = row.deemed_on.replace(year=row.deemed_on.year + 5) if row.deemed_on else SINCE
        before = intervals._interval(session, case, firm, path, None, years)
        after = intervals._interval(session, case, firm, path, None, years + timedelta(days=1))
        assert before is not None
        assert (before.since, before.state) == (row.deemed_on, "soon")
        assert after is not None
        assert after.state == "due"


def test_members_belong_by_date_and_only_the_bureau_says_so(office: Office) -> None:
    founded(office, "cluster")
    with office.looking() as session:
        assert [one.id for _, one in parks.members_on(session, "steelworks", SINCE)] == ["bakery"]
        assert parks.members_on(session, "steelworks", SINCE - timedelta(days=1)) == []
        member = session.scalars(select(ParkMember.id)).one()
    asked = {"enterprise_id": "bakery", "since": date(2025, 6, 1), "now": office.now}
    with office.as_("li") as (session, actor):
        with pytest.raises(Conflict):
            parks.add_member(session, actor, "steelworks", **asked)
        with pytest.raises(Conflict):
            parks.mark(session, actor, enterprise_id="steelworks", kind="park", now=office.now)
        with pytest.raises(Invalid):
            parks.end_member(session, actor, "steelworks", member, until=date(2024, 1, 1), now=office.now)
        parks.end_member(session, actor, "steelworks", member, until=date(2025, 6, 1), now=office.now)
    with office.looking() as session:
        assert parks.members_on(session, "steelworks", date(2025, 6, 1)) == []
    with office.as_("li") as (session, actor):
        parks.add_member(session, actor, "steelworks", **asked)
        assert [len(members) for _, _, members in parks.list_(session, actor)] == [2]
    with office.as_("chen") as (session, actor), pytest.raises(NotAllowed):
        parks.mark(session, actor, enterprise_id="steelworks", kind="park", now=office.now)
    with office.as_("kong") as (session, actor), pytest.raises(NotFound):
        parks.add_member(session, actor, "steelworks", **asked)


def test_a_member_that_did_not_take_part_keeps_its_own_audit(office: Office) -> None:
    founded(office)
    member = office.open("bakery")
    park = office.open("steelworks", ("STATE_OTHER",), batch=2)
    with office.as_("li") as (session, _actor):
        assert parks.deem_members(session, office.app, session.get_one(Case, park), [], office.now) == []
    assert office.case(member).outcome == ""


def test_a_bureau_takes_no_enterprise_of_anothers_into_its_park(office: Office) -> None:
    """What a park passes closes the line of each member: seeing an enterprise is not enough."""
    with office.as_("li") as (session, actor):
        parks.mark(session, actor, enterprise_id="steelworks", kind="park", now=office.now)
        session.get_one(Enterprise, "bakery").region_code = "620104"
        session.add(Membership(id="m-he-too", person_id="he", organisation_id="lanzhou_bureau", role="coordinating_department", region_code="620100", since=office.now))  # fmt: skip  # noqa: E501
    with office.as_("he") as (session, actor), pytest.raises(NotAllowed):
        parks.add_member(session, actor, "steelworks", enterprise_id="bakery", since=SINCE, now=office.now)
