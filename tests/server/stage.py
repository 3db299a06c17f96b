"""The world that requests meet: the named world with cases under way, played through the product's own verbs.

Steelworks stands at the expert scoring of its first round, with one sheet of six in; the bakery at its first tasks,
with a draft and a file that nobody else may see; Jinan Paper lies in another province; four more companies of Lanzhou
have ended as qualified (two), removed and deferred. Beside them a draft list with two workbooks read, letters, notices,
an incident, tokens, and people whose membership is over or has not begun.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import openpyxl
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from audits import (
    agreements,
    calendars,
    cases,
    expert_entry,
    expert_record,
    joining,
    list_approval,
    list_import,
    lists,
    matters,
    name_list,
    parks,
    proofs,
    publications,
    reference_data,
    reminders,
    score_sheets,
    site_visits,
    voluntary,
)
from audits.application import BULK
from audits.demo.answers import answers_for
from audits.form_context import form_context
from audits.models import (
    Case,
    Enterprise,
    Expert,
    ExpertAbsence,
    ExpertRelation,
    IndicatorSystem,
    Letter,
    ListEntry,
    Notice,
    NoticeChannel,
    Panel,
    PanelDraw,
    PanelSeat,
    ResultPublication,
)
from audits.roles import ROLES
from audits.service_tasks import HANDLERS
from tests import world
from workflows import copies, definitions, files, incidents, people, phrases, substitutions, tasks, views, worker
from workflows.access import SYSTEM, Actor, load_actor
from workflows.application import Application
from workflows.models import Attachment, Membership, Organisation, Person, Task, TaskCandidate
from workflows.settings import Settings
from workflows.store import FileStore

NOW = world.NOW
BEGUN = datetime(2025, 9, 8, 1, 30, tzinfo=UTC)
PASSWORD = "Lanzhou-2026-audit"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

COMPANIES = {  # more enterprises of Lanzhou: name, county, code
    "glass": ("兰州玻璃有限公司", "620104", "91620104MA1ABCD06U"),
    "cement": ("兰州水泥有限公司", "620104", "91620104MA1ABCD07Q"),
    "dairy": ("兰州乳业有限公司", "620104", "91620104MA1ABCD08L"),
    "tannery": ("兰州制革有限公司", "620104", "91620104MA1ABCD09H"),
}
OFFICES = {  # kind, name, region, role of the staff
    "lanzhou_commission": ("department", "兰州市发展改革委", "620100", "coordinating_department"),
    "gansu_office": ("department", "甘肃省平台管理处", "620000", "administrator"),
    "shandong_office": ("department", "山东省平台管理处", "370000", "administrator"),
}
MORE_PEOPLE = {  # username: name, organisation, role, since, until
    "fan": ("范总", "steelworks", "enterprise_administrator", world.FOUNDED, None),
    "feng": ("冯教授", "institute", "expert", world.FOUNDED, None),
    "xu": ("许教授", "institute", "expert", world.FOUNDED, None),
    "yan": ("严教授", "institute", "expert", world.FOUNDED, None),
    "tang": ("唐教授", "institute", "expert", world.FOUNDED, None),
    "fabu": ("发布员", "platform", "publisher", world.FOUNDED, None),
    "anquan": ("安全员", "gansu_office", "security_administrator", world.FOUNDED, None),
    "ducha": ("督察员", "gansu_office", "inspector", world.FOUNDED, None),
    "xietiao": ("协调员", "lanzhou_commission", "coordinating_department", world.FOUNDED, None),
    "lu": ("鲁管理员", "shandong_office", "administrator", world.FOUNDED, None),
    "gone": ("前员工", "steelworks", "enterprise", world.FOUNDED, NOW - timedelta(days=10)),
    "early": ("新员工", "steelworks", "enterprise", NOW + timedelta(days=10), None),
}
PANEL = ("sun", "qian", "zhou", "feng", "xu", "yan")
CHECKS = {"disclosure_check", "filing_check", "receipt_check", "supplement_review", "rectification_check"}
NO_MEMBERSHIP = "lone"
EVERYBODY = (*world.PEOPLE, *MORE_PEOPLE, NO_MEMBERSHIP)


@dataclass
class Stage:
    """What lies in the world, by name; ``ids`` are what the addresses of requests are made of."""

    ids: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)


def application(settings: Settings, store: FileStore, **changes: Any) -> Application:
    """Give the field's real application, with jobs that wait in this process to be run by hand."""
    values: dict[str, Any] = {
        "roles": ROLES,
        "handlers": HANDLERS,
        "form_context": form_context,
        "task_forms": score_sheets.TASK_FORMS,
        "bulk": BULK,
    }
    return world.application(settings, **{**values, "store": store, **changes})


def play(sessions: sessionmaker[Session], app: Application) -> Stage:
    """Play the world into a database that holds the named one."""
    stage = Stage()
    with sessions.begin() as session:
        calendars.seed(session, range(2025, 2027))
        reference_data.seed(session, BEGUN)
        definitions.deploy_shipped(session, app, BEGUN - timedelta(days=30))
        _more_people(session)
        for firm in ("consultancy", "other_consultancy"):
            proofs.prove_all(session, SYSTEM, firm, document="能力证明", until=date(2035, 12, 31), now=BEGUN)
        told = {"name": "郑工", "certificate": "QS-2024-001", "since": date(2025, 1, 1)}
        stage.ids["staff"] = proofs.add_staff(session, SYSTEM, "consultancy", told, now=BEGUN).id
    _publish_lists(sessions, app, stage)
    _play_steelworks(sessions, app, stage)
    with sessions.begin() as session:
        _draft_and_file(session, app, stage)
        _draft_list(session, app, stage)
        code = world.ORGANISATIONS["bakery"][5] or ""
        stage.ids["join"] = joining.ask(session, actor_of(session, "early"), uscc=code, now=NOW - timedelta(hours=3)).id
        _matters(session, app, stage)
        found = {"enterprise_id": "glass", "source": "census", "type": "SHUANGYOU", "document": "普查表 12"}
        found |= {"found_on": date(2026, 1, 15)}
        stage.ids["fact"] = name_list.record(session, actor_of(session, "li"), found, now=NOW - timedelta(hours=1)).id
        li = actor_of(session, "li")
        parks.mark(session, li, enterprise_id="cement", kind="park", now=NOW - timedelta(hours=5))
        stage.ids["park_member"] = parks.add_member(
            session, li, "cement", enterprise_id="glass", since=date(2025, 1, 1), now=NOW - timedelta(hours=5)
        ).id
        chen = actor_of(session, "chen")
        stage.ids["voluntary"] = voluntary.apply(
            session,
            chen,
            enterprise_id="steelworks",
            reason="持续改进",
            stated=["policy"],
            now=NOW - timedelta(hours=4),
        ).id
        stage.ids["agreement"] = agreements.propose(
            session, chen, enterprise_id="steelworks", goals="吨钢水耗下降百分之五", valid_until=date(2028, 12, 31),
            now=NOW - timedelta(hours=4),
        ).id  # fmt: skip
        incident = incidents.open_(
            session, kind="job", message="letters.issue: the number is taken", instance_id=stage.ids["case"],
            element="issue_notice", key="stage", now=NOW - timedelta(hours=2),
        )  # fmt: skip
        stage.ids["incident"] = incident.id
        channel = NoticeChannel(
            organisation_id="lanzhou_bureau", kind="wecom", name="值班群", host="qyapi.weixin.qq.com", address=b"sealed",
            secret=b"sealed", kinds=[], created_at=NOW - timedelta(hours=2),
        )  # fmt: skip
        session.add(channel)
        session.flush()
        stage.ids["channel"] = channel.id
        stage.ids["reminder_rule"] = reminders.add(
            session, li, region_code="620100", procedure="", deadline="disclosure", element="", days=5, working=True,
            tells="both", now=NOW - timedelta(hours=2),
        ).id  # fmt: skip
        admin, at = actor_of(session, "admin"), NOW - timedelta(hours=2)
        phrase = phrases.add(session, app, admin, "材料齐全，同意。", organisation_id="lanzhou_bureau", now=at)
        stage.ids["phrase"] = phrase.id
        stage.ids["standing"] = substitutions.appoint(
            session, actor_of(session, "li"), "liu", now=at,
            since=NOW + timedelta(days=60), until=NOW + timedelta(days=70),
        ).id  # fmt: skip
        mine = {"filters": {"due": "soon"}, "columns": ["case", "due"], "organisation_id": "lanzhou_bureau"}
        stage.ids["view"] = views.save(session, actor_of(session, "li"), "将到期", **mine, now=NOW).id
    with sessions.begin() as session:
        _results(session, app, stage)
    with sessions.begin() as session:
        _doors(session, stage)
        _names(session, app, stage)
    return stage


def actor_of(session: Session, username: str, now: datetime = NOW) -> Actor:
    """Give a person as they act."""
    return load_actor(session, ROLES, username, now)


def _more_people(session: Session) -> None:
    for key, (kind, name, region, role) in OFFICES.items():
        session.add(Organisation(id=key, kind=kind, name=name, region_code=region, staff_role=role))
    for key, (name, region, code) in COMPANIES.items():
        session.add(
            Organisation(id=key, kind="enterprise", name=name, region_code=region, staff_role="enterprise", code=code)
        )
    for username, (name, *_rest) in {**MORE_PEOPLE, NO_MEMBERSHIP: ("散客",)}.items():
        session.add(Person(id=username, username=username, name=name, created_at=world.FOUNDED))
    session.flush()
    regions = {key: values[3] for key, values in world.ORGANISATIONS.items()}
    regions |= {key: values[2] for key, values in OFFICES.items()}
    for username, (_name, organisation, role, since, until) in MORE_PEOPLE.items():
        session.add(
            Membership(
                id=f"m-{username}", person_id=username, organisation_id=organisation, role=role,
                region_code=regions[organisation], since=since, until=until,
            )
        )  # fmt: skip
    named = {key: (values[1], values[3], values[5]) for key, values in world.ORGANISATIONS.items()}
    for key in ("steelworks", "bakery", "jinan_paper"):
        name, region, code = named[key]
        session.add(
            Enterprise(
                id=key, uscc=code, name=name, former_names=[], region_code=region, industry_tags=[], industry="3120"
            )
        )
    for key, (name, region, code) in COMPANIES.items():
        session.add(
            Enterprise(
                id=key, uscc=code, name=name, former_names=[], region_code=region, industry_tags=[], industry="3041"
            )
        )
    for username in (*PANEL, "tang"):
        session.add(
            Expert(
                id=username, employer="兰州大学", title="教授", fields=["process", "cleaner_production", "environment"],
                region_code="620100", valid_until=date(2031, 12, 31),
            )
        )  # fmt: skip


def _publish_lists(sessions: sessionmaker[Session], app: Application, stage: Stage) -> None:
    for key, who, region, members in (
        ("list", "li", "620100", ("steelworks", "bakery", *COMPANIES)),
        ("far_list", "kong", "370000", ("jinan_paper",)),
    ):
        with sessions.begin() as session:
            actor = actor_of(session, who, BEGUN)
            row = lists.create(
                session, app, actor, year=2025, batch=1, title=f"{region} 2025", region_code=region, now=BEGUN
            )
            for member in members:
                lists.add_entry(session, actor, row.id, enterprise_id=member, types=["SHUANGYOU"], reason="", now=BEGUN)
            if row.approver_id is not None:
                list_approval.propose(session, actor, row.id, BEGUN)
                superior = actor_of(session, "ma", BEGUN)
                list_approval.decide(session, superior, row.id, decision="approved", now=BEGUN)
            day = calendars.local_day(BEGUN)
            lists.publish(session, app, actor, row.id, published_on=day, decided_on=day, now=BEGUN)
            stage.ids[key] = row.id
        worker.run_pending(sessions, app, BEGUN)
    with sessions.begin() as session:
        for case in session.scalars(select(Case)):
            stage.ids["case" if case.enterprise_id == "steelworks" else f"case_{case.enterprise_id}"] = case.id


def _play_steelworks(sessions: sessionmaker[Session], app: Application, stage: Stage) -> None:
    """Let everybody do their part in the case of Steelworks until the panel scores; one expert hands the sheet in."""
    moment, rng = BEGUN, random.Random(7)
    for _step in range(40):
        moment += timedelta(days=3)
        with sessions() as session:
            waiting = list(session.scalars(_open(stage.ids["case"])))
        if any(task.form == "evaluation_score_sheet" for task in waiting):
            break
        for task in waiting:
            complete(sessions, app, task.id, moment, rng)
        worker.run_pending(sessions, app, moment)
    with sessions() as session:
        sheets = {task.assignee_id: task.id for task in session.scalars(_open(stage.ids["case"]))}
    assert set(sheets) == set(PANEL), sheets
    stage.ids |= {f"sheet_{name}": key for name, key in sheets.items()}
    complete(sessions, app, sheets["sun"], moment + timedelta(days=1), rng)
    worker.run_pending(sessions, app, moment + timedelta(days=1))


def _open(case_id: str) -> Any:
    return select(Task).where(Task.instance_id == case_id, Task.status == "open").order_by(Task.opened_at, Task.id)


def holder_of(session: Session, task: Task, now: datetime) -> Actor:
    """Give somebody who may complete a task; the consultancy before the enterprise."""
    if task.assignee_id:
        return actor_of(session, task.assignee_id, now)
    offered = set(session.scalars(select(TaskCandidate.principal).where(TaskCandidate.task_id == task.id)))
    for username in ("zhao", *EVERYBODY):
        actor = actor_of(session, username, now)
        if actor.principals & offered:
            return actor
    raise LookupError(f"nobody may do {task.element}: {offered}")


def answers_to(session: Session, app: Application, task: Task, actor: Actor, now: datetime, rng: random.Random) -> Any:
    """Give complete answers to a task, with a file uploaded for them."""
    row = files.upload(session, app, actor, name=f"{task.element}.pdf", content=PDF, task_id=task.id, now=now)
    facts = app.form_context(session, task, "zh", now) | {"today": calendars.local_day(now)}
    facts["files"] = [{"id": row.id, "name": row.name, "size": row.size, "type": row.media_type}]
    wanted: dict[str, Any] = {"decision": "accept"} if task.form in CHECKS else {}
    if task.form == "start_filing":
        wanted = {"mode": "consultancy", "consultancy": "consultancy"}
    if task.form == "panel_appointment":
        wanted = {"experts": list(PANEL)}
    if task.form.endswith("score_sheet"):
        wanted = {"score": 82.0}
    return answers_for(task.form, facts, rng, **wanted)


def sheet(session: Session, app: Application, task_id: str, score: float = 82.0, **more: Any) -> dict[str, Any]:
    """Give the answers of an expert's sheet."""
    task = session.get_one(Task, task_id)
    facts = app.form_context(session, task, "zh", NOW) | {"today": calendars.local_day(NOW), "files": []}
    return answers_for(task.form, facts, random.Random(11), score=score, **more)


def complete(
    sessions: sessionmaker[Session], app: Application, task_id: str, now: datetime, rng: random.Random
) -> None:
    """Complete a task by who holds it."""
    with sessions.begin() as session:
        task = session.get_one(Task, task_id)
        actor = holder_of(session, task, now)
        answers = answers_to(session, app, task, actor, now, rng)
        tasks.complete(session, app, actor, task.id, answers, opinion="同意", now=now)


def _draft_and_file(session: Session, app: Application, stage: Stage) -> None:
    """Let Wang begin a form of the bakery: a draft, a file beside it, and a file that belongs to nothing yet."""
    at = NOW - timedelta(days=1)
    wang = actor_of(session, "wang", at)
    own = [task for task in session.scalars(_open(stage.ids["case_bakery"])) if task.role == "enterprise"]
    first = next(task for task in own if task.form == "notice_receipt")
    stage.ids |= {"task_bakery": first.id}
    tasks.save_draft(session, wang, first.id, {"receiver": "王工"}, "", 0, at)
    begun = files.upload(session, app, wang, name="草稿.pdf", content=PDF + b"%draft", task_id=first.id, now=at)
    loose = files.upload(session, app, wang, name="散页.pdf", content=PDF + b"%loose", now=at)
    stage.ids |= {"file_draft": begun.id, "file_loose": loose.id}


def uscc(number: int) -> str:
    """Make a unified social credit code with its check character (GB 32100)."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"91620102MA2{number:06d}"
    total = sum(alphabet.index(character) * pow(3, place, 31) for place, character in enumerate(body))
    return body + alphabet[-total % 31]


def line(number: int, *, name: str = "", region: str = "620102", reason: str = "排放含重金属废水") -> list[str]:
    """Fill a row of the workbook."""
    return [name or f"新厂{number}号", uscc(number), region, "3120", "双有", reason]


def workbook(rows: Iterable[Iterable[Any]]) -> bytes:
    """Fill the template with rows."""
    book = openpyxl.load_workbook(BytesIO(list_import.template("zh")))
    sheet = book.worksheets[0]
    top = sheet.max_row + 1
    for number, row in enumerate(rows):
        for column, value in enumerate(row, 1):
            sheet.cell(row=top + number, column=column, value=value)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _draft_list(session: Session, app: Application, stage: Stage) -> None:
    at = NOW - timedelta(days=2)
    li = actor_of(session, "li", at)
    row = lists.create(session, app, li, year=2026, batch=1, title="兰州 2026 草稿", region_code="620100", now=at)
    entry = lists.add_entry(session, li, row.id, enterprise_id="bakery", types=["SHUANGCHAO"], reason="", now=at)
    clean = list_import.read(session, li, row.id, "名单.xlsx", workbook([line(1), line(2)]), at)
    faulty = list_import.read(session, li, row.id, "错误.xlsx", workbook([line(3, region="999999")]), at)
    assert (clean.errors, faulty.errors) == (0, 1)
    stage.ids |= {"draft_list": row.id, "entry": entry.id, "import": clean.id, "import_faulty": faulty.id}


def _matters(session: Session, app: Application, stage: Stage) -> None:
    """Let Steelworks ask for its clocks to stand still, and the bakery object to the list."""
    at = NOW - timedelta(hours=4)
    for name, who, case, kind, facts in (
        ("matter", "chen", "case", "production_stop", {"since": "2026-02-20"}),
        ("matter_bakery", "wang", "case_bakery", "objection", {"ground": "no_toxics"}),
    ):
        actor = actor_of(session, who, at)
        proof = files.upload(session, app, actor, name=f"{kind}.pdf", content=PDF + kind.encode(), now=at)
        row = matters.raise_(
            session, app, actor, stage.ids[case], kind=kind, reason="停产检修", facts=facts, evidence=[proof.id], now=at
        )
        stage.ids[name] = row.id


def _results(session: Session, app: Application, stage: Stage) -> None:
    at = NOW - timedelta(days=1)
    for key in ("glass", "cement"):
        cases.record_outcome(session, session.get_one(Case, stage.ids[f"case_{key}"]), "qualified", at)
    li = actor_of(session, "li", at)
    for key, decision in (("dairy", "removed"), ("tannery", "deferred")):
        cases.decide_removal(session, app, li, stage.ids[f"case_{key}"], decision=decision, reason="停产", now=at)
    ma = actor_of(session, "ma", at)
    row = publications.publish_results(
        session, ma, title="2025 年结果", region_code="620100", case_ids=[stage.ids["case_glass"]],
        published_on=calendars.local_day(at), now=at,
    )  # fmt: skip
    stage.ids["publication"] = row.id


def _doors(session: Session, stage: Stage) -> None:
    """Open a browser session and a token for everybody, a little before the clock of the tests."""
    at = NOW - timedelta(minutes=5)
    for username in EVERYBODY:
        person = session.get_one(Person, username)
        stage.sessions[username] = people.open_session(session, person, now=at)
        token, text = people.issue_token(session, world.Somebody(username, person.name), label="测试", now=at)
        stage.tokens[username] = text
        stage.ids[f"token_{username}"] = token.id
    spare = people.issue_token(session, world.Somebody("chen", "陈工"), label="备用", now=at)[0]
    stage.ids["spare_token"] = spare.id


def _draw(session: Session, stage: Stage, task_id: str) -> None:
    """Let Tang have been drawn and invited for the panel of Steelworks, with a relation and days away on record."""
    at = NOW - timedelta(days=3)
    draw = PanelDraw(
        case_id=stage.ids["case"], task_id=task_id, gate="evaluation", meeting_on=at.date(), records=[],
        leader_id="tang", drawn_at=at,
    )  # fmt: skip
    session.add(draw)
    session.flush()
    seat = PanelSeat(draw_id=draw.id, expert_id="tang", place=1, invited_at=at)
    relation = ExpertRelation(expert_id="tang", kind="shares", company="某公司", recorded_at=at)
    absence = ExpertAbsence(expert_id="tang", since=at.date(), until=at.date(), recorded_at=at)
    session.add_all([seat, relation, absence])
    session.flush()
    drafted = score_sheets.draft(
        session, actor_of(session, "designer"), form="merged_score_sheet", region_code="620000",
        valid_from=NOW.date(), now=at,
    )  # fmt: skip
    told = {
        "born_on": "1970-01-01", "employer": "设计院", "title": "研究员", "years": 20, "exam": "assessment",
        "exam_on": "2026-01-06", "region_code": "620100", "fields": ["energy"],
    }  # fmt: skip
    entry = expert_entry.nominate(
        session, actor_of(session, "li"), told | {"username": "xin", "name": "辛专家"}, now=at
    )  # fmt: skip
    expert_entry.apply(session, actor_of(session, "wang"), told, now=at)
    mark = expert_record.enter(session, actor_of(session, "ma"), "tang", {"kind": "late", "reason": "逾期"}, now=at)
    mark.recorded_by = None  # noted by itself, so that Ma may decide about an appeal
    panel = session.scalars(select(Panel.id).where(Panel.case_id == stage.ids["case"])).one()
    told = {"planned_on": NOW.date(), "place": "厂门"}
    stage.ids["visit"] = site_visits.plan(session, actor_of(session, "li"), panel, told, now=at).id
    stage.ids["mark"] = mark.id
    stage.ids["expert_entry"] = entry.id
    panel = session.scalars(select(Panel.id).where(Panel.case_id == stage.ids["case"])).one()
    stage.ids |= {"sheet_draft": drafted.id, "panel": panel}
    stage.ids |= {"draw": draw.id, "seat": seat.id, "relation": relation.id, "absence": absence.id}


def _names(session: Session, app: Application, stage: Stage) -> None:
    """Find the rest of what addresses name."""
    case = stage.ids["case"]
    done = session.scalars(
        select(Task).where(Task.instance_id == case, Task.status == "completed").order_by(Task.opened_at)
    ).all()
    stage.ids["task_done"] = next(task.id for task in done if task.form == "disclosure")
    stage.ids["sheet_done"] = stage.ids["sheet_sun"]
    files_of = select(Attachment.id).where(Attachment.instance_id == case, Attachment.task_id == stage.ids["task_done"])
    stage.ids["file"] = str(session.scalar(files_of))
    stage.ids["file_sheet"] = str(
        session.scalar(select(Attachment.id).where(Attachment.task_id == stage.ids["sheet_done"]))
    )
    _draw(session, stage, next(task.id for task in done if task.form == "panel_appointment"))
    letter = session.scalars(select(Letter).where(Letter.case_id == case).order_by(Letter.created_at)).first()
    unserved = session.scalars(select(Letter).where(Letter.served_on.is_(None))).all()
    bakery = next(row for row in unserved if row.case_id == stage.ids["case_bakery"])
    assert letter is not None
    result = ResultPublication(
        case_id=case, region_path=letter.region_path, number=1, channel="日报", url="https://example.org", summary="结果",
        published_on=NOW.date(), due_on=None, evidence=[], report_file_id=stage.ids["file"], recorded_at=NOW,
    )  # fmt: skip
    session.add(result)
    session.flush()
    stage.ids["result"] = result.id
    stage.ids |= {"letter": letter.id, "letter_bakery": bakery.id, "code": letter.code}
    at = NOW - timedelta(hours=1)
    chen = actor_of(session, "chen", at)
    stage.ids["copy"] = copies.send(session, app, chen, case, ["li"], note="请阅", now=at)[0].id
    notice = session.scalars(select(Notice).where(Notice.organisation_id == "steelworks")).first()
    stage.ids["notice"] = notice.id if notice else ""
    system = select(IndicatorSystem.id).where(IndicatorSystem.key == "lodging_services")
    stage.ids["indicator_system"] = session.scalars(system).one()
    stage.ids["definition"] = definitions.applicable(session, "cleaner_production_audit", "620100", NOW.date()).id
    stage.ids["listed"] = str(session.scalar(select(ListEntry.id).where(ListEntry.list_id == stage.ids["list"])))
