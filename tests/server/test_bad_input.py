"""Malformed and hostile input gets a message that says where, and changes nothing; text of users stays text."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import openpyxl
import pytest
from lxml import html
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from audits.models import ListEntry, ListImport
from tests.server import stage
from tests.server.conftest import House
from tests.server.routes import approved, sent, shipped
from workflows.models import Attachment, Definition

NS = (
    'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:qs="https://qingshen.org/bpmn/1" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="x"'
)
BEGIN = f'<definitions {NS}><process id="cleaner_production_audit" isExecutable="true"><startEvent id="s"/>'
END = '<endEvent id="e"/></process></definitions>'


def flow(*pairs: str) -> str:
    """Join elements."""
    parts = [pair.split(">") for pair in pairs]
    return "".join(f'<sequenceFlow id="f{n}" sourceRef="{a}" targetRef="{b}"/>' for n, (a, b) in enumerate(parts))


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + f"]><definitions {NS}><process id='p' name='&j;'/></definitions>"
)
MODELS = {
    "empty": b"",
    "not xml": b"\x00\x01\x02",
    "half": b"<definitions><process",
    "a zip": b"PK\x03\x04" + b"\x00" * 100,
    "another root": b"<html><body/></html>",
    "no process": f"<definitions {NS}/>".encode(),
    "external entity": f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>{BEGIN}<task id="&e;"/>{END}'.encode(),
    "entity bomb": BOMB.encode(),
    "doctype alone": f"<!DOCTYPE definitions>{BEGIN}{flow('s>e')}{END}".encode(),
    "depth": (b"<a>" * 50_000) + (b"</a>" * 50_000),
    "other encoding": f'<?xml version="1.0" encoding="utf-7"?>{BEGIN}{END}'.encode("utf-16"),
    "python script": (
        f'{BEGIN}<scriptTask id="t" scriptFormat="python"><script>import os</script></scriptTask>'
        f"{flow('s>t', 't>e')}{END}"
    ).encode(),
    "script that escapes": (
        f'{BEGIN}<scriptTask id="t" scriptFormat="feel"><extensionElements><qs:script result="x"/></extensionElements>'
        f"<script>().__class__.__bases__[0]</script></scriptTask>{flow('s>t', 't>e')}{END}"
    ).encode(),
    "unknown operation": (
        f'{BEGIN}<serviceTask id="t"><extensionElements><qs:operation name="os.system"/></extensionElements></serviceTask>'
        f"{flow('s>t', 't>e')}{END}"
    ).encode(),
    "flow to nowhere": f"{BEGIN}{flow('s>nowhere')}{END}".encode(),
    "endless loop": f'{BEGIN}<exclusiveGateway id="g"/>{flow("s>g", "g>g", "g>e")}{END}'.encode(),
    "ids twice": f'{BEGIN}<task id="s"/>{flow("s>e")}{END}'.encode(),
}
TABLES = {
    "empty": b"",
    "half": b"<definitions><decision",
    "entity": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><definitions>&e;</definitions>',
    "not feel": shipped()[1]["deadlines.dmn"].replace(b"<text>", b"<text>((( ", 1),
}
FORM = {"type": "default", "schemaVersion": 19}
FORMS = {
    "empty": b"",
    "not json": b"{",
    "a list": b"[]",
    "text": b'"form"',
    "deep": b'{"components":' * 5000 + b"1" + b"}" * 5000,
    "not utf-8": b'{"type": "\xff\xfe"}',
    "unknown type": json.dumps({"type": "default", "schemaVersion": 19, "components": [{"type": "iframe", "id": "i", "url": "https://evil"}]}).encode(),
    "bad condition": json.dumps(
        FORM | {"components": [{"type": "textfield", "id": "a", "key": "a", "conditional": {"hide": "=((("}}]}
    ).encode(),
    "a pattern that never ends": json.dumps(
        FORM | {"components": [{"type": "textfield", "id": "a", "key": "a", "validate": {"pattern": "(("}}]}
    ).encode(),
}  # fmt: skip


def deploy(house: House, **changed: bytes | None) -> tuple[TestResponse, TestResponse]:
    """Deploy the shipped family with one file replaced: by the API, and on the page."""
    files = {**shipped()[1]}
    for name, body in changed.items():
        files[name] = body or b""
    fields = {"family": "cleaner_production_audit", "valid_from": "2026-06-01"}
    body = {"data": fields, "files": [("files", name, content) for name, content in sorted(files.items())]}
    by_api = house.api("designer", "POST", "/definitions", **sent(body))
    by_page = house.browser("designer").post("/definitions", **sent(body, csrf_token=house.token()))
    return by_api, by_page


def refused(house: House, name: str, content: bytes) -> dict[str, Any]:
    """Check that a deployment is refused, that it says where, and that nothing changed; give what it says."""
    before = house.events()
    with house.looking() as session:
        count = session.scalar(select(func.count()).select_from(Definition))
    by_api, by_page = deploy(house, **{name: content})
    assert by_api.status_code == 422, by_api.text[:500]
    assert by_api.mimetype == "application/problem+json"
    assert by_page.status_code == 422
    said = json.dumps(by_api.json, ensure_ascii=False)
    place = name.rpartition(".")[0]  # a file that lacks its process is told by the process's name
    assert place in said, said[:500]
    assert place in by_page.text
    assert "Traceback" not in said
    assert "root:" not in said + by_page.text
    with house.looking() as session:
        assert session.scalar(select(func.count()).select_from(Definition)) == count
    assert house.events() == before
    found: dict[str, Any] = by_api.json
    return found


@pytest.mark.parametrize("name", MODELS)
def test_a_hostile_diagram_is_refused_with_its_place(house: House, name: str) -> None:
    told = refused(house, "cleaner_production_audit.bpmn", MODELS[name])
    for finding in told.get("findings", []):
        assert finding["text"]
        assert finding["rule"]


@pytest.mark.parametrize("name", TABLES)
def test_a_hostile_table_is_refused_with_its_place(house: House, name: str) -> None:
    refused(house, "deadlines.dmn", TABLES[name])


@pytest.mark.parametrize("name", FORMS)
def test_a_hostile_form_is_refused_with_its_place(house: House, name: str) -> None:
    told = refused(house, "disclosure.json", FORMS[name])
    assert "disclosure" in json.dumps(told)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.bpmn",
        "..\\x.bpmn",
        "/abs.bpmn",
        "a/b.bpmn",
        "x\x00.bpmn",
        ".bpmn",
        "x" * 300 + ".bpmn",
        "evil.py",
        "a.bpmn.exe",
    ],
)
def test_a_file_of_a_model_cannot_choose_its_place(house: House, name: str) -> None:
    """A path in a name is refused or taken off; what is stored has a plain name."""
    deploy(house, **{name: shipped()[1]["cleaner_production_audit.bpmn"]})
    from workflows.models import DefinitionFile

    with house.looking() as session:
        names = set(session.scalars(select(DefinitionFile.name)))
    assert not {
        one
        for one in names
        if "/" in one or "\\" in one or one.startswith(".") or "\x00" in one or not one.endswith((".bpmn", ".dmn"))
    }


# ---- workbooks -----------------------------------------------------------------------------------------------------


def rebuilt(change: Any) -> bytes:
    """Change the parts of a good workbook."""
    source = zipfile.ZipFile(io.BytesIO(stage.workbook([stage.line(41)])))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for part in source.infolist():
            name, content = change(part.filename, source.read(part.filename))
            package.writestr(name, content)
    return target.getvalue()


def bomb() -> bytes:
    """Pack what unpacks to more than any list needs."""
    return rebuilt(
        lambda name, content: (name, content + b" " * 250_000_000 if name.endswith("sheet1.xml") else content)
    )


def with_entity(name: str, content: bytes) -> tuple[str, bytes]:
    """Let the sheet read a file of the machine."""
    if not name.endswith("sheet1.xml"):
        return name, content
    head, _mark, rest = content.partition(b"?>")
    return name, head + b'?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + rest.replace(
        b"</sheetData>", b"<row><c t='inlineStr'><is><t>&e;</t></is></c></row></sheetData>"
    )


BOOKS = {
    "empty": lambda: b"",
    "text": lambda: b"name,code\n",
    "a broken zip": lambda: b"PK\x03\x04rubbish",
    "a zip of nothing": lambda: b"PK\x05\x06" + b"\x00" * 18,
    "macros": lambda: rebuilt(
        lambda name, content: ("xl/vbaProject.bin" if name.endswith("styles.xml") else name, content)
    ),
    "another table": lambda: _plain([["a", "b"], [1, 2]]),
    "headings alone": lambda: stage.workbook([]),
    "an external entity": lambda: rebuilt(with_entity),
    "a bomb": bomb,
}


def _plain(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.mark.parametrize("name", BOOKS)
def test_a_workbook_that_cannot_be_read_changes_nothing(house: House, name: str) -> None:
    before = house.events()
    path = f"/lists/{house.ids['draft_list']}/imports"
    answer = house.api("li", "POST", path, **sent({"files": [("file", "名单.xlsx", BOOKS[name]())]}))
    assert answer.status_code == 422, answer.text
    assert answer.json["detail"]
    assert "root:" not in answer.text
    assert house.events() == before
    with house.looking() as session:
        assert session.scalar(select(func.count()).select_from(ListImport)) == 2


WRONG_ROWS = {
    "B2": [*stage.line(51)[:1], "91620102MA2000051Z", *stage.line(51)[2:]],
    "C2": [*stage.line(52)[:2], "999999", *stage.line(52)[3:]],
    "D2": [*stage.line(53)[:3], "0000", *stage.line(53)[4:]],
    "E2": [*stage.line(54)[:4], "三超", *stage.line(54)[5:]],
    "A2": ["", *stage.line(55)[1:]],
}


@pytest.mark.parametrize("cell", WRONG_ROWS)
def test_a_wrong_cell_is_named_and_nothing_is_imported(house: House, cell: str) -> None:
    path = f"/lists/{house.ids['draft_list']}/imports"
    book = stage.workbook([WRONG_ROWS[cell], stage.line(61)])
    done = house.api("li", "POST", path, **sent({"files": [("file", "名单.xlsx", book)]}))
    assert done.status_code == 201
    assert done.json["errors"] >= 1
    rows = house.api("li", "GET", f"/imports/{done.json['id']}/rows?only_problems=true").json["items"]
    assert [problem["cell"] for row in rows for problem in row["problems"] if problem["severity"] == "error"] == [cell]
    assert any(cell in problem["text"] for problem in rows[0]["problems"])
    applied = house.api("li", "POST", f"/imports/{done.json['id']}/apply")
    assert (applied.status_code, applied.json["code"]) == (422, "import_has_errors")
    with house.looking() as session:
        count = select(func.count()).select_from(ListEntry).where(ListEntry.list_id == house.ids["draft_list"])
        assert session.scalar(count) == 1


def test_a_formula_in_a_cell_is_no_value(house: House) -> None:
    path = f"/lists/{house.ids['draft_list']}/imports"
    row = stage.line(62, name='=HYPERLINK("http://evil","x")')
    done = house.api("li", "POST", path, **sent({"files": [("file", "名单.xlsx", stage.workbook([row]))]}))
    assert done.json["errors"] == 1


# ---- submissions ---------------------------------------------------------------------------------------------------


def test_a_submission_that_fails_is_kept_as_a_draft(house: House) -> None:
    task = house.ids["task_bakery"]
    typed = {"receiver": "王工甲", "received_on": "not a day", "unknown": "x"}
    answer = house.api("wang", "POST", f"/tasks/{task}/complete", json={"answers": typed, "opinion": "请看"})
    assert answer.status_code == 422
    kept = house.api("wang", "GET", f"/tasks/{task}").json
    assert kept["status"] == "open"
    assert kept["answers"]["receiver"] == "王工甲"
    assert kept["draft_version"] == 2


@pytest.mark.parametrize(
    "answers",
    [
        {"receiver": ["a"]}, {"receiver": {"$ne": None}}, {"receiver": 1e308}, {"receiver": "x" * 1_000_000},
        {"__proto__": {"admin": True}}, {"received_on": "9999-99-99"}, {"understood": "yes"}, {"received_on": {"a": [1] * 1000}},
        {"typename": "Task", "receiver": "x"}, {"receiver": "a\x00b"}, {"receiver": None},
    ],
)  # fmt: skip
def test_answers_of_the_wrong_kind_are_refused_by_field(house: House, answers: dict[str, Any]) -> None:
    path = f"/tasks/{house.ids['task_bakery']}/complete"
    answer = house.api("wang", "POST", path, json={"answers": answers})
    assert answer.status_code == 422, answer.text[:300]
    assert answer.json["fields"]
    assert house.api("wang", "GET", f"/tasks/{house.ids['task_bakery']}").json["status"] == "open"


# ---- uploads -------------------------------------------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
UPLOADS = {
    "a page": ("evil.html", b"<script>alert(1)</script>"),
    "a drawing with script": ("evil.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
    "a page called pdf": ("evil.pdf", b"<html><script>alert(1)</script></html>"),
    "a program called pdf": ("evil.pdf", b"MZ\x90\x00" + b"\x00" * 200),
    "a program called text": ("evil.txt", b"\x7fELF" + b"\x00" * 200),
    "a picture called pdf": ("evil.pdf", PNG),
    "a pdf called picture": ("evil.png", stage.PDF),
    "nothing": ("leer.pdf", b""),
    "no ending": ("pdf", stage.PDF),
    "two endings": ("a.pdf.exe", stage.PDF),
    "a hidden ending": ("a.exe\u202efdp.", stage.PDF),
    "an ending behind a null": ("a.exe\x00.pdf.bat", stage.PDF),
    "script in a pdf": ("a.pdf", stage.PDF + b"<</S/JavaScript/JS(app.alert(1))>>"),
    "a zip": ("a.zip", b"PK\x05\x06" + b"\x00" * 18),
    "a workbook with macros": (
        "a.xlsx", rebuilt(lambda name, content: ("xl/vbaProject.bin" if name.endswith("styles.xml") else name, content))
    ),
    "a workbook that climbs": ("a.xlsx", rebuilt(lambda name, content: (f"../{name}" if "styles" in name else name, content))),
}  # fmt: skip


@pytest.mark.parametrize("name", UPLOADS)
def test_a_file_that_is_not_what_it_says_is_refused(house: House, name: str) -> None:
    before = house.events()
    for path in ("/files", f"/tasks/{house.ids['task_bakery']}/files"):
        answer = house.api("wang", "POST", path, **sent({"files": [("file", *UPLOADS[name])]}))
        assert answer.status_code == 422, answer.text
        assert answer.json["fields"]["file"]
    assert house.events() == before


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.pdf",
        "..\\..\\windows\\x.pdf",
        "/etc/x.pdf",
        'a"; filename="b.exe.pdf',
        "a\r\nX-Evil: 1.pdf",
        "<script>alert(1)</script>.pdf",
        "{{7*7}}.pdf",
        "\u202efdp.exe.pdf",
    ],
)
def test_a_name_cannot_leave_its_place(house: House, name: str) -> None:
    answer = house.api("wang", "POST", "/files", **sent({"files": [("file", name, stage.PDF + name.encode())]}))
    assert answer.status_code in {201, 422}, answer.text
    if answer.status_code == 201:
        kept = answer.json["name"]
        assert not set(kept) & set('/\\<>"\r\n\u202e')
        got = house.api("wang", "GET", f"/files/{answer.json['id']}")
        assert got.headers["Content-Disposition"].startswith("attachment")
        assert "X-Evil" not in got.headers
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        got.close()


def test_a_file_over_the_limit_is_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    object.__setattr__(house.application.settings, "max_upload_mb", 1)
    answer = house.api("wang", "POST", "/files", **sent({"files": [("file", "a.pdf", stage.PDF + b"%" * 1_100_000)]}))
    assert answer.status_code == 422
    with house.looking() as session:
        assert session.scalar(select(func.count()).select_from(Attachment).where(Attachment.size > 1_000_000)) == 0


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2f..%2fpyproject.toml",
        "/static//etc/passwd",
        "/files/..%2f..%2fetc%2fpasswd",
        "/definitions/x/files/..%2f..%2fetc%2fpasswd",
    ],
)
def test_a_path_cannot_leave_its_folder(still: House, path: str) -> None:
    answer = still.browser("designer").get(path)
    assert answer.status_code in {301, 308, 404}
    assert "root:" not in answer.get_data(as_text=True)
    answer.close()


def test_a_file_of_a_definition_is_named_not_reached(still: House) -> None:
    for name in ("..%2f..%2fpyproject.toml", "nothing.bpmn", "%2fetc%2fpasswd"):
        assert still.browser("designer").get(f"/definitions/{still.ids['definition']}/files/{name}").status_code == 404


# ---- text of users -------------------------------------------------------------------------------------------------

MARK = "<script>alert(1)</script>{{7*7}}${7*7}{% raw %}'\"><img src=x onerror=alert(2)>"


def test_what_people_type_stays_text_on_every_page(house: House) -> None:
    """Names, titles, reasons, opinions, answers, notes: typed with markup and templates, shown as they were typed."""
    ids = house.ids
    li, wang = house.browser("li"), house.browser("wang")
    made = house.api("li", "POST", "/enterprises", json={
        "name": MARK, "uscc": stage.uscc(71), "region_code": "620102", "industry": "3120", "contact_name": MARK,
        "legal_representative": MARK, "registered_address": MARK, "production_address": MARK,
    })  # fmt: skip
    assert made.status_code == 201, made.text
    listed = house.api("li", "POST", "/lists", json={"year": 2026, "batch": 5, "title": MARK, "region": "620100"})
    line = house.api(
        "li",
        "POST",
        f"/lists/{listed.json['id']}/entries",
        json={"enterprise_id": made.json["id"], "types": ["SHUANGYOU"], "reason": MARK},
    )
    assert line.status_code == 201, line.text
    approved(house, listed.json["id"])
    assert (
        house.api("li", "POST", f"/lists/{listed.json['id']}/publish", json={"published_on": "2026-03-02"}).status_code
        == 202
    )
    house.work()
    opened = next(one["id"] for one in house.api("li", "GET", "/cases").json["items"] if one["enterprise"] == MARK)
    person = house.api(
        "admin",
        "POST",
        "/people",
        json={
            "username": "marked",
            "name": MARK,
            "title": MARK,
            "password": stage.PASSWORD,
            "organisation_id": "bakery",
            "role": "enterprise",
        },
    )
    assert person.status_code == 201, person.text
    assert (
        house.api(
            "admin",
            "POST",
            "/organisations",
            json={"kind": "institute", "name": MARK, "region_code": "620100", "contact": MARK},
        ).status_code
        == 201
    )
    assert (
        house.post(
            li, "/consultancies", {"name": MARK, "code": stage.uscc(72), "region_code": "620100", "contact": MARK}
        ).status_code
        == 303
    )
    done = house.api(
        "wang",
        "POST",
        f"/tasks/{ids['task_bakery']}/complete",
        json={
            "answers": {
                "received_on": "2026-03-02",
                "receiver": "王" + MARK,
                "phone": "13812345678",
                "understood": True,
            },
            "opinion": MARK,
        },
    )
    assert done.status_code in {200, 422}, done.text
    assert (
        house.api(
            "li", "POST", f"/cases/{ids['case']}/removal", json={"decision": "deferred", "reason": MARK}
        ).status_code
        == 200
    )
    assert (
        house.post(
            house.browser("zong"), "/calendar/days", {"day": "2026-05-06", "kind": "holiday", "name": "<script>{{7*7}}"}
        ).status_code
        == 303
    )
    assert house.post(wang, "/profile/tokens", {"label": MARK}).status_code == 201
    pages = {
        "li": ["/", "/cases", f"/cases/{opened}", f"/cases/{opened}?history=all", f"/cases/{ids['case']}", "/lists",
               f"/lists/{listed.json['id']}", "/enterprises", f"/enterprises/{made.json['id']}",
               f"/enterprises/{made.json['id']}/edit", "/consultancies", "/letters", "/deadlines",
               "/statistics", f"/cases/{ids['case_bakery']}", f"/tasks/{ids['task_bakery']}", "/trail", f"/cases?text={MARK}", "/notices"],
        "admin": ["/people", f"/people/{person.json['id']}", "/people/organisations", "/calendar?year=2026", "/incidents"],
        "wang": ["/profile", f"/tasks/{ids['task_bakery']}", "/inbox", "/inbox/done", "/inbox/drafts"],
    }  # fmt: skip
    shown = 0
    for who, paths in pages.items():
        client = house.browser(who)
        for path in paths:
            answer = client.get(path)
            assert answer.status_code == 200, (path, answer.status_code)
            page = html.document_fromstring(answer.get_data())
            assert [
                node for node in page.iter("script") if not node.get("src") and node.get("type") != "application/json"
            ] == [], path
            assert page.xpath("//img[@onerror]") == [], path
            assert "<script>alert(1)" not in answer.text.replace("\\u003cscript", ""), path
            shown += MARK in page.text_content() or MARK in "".join(page.xpath("//@value"))
    assert shown >= 12
    public = house.flask.test_client().get("/public")
    assert "<script>alert(1)" not in public.text
    assert "{{7*7}}" in public.text


def test_a_table_for_a_spreadsheet_holds_no_formula(house: House) -> None:
    """A name that begins like a formula leaves the house as text."""
    from audits.models import Publication

    made = house.api(
        "li",
        "POST",
        "/enterprises",
        json={"name": "=cmd|' /C calc'!A0", "uscc": stage.uscc(73), "region_code": "620102", "industry": "3120"},
    )
    listed = house.api("li", "POST", "/lists", json={"year": 2026, "batch": 6, "title": "表", "region": "620100"}).json[
        "id"
    ]
    house.api("li", "POST", f"/lists/{listed}/entries", json={"enterprise_id": made.json["id"], "types": ["SHUANGYOU"]})
    approved(house, listed)
    assert house.api("li", "POST", f"/lists/{listed}/publish", json={"published_on": "2026-03-02"}).status_code == 202
    with house.looking() as session:
        public = session.scalars(select(Publication.id).where(Publication.list_id == listed)).one()
    text = house.flask.test_client().get(f"/public/{public}.csv").text
    assert "'=cmd" in text
    assert ",=cmd" not in text


@pytest.mark.parametrize(
    "name",
    [
        "text",
        "region",
        "stage",
        "outcome",
        "kind",
        "state",
        "cursor",
        "due",
        "process",
        "holding",
        "list_id",
        "year",
        "all",
        "resolved",
        "chain",
        "enterprise",
        "history",
        "limit",
    ],
)
@pytest.mark.parametrize(
    "value",
    ["' OR 1=1 --", "%", "_", "\\", "\x00", "🔥" * 200, "<script>", "'; DROP TABLE tasks; --", "-1", "1e999", "٣"],
)
def test_a_filter_is_never_part_of_a_statement(still: House, name: str, value: str) -> None:
    """No value of any parameter makes a fault, and none widens what somebody sees."""
    client = still.browser("wang")
    for path in (
        "/cases",
        "/inbox",
        "/lists",
        "/letters",
        "/enterprises",
        "/deadlines",
        "/notices",
        "/api/v1/cases",
        "/api/v1/tasks",
        "/public",
        "/calendar",
    ):
        answer = client.get(path, query_string={name: value})
        assert answer.status_code in {200, 422}, (path, answer.status_code, answer.text[:200])
        assert "兰州钢铁" not in answer.text or path == "/public", path
