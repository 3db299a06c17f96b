"""A published list is corrected beside the earlier publication, with what differs."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from audits import cases, corrections, enterprises, publications
from audits.models import Case
from tests.audits.office import Office
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Organisation

DAY = date(2026, 3, 2)


def published(office: Office) -> tuple[str, str]:
    """Publish a list of two; give it and its publication."""
    list_id = office.publish({"bakery": ["SHUANGYOU"], "steelworks": ["GAOHAONENG"]})
    with office.sessions() as session:
        found = corrections.current(session, list_id)
    assert found is not None
    return list_id, found.id


def test_a_correction_leaves_out_what_was_removed_and_takes_new_names(office: Office) -> None:
    list_id, old_id = published(office)
    with office.sessions() as session:
        case_id = session.scalar(select(Case.id).where(Case.enterprise_id == "steelworks"))
        before = session.get_one(Organisation, "bakery").name
    assert case_id is not None
    with office.as_("li") as (session, actor):
        cases.decide_removal(session, office.app, actor, case_id, decision="removed", reason="停产", now=office.now)
        enterprises.update(session, actor, "bakery", {"name": "兰州新名食品厂"}, now=office.now)
    with office.as_("li") as (session, actor):
        row = corrections.correct_list(
            session, actor, old_id, reason="企业停产、更名", published_on=DAY, now=office.now
        )
        new_id = row.id
    with office.sessions() as session:
        assert [line.content["name"] for line in publications.public_entries(session, new_id).items] == [
            "兰州新名食品厂"
        ]
        assert len(publications.public_entries(session, old_id).items) == 2
        old, successor = publications.public_get(session, old_id)
        assert (old.title, successor.id if successor else "") == (row.title, new_id)
        found = corrections.difference(session, successor or old)
        assert [len(found.removed), len(found.added), len(found.changed)] == [1, 0, 1]
        assert found.changed[0].fields == ("name",)
        assert (found.changed[0].before["name"], found.changed[0].after["name"]) == (before, "兰州新名食品厂")
        current = corrections.current(session, list_id)
        assert current is not None
        assert current.id == new_id
    told = office.told(f"list:{list_id}", "list.corrected")
    assert [(one["reason"], one["removed"], one["changed"]) for one in told] == [
        ("企业停产、更名", [found.removed[0]["name"]], ["兰州新名食品厂"])
    ]


def test_the_clocks_of_a_corrected_list_stand(office: Office) -> None:
    case_id = office.open("bakery")
    due = office.deadline(case_id, "disclosure").due_on
    with office.as_("li") as (session, actor):
        enterprises.update(session, actor, "bakery", {"name": "兰州新名食品厂"}, now=office.now)
        old = publications.public_list(session, kind="list").items[0]
        corrections.correct_list(session, actor, old.id, reason="更名", published_on=DAY, now=office.now)
    assert office.deadline(case_id, "disclosure").due_on == due


def test_a_list_that_reads_as_published_is_not_corrected(office: Office) -> None:
    _list_id, old_id = published(office)
    with pytest.raises(Conflict) as caught, office.as_("li") as (session, actor):
        corrections.correct_list(session, actor, old_id, reason="更正", published_on=DAY, now=office.now)
    assert caught.value.code == "nothing_to_correct"
    with office.sessions() as session:
        assert len(publications.public_list(session, kind="list").items) == 1


def test_a_publication_is_corrected_once(office: Office) -> None:
    _list_id, old_id = published(office)
    with office.as_("li") as (session, actor):
        enterprises.update(session, actor, "bakery", {"name": "兰州新名食品厂"}, now=office.now)
        corrections.correct_list(session, actor, old_id, reason="更名", published_on=DAY, now=office.now)
        with pytest.raises(Conflict) as caught:
            corrections.correct_list(session, actor, old_id, reason="更名", published_on=DAY, now=office.now)
    assert caught.value.code == "publication_replaced"


@pytest.mark.parametrize(
    ("reason", "day", "field"),
    [(" ", DAY, "reason"), ("更名", date(2026, 3, 1), "published_on"), ("更名", date(2030, 1, 1), "published_on")],
)
def test_a_correction_needs_a_reason_and_a_day_after_the_publication(
    office: Office, reason: str, day: date, field: str
) -> None:
    _list_id, old_id = published(office)
    with office.as_("li") as (session, actor), pytest.raises(Invalid) as caught:
        corrections.correct_list(session, actor, old_id, reason=reason, published_on=day, now=office.now)
    assert set(caught.value.fields) == {field}


@pytest.mark.parametrize(
    ("username", "error"), [("he", NotAllowed), ("admin", NotAllowed), ("chen", NotFound), ("kong", NotFound)]
)
def test_only_who_may_publish_a_list_corrects_it(office: Office, username: str, error: type[Exception]) -> None:
    _list_id, old_id = published(office)
    with office.as_(username) as (session, actor), pytest.raises(error):
        corrections.correct_list(session, actor, old_id, reason="更名", published_on=DAY, now=office.now)


@pytest.mark.database
def test_a_result_that_changes_later_is_shown_as_outdated_and_published_anew(office: Office) -> None:
    published(office)
    with office.sessions.begin() as session:
        found = list(session.scalars(select(Case).order_by(Case.number)))
        for case in found:
            cases.record_outcome(session, case, "qualified", office.now)
        ids = [case.id for case in found]
    with office.as_("ma") as (session, actor):
        first = publications.publish_results(
            session, actor, title="验收结果", region_code="620000", case_ids=ids, published_on=DAY, now=office.now
        ).id
        assert publications.outdated(session, actor) == []
    with office.sessions.begin() as session:
        session.get_one(Case, ids[0]).outcome = "unqualified"
    with office.as_("ma") as (session, actor):
        assert [(row.id, number) for row, number in publications.outdated(session, actor)] == [(first, 1)]
        with pytest.raises(Invalid) as caught:
            publications.correct(session, actor, first, case_ids=ids, published_on=DAY, reason=" ", now=office.now)
        assert set(caught.value.fields) == {"reason"}
        second = publications.correct(
            session, actor, first, case_ids=ids, published_on=DAY, reason="撤销合格结论", now=office.now
        )
        assert publications.outdated(session, actor) == []
        changed = corrections.difference(session, second).changed
        assert [(one.before["outcome"], one.after["outcome"], one.fields) for one in changed] == [
            ("qualified", "unqualified", ("outcome",))
        ]
        assert second.reason == "撤销合格结论"
        assert [line.content["outcome"] for line in publications.public_entries(session, first).items] == [
            "qualified", "qualified",
        ]  # fmt: skip
    assert len(office.told(ids[0], "result.published")) == 2
