"""The option register: fed by the phases, verified at the acceptance, warned of when late, added up without doubles."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import indicators, option_acts, option_record, options, savings
from audits.models import Case, Enterprise, Notice, Option, OptionEffect
from audits.reports.material import gather
from audits.reports.outline import outlines
from tests.audits.office import Office
from workflows import returns, tasks
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Region, Submission, Task

TODAY = date(2026, 3, 2)


def register(office: Office, case_id: str) -> dict[str, Option]:
    with office.looking() as session:
        return {row.code: row for row in options.of_case(session, case_id)}


def answers(session: Session, case_id: str, form: str) -> dict[str, Any]:
    query = select(Submission.answers).where(Submission.instance_id == case_id, Submission.form == form)
    found: dict[str, Any] = session.scalars(query.order_by(Submission.submitted_at.desc())).first() or {}
    return found


def summed(rows: Iterable[dict[str, Any]], key: str) -> Decimal:
    return sum((Decimal(str(row[key])) for row in rows if row.get(key) is not None), Decimal(0))


def test_the_register_says_what_the_phases_said_and_the_bureau_verifies_it_at_the_acceptance(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "implement_options")
    planned = register(office, case_id)
    assert {row.status for row in planned.values()} <= {"done", "running", "planned"}
    code = next(iter(planned))
    with office.as_("li") as (session, actor), pytest.raises(Conflict) as early:
        option_acts.verify(session, actor, case_id, code, {"cod": "1"}, now=office.now)
    assert early.value.code == "not_at_acceptance"

    office.until(case_id, "check_acceptance_receipt")
    with office.looking() as session:
        generated = answers(session, case_id, "option_generation")
        done = answers(session, case_id, "option_implementation")
        totals = options.totals(session, case_id)
    assert sorted(register(office, case_id)) == sorted(row["code"] for row in done["options"])
    assert sum(one[1] for one in totals.classes.values()) == len(done["options"])
    assert sum((one[3] for one in totals.classes.values()), Decimal(0)) == summed(done["options"], "investment_actual")
    for key, (expected, reported, verified) in totals.effects.items():
        assert (expected or 0) == summed([row for row in generated["effects"] if row["indicator"] == key], "planned")
        assert (reported or 0) == summed([row for row in done["effects"] if row["indicator"] == key], "reported")
        assert verified is None, "nobody has verified it yet, which is not 0"

    with office.as_("li") as (session, actor):
        option_acts.verify(session, actor, case_id, code, {"cod": "1.25", "cr": 0, "tn": ""}, now=office.now)
        view = options.one(session, actor, case_id, code)
        assert (view.effects["cod"].verified, view.effects["cr"].verified) == (Decimal("1.25"), 0)
        assert "tn" not in view.effects or view.effects["tn"].verified is None
        assert view.may_verify
        assert next(entry.action for entry in view.history) == "option.verified"
        assert "options.recorded" in {entry.action for entry in view.history}
    with office.as_("li") as (session, actor), pytest.raises(Invalid) as wrong:
        option_acts.verify(session, actor, case_id, code, {"cod": "-1", "gold": "1"}, now=office.now)
    assert set(wrong.value.fields) == {"cod", "gold"}
    for who, error in (("wang", NotAllowed), ("he", NotAllowed), ("chen", NotFound)):
        with office.as_(who) as (session, actor), pytest.raises(error):
            option_acts.verify(session, actor, case_id, code, {"cod": "2"}, now=office.now)
    assert len(office.told(case_id, "option.verified")) == 1

    office.until(case_id)
    with office.as_("li") as (session, actor), pytest.raises(Conflict):
        option_acts.verify(session, actor, case_id, code, {"cod": "2"}, now=office.now)


# ---- rows written directly: what follows needs no case that was played -------------------------------------------


def option(case_id: str, code: str, **values: Any) -> Option:
    given = {"name": f"方案{code}", "cost_class": "low", "aspect": "equipment", "status": "done", "detail": {}}
    return Option(id=f"{case_id[:20]}-{code}", case_id=case_id, code=code, **{**given, **values})


@pytest.mark.database
def test_a_late_option_warns_its_owner_once_and_again_after_a_new_promise(office: Office) -> None:
    case_id = office.open()
    with office.as_("li") as (session, _):
        session.add(option(case_id, "WD1", status="running", owner="赵工", planned_end=date(2026, 3, 1)))
        session.add(option(case_id, "WD2", status="done", owner="赵工", planned_end=date(2026, 3, 1)))
        session.add(option(case_id, "WD3", status="planned", owner="赵工", planned_end=TODAY))
    for _ in range(2):
        with office.as_("li") as (session, _actor):
            option_acts.warn(session, office.app, office.now)
    with office.looking() as session:
        told = session.scalars(select(Notice).where(Notice.kind == "option_late")).all()
        assert [(row.organisation_id, row.values["code"], row.values["owner"]) for row in told] == [
            ("bakery", "WD1", "赵工")
        ]
        found = options.list_(session, office.actor(session, "wang"), case_id, overdue=True, today=TODAY)
        assert [row.code for row in found.items] == ["WD1"]
    with office.as_("li") as (session, _):
        row = session.scalars(select(Option).where(Option.case_id == case_id, Option.code == "WD1")).one()
        row.warned_on, row.planned_end = None, date(2026, 3, 1)
        option_acts.warn(session, office.app, office.now)
        assert len(session.scalars(select(Notice).where(Notice.kind == "option_late")).all()) == 1
        row.warned_on, row.planned_end = None, date(2026, 2, 28)
        option_acts.warn(session, office.app, office.now)
        assert len(session.scalars(select(Notice).where(Notice.kind == "option_late")).all()) == 2


def test_a_replacement_is_reviewed_and_counts_nowhere_once_refused(office: Office) -> None:
    case_id = office.open()
    with office.as_("li") as (session, actor):
        session.add(option(case_id, "ZG1", status="replaced"))
        session.add(option(case_id, "ZG2", review="due", actual_investment=Decimal(40)))
        session.flush()
        with pytest.raises(Invalid):
            option_acts.review(session, actor, case_id, "ZG2", accepted=False, reason=" ", now=office.now)
        assert savings.by_place(session, actor)[0].options == 0, "what is still to be reviewed does not count"
        assert [one.code for one in options.of_case(session, case_id) if options.counts(one)] == []
        assert sum(one[0] for one in options.totals(session, case_id).classes.values()) == 0
        assert gather(session, session.get_one(Case, case_id), outlines()["audit"]).register == ()
    with office.as_("wang") as (session, actor), pytest.raises(NotAllowed):
        option_acts.review(session, actor, case_id, "ZG2", accepted=True, reason="同意", now=office.now)
    with office.as_("li") as (session, actor):
        option_acts.review(session, actor, case_id, "ZG2", accepted=True, reason="效果相当", now=office.now)
        assert savings.by_place(session, actor)[0].options == 1
        register = gather(session, session.get_one(Case, case_id), outlines()["audit"]).register
        assert [one["code"] for one in register] == ["ZG2"]
        assert sum(one[3] for one in options.totals(session, case_id).classes.values()) == 40
        with pytest.raises(Conflict):
            option_acts.review(session, actor, case_id, "ZG2", accepted=False, reason="反悔", now=office.now)
    assert office.told(case_id, "option.reviewed")[0]["reason"] == "效果相当"


@pytest.mark.database
def test_what_is_added_up_is_the_sum_of_its_options_from_county_to_nation(office: Office) -> None:
    cases = [office.open("bakery"), office.open("steelworks", batch=2)]
    rng, rows, saved = random.Random(3), [], {}
    for case_id in cases:
        for number in range(30):
            status = rng.choice(["done", "done", "running", "rejected"])
            row = option(case_id, f"WD{number}", status=status, finished_on=date(2026, 1 + number % 12, 3))
            row.actual_investment = Decimal(rng.randint(0, 10**6)) / 100
            rows.append(row)
            for key in rng.sample(sorted(indicators.known()), 5):
                saved[row.id, key] = [Decimal(rng.randint(0, 10**7)) / 10**4 for _ in range(3)]
    with office.as_("li") as (session, _):
        places = {case.id: case.enterprise_id for case in session.scalars(select(Case))}
        regions = {row.id: session.get_one(Region, row.region_code).path for row in session.scalars(select(Enterprise))}
        ids = {row.id: row.case_id for row in rows if row.status == "done"}
        money = sum((row.actual_investment for row in rows if row.status == "done"), Decimal(0))
        session.add_all(rows)
        session.flush()
        for (row_id, key), (one, two, three) in saved.items():
            session.add(OptionEffect(option_id=row_id, indicator=key, planned=one, reported=two, verified=three))
    with office.looking() as session:
        actor = office.actor(session, "ma")
        for region in (None, "620000", "620100", "620102"):
            whole, parts = savings.by_place(session, actor, region=region)
            inside = {row for row, case in ids.items() if not region or f"/{region}/" in regions[places[case]]}
            assert whole.options == len(inside) == sum(part.options for part in parts)
            for key in indicators.known():
                brute = [
                    sum((v[i] for (row, k), v in saved.items() if k == key and row in inside), Decimal(0))
                    for i in range(3)
                ]
                sums = whole.effects.get(key)
                assert brute == ([sums.planned, sums.reported, sums.verified] if sums else [0, 0, 0]), (region, key)
        assert savings.by_place(session, actor)[0].investment == money
        page = savings.sources(session, actor, limit=200)
        assert {one.option.id for one in page.items} == set(ids)
        since = savings.by_place(session, actor, since=date(2026, 6, 1), until=date(2026, 6, 30))[0]
        assert since.options == sum(1 for row in rows if row.id in ids and row.finished_on.month == 6)
        with pytest.raises(NotAllowed):
            savings.by_place(session, office.actor(session, "wang"))
        with pytest.raises(Invalid):
            savings.by_place(session, actor, region="999999")


def test_the_same_measure_of_a_re_audit_counts_no_tonne_twice(office: Office) -> None:
    first, second = office.open("bakery"), office.open("bakery", batch=2)
    with office.as_("li") as (session, actor):
        session.add(option(first, "WD1", name="空压机 变频"))
        session.add(option(first, "WD2", name="只在前案"))
        session.flush()
        session.add(option(second, "ZG1", name="空压机变频"))
        session.add(option(second, "ZG2", name="空压机变频", status="running"))
        child = session.get_one(Case, second)
        child.parent_id = first
        session.flush()
        option_record.record(session, child, office.now)
        session.flush()
        counted = {(one.option.case_id, one.option.code) for one in savings.sources(session, actor).items}
        assert counted == {(second, "ZG1"), (first, "WD2")}
        assert options.one(session, actor, second, "ZG1").same_as is not None


def test_an_enterprise_corrects_an_earlier_phase_and_comes_straight_back(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "determine_options")
    later = office.task(case_id, "determine_options")
    with office.as_(office_of(office, later)) as (session, actor):
        offered = {one.element for one in returns.targets(session, office.app, actor, later.id) if one.legal}
        assert offered == {"measure_focus", "generate_options"}
        returns.return_(
            session,
            office.app,
            actor,
            later.id,
            "generate_options",
            reason="补充一个方案",
            then="straight",
            now=office.now,
        )
    again = office.task(case_id, "generate_options")
    assert [task.element for task in office.waiting(case_id)] == ["generate_options"]
    with office.looking() as session:
        view = tasks.view(
            session, office.app, office.actor(session, office.person(session, again)), again.id, now=office.now
        )
        assert view.data["options"], "what was said before is the draft"
    office.do(again)
    assert [task.element for task in office.waiting(case_id)] == ["determine_options"]
    with office.looking() as session:
        said = select(Submission).where(Submission.instance_id == case_id, Submission.form == "option_generation")
        assert len(session.scalars(said).all()) == 2


def office_of(office: Office, task: Task) -> str:
    with office.looking() as session:
        return office.person(session, task)
