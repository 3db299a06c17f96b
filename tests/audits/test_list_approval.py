"""A county or city proposes its annual list, the province approves it line by line, and only that is published."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from audits import list_approval, list_notices, lists, notices, publications, statistics
from audits.models import AuditList, Case, ListEntry, Notice
from tests.audits.office import PUBLISHED, Office
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound

LINES = ("bakery", "steelworks")


def draft(office: Office, by: str = "li", region: str = "620100", firms: tuple[str, ...] = LINES, **more: Any) -> str:
    """Draft a list of some enterprises; give its id."""
    asked = {"year": 2026, "batch": 1, "title": "年度名单"} | more
    with office.as_(by) as (session, actor):
        row = lists.create(session, office.app, actor, region_code=region, now=office.now, **asked)
        for firm in firms:
            lists.add_entry(
                session, actor, row.id, enterprise_id=firm, types=["SHUANGYOU"], reason="使用有毒原料", now=office.now
            )
        return row.id


def propose(office: Office, list_id: str, by: str = "li") -> None:
    with office.as_(by) as (session, actor):
        list_approval.propose(session, actor, list_id, office.now)


def decide(office: Office, list_id: str, decision: str, *firms: str, by: str = "ma", reason: str = "") -> None:
    """Decide about the lines of some enterprises, or about all that are left."""
    with office.as_(by) as (session, actor):
        ids = [line.id for line in lines(office, list_id) if line.enterprise_id in firms] if firms else None
        list_approval.decide(session, actor, list_id, decision=decision, reason=reason, entry_ids=ids, now=office.now)


def lines(office: Office, list_id: str) -> list[ListEntry]:
    with office.looking() as session:
        query = select(ListEntry).where(ListEntry.list_id == list_id).order_by(ListEntry.number)
        return list(session.scalars(query))


def row_of(office: Office, list_id: str) -> AuditList:
    with office.looking() as session:
        return session.get_one(AuditList, list_id)


def publish(office: Office, list_id: str, by: str = "li") -> None:
    with office.as_(by) as (session, actor):
        lists.publish(session, office.app, actor, list_id, published_on=PUBLISHED, now=office.now)


# ---- who approves what, and by when


@pytest.mark.parametrize(
    ("by", "region", "year", "batch", "approver", "due_on"),
    [
        ("li", "620100", 2027, 1, "gansu_bureau", date(2026, 12, 31)),
        ("li", "620100", 2027, 2, "gansu_bureau", None),
        ("ma", "620000", 2027, 1, None, None),
        ("meng", "370100", 2027, 1, "shandong_bureau", None),
        ("kong", "370000", 2027, 1, None, None),
    ],
)
def test_the_region_says_who_approves_a_list_and_by_when_it_is_proposed(
    office: Office, by: str, region: str, year: int, batch: int, approver: str | None, due_on: date | None
) -> None:
    row = row_of(office, draft(office, by, region, (), year=year, batch=batch))
    assert (row.approver_id, row.due_on) == (approver, due_on)
    assert row.due_basis


def test_a_list_that_needs_no_approval_is_published_as_it_is(office: Office) -> None:
    list_id = draft(office, "ma", "620000")
    with office.as_("ma") as (session, actor), pytest.raises(Invalid) as caught:
        list_approval.propose(session, actor, list_id, office.now)
    assert caught.value.code == "list_needs_no_approval"
    with office.as_("ma") as (session, actor), pytest.raises(NotAllowed):
        list_approval.decide(session, office.actor(session, "li"), list_id, decision="approved", now=office.now)
    publish(office, list_id, "ma")
    assert row_of(office, list_id).status == "published"


# ---- from the draft to the publication


@pytest.mark.database
def test_only_what_the_province_approved_is_published(office: Office) -> None:
    list_id = draft(office)
    for stage in ("draft", "proposed"):
        assert row_of(office, list_id).status == stage
        with pytest.raises(Conflict) as caught:
            publish(office, list_id)
        assert caught.value.code == "list_not_approved"
        if stage == "draft":
            propose(office, list_id)
    decide(office, list_id, "approved", "bakery")
    assert row_of(office, list_id).status == "proposed"
    decide(office, list_id, "refused", "steelworks", reason="已停产，不再使用有毒原料")
    assert row_of(office, list_id).status == "decided"
    publish(office, list_id)
    with office.looking() as session:
        public = publications.public_list(session, kind="list").items[0]
        shown = [line.content["name"] for line in publications.public_entries(session, public.id).items]
        assert shown == ["黄河食品有限公司"]
        assert session.scalars(select(Case.enterprise_id)).all() == ["bakery"]
        li = office.actor(session, "li")
        assert statistics.completion(session, li, list_id=list_id).listed == 1
        assert list_notices.tally(session, li, list_id).lines == 1
    refused = lines(office, list_id)[1]
    assert (refused.decision, refused.decision_reason) == ("refused", "已停产，不再使用有毒原料")
    assert refused.decided_by == "ma"
    assert office.incidents() == []


def test_each_step_is_in_the_trail_and_told_to_the_other_side(office: Office) -> None:
    list_id = draft(office)
    propose(office, list_id)
    decide(office, list_id, "refused", "steelworks", reason="不符合条件")
    decide(office, list_id, "approved")
    chain = f"list:{list_id}"
    assert office.told(chain, "list.proposed") == [{"lines": 2, "due_on": "2025-12-31", "late": True}]
    assert office.told(chain, "list.lines_refused") == [
        {"decision": "refused", "reason": "不符合条件", "lines": ["兰州钢铁有限公司"]}
    ]
    assert office.told(chain, "list.decided") == [{"approved": 1, "refused": 1}]
    with office.looking() as session:
        told = {row.organisation_id: notices.text(row) for row in session.scalars(select(Notice))}
    assert told == {
        "gansu_bureau": "兰州市生态环境局上报《年度名单》，共 2 户，请核定",
        "lanzhou_bureau": "《年度名单》已核定：同意 1 户，不同意 1 户",
    }


def test_a_proposed_list_stands_until_it_is_taken_back_and_what_was_refused_is_proposed_again(office: Office) -> None:
    list_id = draft(office)
    propose(office, list_id)
    with office.as_("li") as (session, actor):
        line = session.scalars(select(ListEntry).where(ListEntry.enterprise_id == "steelworks")).one()
        for change in (
            lambda: lists.remove_entry(session, actor, list_id, line.id, office.now),
            lambda: list_approval.propose(session, actor, list_id, office.now),
        ):
            with pytest.raises(Conflict) as caught:
                change()
            assert caught.value.code == "list_is_proposed"
    decide(office, list_id, "approved", "bakery")
    decide(office, list_id, "refused", "steelworks", reason="理由不充分")
    with office.as_("li") as (session, actor):
        list_approval.withdraw(session, actor, list_id, office.now)
    assert [line.decision for line in lines(office, list_id)] == ["approved", "refused"]
    propose(office, list_id)
    assert [(line.decision, line.decision_reason) for line in lines(office, list_id)] == [("approved", ""), ("", "")]
    decide(office, list_id, "approved")
    publish(office, list_id)
    with office.as_("li") as (session, actor), pytest.raises(Conflict) as caught:
        list_approval.withdraw(session, actor, list_id, office.now)
    assert caught.value.code == "list_is_published"


def test_an_officer_may_think_again_and_nobody_overrules_another(office: Office) -> None:
    list_id = draft(office)
    propose(office, list_id)
    decide(office, list_id, "refused", "bakery", reason="笔误")
    decide(office, list_id, "approved", "bakery")
    assert lines(office, list_id)[0].decision == "approved"
    with office.sessions.begin() as session:
        session.get_one(ListEntry, lines(office, list_id)[0].id).decided_by = "kong"
    with pytest.raises(Conflict) as caught:
        decide(office, list_id, "refused", "bakery", reason="不符合条件")
    assert (caught.value.code, caught.value.values["by"]) == ("line_is_decided", "孔处长")
    decide(office, list_id, "approved")
    with pytest.raises(Conflict) as caught:
        decide(office, list_id, "approved")
    assert caught.value.code == "nothing_to_decide"


@pytest.mark.parametrize(
    ("decision", "reason", "ids", "field"),
    [
        ("forgotten", "", None, "decision"),
        ("refused", "  ", None, "reason"),
        ("approved", "", [], "entry_ids"),
    ],
)
def test_a_decision_names_lines_and_a_refusal_its_reason(
    office: Office, decision: str, reason: str, ids: list[str] | None, field: str
) -> None:
    list_id = draft(office)
    propose(office, list_id)
    with office.as_("ma") as (session, actor), pytest.raises(Invalid) as caught:
        list_approval.decide(session, actor, list_id, decision=decision, reason=reason, entry_ids=ids, now=office.now)
    assert set(caught.value.fields) == {field}
    with office.as_("ma") as (session, actor), pytest.raises(NotFound):
        list_approval.decide(session, actor, list_id, decision="approved", entry_ids=["x"], now=office.now)


@pytest.mark.parametrize(
    ("username", "error"),
    [("li", NotAllowed), ("he", NotAllowed), ("admin", NotAllowed), ("chen", NotFound), ("kong", NotFound)],
)
def test_nobody_but_the_superior_decides(office: Office, username: str, error: type[Exception]) -> None:
    list_id = draft(office)
    propose(office, list_id)
    with pytest.raises(error):
        decide(office, list_id, "approved", by=username)


def test_an_empty_draft_is_not_proposed_and_a_draft_not_decided(office: Office) -> None:
    list_id = draft(office, firms=())
    with pytest.raises(Invalid) as empty:
        propose(office, list_id)
    assert empty.value.code == "list_is_empty"
    with pytest.raises(Conflict) as early:
        decide(office, list_id, "approved")
    assert early.value.code == "list_not_proposed"


# ---- the county's lines


def test_a_county_proposes_lines_of_its_own_enterprises_and_takes_back_only_those(office: Office) -> None:
    list_id = draft(office, firms=("steelworks",))
    with office.as_("he") as (session, actor):
        entry = lists.add_entry(
            session, actor, list_id, enterprise_id="bakery", types=["SHUANGCHAO"], reason="超标", now=office.now
        )
        assert entry.proposer_id == "chengguan_bureau"
    theirs = lines(office, list_id)[0]
    assert theirs.proposer_id == "lanzhou_bureau"
    with office.as_("he") as (session, actor):
        with pytest.raises(NotAllowed):
            lists.remove_entry(session, actor, list_id, theirs.id, office.now)
        with pytest.raises(NotAllowed):
            list_approval.propose(session, actor, list_id, office.now)
        lists.remove_entry(session, actor, list_id, entry.id, office.now)
    with office.as_("gao") as (session, actor), pytest.raises(NotFound):
        lists.add_entry(session, actor, list_id, enterprise_id="bakery", types=["SHUANGYOU"], reason="", now=office.now)
