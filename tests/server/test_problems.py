"""Errors of the API are problem+json with a code, a sentence in the caller's language, fields, and the present state."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.server import stage
from tests.server.conftest import House
from tests.server.routes import RECEIPT


def test_an_error_has_the_shape_of_rfc_9457(still: House) -> None:
    answer = still.api("wang", "GET", f"/cases/{still.ids['case']}")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
    assert {"type", "title", "status", "code", "detail"} <= set(answer.json)
    assert answer.json["status"] == 404


def test_fields_are_named_with_their_messages(still: House) -> None:
    answer = still.api(
        "wang", "POST", f"/tasks/{still.ids['task_bakery']}/complete", json={"answers": {"receiver": ""}}
    )
    assert answer.status_code == 422
    assert answer.json["code"] == "invalid"
    assert "received_on" in answer.json["fields"]
    assert all(isinstance(text, str) and text for messages in answer.json["fields"].values() for text in messages)


def test_unknown_and_missing_keys_of_a_body_are_named(still: House) -> None:
    answer = still.api("li", "POST", "/lists", json={"year": "x", "colour": "red"})
    assert answer.status_code == 422
    assert {"year", "colour", "title", "region"} <= set(answer.json["fields"])


def test_a_conflict_tells_what_happened_and_how_things_are(house: House) -> None:
    path = f"/tasks/{house.ids['task_bakery']}/complete"
    assert house.api("wang", "POST", path, json={"answers": RECEIPT}).status_code == 200
    answer = house.api("wang", "POST", path, json={"answers": RECEIPT})
    assert answer.status_code == 409
    assert answer.json["code"] == "task_done"
    assert answer.json["state"]["by"] == "王工"
    assert answer.json["state"]["at"].startswith("2026-03-02T01:30")
    assert "王工" in answer.json["detail"]


@pytest.mark.parametrize(
    ("header", "word"),
    [("en", "exist"), ("zh-CN,zh;q=0.9", "存在"), ("en-GB,en;q=0.9,zh;q=0.5", "exist"), ("fr", "存在")],
)
def test_the_sentence_is_in_the_language_that_a_program_asks_for(still: House, header: str, word: str) -> None:
    answer = still.api("wang", "GET", "/cases/none", headers={"Accept-Language": header})
    assert word in answer.json["title"]


def test_without_a_wish_the_language_is_the_persons(house: House) -> None:
    assert "存在" in house.api("wang", "GET", "/cases/none").json["title"]
    house.post(house.browser("wang"), "/language", {"language": "en"})
    assert "exist" in house.api("wang", "GET", "/cases/none").json["title"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("DELETE", "/cases", 405, "http_405"),
        ("GET", "/cases?limit=0", 422, "invalid"),
        ("GET", "/cases?limit=999999999999", 422, "invalid"),
        ("GET", "/cases?cursor=rubbish", 422, "cursor"),
        ("GET", "/cases?cursor=%00", 422, "cursor"),
        ("GET", "/tasks?view=everything", 422, "invalid"),
        ("GET", "/tasks?due=whenever", 422, "invalid"),
        ("GET", "/tasks?cursor=e30", 422, "cursor"),
        ("GET", "/lists?cursor=../../etc", 422, "cursor"),
        ("GET", "/enterprises?cursor=AAAA", 422, "cursor"),
    ],
)
def test_a_request_that_makes_no_sense_is_told_so(still: House, method: str, path: str, status: int, code: str) -> None:
    answer = still.api("li", method, path)
    assert (answer.status_code, answer.json["code"]) == (status, code)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b"null", b"\xff\xfe", b'{"answers": {"a": NaN}}', b"{" * 3000, b"[" * 100_000]
)
def test_a_body_that_is_no_json_object_is_refused(still: House, body: bytes) -> None:
    path = f"/tasks/{still.ids['task_bakery']}/complete"
    answer = still.api("wang", "POST", path, data=body, content_type="application/json")
    assert answer.status_code in {400, 422}, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"]


def test_a_body_that_is_too_large_is_refused_unread(still: House) -> None:
    size = (still.settings.max_upload_mb + 1) * 1024 * 1024 + 1
    answer = still.api(
        "wang", "POST", "/files", data=b"x", content_type="multipart/form-data; boundary=b",
        environ_overrides={"CONTENT_LENGTH": str(size)},
    )  # fmt: skip
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


def test_a_fault_of_ours_tells_nothing_of_its_inside(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from audits import cases

    def broken(*_args: object, **_more: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(cases, "list_", broken)
    monkeypatch.setitem(house.flask.config, "PROPAGATE_EXCEPTIONS", False)
    answer = house.api("li", "GET", "/cases")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.mimetype == "application/problem+json"
    page = house.browser("li").get("/cases")
    assert page.status_code == 500
    assert "secret detail" not in page.text


def test_a_missing_database_is_said_with_503(house: House) -> None:
    from pathlib import Path

    from tests.server.conftest import put_down

    path = Path(house.settings.database_url.removeprefix("sqlite:///"))
    put_down(house)
    path.rename(path.with_suffix(".away"))
    path.parent.chmod(0o500)
    try:
        answer = house.api("li", "GET", "/cases")
    finally:
        path.parent.chmod(0o700)
    assert answer.status_code in {500, 503}
    assert stage.PASSWORD not in answer.text


def cursor(*values: object) -> str:
    """Forge the cursor of a page."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


FORGED = [
    cursor(), cursor(1), cursor(None, None), cursor("2026-01-01", "x"), cursor("2026-01-01T00:00:00", "x"),
    cursor(10**30, "2026-01-01T00:00:00Z", "x"), cursor(2026, "2026-01-01T00:00:00Z", "\x00"), cursor({}, []),
    cursor("due", "time", "2026-01-01", "x"), cursor("due", "plain", 10**30, "x"), cursor("due", "time", None, 1),
    cursor("due", "time", "2026-01-01T00:00:00Z", "a\x00b"), cursor("due", "time", "2026-01-01T00:00:00Z", 10**30),
    cursor("9999-12-31T23:59:59+14:00", "x"), cursor("0001-01-01T00:00:00+14:00", "x"), "A" * 10_000, "\x00", "====",
]  # fmt: skip
LISTS = (
    "/cases",
    "/tasks",
    "/tasks?view=done",
    "/tasks?view=drafts",
    "/lists",
    "/enterprises",
    "/consultancies",
    "/deadlines",
    "/notices",
    "/publications",
    "/trail/events",
)


@pytest.mark.database
def test_a_forged_cursor_is_refused_and_never_a_fault(either: House) -> None:
    for path in LISTS:
        for forged in FORGED:
            told = {**dict(parse_qsl(urlsplit(path).query)), "cursor": forged}
            answer = either.api("li", "GET", urlsplit(path).path, query_string=told)
            assert answer.status_code in {200, 422}, (path, forged, answer.text)


@pytest.mark.database
def test_no_text_of_a_filter_is_a_fault_of_the_database(either: House) -> None:
    odd = ("\x00", "a\x00b", "\ud800", "%", "\\", "'", "\uffff", "9" * 400, "1e400", "-9223372036854775809")
    names = (
        "text",
        "region",
        "stage",
        "outcome",
        "list_id",
        "enterprise_id",
        "process",
        "kind",
        "state",
        "chain",
        "year",
    )
    for path in (
        *LISTS,
        "/statistics/completion",
        "/lists/x",
        "/cases/%00",
        "/tasks/a%00b",
        "/files/%00",
        "/letters/%00",
        "/publications/%00",
    ):
        for value in odd:
            told = dict(parse_qsl(urlsplit(path).query)) | dict.fromkeys(
                names, value.encode("utf-8", "replace").decode()
            )
            answer = either.api("li", "GET", urlsplit(path).path, query_string=told)
            assert answer.status_code in {200, 404, 422}, (path, value, answer.status_code, answer.text)


@pytest.mark.database
def test_no_text_of_a_body_is_a_fault_of_the_database(either: House) -> None:
    """What no database stores is refused or stored without it; numbers beyond its range are refused."""
    for text in ("a\x00b", "\ud800", "x" * 100_000):
        for path, body in (
            ("/lists", {"year": 2026, "batch": 3, "title": text, "region": "620100"}),
            ("/lists", {"year": 2026, "batch": 4, "title": "t", "region": text}),
            (
                f"/lists/{either.ids['draft_list']}/entries",
                {"enterprise_id": text, "types": ["SHUANGYOU"], "reason": text},
            ),
            ("/enterprises", {"name": text, "uscc": "91620102MA1ABCD012", "region_code": "620102", "industry": text}),
            (f"/cases/{either.ids['case_bakery']}/removal", {"decision": "removed", "reason": text}),
            ("/consultancies", {"name": text, "code": text, "region_code": text}),
        ):
            answer = either.api("li", "POST", path, data=json.dumps(body), content_type="application/json")
            assert answer.status_code in {200, 201, 400, 404, 409, 422}, (
                path,
                text[:10],
                answer.status_code,
                answer.text[:300],
            )
    for year in (10**30, -1, 0, 2**31, 2**63):
        answer = either.api(
            "li", "POST", "/lists", json={"year": year, "batch": year, "title": "t", "region": "620100"}
        )
        assert answer.status_code == 422, answer.text
    people = {
        "username": "x\x00y",
        "name": "\ud800",
        "password": stage.PASSWORD,
        "organisation_id": "\x00",
        "role": "\x00",
    }
    assert either.api(
        "admin", "POST", "/people", data=json.dumps(people), content_type="application/json"
    ).status_code in {400, 404, 422}
