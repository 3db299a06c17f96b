"""Everybody asks for everything: each route of the table, by each person of the world, and by nobody at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zlib import crc32

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.server import stage
from tests.server.conftest import House
from tests.server.routes import READ, TABLE, WRITE, Line, sent
from workflows import people
from workflows.models import Submission

HELD = {"GET", "POST", "PUT", "PATCH", "DELETE"}
WHO = [1, pytest.param(0, marks=pytest.mark.night)]


def asking(line: Line, share: int) -> list[str]:
    """Give who asks, those who may last: everybody, or by day every other one, another half at each route."""
    may = [name for name in stage.EVERYBODY if name in line.may]
    rest = [name for name in stage.EVERYBODY if name not in line.may]
    if not share:
        return rest + may
    place = crc32(str(line).encode()) % 2
    return rest[place::2] + (may[place::2] or may[:1])


def address(flask: Flask, line: Line, ids: dict[str, str]) -> str:
    """Build the address of a request."""
    args: dict[str, str | int] = {
        key: name[1:] if name.startswith("=") else ids[name] for key, name in line.args.items()
    }
    if "year" in args:
        args["year"] = int(args["year"])
    rule = next(rule for rule in flask.url_map.iter_rules(line.endpoint) if line.method in (rule.methods or ()))
    built = rule.build(args, append_unknown=False)
    assert built is not None, line
    return built[1]


def ask(house: House, line: Line, username: str | None, **headers: str) -> TestResponse:
    """Send the request of a line: a page's as a browser with its CSRF token, the API's as a program."""
    path = address(house.flask, line, house.ids)
    body = line.body(house) if line.body else {}
    if line.endpoint.startswith("api-"):
        return house.api(username, line.method, path.removeprefix("/api/v1"), headers=headers, **sent(body))
    token = {} if line.method == "GET" else {"csrf_token": house.token()}
    return house.browser(username).open(path, method=line.method, headers=headers, **sent(body, **token))


def test_the_table_knows_every_route(still: House) -> None:
    routes = {
        (rule.endpoint, method)
        for rule in still.flask.url_map.iter_rules()
        for method in (rule.methods or set()) & HELD
    }
    known = {(line.endpoint, line.method) for line in TABLE}
    assert routes - known == set(), "routes that the table does not know"
    assert known - routes == set(), "lines whose route is gone"


def test_a_route_that_nobody_entered_is_noticed(house_apart: House) -> None:
    flask = house_apart.flask
    flask.url_map.add(flask.url_rule_class("/secret", endpoint="secret", methods={"GET"}))
    with pytest.raises(AssertionError, match="secret"):
        test_the_table_knows_every_route(house_apart)


@pytest.mark.parametrize("share", WHO, ids=["half", "all"])
@pytest.mark.parametrize("line", READ, ids=str)
def test_a_request_that_reads_is_answered_by_the_table_and_changes_nothing(
    still: House, line: Line, share: int
) -> None:
    before = still.events()
    wrong = {}
    for username in asking(line, share):
        answer = ask(still, line, username)
        if answer.status_code != line.expected(username):
            wrong[username] = (answer.status_code, line.expected(username))
        answer.close()
    assert wrong == {}
    assert still.events() == before


@pytest.mark.parametrize("share", WHO, ids=["half", "all"])
@pytest.mark.parametrize("line", WRITE, ids=str)
def test_a_request_that_changes_something_is_answered_by_the_table(
    house: House, line: Line, reset: Callable[[], None], share: int
) -> None:
    """A refused request leaves no event, a granted one starts from the same world again."""
    if line.before:
        line.before(house)
    before, wrong = house.events(), {}
    allowed = [name for name in stage.EVERYBODY if name in line.may]
    for username in asking(line, share):
        answer = ask(house, line, username)
        if answer.status_code != line.expected(username):
            wrong[username] = (
                answer.status_code,
                line.expected(username),
                answer.text[:200] if answer.status_code == 422 else "",
            )
        if answer.status_code < 400:
            if len(allowed) < len(stage.EVERYBODY):
                reset()
                if line.before:
                    line.before(house)
            before = house.events()
        elif answer.status_code != 422:
            assert house.events() == before or line.endpoint.startswith("login."), (username, answer.status_code)
    assert wrong == {}


@pytest.mark.parametrize("line", TABLE, ids=str)
def test_nobody_signed_in_is_sent_to_the_login(still: House, line: Line) -> None:
    before = still.events()
    still.ids.setdefault("fresh", still.ids["definition"])
    answer = ask(still, line, None)
    if line.public:
        assert answer.status_code in ({200, 303, 401} if line.endpoint.startswith("login.") else {200})
    elif line.endpoint.startswith("api-"):
        assert answer.status_code == 401
        assert answer.json["code"] == "not_signed_in"
        path = address(still.flask, line, still.ids)
        refused = still.flask.test_client().open(path, method=line.method, json={"nonsense": True})
        assert refused.status_code == 401, "who is not signed in is told nothing about a body"
    else:
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/login")
    assert still.events() == before
    answer.close()


BROWSED = [line for line in WRITE if not line.endpoint.startswith("api-")]


@pytest.mark.parametrize("line", WRITE, ids=str)
def test_a_browser_must_show_that_its_own_page_asked(still: House, line: Line) -> None:
    """A cookie alone, as another site's form would send it, changes nothing: no token, a wrong one, a stranger's."""
    before = still.events()
    still.ids.setdefault("fresh", still.ids["definition"])
    who = min(line.may)
    path = address(still.flask, line, still.ids)
    for token in (None, "wrong", "x" + still.token()[1:]):
        body = line.body(still) if line.body else {}
        headers = {"X-CSRFToken": token} if token else {}
        asked = sent(body, **({"csrf_token": token} if token else {}))
        answer = still.browser(who).open(path, method=line.method, headers=headers, **asked)
        assert answer.status_code == 403, (token, answer.status_code)
    assert still.events() == before


FOREIGN = ("https://evil.example", "http://localhost.evil.example", "http://localhost:8001", "null", "", "//", "x:")


@pytest.mark.parametrize("line", BROWSED, ids=str)
def test_the_page_of_another_site_changes_nothing_even_with_a_token(still: House, line: Line) -> None:
    """A token that leaked, or was fixed by another subdomain, is worth nothing from a foreign origin."""
    before = still.events()
    still.ids.setdefault("fresh", still.ids["definition"])
    path, who = address(still.flask, line, still.ids), min(line.may)
    for origin in FOREIGN:
        body = line.body(still) if line.body else {}
        asked = sent(body, csrf_token=still.token())
        answer = still.browser(who).open(path, method=line.method, headers={"Origin": origin}, **asked)
        assert answer.status_code == 403, (origin, answer.status_code)
    assert still.events() == before


def test_the_page_of_this_house_may_say_where_it_comes_from(house: House) -> None:
    path = f"/tasks/{house.ids['task_bakery']}/claim"
    for origin in ("http://localhost", house.settings.base_url):
        answer = house.post(house.browser("wang"), path, headers={"Origin": origin})
        assert answer.status_code == 303, origin


def test_a_program_needs_no_page(house: House) -> None:
    answer = house.api("wang", "POST", f"/tasks/{house.ids['task_bakery']}/claim")
    assert answer.status_code == 200


def test_a_bearer_token_is_never_mixed_with_a_cookie(house: House) -> None:
    """A request with a token that is worth nothing does not fall back on the browser's session."""
    client = house.browser("wang")
    path = f"/api/v1/tasks/{house.ids['task_bakery']}/claim"
    assert client.post(path, headers={"Authorization": "Bearer nothing"}).status_code == 401
    assert client.get("/api/v1/me", headers={"Authorization": "Bearer nothing"}).status_code == 401


@pytest.mark.parametrize(
    "kind", ["", "nothing", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJsaSJ9.", "li", "' OR 1=1 --", "x" * 5000]
)
def test_an_invented_token_opens_nothing(still: House, kind: str) -> None:
    for header in (f"Bearer {kind}", f"bearer  {kind}", f"Basic {kind}", f"Token {kind}"):
        assert still.flask.test_client().get("/api/v1/me", headers={"Authorization": header}).status_code == 401


def test_a_revoked_token_opens_nothing(house: House) -> None:
    assert house.api("chen", "GET", "/me").status_code == 200
    client = house.browser("chen")
    assert house.post(client, f"/profile/tokens/{house.ids['token_chen']}/revoke").status_code == 303
    assert house.api("chen", "GET", "/me").status_code == 401


def test_an_expired_token_opens_nothing(house: House) -> None:
    client = house.browser("chen")
    answer = house.post(client, "/profile/tokens", {"label": "kurz", "expires_on": "2026-03-02"})
    text = next(
        word
        for word in answer.text.replace("<", " ").replace(">", " ").replace('"', " ").split()
        if word.startswith("qs_")
    )
    header = {"Authorization": f"Bearer {text}"}
    assert house.flask.test_client().get("/api/v1/me", headers=header).status_code == 200
    house.clock.at = house.clock.at.replace(day=3)
    assert house.flask.test_client().get("/api/v1/me", headers=header).status_code == 401


def test_a_closed_account_opens_nothing(house: House) -> None:
    admin = house.browser("admin")
    assert house.post(admin, "/people/chen/deactivate").status_code == 303
    assert house.api("chen", "GET", "/me").status_code == 401
    assert house.browser("chen").get("/cases").status_code == 302


def test_a_membership_that_ends_counts_at_the_next_request(house: House) -> None:
    path = f"/cases/{house.ids['case']}"
    assert house.api("chen", "GET", path).status_code == 200
    assert house.api("admin", "DELETE", "/memberships/m-chen").status_code == 200
    assert house.api("chen", "GET", path).status_code == 404
    assert house.api("chen", "GET", "/cases").json["items"] == []


def test_a_membership_that_begins_counts_on_its_day(house: House) -> None:
    path = f"/cases/{house.ids['case']}"
    with house.sessions.begin() as session:
        token = people.issue_token(session, stage.world.Somebody("early", ""), label="x", now=house.clock.at)[1]
    header = {"Authorization": f"Bearer {token}"}
    assert house.flask.test_client().get(f"/api/v1{path}", headers=header).status_code == 404
    house.clock.at = stage.MORE_PEOPLE["early"][3]
    assert house.flask.test_client().get(f"/api/v1{path}", headers=header).status_code == 200


@pytest.mark.parametrize("username", sorted(set(stage.EVERYBODY) - {"sun"}))
def test_nobody_reads_the_score_of_another_expert_before_the_panel_closes(still: House, username: str) -> None:
    """Neither the case, nor the task, nor its page, nor the file beside it, nor the trail tells the sheet that is in."""
    with still.looking() as session:
        answers: Any = session.get_one(Submission, still.ids["sheet_done"]).answers
    secret = str(answers["comments"])
    assert len(secret) > 3
    case, sheet = still.ids["case"], still.ids["sheet_done"]
    assert secret not in still.api(username, "GET", f"/cases/{case}").get_data(as_text=True)
    assert secret not in still.api(username, "GET", f"/tasks/{sheet}").get_data(as_text=True)
    assert secret not in still.api(username, "GET", "/trail/events?limit=200").get_data(as_text=True)
    browser = still.browser(username)
    for path in (f"/cases/{case}?history=all", f"/tasks/{sheet}", f"/trail?chain={case}"):
        assert secret not in browser.get(path).get_data(as_text=True), path


def test_the_expert_reads_their_own_score(still: House) -> None:
    with still.looking() as session:
        secret = session.get_one(Submission, still.ids["sheet_done"]).answers["comments"]
    told = still.api("sun", "GET", f"/cases/{still.ids['case']}").json["submissions"]
    assert [one["answers"]["comments"] for one in told if one["task_id"] == still.ids["sheet_done"]] == [secret]
