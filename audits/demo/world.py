"""The demo world: a finished list of 49, current lists of 42 in several regions, somebody to sign in as everywhere.

Everything is done through the product's own verbs with the clock moved, so what the pages show has really happened.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from audits import calendars, enterprises, experts, lists, parks, proofs, publications, reference_data
from audits.demo import cast
from audits.demo.plans import COHORT, GANSU, GUANGDONG, RECENT, SHANDONG, SHANGHAI, Plan
from audits.demo.player import Player
from audits.models import AuditList, Case, Enterprise, ListEntry
from workflows import definitions, people
from workflows.access import SYSTEM, Actor, load_actor
from workflows.application import Application
from workflows.credentials import hash_password
from workflows.db import reading, transaction
from workflows.models import Organisation, Person, Region, Task

SEED: Final = 20191231
COHORT_DAYS: Final = 724
CURRENT_DAYS: Final = 376
GUANGDONG_DAYS: Final = 300
RECENT_DAYS: Final = 10
DRAW_DAYS: Final = 20
MEMBERS: Final = 300
FAMILY_DAYS: Final = 760


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the first list ended, and how much was played."""

    listed: int
    qualified: int
    removed: int
    unqualified: int
    open_cases: int
    waiting_at: int
    completed: int


def logins() -> list[tuple[str, str, str, str]]:
    """Give (user name, password, role in Chinese, role in English) of the people to try."""
    return [(user, cast.PASSWORD, zh, en) for user, zh, en in cast.SHOWN]


def is_empty(session: Session) -> bool:
    """Say whether nobody lives in the database yet."""
    return session.scalar(select(func.count()).select_from(Person)) == 0


def play(
    sessions: sessionmaker[Session],
    app: Application,
    *,
    now: datetime,
    progress: Callable[[str], None] = print,
    cohort: Sequence[Plan] = COHORT,
    current: bool = True,
) -> Outcome:
    """Fill an empty database. ``app`` must carry a queue that runs in this process (``InlineJobs``).

    ``cohort`` are the fates of the first list; without ``current`` it is the only one.
    """
    start = now - timedelta(days=FAMILY_DAYS)
    player = Player(sessions, app, SEED)
    with transaction(sessions) as session:
        reference_data.load(session, now)
        definitions.deploy_shipped(session, app, start)
        settle(session, player, start)
    progress("people")
    first = _lists(sessions, app, player, now, cohort, current=current)
    for days, step in ((COHORT_DAYS, "list"), (CURRENT_DAYS, "cases"), (180, "current"), (0, "today")):
        player.run(now - timedelta(days=days))
        player.checkpoint(now - timedelta(days=days))
        progress(step)
    _publish_results(sessions, app, player, now)
    return _outcome(sessions, first, player.completed)


# ---- people ------------------------------------------------------------------------------------------------------


def settle(session: Session, player: Player, now: datetime) -> None:
    """Add bureaus, departments, consultancies, officers and experts to a database that has none."""
    organisations = {}
    hashed = hash_password(cast.PASSWORD, "")
    for key, region, name, name_en in cast.DEPARTMENTS:
        organisations[key] = people.create_organisation(
            session, SYSTEM, kind="department", name=name, name_en=name_en, region_code=region,
            staff_role="coordinating_department", code=f"{region}-energy", now=now,
        )  # fmt: skip
    for key, region, name, name_en in cast.BUREAUS:
        level = session.get_one(Region, region).level
        organisations[key] = people.create_organisation(
            session, SYSTEM, kind="bureau", name=name, name_en=name_en, region_code=region, staff_role=f"{level}_bureau",
            code=region, now=now,
        )  # fmt: skip
    for key, region, name, name_en in cast.OFFICES:
        organisations[key] = people.create_organisation(
            session, SYSTEM, kind="institute", name=name, name_en=name_en, region_code=region, staff_role="inspector",
            now=now,
        )  # fmt: skip
    rng = random.Random(SEED)  # noqa: S311  nothing secret is drawn
    for key, region, name, name_en in cast.CONSULTANCIES:
        organisations[key] = people.create_organisation(
            session, SYSTEM, kind="consultancy", name=name, name_en=name_en, region_code=region,
            staff_role="consultancy", code=cast.code(rng, region), now=now,
        )  # fmt: skip
        player.firms.setdefault(region[:2], organisations[key].id)
        until = calendars.local_day(now) + timedelta(days=3 * 365)
        firm = organisations[key].id
        proofs.prove_all(session, SYSTEM, firm, document="咨询服务机构能力证明材料", until=until, now=now)
    for user, name, title, bureau, role in cast.OFFICERS:
        _person(session, player, user, name, title, organisations[bureau], role, hashed, now)
    _person(session, player, "zhao", "赵文博", "审核师", organisations["qingyuan"], "consultancy", hashed, now)
    _person(session, player, "zhu", "朱琳", "审核师", organisations["qilu"], "consultancy", hashed, now)
    _person(session, player, "lin", "林嘉欣", "审核师", organisations["yuehai"], "consultancy", hashed, now)
    _experts(session, now, hashed)


def _person(
    session: Session,
    player: Player,
    user: str,
    name: str,
    title: str,
    organisation: Organisation,
    role: str,
    hashed: str,
    now: datetime,
) -> Person:
    person = people.create_person(session, SYSTEM, username=user, name=name, title=title, now=now)
    person.password_hash = hashed
    people.add_membership(session, SYSTEM, person_id=person.id, organisation_id=organisation.id, role=role, now=now)
    player.people.setdefault(f"{role}@org:{organisation.id}", person.id)
    player.people.setdefault(f"{role}@region:{organisation.region_code}", person.id)
    player.people.setdefault(user, person.id)
    return person


def _experts(session: Session, now: datetime, hashed: str) -> None:
    for user, name, employer, title, fields, region in cast.EXPERTS:
        values = {
            "username": user, "name": name, "employer": employer, "title": title, "fields": list(fields),
            "region_code": region, "valid_until": date(now.year + 6, 12, 31),
        }  # fmt: skip
        expert = experts.add(session, SYSTEM, values, now=now)
        session.get_one(Person, expert.id).password_hash = hashed


# ---- lists -------------------------------------------------------------------------------------------------------


def _lists(
    sessions: sessionmaker[Session],
    app: Application,
    player: Player,
    now: datetime,
    cohort: Sequence[Plan],
    *,
    current: bool,
) -> str:
    """Draft the lists of the world and plan their publication; give the id of the first one."""
    first = now - timedelta(days=COHORT_DAYS)
    drafts = (
        # region, publisher, bureau's name in the title, days ago, plans, places
        ("620100", "li", "兰州市", COHORT_DAYS, tuple(cohort), (("620102", "兰州"), ("620104", "兰州"))),
        ("620000", "ma", "甘肃省", CURRENT_DAYS, GANSU, (("620102", "兰州"), ("620400", "白银"), ("620200", "嘉峪关"))),
        ("370000", "kong", "山东省", CURRENT_DAYS, SHANDONG, (("370102", "济南"), ("370300", "淄博"))),
        ("440000", "huang", "广东省", GUANGDONG_DAYS, GUANGDONG, (("442000", "中山"),)),
        ("310000", "qiu", "上海市", CURRENT_DAYS, SHANGHAI, (("310113", "宝山"), ("310114", "嘉定"))),
        ("620100", "li", "兰州市", RECENT_DAYS, RECENT, (("620102", "兰州"),)),
    )
    number = 0
    ids = []
    for region, publisher, title, days, plans, places in drafts if current else drafts[:1]:
        at = now - timedelta(days=days)
        with transaction(sessions) as session:
            list_id = _draft(session, app, player, region, publisher, title, at, plans, places, number)
        number += len(plans)
        ids.append(list_id)
        user = player.people[publisher]
        player.at(at, partial(player.publish, list_id, user))
    _plan_removals(sessions, player, ids[0], first)
    if current:
        at = now - timedelta(days=DRAW_DAYS)
        player.at(at, partial(player.draw_check, "620000", player.people["ma"], f"{SEED:016x}"))
    return ids[0]


def _draft(
    session: Session,
    app: Application,
    player: Player,
    region: str,
    publisher: str,
    title: str,
    at: datetime,
    plans: Sequence[Plan],
    places: Sequence[tuple[str, str]],
    number: int,
) -> str:
    officer = load_actor(session, app.roles, player.people[publisher], at)
    year = calendars.local_day(at).year
    batch = 1 + (
        session.scalar(select(func.count()).where(AuditList.region_code == region, AuditList.year == year)) or 0
    )
    full = f"{title}{year}年度强制性清洁生产审核企业名单（第{batch}批）"
    row = lists.create(session, app, officer, year=year, batch=batch, title=full, region_code=region, now=at)
    types = (["SHUANGYOU"], ["SHUANGCHAO"], ["SHUANGCHAO", "SHUANGYOU"], ["GAOHAONENG"], ["SHUANGYOU"])
    for place, plan in enumerate(plans):
        code, city = places[place % len(places)]
        firm = _firm(session, app, player, number + place, code, city, officer_at=at, scale=plan.scale)
        if plan.park:
            _park(session, app, player, firm, plan.park, officer, MEMBERS + 2 * place, city)
        entry = lists.add_entry(
            session, officer, row.id, enterprise_id=firm.id, types=types[place % len(types)],
            reason="使用或排放有毒有害物质，或者污染物排放超过标准", now=at,
        )  # fmt: skip
        player.plans[entry.id] = plan
    return row.id


def _park(
    session: Session,
    app: Application,
    player: Player,
    firm: Enterprise,
    kind: str,
    officer: Actor,
    number: int,
    city: str,
) -> None:
    """Let an enterprise stand for a park or cluster of two more."""
    benchmark = "同行业清洁生产评价指标体系Ⅱ级基准值" if kind == "cluster" else ""
    parks.mark(session, officer, enterprise_id=firm.id, kind=kind, benchmark=benchmark, now=officer.at)
    since = calendars.local_day(officer.at) - timedelta(days=365)
    for place in (number, number + 1):
        member = _firm(session, app, player, place, firm.region_code, city, officer_at=officer.at, scale="large")
        parks.add_member(session, officer, firm.id, enterprise_id=member.id, since=since, now=officer.at)


_NAMED: Final = {
    0: ("chen", "陈志远", "兰州钢铁股份有限公司", "3120"),
    1: ("wang", "王晓梅", "黄河食品有限公司", "1411"),
}
_AGAIN: Final = {49: "兰州钢铁股份有限公司", 61: "黄河食品有限公司"}
"""Lines of the current list on which an enterprise of the first one stands again, so that its people have work."""


def _firm(
    session: Session,
    app: Application,
    player: Player,
    number: int,
    region: str,
    city: str,
    *,
    officer_at: datetime,
    scale: str,
) -> Enterprise:
    drawn = cast.firm(player.rng, number, region, city)
    known = session.scalar(select(Enterprise).where(Enterprise.name == _AGAIN.get(number, "")))
    if known is not None:
        return known
    user, name, firm_name, industry = _NAMED.get(number, (drawn.user, "", drawn.name, drawn.industry))
    bureau = {"62": "ma", "37": "kong", "44": "huang", "31": "qiu"}[region[:2]]
    officer = load_actor(session, app.roles, player.people[bureau], officer_at)
    row = enterprises.register(
        session,
        officer,
        {
            "name": firm_name if session.scalar(select(Enterprise.id).where(Enterprise.name == firm_name)) is None
            else f"{firm_name.removesuffix('有限公司')}（{number}）有限公司",
            "uscc": drawn.uscc,
            "region_code": region,
            "industry": industry,
            "key_discharger": drawn.key_discharger,
            "yellow_river_basin": region.startswith(("62", "37")),
            "legal_representative": "张国强",
            "production_address": f"{city}工业园区{number + 1}号",
            "contact_name": name or "环保负责人",
            "contact_phone": f"0931-{8000000 + number}",
            "scale": "medium" if scale == "large" and number % 3 else scale,
        },
        now=officer_at,
    )  # fmt: skip
    organisation = session.get_one(Organisation, row.id)
    hashed = session.scalar(select(Person.password_hash).where(Person.username == "li")) or ""
    person = _person(
        session,
        player,
        user,
        name or f"{city}企业{number:03d}",
        "环保负责人",
        organisation,
        "enterprise",
        hashed,
        officer_at,
    )
    if number in _NAMED:
        people.add_membership(
            session,
            SYSTEM,
            person_id=person.id,
            organisation_id=row.id,
            role="enterprise_administrator",
            now=officer_at,
        )
    return row


def _plan_removals(sessions: sessionmaker[Session], player: Player, list_id: str, first: datetime) -> None:
    with reading(sessions) as session:
        entries = session.scalars(select(ListEntry.id).where(ListEntry.list_id == list_id)).all()
    officer = player.people["li"]
    for entry_id in entries:
        removal = player.plans[entry_id].removal
        if removal is not None:
            days, decision = removal
            at = first + timedelta(days=days, hours=2)
            player.at(at, partial(player.remove, entry_id, officer, decision))


# ---- the end -----------------------------------------------------------------------------------------------------


def _publish_results(sessions: sessionmaker[Session], app: Application, player: Player, now: datetime) -> None:
    with transaction(sessions) as session:
        actor = load_actor(session, app.roles, player.people["ma"], now)
        pending = publications.pending_results(session, actor, limit=200).items
        if pending:
            publications.publish_results(
                session,
                actor,
                title=f"甘肃省{calendars.local_day(now).year}年清洁生产审核验收结果公告（第1批）",
                region_code="620000",
                case_ids=[case.id for case, _ in pending[:30]],
                published_on=calendars.local_day(now),
                now=now,
            )


def _outcome(sessions: sessionmaker[Session], list_id: str, completed: int) -> Outcome:
    with reading(sessions) as session:
        rows = session.execute(
            select(ListEntry.outcome, func.count()).where(ListEntry.list_id == list_id).group_by(ListEntry.outcome)
        )
        found = {outcome: count for outcome, count in rows}  # noqa: C416
        waiting = session.scalar(select(func.count(Task.element.distinct())).where(Task.status == "open")) or 0
        running = session.scalar(select(func.count()).select_from(Case).where(Case.outcome == "")) or 0
    return Outcome(
        listed=sum(found.values()),
        qualified=found.get("qualified", 0),
        removed=found.get("removed", 0) + found.get("deferred", 0),
        unqualified=found.get("unqualified", 0),
        open_cases=running,
        waiting_at=waiting,
        completed=completed,
    )
