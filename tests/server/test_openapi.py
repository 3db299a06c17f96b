"""The description of the API: valid, complete, and true about idempotency and errors."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from flask.testing import FlaskClient

from tests.server.conftest import House

CHANGING = {"post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def spec(still: House) -> dict[str, Any]:
    client: FlaskClient = still.flask.test_client()
    answer = client.get("/api/v1/openapi.json")
    assert answer.json is not None
    return dict(answer.json)


def operations(spec: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, item in spec["paths"].items()
        for method, operation in item.items()
        if method in CHANGING | {"get"}
    ]


def test_the_description_is_valid_openapi_3_1(spec: dict[str, Any]) -> None:
    assert spec["openapi"].startswith("3.1")
    schemathesis.openapi.from_dict(spec).validate()


def test_every_operation_says_what_it_does(spec: dict[str, Any]) -> None:
    assert [(method, path) for method, path, one in operations(spec) if not one.get("summary")] == []


def test_every_change_takes_an_idempotency_key(spec: dict[str, Any]) -> None:
    without = [
        (method, path)
        for method, path, one in operations(spec)
        if method in CHANGING and "Idempotency-Key" not in {given.get("name") for given in one.get("parameters", [])}
    ]
    assert without == []


def test_every_operation_tells_how_it_refuses(spec: dict[str, Any]) -> None:
    assert [(method, path) for method, path, one in operations(spec) if "default" not in one["responses"]] == []
    assert "code" in spec["components"]["schemas"]["Problem"]["properties"]


def test_only_what_is_public_needs_no_token(spec: dict[str, Any]) -> None:
    free = {path for _method, path, one in operations(spec) if one.get("security") == []}
    assert free == {
        "/api/v1/audit-results",
        "/api/v1/audit-results/{publication_id}/report",
        "/api/v1/health",
        "/api/v1/publications",
        "/api/v1/publications/{publication_id}",
        "/api/v1/publications/{publication_id}/lines",
        "/api/v1/restricted-consultancies",
    }
