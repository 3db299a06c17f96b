"""The table of who may what: every page and every operation of the API, asked by everybody.

A line says whom a request answers with success (``may``) and whom it tells that they see the thing but may not do this
(``sees``: 403). Everybody else gets ``rest``: 404 where an address names a thing they may not know of, 403 where it
names none. ``anonymous`` is the login page for pages, 401 for the API. The names of people are those of ``stage``.
"""

from __future__ import annotations

import json as text
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any

from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from audits import assessments, indicator_systems
from tests import world
from tests.server import stage
from workflows import credentials
from workflows.models import Membership, Person, Task
from workflows.shipped import shipped_families

Kwargs = dict[str, Any]
Body = Callable[[Any], Kwargs]
People = frozenset[str]


def people(text: str) -> People:
    """Read names."""
    return frozenset(text.split())


EVERYBODY = frozenset(stage.EVERYBODY)
NOBODY: People = frozenset()
# ---- whom the world makes what (from the rules: region, party, assignee; from nothing the product computes) --------
LANZHOU = people("li liu")  # the city that is in charge of Steelworks and the bakery
ABOVE = people("ma")
COUNTY = people("he")  # sees its own county only
WATCHERS = people("admin zong auditor anquan ducha xietiao")  # see their region and do nothing in it
OFFICERS = LANZHOU | ABOVE | COUNTY
BUREAUS = OFFICERS | people("gao kong meng")
OWN = people("chen fan")
PARTIES = OWN | people("zhao") | frozenset(stage.PANEL)
CASE = OFFICERS | WATCHERS | PARTIES  # see the case of Steelworks
WRITERS = OWN | people("zhao")  # do the audit of Steelworks: its people and its consultancy
BAKERY = OFFICERS | WATCHERS | people("wang")
FAR = people("kong meng lu zong")  # see the case of Jinan Paper
STOPPERS = OFFICERS | people("admin zong")  # suspend and terminate the case of Steelworks
OPERATORS = people("admin zong lu")  # of some region
LISTS = OFFICERS | WATCHERS  # see the lists of Lanzhou
IMPORTERS = LANZHOU | ABOVE
LEADERS = people("xietiao")  # lead voluntary audits of Lanzhou
SUPERVISED = OFFICERS | OWN | (WATCHERS - LEADERS)  # see what Steelworks asks for, and do not decide about it
JOINERS = EVERYBODY - BUREAUS - WATCHERS - people("lu")  # who supervises nobody
DEFINITIONS = people("designer fabu admin auditor lu zong")
MANAGERS = people("admin zong anquan lu")
POOL = LANZHOU | ABOVE | people("gao kong meng")  # work with the pool of experts
PANELS = BUREAUS | people("ducha")  # read what panels were made of
ASKED = CASE - people("qian")  # see the sheet of Qian, and may not do it
TEAMS = BUREAUS | people("fan")  # lead a bureau or a company
STATISTICS = BUREAUS | people("xietiao")
KEEPERS = people("admin zong")  # keep the sentences of the offices of Lanzhou
PHRASED = (LANZHOU | ABOVE | WATCHERS) - KEEPERS  # see those of its bureau
TRAIL = BUREAUS | people("auditor anquan ducha")


@dataclass(frozen=True)
class Line:
    """One request with its answers. ``args`` name ids of the stage; one that begins with "=" is meant literally."""

    endpoint: str
    may: People = EVERYBODY
    sees: People = NOBODY
    rest: int = 403
    method: str = "GET"
    args: dict[str, str] = field(default_factory=dict)
    ok: int = 200
    body: Body | None = None
    before: Callable[[Any], None] | None = None
    public: bool = False

    def expected(self, username: str) -> int:
        """Say how a request of somebody is answered."""
        if username in self.may:
            return self.ok
        return 403 if username in self.sees else self.rest

    def __str__(self) -> str:
        names = ",".join(self.args.values())
        return f"{self.method} {self.endpoint}({names})"


def see(endpoint: str, may: People, rest: int = 404, sees: People = NOBODY, ok: int = 200, **args: str) -> Line:
    """Make a line for reading."""
    return Line(endpoint, may, sees, rest, args=args, ok=ok)


def act(endpoint: str, may: People, sees: People = NOBODY, rest: int = 403, ok: int = 303, **more: Any) -> Line:
    """Make a line for a form of a page."""
    return Line(endpoint, may, sees, rest, more.pop("method", "POST"), more.pop("args", {}), ok, **more)


def form(**values: Any) -> Body:
    """Send a form."""
    return lambda _house: {"data": {key.replace("__", "[]"): value for key, value in values.items()}}


def json(**values: Any) -> Body:
    """Send JSON."""
    return lambda _house: {"json": values}


def file(name: str, content: bytes, part: str = "file", **values: str) -> Body:
    """Send a file, with fields beside it."""
    return lambda _house: {"files": [(part, name, content)], "data": values}


def sent(body: Kwargs, **more: str) -> Kwargs:
    """Make of a body what the client sends: files in one multipart text, since the client's own leaves files open."""
    if "files" not in body:
        return {**body, "data": {**body.get("data", {}), **more}} if more and "json" not in body else body
    values: dict[str, Any] = {**body.get("data", {}), **more}
    for part, name, content in body["files"]:
        values.setdefault(part, []).append(FileStorage(BytesIO(content), name))
    boundary, text = encode_multipart(values)
    return {"data": text, "content_type": f"multipart/form-data; boundary={boundary}"}


def claimed(house: Any) -> None:
    """Let Wang hold the bakery's task."""
    assert house.api("wang", "POST", f"/tasks/{house.ids['task_bakery']}/claim").status_code == 200


def received(house: Any) -> None:
    """Let Wang complete the bakery's task."""
    path = f"/tasks/{house.ids['task_bakery']}/complete"
    assert house.api("wang", "POST", path, json={"answers": RECEIPT}).status_code == 200


def two_bakers(house: Any) -> None:
    """Let somebody whom nobody knows yet work for the bakery from now on."""
    with house.sessions.begin() as session:
        person = session.get_one(Person, "early")
        row = Membership(id="m-baker", person_id=person.id, organisation_id="bakery", role="enterprise")
        row.region_code, row.since = "620102", world.FOUNDED
        session.add(row)


def leading(house: Any) -> None:
    """Let Wang be the administrator of the bakery, too."""
    with house.sessions.begin() as session:
        row = Membership(id="m-leader", person_id="wang", organisation_id="bakery", role="enterprise_administrator")
        row.region_code, row.since = "620102", world.FOUNDED
        session.add(row)


def delegated(house: Any) -> None:
    """Let Wang have delegated the bakery's task."""
    two_bakers(house)
    path = f"/tasks/{house.ids['task_bakery']}/delegation"
    body = {"receiver": "early", "request": "请核对"}
    assert house.api("wang", "POST", path, json=body).status_code == 200


def opened_up(house: Any) -> None:
    """Let the designer have written that Qian's sheet may be returned and signed by others, too."""
    with house.sessions.begin() as session:
        row = session.get_one(Task, house.ids["sheet_qian"])
        row.actions = {**row.actions, "return": "yes", "signers": "yes"}


def served(house: Any) -> None:
    """Let the notice to the bakery be served."""
    path = f"/letters/{house.ids['letter_bakery']}/service"
    assert house.api("li", "POST", path, json=SERVED).status_code == 200


def suspended(house: Any) -> None:
    """Let the case of Steelworks be suspended."""
    path = f"/cases/{house.ids['case']}/suspension"
    assert house.api("ma", "POST", path, json={"reason": "申诉"}).status_code == 200


def measured(house: Any) -> None:
    """Let the name of the consultancy be published."""
    path = "/consultancies/consultancy/measures"
    assert house.api("li", "POST", path, json={"step": "list", "reason": "数据失实"}).status_code == 201


def renamed(house: Any) -> None:
    """Give the bakery another name, so that its published list no longer reads as it stands."""
    assert house.api("li", "PATCH", "/enterprises/bakery", json={"name": "兰州新名食品厂"}).status_code == 200


def proposed(house: Any, list_id: str = "") -> None:
    """Let a draft of Lanzhou wait for the province."""
    answer = house.api("li", "POST", f"/lists/{list_id or house.ids['draft_list']}/proposal")
    assert answer.status_code == 200, answer.text


def approved(house: Any, list_id: str = "") -> None:
    """Let the province approve a draft of Lanzhou, so that it may be published."""
    proposed(house, list_id)
    path = f"/lists/{list_id or house.ids['draft_list']}/decisions"
    assert house.api("ma", "POST", path, json={"decision": "approved"}).status_code == 200


def with_passwords(house: Any) -> None:
    """Let everybody sign in with the same password."""
    with house.sessions.begin() as session:
        for person in session.scalars(select(Person)):
            person.password_hash = credentials._HASHER.hash(stage.PASSWORD)


def fresh_definition(active: bool = False) -> Callable[[Any], None]:
    """Deploy another version, so that there is one to activate or, once that is done, to retire."""

    def prepare(house: Any) -> None:
        answer = house.api("designer", "POST", "/definitions", **sent(deployment()))
        assert answer.status_code == 201, answer.text
        house.ids["fresh"] = answer.json["id"]
        if active:
            assert house.api("fabu", "POST", f"/definitions/{house.ids['fresh']}/activate").status_code == 200

    return prepare


@cache
def shipped() -> tuple[str, dict[str, bytes]]:
    """Give the shipped family with a comment more, so that it is another version: its root, and its files by name."""
    family = next(one for one in shipped_families() if one.key == "cleaner_production_audit")
    files = dict(family.files)
    files[f"{family.root}.bpmn"] += b"<!-- another version -->"
    forms = {f"{key}.json": text.dumps(form, ensure_ascii=False).encode() for key, form in family.forms.items()}
    return family.root, files | forms


def deployment(**values: str) -> Kwargs:
    """Send the files of a family."""
    return {
        "data": {"family": "cleaner_production_audit", "valid_from": "2026-06-01", **values},
        "files": [("files", name, body) for name, body in sorted(shipped()[1].items())],
    }


def deploy(**values: str) -> Body:
    """Send another version of the shipped family."""
    return lambda _house: deployment(**values)


def levelled(house: Any) -> None:
    """Let Steelworks keep a whole draft of its level."""
    made = next(text.loads(one) for one in indicator_systems.shipped().values() if b'"lodging_services"' in one)
    keys = [one["key"] for one in assessments.indicators(made)]
    product = {"inapplicable": keys[1:], "values": {keys[0]: f"{keys[0]}_1"}}
    body = {"system_id": house.ids["indicator_system"], "products": [product]}
    answer = house.api("chen", "PUT", f"/cases/{house.ids['case']}/level/before", json=body)
    assert answer.status_code == 200, answer.text


BOOK = stage.workbook([stage.line(11)])
SHEET = {"name": "工厂", "uscc": stage.uscc(21), "region_code": "620102", "industry": "3120"}
RECEIPT = {"received_on": "2026-03-02", "receiver": "王工", "phone": "13812345678", "understood": True}
SERVED = {"method": "online", "served_on": "2026-03-02", "signer": "王工"}
CORRECTED = {**SERVED, "method": "mail", "reason": "签收人有误"}
PERSON = {
    "username": "newone",
    "name": "新人",
    "password": stage.PASSWORD,
    "organisation_id": "bakery",
    "role": "enterprise",
}
APPLICANT = {
    "born_on": "1975-05-06", "employer": "大学", "title": "教授", "years": "20", "exam": "exam", "exam_on": "2026-01-06",
    "exam_score": "82.5", "region_code": "620100",
}  # fmt: skip
NOMINEE = APPLICANT | {"username": "newexpert", "name": "新专家"}
NEW_SHEET = {"form": "evaluation_score_sheet", "region_code": "620000", "valid_from": "2026-05-06"}
RESTRICTION = {"restricted": True, "reason": "弄虚作假"}
FIRM = {"name": "新咨询公司", "code": stage.uscc(31), "region_code": "620100"}
STAFF = {"name": "钱工", "certificate": "QS-2024-002", "since": "2026-01-01"}
FINDING = {"source": "inspection", "type": "SHUANGCHAO", "document": "检查记录〔2026〕5号"}
_LEVEL = {"case_id": "case", "stage": "=before"}
FACTOR = {
    "energy": "electricity", "kind": "co2", "year": "2024", "value": "5.366", "region_code": "620100", "source": "公告",
}  # fmt: skip
SYSTEM = next(iter(indicator_systems.shipped().values())).replace(b'"version": "', b'"version": "local-', 1)
CHANNEL = {
    "organisation_id": "lanzhou_bureau", "kind": "webhook", "name": "程序", "address": "https://93.184.216.34/hook",
    "secret": "sixteen-characters-or-more",
}  # fmt: skip
OFFICE = {"kind": "institute", "name": "新研究所", "region_code": "620100"}

WARNING = {"addressee": "城关分局", "year": "2026", "indicator": "完成率低", "until": "2026-06-30"}
DRAWN = {"drawn_on": "2026-03-02", "method": "随机", "declared": "无", "witness": "何工"}
TEMPLATE = {"kind": "notice", "region_code": "620100", "valid_from": "2026-03-02", "note": ""}
_REPORT, _MADE = {"case_id": "case", "report": "=audit"}, {"case_id": "case", "kind": "=audit"}

READ_PAGES = (
    *(
        see(endpoint, EVERYBODY)
        for endpoint in (
            "workbench.page",
            "workbench.all_notices",
            "inbox.todo",
            "inbox.workbook",
            "inbox.done",
            "inbox.drafts",
            "inbox.started",
            "copies.index",
            "duties.index",
            "cases.index",
            "deadlines.board",
            "disclosures.board",
            "matters.index",
            "letters.index",
            "lists.index",
            "lists.template",
            "enterprises.index",
            "joining.mine",
            "voluntary.index",
            "parks.index",
            "phrases.index",
            "substitutes.index",
            "profile.page",
            "notice_choices.show",
            "calendar.page",
            "standards.factors",
            "standards.systems",
        )
    ),
    see("standards.system", EVERYBODY, system_id="indicator_system"),
    see("standards.definition", EVERYBODY, system_id="indicator_system"),
    see("standards.workbook", EVERYBODY, system_id="indicator_system"),
    see("calculations.page", CASE, case_id="case"),
    see("calculations.balances", CASE, case_id="case"),
    see("levels.page", CASE, case_id="case", stage="=before"),
    see("cases.one", CASE, case_id="case"),
    see("cases.one", FAR, case_id="case_jinan_paper"),
    see("cases.diagram", CASE, case_id="case"),
    see("matters.new", OFFICERS | OWN, sees=CASE, case_id="case"),
    see("matters.one", CASE, matter_id="matter"),
    see("matters.one", BAKERY, matter_id="matter_bakery"),
    see("teams.index", TEAMS, rest=403),
    see("teams.choose", NOBODY, sees=BAKERY, task_id="task_bakery"),
    see("tasks.one", CASE, task_id="task_done"),
    see("tasks.one", CASE, task_id="sheet_qian"),
    see("tasks.one", BAKERY, task_id="task_bakery"),
    see("submissions.versions", CASE, case_id="case", form="=audit_report"),
    see("submissions.document", CASE, task_id="task_done"),
    see("submissions.document", people("sun"), task_id="sheet_done"),
    see("printed_forms.of_task", CASE, task_id="task_done", suffix="=pdf"),
    see("printed_forms.of_task", people("sun"), task_id="sheet_done", suffix="=pdf"),
    see("printed_forms.of_panel", CASE, panel_id="panel", suffix="=pdf", ok=404),
    see("reports.workspace", WRITERS, sees=CASE, **_REPORT),
    see("reports.history", WRITERS, sees=CASE, **_REPORT, key="=conclusion"),
    see("reports.progress", WRITERS, sees=CASE, **_REPORT, version="=1", ok=404),
    see("reports.download", WRITERS, sees=CASE, **_REPORT, version="=1", name="=pdf", ok=404),
    see("reports.differences", WRITERS, sees=CASE, **_REPORT, ok=404),
    see("returns.choose", NOBODY, sees=CASE, task_id="sheet_qian"),
    see("returns.show_signers", NOBODY, sees=CASE, task_id="sheet_qian"),
    see("handovers.choose_receiver", people("wang"), sees=BAKERY, task_id="task_bakery"),
    see("handovers.choose_delegate", people("wang"), sees=BAKERY, task_id="task_bakery"),
    see("interventions.panel", STOPPERS, sees=CASE, case_id="case"),
    see("files.download", CASE, file_id="file"),
    see("files.download", people("wang"), file_id="file_draft"),
    see("files.download", people("wang"), file_id="file_loose"),
    see("files.download", people("sun"), file_id="file_sheet"),
    see("files.preview", CASE, file_id="file"),
    see("files.preview", people("wang"), file_id="file_draft"),
    see("files.preview", people("sun"), file_id="file_sheet"),
    see("files.drawn", NOBODY, sees=CASE, file_id="file", number="=1"),
    see("letters.one", CASE, letter_id="letter"),
    see("letters.one", BAKERY, letter_id="letter_bakery"),
    see("result_publications.show", CASE, case_id="case"),
    see("letters.download", CASE, letter_id="letter", suffix="=pdf"),
    see("issuing.choose", BUREAUS, 403),
    see("templates.index", BUREAUS, 403),
    see("templates.shipped", BUREAUS, 403, kind="=notice"),
    see("templates.download", BUREAUS, 403, ok=404, template_id="=none"),
    see("templates.preview", BUREAUS, 403, ok=404, template_id="=none"),
    see("lists.one", LISTS, list_id="list"),
    see("lists.one", LISTS, list_id="draft_list"),
    see("lists.progress", LISTS, list_id="list"),
    see("list_notices.index", LISTS, list_id="list"),
    see("list_notices.workbook", LISTS, list_id="list"),
    see("lists.report", IMPORTERS, sees=LISTS, list_id="draft_list", import_id="import"),
    see("lists.marked", IMPORTERS, sees=LISTS, list_id="draft_list", import_id="import_faulty"),
    see("enterprises.mine", people("chen fan wang"), ok=302),
    see("enterprises.new", BUREAUS, 403),
    see("joining.board", BUREAUS | people("fan"), 403),
    see("enterprises.one", CASE, enterprise_id="=steelworks"),
    see("enterprises.one", FAR, enterprise_id="=jinan_paper"),
    see("enterprises.edit", OFFICERS | OWN, sees=CASE, enterprise_id="=steelworks"),
    see("enterprises.users", people("fan"), sees=people("chen"), enterprise_id="=steelworks"),
    see("consultancies.index", STATISTICS, 403),
    see("score_sheets.index", DEFINITIONS, 403),
    see("score_sheets.one", DEFINITIONS, 403, sheet_id="sheet_draft"),
    see("experts.one", POOL | people("tang"), 403, expert_id="=tang"),
    see("expert_entry.index", EVERYBODY),
    see("expert_entry.one", IMPORTERS, application_id="expert_entry"),
    see("visits.one", frozenset(stage.PANEL) | OFFICERS | people("ducha"), visit_id="visit"),
    see("experts.mine", frozenset(stage.PANEL) | people("tang"), 404, ok=302),
    see("invitations.index", EVERYBODY),
    see("conflicts.index", PANELS, 403),
    see("conflicts.workbook", PANELS, 403),
    see("draws.show", NOBODY, sees=ASKED, task_id="sheet_qian"),
    see("submissions.required", CASE, case_id="case"),
    see("dossiers.one", CASE, panel_id="panel"),
    see("draws.one", OFFICERS | people("ducha"), sees=CASE, draw_id="draw"),
    see("draws.record", OFFICERS | people("ducha"), sees=CASE, draw_id="draw"),
    see("name_list.index", STATISTICS, 403),
    see("consultancies.one", STATISTICS | people("zhao"), consultancy_id="=consultancy"),
    see("experts.index", LANZHOU | ABOVE | people("gao kong meng") | MANAGERS, 403),
    see("statistics.page", STATISTICS, 403),
    see("statistics.saved", STATISTICS, 403),
    see("options.index", CASE, case_id="case"),
    see("options.workbook", CASE, case_id="case"),
    see("options.one", CASE, case_id="case", code="=WD1"),
    see("results.index", people("ma kong"), 403),
    see("results.correction", people("ma kong"), 403, publication_id="publication"),
    see("definitions.index", DEFINITIONS, 403),
    see("upgrades.choose", OPERATORS, 403, definition_id="definition"),
    see("upgrades.one", OPERATORS, 403, ok=404, run_id="=none"),
    see("definitions.one", DEFINITIONS, 403, definition_id="definition"),
    see("definitions.diagram", DEFINITIONS, 403, definition_id="definition"),
    see("definitions.file", DEFINITIONS, 403, definition_id="definition", name="=cleaner_production_audit.bpmn"),
    see("definitions.form", DEFINITIONS, 403, definition_id="definition", key="=disclosure"),
    see("people.index", MANAGERS, 403),
    see("people.one", people("admin zong anquan"), sees=EVERYBODY - MANAGERS, person_id="=chen"),
    see("people.organisations", MANAGERS, 403),
    see("notice_channels.index", BUREAUS, 403),
    see("reminders.index", BUREAUS | people("designer"), 403),
    see("incidents.index", people("admin lu zong"), 403),
    see("trail.page", TRAIL, 403),
    see("trail.checkpoints", people("auditor ducha"), 403),
    Line("login.page", ok=302, public=True),
    Line("public.index", public=True),
    Line("public.restrictions", public=True),
    Line("public.restrictions_document", public=True),
    Line("public.restrictions_table", public=True),
    Line("public.one", args={"publication_id": "publication"}, public=True),
    Line("public.table", args={"publication_id": "publication"}, public=True),
    Line("public.document", args={"publication_id": "publication"}, public=True),
    Line("result_publications.index", public=True),
    Line("result_publications.report", args={"publication_id": "result"}, public=True),
    Line("letters.verify", args={"code": "code"}, public=True),
    Line("static", args={"filename": "=mark.svg"}, public=True),
)

READ_API = (
    *(
        see(f"api-{endpoint}", EVERYBODY)
        for endpoint in (
            "tasks.index",
            "tasks.workbook",
            "copies.index",
            "views.index",
            "duties.index",
            "cases.index",
            "matters.index",
            "cases.started",
            "lists.index",
            "phrases.index",
            "substitutes.index",
            "enterprises.index",
            "people.me",
            "standards.factors",
            "standards.systems",
        )
    ),
    see("api-standards.system", EVERYBODY, system_id="indicator_system"),
    see("api-standards.workbook", EVERYBODY, system_id="indicator_system"),
    see("api-standards.level", CASE, case_id="case", stage="=before"),
    see("api-calculations.show", CASE, case_id="case"),
    see("api-calculations.balances", CASE, case_id="case"),
    see("api-cases.one", CASE, case_id="case"),
    see("api-cases.one", FAR, case_id="case_jinan_paper"),
    see("api-matters.of_case", CASE, case_id="case"),
    see("api-matters.one", CASE, matter_id="matter"),
    see("api-letters.of_case", CASE, case_id="case"),
    see("api-letters.one", CASE, letter_id="letter"),
    see("api-teams.index", TEAMS, rest=403),
    see("api-teams.choose", NOBODY, sees=BAKERY, task_id="task_bakery"),
    see("api-tasks.one", CASE, task_id="task_done"),
    see("api-tasks.one", CASE, task_id="sheet_qian"),
    see("api-tasks.one", BAKERY, task_id="task_bakery"),
    see("api-cases.versions", CASE, case_id="case", form="=audit_report"),
    see("api-reports.one", WRITERS, sees=CASE, **_MADE),
    see("api-reports.history", WRITERS, sees=CASE, case_id="case", key="=conclusion"),
    see("api-reports.versions", WRITERS, sees=CASE, **_MADE),
    see("api-reports.progress", WRITERS, sees=CASE, **_MADE, version="=1", ok=404),
    see("api-reports.download", WRITERS, sees=CASE, **_MADE, version="=1", name="=pdf", ok=404),
    see("api-reports.differences", WRITERS, sees=CASE, **_MADE, ok=404),
    see("api-tasks.list_gaps", CASE, task_id="task_done"),
    see("api-tasks.submission", CASE, task_id="task_done"),
    see("api-tasks.table", CASE, task_id="task_done", list_id="=toxic_materials"),
    see("api-tasks.submission", people("sun"), task_id="sheet_done"),
    see("api-printed-forms.of_task", CASE, task_id="task_done", suffix="=docx"),
    see("api-printed-forms.of_task", people("sun"), task_id="sheet_done", suffix="=docx"),
    see("api-printed-forms.of_panel", CASE, panel_id="panel", suffix="=docx", ok=404),
    see("api-files.download", CASE, file_id="file"),
    see("api-files.download", people("wang"), file_id="file_draft"),
    see("api-files.download", people("wang"), file_id="file_loose"),
    see("api-files.download", people("sun"), file_id="file_sheet"),
    see("api-files.page", NOBODY, sees=CASE, file_id="file", number="=1"),
    see("api-result-publications.of_case", CASE, case_id="case"),
    see("api-letters.download", CASE, letter_id="letter", suffix="=pdf"),
    see("api-letters.kinds", EVERYBODY),
    see("api-templates.index", BUREAUS, 403),
    see("api-templates.names", BUREAUS, 403, kind="=notice"),
    see("api-templates.shipped", BUREAUS, 403, kind="=notice"),
    see("api-templates.download", BUREAUS, 403, ok=404, template_id="=none"),
    see("api-templates.preview", BUREAUS, 403, ok=404, template_id="=none"),
    see("api-lists.one", LISTS, list_id="list"),
    see("api-lists.entries", LISTS, list_id="list"),
    see("api-lists.progress", LISTS, list_id="list"),
    see("api-boards.notices", LISTS, list_id="list"),
    *(see(f"api-boards.{endpoint}", EVERYBODY) for endpoint in ("disclosures", "counts")),
    see("api-lists.get_import", IMPORTERS, sees=LISTS, import_id="import"),
    see("api-lists.report", IMPORTERS, sees=LISTS, import_id="import"),
    see("api-enterprises.one", CASE, enterprise_id="=steelworks"),
    see("api-enterprises.past", CASE, enterprise_id="=steelworks"),
    see("api-joining.mine", EVERYBODY),
    see("commitments.index", POOL, 403),
    see("api-parks.index", EVERYBODY),
    see("api-commitments.index", EVERYBODY),
    see("api-commitments.draws", EVERYBODY),
    see("api-voluntary.index", EVERYBODY),
    see("api-voluntary.agreed", EVERYBODY),
    see("api-joining.waiting", EVERYBODY),
    see("api-joining.unjoined_board", BUREAUS, 403),
    see("api-statistics.completion", STATISTICS, 403),
    see("api-name-list.index", STATISTICS, 403),
    see("api-consultancies.one", STATISTICS | people("zhao"), consultancy_id="=consultancy"),
    see("api-name-list.near", STATISTICS, 403),
    see("api-statistics.saved", STATISTICS, 403),
    see("api-statistics.sources", STATISTICS, 403),
    see("api-options.index", CASE, case_id="case"),
    see("api-options.workbook", CASE, case_id="case"),
    see("api-options.one", CASE, case_id="case", code="=WD1"),
    see("api-definitions.index", DEFINITIONS, 403),
    see("api-upgrades.one", OPERATORS, 403, ok=404, run_id="=none"),
    see("api-definitions.one", DEFINITIONS, 403, definition_id="definition"),
    see("api-people.index", MANAGERS, 403),
    see("api-people.one", people("admin zong anquan"), sees=EVERYBODY - MANAGERS, person_id="=chen"),
    see("api-people.organisations", MANAGERS, 403),
    see("api-incidents.index", people("admin lu zong"), 403),
    see("api-trail.index", TRAIL, 403),
    see("api-trail.checkpoints", people("auditor ducha"), 403),
    see("api-publications.pending", people("ma kong"), 403),
    see("api-registers.list_consultancies", STATISTICS, 403),
    see("api-score-sheets.index", DEFINITIONS, 403),
    see("api-score-sheets.one", DEFINITIONS, 403, sheet_id="sheet_draft"),
    see("api-expert-entry.index", EVERYBODY),
    see("api-expert-entry.one", IMPORTERS, application_id="expert_entry"),
    see("api-expert-record.one", POOL | people("tang"), 403, expert_id="=tang"),
    see("api-site-visits.mine", EVERYBODY),
    see("api-site-visits.one", frozenset(stage.PANEL) | OFFICERS | people("ducha"), visit_id="visit"),
    see("api-relations.one", POOL | people("tang"), 403, expert_id="=tang"),
    see("api-panels.list_invitations", EVERYBODY),
    see("api-panel-members.mine", EVERYBODY),
    see("api-panels.report", PANELS, 403),
    see("api-panels.look", NOBODY, sees=ASKED, task_id="sheet_qian"),
    see("api-panels.required", CASE, case_id="case"),
    see("api-panels.dossier", CASE, panel_id="panel"),
    see("api-panels.records", OFFICERS | people("ducha"), sees=CASE, draw_id="draw"),
    see("api-registers.list_experts", LANZHOU | ABOVE | people("gao kong meng") | MANAGERS, 403),
    see("api-registers.calendar", EVERYBODY, year="=2026"),
    see("api-registers.users", people("fan"), sees=people("chen"), enterprise_id="=steelworks"),
    see("api-returns.targets", NOBODY, sees=CASE, task_id="sheet_qian"),
    see("api-handovers.receivers", people("wang"), sees=BAKERY, task_id="task_bakery"),
    see("api-handovers.words", EVERYBODY, task_id="task_bakery"),
    see("api-handovers.list_urges", BAKERY, task_id="task_bakery"),
    see("api-returns.list_signers", NOBODY, sees=CASE, task_id="sheet_qian"),
    see("api-interventions.waiting", people("admin zong"), sees=CASE, case_id="case"),
    see("api-desk.list_notices", EVERYBODY),
    see("api-desk.pulse", EVERYBODY),
    see("api-notices.choices", EVERYBODY),
    see("api-notices.list_channels", BUREAUS, 403),
    see("api-notices.list_rules", BUREAUS | people("designer"), 403),
    see("api-desk.list_deadlines", EVERYBODY),
    see("api-desk.diagram", CASE, case_id="case"),
    see("api-desk.list_tokens", EVERYBODY),
    Line("api-public.index", public=True),
    Line("api-public.restrictions", public=True),
    Line("api-public.one", args={"publication_id": "publication"}, public=True),
    Line("api-public.lines", args={"publication_id": "publication"}, public=True),
    Line("api-audit-results.index", public=True),
    Line("api-audit-results.report", args={"publication_id": "result"}, public=True),
    Line("api-health.health", public=True),
    Line("api-docs.openapi_json", public=True),
)

_CHANNEL, _RULE = {"channel_id": "channel"}, {"rule_id": "reminder_rule"}
_COPY = {"copy_id": "copy"}
_FIRM = {"consultancy_id": "=consultancy"}
_PHRASE, _STANDING = {"phrase_id": "phrase"}, {"substitution_id": "standing"}
AWAY = {"since": "2026-03-03T00:00:00+08:00", "until": "2026-03-10T00:00:00+08:00"}
_CASE, _DRAFT, _BAKERY = {"case_id": "case"}, {"list_id": "draft_list"}, {"task_id": "task_bakery"}
_IMPORT, _CHEN = {"list_id": "draft_list", "import_id": "import"}, {"person_id": "=chen"}
_STEEL, _LETTER = {"enterprise_id": "=steelworks"}, {"letter_id": "letter_bakery"}
_PARK = {"park_id": "=cement"}
_MEMBER = {"park_id": "=cement", "member_id": "park_member"}
_VOLUNTARY = {"application_id": "voluntary"}
_AGREEMENT = {"agreement_id": "agreement"}
_SYSTEM = people("admin zong")  # who appoints who does the work
_SHEET = {"task_id": "sheet_qian"}
_READERS = STATISTICS | people("zhao")
_FACT = {"fact_id": "fact"}
_MATTER, _OBJECTION = {"matter_id": "matter"}, {"matter_id": "matter_bakery"}
_DRAFT_SHEET = {"sheet_id": "sheet_draft"}
_TANG, _ASKED_SEAT = {"expert_id": "=tang"}, _SHEET | {"seat_id": "seat"}
_PANEL = {"panel_id": "panel"}
_QIAN, _MARK = {"expert_id": "=tang"}, {"mark_id": "mark"}
_VISIT = {"visit_id": "visit"}
_ENTRY = {"application_id": "expert_entry"}
_SIGNER = {"task_id": "sheet_qian", "signer_id": "sheet_zhou"}


def _on(body: Callable[..., Body], **names: str) -> Body:
    """Send ids of the stage, with a reason."""
    return lambda house: body(reason="特殊情况", **{key: house.ids[name] for key, name in names.items()})(house)


_AMONG = EVERYBODY - _SYSTEM - people("lu")

WRITE_PAGES = (
    act("teams.assign", people("wang"), BAKERY - people("wang"), 404, args=_BAKERY, before=leading,
        body=form(receiver="wang", reason="出差")),
    act("views.choose", EVERYBODY, body=form(columns__=["case", "due"])),
    act("views.save", EVERYBODY, body=form(name="我的视图")),
    act("views.remove", people("li"), people("liu"), 404, args={"view_id": "view"}),
    act("tasks.claim", people("wang"), BAKERY, 404, args=_BAKERY),
    act("tasks.release", people("wang"), BAKERY, 404, args=_BAKERY, before=claimed),
    act("copies.send", CASE, rest=404, args=_CASE, body=form(usernames="li", note="请阅")),
    act("copies.read", people("li"), rest=404, args=_COPY),
    # the case stands before its evaluation, and its option replaces no other: the city is told so
    act("options.verify", LANZHOU, CASE, 404, 409, args={**_CASE, "code": "=WD1"}, body=form(cod="1")),
    act("options.review", LANZHOU, CASE, 404, 409, args={**_CASE, "code": "=WD1"}, body=form(accepted="yes", reason="x")),
    act("cases.remove", OFFICERS, CASE, 404, args=_CASE, body=form(decision="removed", reason="停产")),
    act("matters.raise_", OFFICERS | OWN, CASE, 404, args=_CASE, body=file(
        "证明.pdf", stage.PDF, "files", kind="closure", cause="closed", on="2026-03-01", reason="关闭")),
    act("matters.record_step", OFFICERS, BAKERY, 404, args=_OBJECTION, body=form(step="verification", note="核实")),
    act("matters.decide", LANZHOU | ABOVE, CASE, 404, args=_MATTER, body=form(decision="refused", reason="不实")),
    act("matters.withdraw", OWN, CASE, 404, args=_MATTER),
    act("returns.send", people("qian"), CASE, 404, args=_SHEET, before=opened_up,
        body=form(element="propose_evaluation_panel", reason="专家组不足")),
    act("returns.withdraw", people("wang"), BAKERY, 404, args=_BAKERY, before=received),
    act("returns.add_signers", people("qian"), CASE, 404, args=_SHEET, before=opened_up,
        body=form(persons__=["tang"], reason="加签")),
    act("returns.remove_signer", people("qian"), CASE, 404, args=_SIGNER, before=opened_up, body=form(reason="减签")),
    act("handovers.transfer", people("wang"), BAKERY | people("early"), 404, args=_BAKERY, before=two_bakers,
        body=form(receiver="early", reason="请假", draft="yes")),
    act("handovers.delegate", people("wang"), BAKERY | people("early"), 404, args=_BAKERY, before=two_bakers,
        body=form(receiver="early", request="请核对")),
    act("handovers.answer", people("early"), BAKERY, 404, args=_BAKERY, before=delegated, body=form(words="已核对")),
    act("handovers.recall", people("wang"), BAKERY | people("early"), 404, args=_BAKERY, before=delegated),
    act("handovers.urge", OFFICERS, BAKERY, 404, args=_BAKERY, body=form(note="请尽快")),
    act("handovers.see", BAKERY, rest=404, args=_BAKERY),
    act("interventions.suspend", STOPPERS, CASE, 404, args=_CASE, body=form(reason="申诉")),
    act("interventions.resume", STOPPERS, CASE, 404, args=_CASE, body=form(), before=suspended),
    act("interventions.terminate", STOPPERS, CASE, 404, args=_CASE, body=form(reason="企业注销")),
    act("interventions.move", _SYSTEM, CASE, 404, args=_CASE, body=lambda house: form(
        tokens__=[house.ids["sheet_qian"]], element="propose_evaluation_panel", reason="专家回避")(house)),
    act("interventions.skip", _SYSTEM, CASE, 404, args=_CASE, body=_on(form, token="sheet_qian")),
    act("interventions.retry", _SYSTEM, CASE, 404, ok=409, args=_CASE, body=_on(form, job="sheet_qian")),
    act("levels.save", WRITERS, CASE, 404, args=_LEVEL, body=lambda house: form(
        **{"act": "save", "system_id": house.ids["indicator_system"], "value.0.energy": "31"})(house)),
    act("standards.add_factor", IMPORTERS, body=form(**FACTOR)),
    act("standards.import_system", IMPORTERS, body=file("a.json", SYSTEM, region_code="620100")),
    act("reports.write", WRITERS, CASE, 404, args={**_REPORT, "key": "=conclusion"}, body=form(content="x", number="0")),
    act("reports.mark", OWN, CASE, 404, args=_REPORT, body=form(place="field:pre_audit_survey.focus", reason="x")),
    act("reports.unmark", OWN, CASE, 404, args=_REPORT, body=form(place="field:pre_audit_survey.focus")),
    act("reports.make", WRITERS, CASE, 404, args=_REPORT, body=form(note="")),
    act("result_publications.record", OWN, CASE, 404, ok=422, args=_CASE, body=form(published_on="2026-03-02")),
    act("issuing.issue", BUREAUS, body=form(kind="city_warning", key="1", **WARNING)),
    act("letters.replace", OFFICERS, BAKERY, 404, args=_LETTER, body=form(replace_reason="名称有误")),
    act("templates.upload", LANZHOU | ABOVE, body=form(**TEMPLATE)),
    act("templates.publish", BUREAUS, ok=404, args={"template_id": "=none"}),
    act("templates.retire", BUREAUS, ok=404, args={"template_id": "=none"}, body=form(reason="x")),
    act("letters.revoke", OFFICERS, BAKERY, 404, args=_LETTER, body=form(reason="文号有误")),
    act("letters.serve", OFFICERS | people("wang"), BAKERY, 404, args=_LETTER, body=form(**SERVED)),
    act("letters.correct_service", OFFICERS, BAKERY, 404, args=_LETTER, body=form(**CORRECTED), before=served),
    act("disclosures.order", OFFICERS, BAKERY, 404, ok=409, body=lambda house: form(
        correct_by="2026-04-01", case_ids__=[house.ids["case_bakery"]])(house)),
    act("lists.create", IMPORTERS, body=form(year="2026", batch="7", title="名单", region_code="620100")),
    act("lists.add_entry", IMPORTERS, LISTS - COUNTY, 404, args=_DRAFT, body=form(enterprise_id="glass", types__=["SHUANGYOU"])),
    act("lists.remove_entry", IMPORTERS, LISTS, 404, args=_DRAFT | {"entry_id": "entry"}),
    act("lists.upload", IMPORTERS, LISTS, 404, args=_DRAFT, body=file("名单.xlsx", BOOK)),
    act("lists.apply", IMPORTERS, LISTS, 404, args=_IMPORT),
    act("list_approval.propose", IMPORTERS, LISTS, 404, args=_DRAFT),
    act("list_approval.withdraw", IMPORTERS, LISTS, 404, args=_DRAFT, before=proposed),
    act("list_approval.decide", ABOVE, LISTS, 404, args=_DRAFT, body=form(decision="rest"), before=proposed),
    act("lists.publish", IMPORTERS, LISTS, 404, args=_DRAFT, body=form(published_on="2026-03-02"), before=approved),
    act("lists.correct", IMPORTERS, LISTS, 404, args={"list_id": "list"}, before=renamed,
        body=form(reason="更名", published_on="2026-03-02")),
    act("results.publish", people("ma"), body=lambda house: form(
        title="结果", region_code="620100", published_on="2026-03-02", case_ids__=[house.ids["case_cement"]])(house)),
    act("results.correct", people("ma"), args={"publication_id": "publication"}, body=lambda house: form(
        published_on="2026-03-02", reason="更正", case_ids__=[house.ids["case_glass"]])(house)),
    act("enterprises.register", OFFICERS, body=form(**SHEET)),
    act("enterprises.update", OFFICERS | OWN, CASE, 404, args=_STEEL, body=form(contact_name="陈")),
    act("enterprises.add_plant", OFFICERS | OWN, CASE, 404, args=_STEEL, body=form(name="二厂", region_code="620102")),
    act("enterprises.invite", people("fan"), people("chen"), 404, args=_STEEL,
        body=form(username="newone", name="新人", role="enterprise", password=stage.PASSWORD)),
    act("enterprises.leave", people("fan"), people("chen"), 404, args=_STEEL | {"membership_id": "=m-chen"}),
    act("joining.ask", JOINERS, body=form(uscc=world.ORGANISATIONS["jinan_paper"][5])),
    act("joining.decide", OFFICERS, rest=404, args={"request_id": "join"}, body=form(decision="approved")),
    act("parks.mark", OFFICERS, BAKERY, 404, body=form(enterprise_id="bakery", kind="park")),
    act("parks.add", IMPORTERS, WATCHERS, 404, args=_PARK, body=form(enterprise_id="steelworks", since="2026-01-01")),
    act("parks.end", IMPORTERS, WATCHERS, 404, args=_MEMBER, body=form(until="2027-01-01")),
    act("commitments.draw", IMPORTERS, ok=409, body=form(region_code="620100", count="1")),
    act("voluntary.apply", people("wang"), OFFICERS | WATCHERS, 404,
        body=form(enterprise_id="bakery", reason="自愿", stated="policy")),
    act("voluntary.decide", LEADERS, SUPERVISED, 404, args=_VOLUNTARY, body=form(decision="refused", reason="不符合")),
    act("voluntary.withdraw", OWN, OFFICERS | WATCHERS, 404, args=_VOLUNTARY),
    act("voluntary.propose", people("wang"), OFFICERS | WATCHERS, 404,
        body=form(enterprise_id="bakery", goals="节水一成", valid_until="2029-12-31")),
    act("voluntary.sign", LEADERS, SUPERVISED, 404, args=_AGREEMENT),
    act("voluntary.end", LEADERS | OWN, OFFICERS | (WATCHERS - LEADERS), 404, args=_AGREEMENT, body=form(reason="期满")),
    act("joining.withdraw", people("early"), rest=404, args={"request_id": "join"}),
    act("consultancies.prove", IMPORTERS, _READERS, 404, args=_FIRM, body=form(item="auditors", document="证书")),
    act("consultancies.add_staff", IMPORTERS | people("zhao"), _READERS, 404, args=_FIRM, body=form(**STAFF)),
    act("consultancies.end_staff", IMPORTERS | people("zhao"), _READERS, 404, args=_FIRM | {"staff_id": "staff"},
        body=form(until="2026-02-28")),
    act("consultancies.impose", IMPORTERS, _READERS, 404, args=_FIRM, body=form(step="list", reason="数据失实")),
    act("consultancies.ask_exit", people("zhao"), STATISTICS, 404, args=_FIRM, before=measured,
        body=file("整改.pdf", stage.PDF, "files", note="已整改")),
    act("consultancies.lift", IMPORTERS, _READERS, 404, args=_FIRM, before=measured, body=form(reason="整改完成")),
    act("name_list.record", OFFICERS, EVERYBODY - BUREAUS, 404, body=form(
        **FINDING, uscc=world.ORGANISATIONS["bakery"][5], found_on="2026-02-01")),
    act("name_list.dismiss", IMPORTERS, WATCHERS, 404, args=_FACT, body=form(reason="数据有误")),
    act("name_list.propose", IMPORTERS, WATCHERS, 404, body=lambda house: form(
        list_id=house.ids["draft_list"], fact_ids__=[house.ids["fact"]])(house)),
    act("consultancies.register", IMPORTERS, body=form(**FIRM)),
    act("consultancies.restrict", IMPORTERS, args=_FIRM, body=form(restricted="yes", reason="弄虚作假")),
    act("api-registers.restrict_consultancy", IMPORTERS, ok=204, method="PUT", args=_FIRM, body=json(**RESTRICTION)),
    act("score_sheets.draft", people("designer"), body=form(**NEW_SHEET)),
    act("score_sheets.change", people("designer"), args=_DRAFT_SHEET, ok=422, body=form(title="")),
    act("score_sheets.publish", people("fabu"), args=_DRAFT_SHEET),
    act("experts.record_relation", IMPORTERS | people("tang"), args=_TANG, body=form(kind="kin", person="某人")),
    act("experts.strike_relation", IMPORTERS, args=_TANG | {"relation_id": "relation"}, body=form(reason="误录")),
    act("experts.be_away", IMPORTERS | people("tang"), args=_TANG, body=form(since="2026-05-06", until="2026-05-07")),
    act("experts.be_back", IMPORTERS | people("tang"), args=_TANG | {"absence_id": "absence"}),
    act("invitations.answer", people("tang"), rest=404, ok=409, args={"seat_id": "seat"}, body=form(answer="accepted")),
    act("invitations.recuse", frozenset(stage.PANEL), rest=404, args=_PANEL, body=form(reason="亲属任职")),
    act("dossiers.mark_absent", LANZHOU, CASE, 404, args=_PANEL | {"expert_id": "=qian"}, body=form(reason="未到会")),
    act("draws.make", people("qian"), ASKED, 404, ok=404, args=_SHEET, body=form(meeting_on="2026-05-06")),
    act("draws.reschedule", people("qian"), ASKED, 404, ok=404, args=_SHEET, body=form(meeting_on="2026-05-06", reason="改期")),
    act("draws.mark_absent", people("qian"), ASKED, 404, ok=404, args=_ASKED_SEAT, body=form(reason="未答复")),
    act("expert_entry.apply", EVERYBODY - frozenset(stage.PANEL) - people("tang wang"), rest=409,
        body=form(**APPLICANT, fields__=["process"])),
    act("expert_record.enter", IMPORTERS, args=_QIAN, body=form(kind="late", reason="逾期")),
    act("expert_record.appeal", people("tang"), rest=404, args=_QIAN | _MARK, body=form(text="有误")),
    act("expert_record.decide", IMPORTERS, ok=409, args=_QIAN | _MARK, body=form(upheld="yes", reason="属实")),
    act("visits.plan", LANZHOU, CASE, 404, args=_PANEL, body=form(planned_on="2026-06-06", place="厂门")),
    act("visits.report", frozenset(stage.PANEL), OFFICERS | people("ducha"), 404, ok=422, args=_VISIT),
    act("expert_entry.nominate", IMPORTERS, body=form(**NOMINEE, fields__=["process"])),
    act("expert_entry.approve", people("liu ma"), people("li"), 404, args=_ENTRY),
    act("expert_entry.refuse", IMPORTERS, rest=404, args=_ENTRY, body=form(reason="材料不实")),
    act("expert_entry.withdraw", people("li"), people("liu ma"), 404, args=_ENTRY),
    act("definitions.deploy", people("designer"), body=deploy()),
    act("definitions.activate", people("fabu"), args={"definition_id": "fresh"}, before=fresh_definition()),
    act("definitions.retire", people("fabu"), args={"definition_id": "fresh"}, before=fresh_definition(True)),
    act("upgrades.begin", OPERATORS, args={"definition_id": "fresh"}, before=fresh_definition(True),
        body=_on(form, source="definition")),
    act("upgrades.undo_all", OPERATORS, ok=404, args={"run_id": "=none"}),
    act("upgrades.undo", _SYSTEM, CASE, 404, ok=404, args={"run_id": "=none", "case_id": "case"}),
    act("people.create", _SYSTEM, body=form(**PERSON)),
    act("people.create_organisation", _SYSTEM, body=form(**OFFICE)),
    act("people.join", _SYSTEM, _AMONG, 404, args=_CHEN, body=form(organisation_id="bakery", role="enterprise")),
    act("people.leave", _SYSTEM, _AMONG, 404, args=_CHEN | {"membership_id": "=m-chen"}),
    act("people.set_password", _SYSTEM, _AMONG, 404, args=_CHEN, body=form(password=stage.PASSWORD)),
    act("people.deactivate", _SYSTEM, _AMONG, 404, args=_CHEN),
    act("calendar.set_day", people("zong"), body=form(day="2026-05-06", kind="holiday", name="假")),
    act("calendar.remove_day", people("zong"), body=form(day="2026-05-01")),
    act("calendar.publish", people("zong"), body=form(year="2027")),
    act("incidents.retry", _SYSTEM, rest=404, args={"incident_id": "incident"}),
    act("incidents.resolve", _SYSTEM, rest=404, args={"incident_id": "incident"}),
    act("trail.verify", people("auditor ducha"), ok=200),
    act("workbench.read", OWN, rest=404, args={"notice_id": "notice"}),
    act("notice_choices.choose", EVERYBODY, body=form(digest_at="08:00", way_case_closed="now")),
    act("notice_channels.add", LANZHOU, body=form(**CHANNEL)),
    act("notice_channels.change", LANZHOU, EVERYBODY - BUREAUS, 404, args=_CHANNEL, body=form(name="值班群", active="yes")),
    act("notice_channels.try_", LANZHOU, EVERYBODY - BUREAUS, 404, args=_CHANNEL),
    act("reminders.add", LANZHOU | ABOVE | people("designer"), body=form(region_code="620100", days="3", tells="both")),
    act("reminders.switch", LANZHOU | ABOVE | people("designer"), COUNTY, 404, args=_RULE,
        body=form(active="")),
    act("profile.issue_token", EVERYBODY, ok=201, body=form(label="程序")),
    act("phrases.add", EVERYBODY, body=form(text="情况属实，同意上报。")),
    act("phrases.change", KEEPERS, PHRASED, 404, args=_PHRASE, body=form(text="同意。")),
    act("phrases.remove", KEEPERS, PHRASED, 404, args=_PHRASE),
    act("substitutes.appoint", LANZHOU, ok=422, rest=422, body=form(substitute_id="nobody", since="2026-03-03", until="2026-03-09")),
    act("substitutes.end", people("li liu admin zong anquan"), rest=404, args=_STANDING),
    act("profile.revoke_token", people("chen"), rest=404, args={"token_id": "spare_token"}),
    act("profile.change_password", EVERYBODY, ok=422, body=form(old="wrong", password=stage.PASSWORD)),
    act("files.begin", CASE, rest=404, args={"file_id": "file"}),
    act("login.leave", EVERYBODY),
    act("login.switch_language", EVERYBODY, body=form(language="en"), public=True),
    act("login.enter", EVERYBODY, ok=401, body=form(username="nobody", password="wrong"), public=True),
)  # fmt: skip

WRITE_API = (
    act("api-teams.assign", people("wang"), BAKERY - people("wang"), 404, 200, args=_BAKERY, before=leading,
        body=json(receiver="wang", reason="出差")),
    act("api-views.save", EVERYBODY, ok=201, body=json(name="我的视图", filters={"due": "soon"})),
    act("api-views.remove", people("li"), people("liu"), 404, 204, method="DELETE", args={"view_id": "view"}),
    act("api-views.choose", EVERYBODY, ok=200, method="PUT", body=json(columns=["case", "due"])),
    act("api-tasks.claim", people("wang"), BAKERY, 404, 200, args=_BAKERY),
    act("api-tasks.release", people("wang"), BAKERY, 404, 200, args=_BAKERY, before=claimed),
    act("api-tasks.save_draft", people("wang"), BAKERY, 404, 200, args=_BAKERY, method="PUT",
        body=json(answers={"receiver": "王"}, version=1)),
    act("api-tasks.complete", people("wang"), BAKERY, 404, 200, args=_BAKERY, body=json(answers=RECEIPT)),
    # the form of this task has no table: who may complete it is told so, and so is everybody else
    act("api-tasks.read_table", people("wang"), rest=404, ok=404, args={**_BAKERY, "list_id": "=none"},
        body=file("表.csv", b"a")),
    act("api-tasks.upload", people("wang"), BAKERY, 404, 201, args=_BAKERY, body=file("证明.pdf", stage.PDF)),
    act("api-copies.send", CASE, rest=404, ok=201, args=_CASE, body=json(usernames=["li"], note="请阅")),
    act("api-copies.read", people("li"), rest=404, ok=200, args=_COPY),
    act("api-options.verify", LANZHOU, CASE, 404, 409, method="PUT", args={**_CASE, "code": "=WD1"},
        body=json(values={"cod": "1"})),
    act("api-options.review", LANZHOU, CASE, 404, 409, args={**_CASE, "code": "=WD1"},
        body=json(accepted=True, reason="x")),
    act("api-cases.remove", OFFICERS, CASE, 404, 200, args=_CASE, body=json(decision="removed", reason="停产")),
    act("api-matters.raise_", OFFICERS, CASE, 404, 201, args=_CASE,
        body=json(kind="transfer", reason="调整", facts={"level": "province"})),
    act("api-matters.record_step", OFFICERS, BAKERY, 404, 200, args=_OBJECTION,
        body=json(step="verification", note="核实")),
    act("api-matters.decide", LANZHOU | ABOVE, CASE, 404, 200, args=_MATTER,
        body=json(decision="refused", reason="不实")),
    act("api-matters.withdraw", OWN, CASE, 404, 204, args=_MATTER, method="DELETE"),
    act("api-files.upload", EVERYBODY, ok=201, body=file("证明.pdf", stage.PDF)),
    act("api-files.begin_preview", CASE, rest=404, ok=200, args={"file_id": "file"}),
    act("api-files.remove", people("wang"), rest=404, ok=204, args={"file_id": "file_loose"}, method="DELETE"),
    act("api-returns.send", people("qian"), CASE, 404, 200, args=_SHEET, before=opened_up,
        body=json(element="propose_evaluation_panel", reason="专家组不足")),
    act("api-returns.withdraw", people("wang"), BAKERY, 404, 200, args=_BAKERY, before=received, body=json()),
    act("api-returns.add_signers", people("qian"), CASE, 404, 200, args=_SHEET, before=opened_up,
        body=json(persons=["tang"], reason="加签")),
    act("api-returns.remove_signer", people("qian"), CASE, 404, 200, args=_SIGNER, before=opened_up,
        body=json(reason="减签")),
    act("api-handovers.transfer", people("wang"), BAKERY | people("early"), 404, 200, args=_BAKERY, before=two_bakers,
        body=json(receiver="early", reason="请假")),
    act("api-handovers.delegate", people("wang"), BAKERY | people("early"), 404, 200, args=_BAKERY, before=two_bakers,
        body=json(receiver="early", request="请核对")),
    act("api-handovers.answer", people("early"), BAKERY, 404, 200, args=_BAKERY, before=delegated,
        body=json(words="已核对")),
    act("api-handovers.recall", people("wang"), BAKERY | people("early"), 404, 200, args=_BAKERY, before=delegated),
    act("api-handovers.urge", OFFICERS, BAKERY, 404, 201, args=_BAKERY, body=json(note="请尽快")),
    act("api-handovers.see", BAKERY, rest=404, ok=200, args=_BAKERY),
    act("api-interventions.suspend", STOPPERS, CASE, 404, 200, args=_CASE, body=json(reason="申诉")),
    act("api-interventions.resume", STOPPERS, CASE, 404, 200, args=_CASE, body=json(), before=suspended),
    act("api-interventions.terminate", STOPPERS, CASE, 404, 200, args=_CASE, body=json(reason="企业注销")),
    act("api-interventions.move", _SYSTEM, CASE, 404, 200, args=_CASE, body=lambda house: json(
        tokens=[house.ids["sheet_qian"]], element="propose_evaluation_panel", reason="专家回避")(house)),
    act("api-interventions.skip", _SYSTEM, CASE, 404, 200, args=_CASE, body=_on(json, token="sheet_qian")),
    act("api-interventions.retry", _SYSTEM, CASE, 404, 409, args=_CASE, body=_on(json, job="sheet_qian")),
    act("api-standards.save_level", WRITERS, CASE, 404, 200, method="PUT", args=_LEVEL, body=lambda house: json(
        system_id=house.ids["indicator_system"], products=[{"values": {"energy": "31"}}])(house)),
    act("api-standards.state_level", WRITERS, CASE, 404, 200, args=_LEVEL, body=json(version=1), before=levelled),
    act("api-standards.add_factor", IMPORTERS, ok=201, body=json(**FACTOR)),
    act("api-standards.import_system", IMPORTERS, ok=201, body=json(definition=text.loads(SYSTEM), region_code="620100")),
    act("api-reports.write", WRITERS, CASE, 404, 200, method="PUT", args={"case_id": "case", "key": "=conclusion"},
        body=json(content="x", number=0)),
    act("api-reports.mark", OWN, CASE, 404, 201, args=_CASE, body=json(place="field:pre_audit_survey.focus", reason="x")),
    act("api-reports.unmark", OWN, CASE, 404, 204, args=_CASE, body=json(place="field:pre_audit_survey.focus")),
    act("api-reports.make", WRITERS, CASE, 404, 202, args=_MADE, body=json(note="")),
    act("api-result-publications.record", OWN, CASE, 404, ok=422, args=_CASE, body=form(published_on="2026-03-02")),
    act("api-letters.issue_of_case", OFFICERS, CASE, 404, 201, args=_CASE,
        body=json(kind="draw_record", values=DRAWN, key="1")),
    act("api-letters.issue_of_region", BUREAUS, ok=201, body=json(kind="city_warning", values=WARNING, key="1")),
    act("api-letters.replace", OFFICERS, BAKERY, 404, 201, args=_LETTER, body=json(reason="名称有误")),
    act("api-templates.upload", LANZHOU | ABOVE, ok=201, body=form(**TEMPLATE)),
    act("api-templates.publish", BUREAUS, ok=404, args={"template_id": "=none"}),
    act("api-templates.retire", BUREAUS, ok=404, args={"template_id": "=none"}, body=json(reason="x")),
    act("api-letters.revoke", OFFICERS, BAKERY, 404, 200, args=_LETTER, body=json(reason="文号有误")),
    act("api-letters.serve", OFFICERS | people("wang"), BAKERY, 404, 200, args=_LETTER, body=json(**SERVED)),
    act("api-letters.correct_service", OFFICERS, BAKERY, 404, 200, method="PUT", args=_LETTER, body=json(**CORRECTED),
        before=served),
    act("api-boards.order", OFFICERS, BAKERY, 404, ok=409, body=lambda house: json(
        correct_by="2026-04-01", case_ids=[house.ids["case_bakery"]])(house)),
    act("api-lists.create", IMPORTERS, ok=201, body=json(year=2026, batch=7, title="名单", region="620100")),
    act("api-lists.add_entry", IMPORTERS, LISTS - COUNTY, 404, 201, args=_DRAFT,
        body=json(enterprise_id="glass", types=["SHUANGYOU"])),
    act("api-lists.remove_entry", IMPORTERS, LISTS, 404, 204, args=_DRAFT | {"entry_id": "entry"}, method="DELETE"),
    act("api-lists.read", IMPORTERS, LISTS, 404, 201, args=_DRAFT, body=file("名单.xlsx", BOOK)),
    act("api-lists.apply", IMPORTERS, LISTS, 404, 200, args={"import_id": "import"}),
    act("api-lists.propose", IMPORTERS, LISTS, 404, 200, args=_DRAFT),
    act("api-lists.withdraw", IMPORTERS, LISTS, 404, 200, args=_DRAFT, method="DELETE", before=proposed),
    act("api-lists.decide", ABOVE, LISTS, 404, 200, args=_DRAFT, body=json(decision="approved"), before=proposed),
    act("api-lists.publish", IMPORTERS, LISTS, 404, 202, args=_DRAFT, body=json(published_on="2026-03-02"),
        before=approved),
    act("api-lists.correct", IMPORTERS, LISTS, 404, 201, args={"list_id": "list"}, before=renamed,
        body=json(reason="更名", published_on="2026-03-02")),
    act("api-enterprises.register", OFFICERS, ok=201, body=json(**SHEET)),
    act("api-enterprises.update", OFFICERS | OWN, CASE, 404, 200, args=_STEEL, method="PATCH",
        body=json(contact_name="陈")),
    act("api-joining.ask", JOINERS, ok=201, body=json(uscc=world.ORGANISATIONS["jinan_paper"][5])),
    act("api-joining.decide", OFFICERS, rest=404, ok=200, args={"request_id": "join"}, body=json(decision="approved")),
    act("api-parks.mark", OFFICERS, BAKERY, 404, 201, body=json(enterprise_id="bakery", kind="park")),
    act("api-parks.add", IMPORTERS, WATCHERS, 404, 201, args=_PARK,
        body=json(enterprise_id="steelworks", since="2026-01-01")),
    act("api-parks.end", IMPORTERS, WATCHERS, 404, 200, args=_MEMBER, body=json(until="2027-01-01")),
    act("api-commitments.draw", IMPORTERS, ok=409, body=json(region_code="620100", count=1)),
    act("api-voluntary.apply", people("wang"), OFFICERS | WATCHERS, 404, 201,
        body=json(enterprise_id="bakery", reason="自愿", stated=["policy"])),
    act("api-voluntary.decide", LEADERS, SUPERVISED, 404, 200, args=_VOLUNTARY,
        body=json(decision="refused", reason="不符合")),
    act("api-voluntary.withdraw", OWN, OFFICERS | WATCHERS, 404, 200, args=_VOLUNTARY),
    act("api-voluntary.propose", people("wang"), OFFICERS | WATCHERS, 404, 201,
        body=json(enterprise_id="bakery", goals="节水一成", valid_until="2029-12-31")),
    act("api-voluntary.sign", LEADERS, SUPERVISED, 404, 200, args=_AGREEMENT),
    act("api-voluntary.end", LEADERS | OWN, OFFICERS | (WATCHERS - LEADERS), 404, 200, args=_AGREEMENT,
        body=json(reason="期满")),
    act("api-joining.withdraw", people("early"), rest=404, ok=204, args={"request_id": "join"}, method="DELETE"),
    act("api-definitions.check", people("designer fabu"), ok=200,
        body=deploy(root="cleaner_production_audit")),
    act("api-definitions.deploy", people("designer"), ok=201, body=deploy()),
    act("api-definitions.activate", people("fabu"), ok=200, args={"definition_id": "fresh"}, before=fresh_definition()),
    act("api-definitions.retire", people("fabu"), ok=200, args={"definition_id": "fresh"},
        before=fresh_definition(True)),
    act("api-upgrades.plan", OPERATORS, ok=200, args={"definition_id": "fresh"}, before=fresh_definition(True),
        body=lambda house: json(source=house.ids["definition"])(house)),
    act("api-upgrades.begin", OPERATORS, ok=202, args={"definition_id": "fresh"}, before=fresh_definition(True),
        body=_on(json, source="definition")),
    act("api-upgrades.undo_all", OPERATORS, ok=404, args={"run_id": "=none"}),
    act("api-upgrades.undo", _SYSTEM, CASE, 404, 404, args={"run_id": "=none", "case_id": "case"}),
    act("api-people.create", _SYSTEM, ok=201, body=json(**PERSON)),
    act("api-people.create_organisation", _SYSTEM, ok=201, body=json(**OFFICE)),
    act("api-people.join", _SYSTEM, _AMONG, 404, 201, args=_CHEN,
        body=json(organisation_id="bakery", role="enterprise")),
    act("api-people.set_password", _SYSTEM, _AMONG, 404, 200, args=_CHEN, method="PUT",
        body=json(password=stage.PASSWORD)),
    act("api-people.deactivate", _SYSTEM, _AMONG, 404, 200, args=_CHEN),
    act("api-publications.publish", people("ma"), ok=201, body=lambda house: json(
        title="结果", region_code="620100", published_on="2026-03-02", case_ids=[house.ids["case_cement"]])(house)),
    act("api-publications.correct", people("ma"), ok=201, args={"publication_id": "publication"},
        body=lambda house: json(
            published_on="2026-03-02", reason="更正", case_ids=[house.ids["case_glass"]])(house)),
    act("api-consultancies.prove", IMPORTERS, _READERS, 404, 204, args=_FIRM,
        body=json(item="auditors", document="证书")),
    act("api-consultancies.add_staff", IMPORTERS | people("zhao"), _READERS, 404, 201, args=_FIRM, body=json(**STAFF)),
    act("api-consultancies.end_staff", IMPORTERS | people("zhao"), _READERS, 404, 200, args={"staff_id": "staff"},
        body=json(until="2026-02-28")),
    act("api-consultancies.impose", IMPORTERS, _READERS, 404, 201, args=_FIRM,
        body=json(step="list", reason="数据失实")),
    act("api-consultancies.ask_exit", people("zhao"), STATISTICS, 404, 422, args=_FIRM, before=measured,
        body=json(note="已整改", evidence=[])),
    act("api-consultancies.lift", IMPORTERS, _READERS, 404, 200, args=_FIRM, before=measured,
        body=json(reason="整改完成")),
    act("api-name-list.record", OFFICERS, EVERYBODY - BUREAUS, 404, 201,
        body=json(**FINDING, enterprise_id="bakery", found_on="2026-02-01")),
    act("api-name-list.dismiss", IMPORTERS, WATCHERS, 404, 200, args=_FACT, body=json(reason="数据有误")),
    act("api-name-list.propose", IMPORTERS, WATCHERS, 404, 201, body=lambda house: json(
        list_id=house.ids["draft_list"], fact_ids=[house.ids["fact"]])(house)),
    act("api-registers.register_consultancy", IMPORTERS, ok=201, body=json(**FIRM)),
    act("api-score-sheets.draft", people("designer"), ok=201, body=json(**NEW_SHEET)),
    act("api-score-sheets.change", people("designer"), ok=200, method="PATCH", args=_DRAFT_SHEET,
        body=json(title="新表")),
    act("api-score-sheets.publish", people("fabu"), ok=200, args=_DRAFT_SHEET),
    act("api-relations.record_relation", IMPORTERS | people("tang"), ok=201, args=_TANG,
        body=json(kind="kin", person="某人")),
    act("api-relations.strike", IMPORTERS, ok=204, args=_TANG | {"relation_id": "relation"}, body=json(reason="误录")),
    act("api-relations.be_away", IMPORTERS | people("tang"), ok=201, args=_TANG,
        body=json(since="2026-05-06", until="2026-05-07")),
    act("api-relations.be_back", IMPORTERS | people("tang"), ok=204, method="DELETE",
        args=_TANG | {"absence_id": "absence"}),
    act("api-panels.answer", people("tang"), rest=404, ok=409, method="PUT", args={"seat_id": "seat"},
        body=json(answer="accepted")),
    act("api-panel-members.recuse", frozenset(stage.PANEL), rest=404, ok=200, args=_PANEL, body=json(reason="亲属任职")),
    act("api-panel-members.mark_absent", LANZHOU, CASE, 404, ok=200, args=_PANEL | {"expert_id": "=qian"},
        body=json(reason="未到会")),
    act("api-panels.make", people("qian"), ASKED, 404, ok=404, args=_SHEET, body=json(meeting_on="2026-05-06")),
    act("api-panels.reschedule", people("qian"), ASKED, 404, ok=404, method="PUT", args=_SHEET,
        body=json(meeting_on="2026-05-06", reason="改期")),
    act("api-panels.mark_absent", people("qian"), ASKED, 404, ok=404, args=_ASKED_SEAT, body=json(reason="未答复")),
    act("api-expert-entry.apply", EVERYBODY - frozenset(stage.PANEL) - people("tang wang"), ok=201, rest=409,
        body=json(**APPLICANT, fields=["process"])),
    act("api-expert-record.enter", IMPORTERS, ok=201, args=_QIAN,
        body=json(kind="late", reason="逾期")),
    act("api-expert-record.appeal", people("tang"), rest=404, ok=200, method="PUT", args=_MARK, body=json(text="有误")),
    act("api-expert-record.decide", IMPORTERS, ok=409, method="PUT", args=_MARK, body=json(upheld=True, reason="属实")),
    act("api-site-visits.plan", LANZHOU, CASE, 404, ok=200, method="PUT", args=_PANEL,
        body=json(planned_on="2026-06-06", place="厂门")),
    act("api-site-visits.report", frozenset(stage.PANEL), OFFICERS | people("ducha"), 404, ok=422, args=_VISIT,
        body=json(key="k", signed_in_at="2026-05-06T01:00:00+00:00", answers={})),
    act("api-expert-entry.nominate", IMPORTERS, ok=201, body=json(**NOMINEE, fields=["process"])),
    act("api-expert-entry.approve", people("liu ma"), people("li"), 404, ok=200, args=_ENTRY, body=json()),
    act("api-expert-entry.refuse", IMPORTERS, rest=404, ok=200, args=_ENTRY, body=json(reason="材料不实")),
    act("api-expert-entry.withdraw", people("li"), people("liu ma"), 404, ok=200, args=_ENTRY),
    act("api-registers.set_day", people("zong"), ok=200, method="PUT",
        body=json(day="2026-05-06", kind="holiday", name="假")),
    act("api-registers.publish_year", people("zong"), ok=200, args={"year": "=2027"}),
    act("api-registers.invite", people("fan"), people("chen"), 404, 201, args=_STEEL,
        body=json(username="newone", name="新人", role="enterprise", password=stage.PASSWORD)),
    act("api-registers.let_go", people("fan"), people("chen"), 404, 204, method="DELETE",
        args=_STEEL | {"membership_id": "=m-chen"}),
    act("api-desk.read_notice", OWN, rest=404, ok=204, args={"notice_id": "notice"}),
    act("api-substitutes.appoint", people("li"), ok=201, rest=422, body=json(substitute_id="liu", **AWAY)),
    act("api-substitutes.end", people("li liu admin zong anquan"), rest=404, ok=200, method="DELETE", args=_STANDING),
    act("api-phrases.add", EVERYBODY, ok=201, body=json(text="同意上报。")),
    act("api-phrases.change", KEEPERS, PHRASED, 404, 200, method="PUT", args=_PHRASE, body=json(text="同意。")),
    act("api-phrases.remove", KEEPERS, PHRASED, 404, 204, method="DELETE", args=_PHRASE),
    act("api-desk.revoke_token", people("chen"), rest=404, ok=204, args={"token_id": "spare_token"}, method="DELETE"),
    act("api-people.leave", _SYSTEM, _AMONG, 404, 200, args={"membership_id": "=m-chen"}, method="DELETE"),
    act("api-trail.verify", people("auditor ducha"), ok=200),
    act("api-notices.choose", EVERYBODY, ok=200, method="PUT", body=json(ways={"case_closed": "now"})),
    act("api-notices.add_channel", LANZHOU, ok=201, body=json(**CHANNEL)),
    act("api-notices.change_channel", LANZHOU, EVERYBODY - BUREAUS, 404, 200, method="PUT", args=_CHANNEL, body=json(name="群")),
    act("api-notices.try_channel", LANZHOU, EVERYBODY - BUREAUS, 404, 202, args=_CHANNEL),
    act("api-notices.add_rule", LANZHOU | ABOVE | people("designer"), ok=201, body=json(region_code="620100", days=3)),
    act("api-notices.switch_rule", LANZHOU | ABOVE | people("designer"), COUNTY, 404, 200,
        method="PUT", args=_RULE, body=json(active=False)),
    act("api-desk.issue_token", EVERYBODY, ok=201, body=json(label="程序", expires_on="2026-12-31")),
    act("api-people.change_locale", EVERYBODY, ok=200, method="PUT", body=json(locale="en")),
    act("api-people.change_password", EVERYBODY, ok=200, method="PUT", before=with_passwords,
        body=json(old=stage.PASSWORD, password="Another-2026-word")),
    act("api-registers.remove_day", people("zong"), ok=204, method="DELETE", args={"day": "=2026-05-01"}),
    act("api-enterprises.add_plant", OFFICERS | OWN, CASE, 404, 201, args=_STEEL,
        body=json(name="二厂", region_code="620102")),
    act("api-incidents.retry", _SYSTEM, rest=404, ok=200, args={"incident_id": "incident"}),
    act("api-incidents.resolve", _SYSTEM, rest=404, ok=200, args={"incident_id": "incident"}, body=json()),
)  # fmt: skip

READ = READ_PAGES + READ_API
WRITE = WRITE_PAGES + WRITE_API
TABLE = READ + WRITE
