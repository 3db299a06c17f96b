"""What has happened in a town before anybody looks: a published list in several stages, a draft, an import with faults."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import list_import, lists, publications
from audits.demo.plans import Plan
from audits.demo.player import Player
from audits.models import Enterprise
from tests.browser.journey import workbook
from tests.browser.town import FIRMS, Town
from workflows.access import Actor, load_actor
from workflows.db import transaction
from workflows.models import Membership

DAYS: Final = 290
PLANS: Final = {
    "chen": Plan(hold=frozenset({"score_evaluation"}), pace=0.6),
    "wang": Plan(hold=frozenset({"confirm_notice_receipt", "record_service", "follow_up_disclosure"})),
    "he": Plan(scores=(95.0,), acceptance=(84.0,), pace=0.4, self_audit=True),
}


def live(town: Town) -> None:
    """Let most of a year go by in a town."""
    player = Player(town.sessions, town.app, 7)
    with transaction(town.sessions) as session:
        for one in session.scalars(select(Membership)):
            player.people[f"{one.role}@org:{one.organisation_id}"] = one.person_id
            player.people[f"{one.role}@region:{one.region_code}"] = one.person_id
        officer = _actor(session, town, "li")
        list_id = _draft(session, officer, town, "兰州市2025年强制性清洁生产审核企业名单", 1)
        for user, _person, name, *_rest in FIRMS:
            firm = session.scalars(select(Enterprise.id).where(Enterprise.name == name)).one()
            entry = lists.add_entry(
                session, officer, list_id, enterprise_id=firm, types=["SHUANGYOU"], reason="使用有毒原料", now=town.now
            )
            player.plans[entry.id] = PLANS[user]
    player.at(town.now, lambda now: player.publish(list_id, officer.person_id or "", now))
    town.now += timedelta(days=DAYS)
    player.run(town.now)
    player.checkpoint(town.now)
    with transaction(town.sessions) as session:
        _publish(session, town)
        officer = _actor(session, town, "li")
        second = _draft(session, officer, town, "兰州市2025年第二批强制性清洁生产审核企业名单", 2)
        list_import.read(session, officer, second, "名单.xlsx", workbook(wrong=True), town.now)


def _actor(session: Session, town: Town, username: str) -> Actor:
    return load_actor(session, town.app.roles, town.person(session, username), town.now)


def _draft(session: Session, officer: Actor, town: Town, title: str, batch: int) -> str:
    row = lists.create(
        session, town.app, officer, year=2025, batch=batch, title=title, region_code="620100", now=town.now
    )
    return row.id


def _publish(session: Session, town: Town) -> None:
    actor = _actor(session, town, "ma")
    found = publications.pending_results(session, actor).items
    assert found, "no case has come to its end"
    publications.publish_results(
        session,
        actor,
        title="甘肃省清洁生产审核验收结果公告",
        region_code="620000",
        case_ids=[case.id for case, _enterprise in found],
        published_on=town.today,
        now=town.now,
    )
