"""The named world: places, organisations and people that every test may rely on.

Chen of Steelworks (enterprise), Wang of the bakery, who must see nothing of Steelworks, Li of the city bureau, Zhao of
the consultancy, the experts Sun, Qian and Zhou; and Kong in Shandong, another province altogether.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from workflows.application import Application, Role
from workflows.jobs import InlineJobs
from workflows.models import Membership, Organisation, Person, Region
from workflows.settings import Settings
from workflows.store import FileStore

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)  # a Monday, 09:30 in Shanghai
FOUNDED = NOW - timedelta(days=400)

REGIONS = (
    ("100000", "全国", "China", "country", None),
    ("620000", "甘肃省", "Gansu", "province", None),
    ("620100", "兰州市", "Lanzhou", "city", "620000"),
    ("620102", "城关区", "Chengguan", "county", "620100"),
    ("620104", "西固区", "Xigu", "county", "620100"),
    ("620200", "嘉峪关市", "Jiayuguan", "city", "620000"),
    ("370000", "山东省", "Shandong", "province", None),
    ("370100", "济南市", "Jinan", "city", "370000"),
    ("370102", "历下区", "Lixia", "county", "370100"),
)

# key: kind, name, name in English, region, the role of its staff, unified social credit code
ORGANISATIONS = {
    "gansu_bureau": ("bureau", "甘肃省生态环境厅", "Gansu Bureau", "620000", "province_bureau", None),
    "lanzhou_bureau": ("bureau", "兰州市生态环境局", "Lanzhou Bureau", "620100", "city_bureau", None),
    "chengguan_bureau": ("bureau", "城关分局", "Chengguan Bureau", "620102", "county_bureau", None),
    "jiayuguan_bureau": ("bureau", "嘉峪关市生态环境局", "Jiayuguan Bureau", "620200", "city_bureau", None),
    "shandong_bureau": ("bureau", "山东省生态环境厅", "Shandong Bureau", "370000", "province_bureau", None),
    "jinan_bureau": ("bureau", "济南市生态环境局", "Jinan Bureau", "370100", "city_bureau", None),
    "steelworks": (
        "enterprise",
        "兰州钢铁有限公司",
        "Lanzhou Steelworks",
        "620102",
        "enterprise",
        "91620102MA1ABCD012",
    ),
    "bakery": ("enterprise", "黄河食品有限公司", "Yellow River Bakery", "620102", "enterprise", "91620102MA1ABCD025"),
    "consultancy": ("consultancy", "甘肃清源咨询公司", "Qingyuan", "620100", "consultancy", "91620100MA1ABCD03B"),
    "other_consultancy": ("consultancy", "陇原环保咨询公司", "Longyuan", "620100", "consultancy", "91620100MA1ABCD04E"),
    "platform": ("institute", "平台管理办公室", "Platform Office", "100000", "inspector", None),
    "institute": ("institute", "兰州大学", "Lanzhou University", "620100", "expert", None),
    "jinan_paper": ("enterprise", "济南纸业有限公司", "Jinan Paper", "370102", "enterprise", "91370102MA1ABCD05Y"),
}

# username: name, organisation, role
PEOPLE = {
    "chen": ("陈工", "steelworks", "enterprise"),
    "wang": ("王工", "bakery", "enterprise"),
    "li": ("李科长", "lanzhou_bureau", "city_bureau"),
    "liu": ("刘科员", "lanzhou_bureau", "city_bureau"),
    "ma": ("马处长", "gansu_bureau", "province_bureau"),
    "he": ("何所长", "chengguan_bureau", "county_bureau"),
    "gao": ("高科长", "jiayuguan_bureau", "city_bureau"),
    "kong": ("孔处长", "shandong_bureau", "province_bureau"),
    "meng": ("孟科长", "jinan_bureau", "city_bureau"),
    "zhao": ("赵老师", "consultancy", "consultancy"),
    "wu": ("吴老师", "other_consultancy", "consultancy"),
    "sun": ("孙教授", "institute", "expert"),
    "qian": ("钱教授", "institute", "expert"),
    "zhou": ("周教授", "institute", "expert"),
    "admin": ("管理员", "gansu_bureau", "administrator"),
    "auditor": ("审计员", "gansu_bureau", "audit_administrator"),
    "designer": ("设计员", "platform", "designer"),
    "zong": ("总管理员", "platform", "administrator"),
}

_OFFICE = frozenset({"tasks.urge"})
_MANAGE = frozenset({"people.manage", "definitions.deploy", "incidents.manage", "instances.manage"})
ROLES: Mapping[str, Role] = {
    role.key: role
    for role in (
        Role("enterprise", "企业", "Enterprise", confided=True),
        Role("consultancy", "咨询机构", "Consultancy"),
        Role("expert", "专家", "Expert"),
        Role("county_bureau", "区县局", "County bureau", True, _OFFICE, confided=True),
        Role("city_bureau", "市局", "City bureau", True, _OFFICE | {"cases.remove"}, confided=True),
        Role("province_bureau", "省厅", "Province bureau", True, _OFFICE | {"cases.remove"}, confided=True),
        Role("competent_bureau", "主管部门", "Competent bureau", confided=True),
        Role("administrator", "系统管理员", "Administrator", sees_region=True, actions=_MANAGE),
        Role("audit_administrator", "审计管理员", "Audit administrator", True, frozenset({"trail.verify"})),
        Role("designer", "流程设计员", "Designer", actions=frozenset({"definitions.deploy"})),
    )
}


@dataclass(frozen=True, slots=True)
class Somebody:
    """An actor for tests that need no rights, only a name for the trail."""

    person_id: str | None
    name: str


@dataclass(frozen=True, slots=True)
class World:
    """Ids are the keys above: ``person.id == username``, ``organisation.id == key``."""

    now: datetime

    def somebody(self, username: str) -> Somebody:
        """Give the person as the trail sees them."""
        return Somebody(username, PEOPLE[username][0])


def build(session: Session, now: datetime = NOW) -> World:
    """Write the world into an empty database."""
    paths: dict[str, str] = {}
    for code, name, name_en, level, parent in REGIONS:
        paths[code] = "/" if level == "country" else f"{paths[parent] if parent else '/'}{code}/"
        session.add(Region(code=code, name=name, name_en=name_en, level=level, parent_code=parent, path=paths[code]))
    session.flush()
    for key, (kind, name, name_en, region, staff, code) in ORGANISATIONS.items():
        session.add(
            Organisation(id=key, kind=kind, name=name, name_en=name_en, region_code=region, staff_role=staff, code=code)
        )
    for username, (name, _organisation, _role) in PEOPLE.items():
        session.add(Person(id=username, username=username, name=name, created_at=FOUNDED))
    session.flush()
    for username, (_name, organisation, role) in PEOPLE.items():
        session.add(
            Membership(
                id=f"m-{username}",
                person_id=username,
                organisation_id=organisation,
                role=role,
                region_code=ORGANISATIONS[organisation][3],
                since=FOUNDED,
            )
        )
    session.flush()
    return World(now)


def application(settings: Settings, **changes: object) -> Application:
    """Give an application that runs its jobs in this process and keeps its files in memory."""
    values: dict[str, object] = {
        "settings": settings,
        "roles": ROLES,
        "handlers": {},
        "jobs": InlineJobs(),
        "store": FileStore("memory://"),
    }
    return Application(**{**values, **changes})  # type: ignore[arg-type]


@contextmanager
def as_owner(settings: Settings) -> Iterator[Session]:
    """Open the database as its owner may: no trigger, no foreign key stands in the way. Commits at the end."""
    engine = create_engine(settings.database_url)
    with Session(engine) as session, session.begin():
        if settings.is_sqlite:
            for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                session.execute(text(f'DROP TRIGGER "{name}"'))
        else:
            session.execute(text("SET session_replication_role = replica"))
        yield session
    engine.dispose()
