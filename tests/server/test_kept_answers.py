"""What is kept of a call: the answers of a refused submission as a draft, the answer to a repeat for seven days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.server.conftest import House
from workflows import jobs, worker
from workflows.models import Draft, IdempotencyKey


def submit(house: House, answers: dict[str, Any], version: int | None = None, key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    body = {"answers": answers, "opinion": "", "version": version}
    return house.api("qian", "POST", f"/tasks/{house.ids['sheet_qian']}/complete", json=body, headers=headers)


@pytest.mark.database
def test_a_refused_submission_is_kept_and_tells_the_version_of_its_draft(either: House) -> None:
    first = submit(either, {"comments": "一"})
    assert (first.status_code, first.get_json()["code"], first.get_json()["draft_version"]) == (422, "invalid", 1)
    second = submit(either, {"comments": "二"}, version=1)
    assert (second.status_code, second.get_json()["draft_version"]) == (422, 2)
    with either.looking() as session:
        draft = session.scalars(select(Draft).where(Draft.person_id == "qian")).one()
        assert (draft.version, draft.answers) == (2, {"comments": "二"})
    stale = submit(either, {"comments": "三"}, version=1)
    assert (stale.status_code, stale.get_json()["code"], stale.get_json()["version"]) == (409, "draft_changed", 2)
    assert "draft_version" not in stale.get_json()


@pytest.mark.database
def test_answers_kept_for_repeats_are_forgotten_after_seven_days(
    either: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "dead", list)

    def save(key: str) -> Any:
        body = {"answers": {"comments": key}, "opinion": "", "version": 0}
        path = f"/tasks/{either.ids['sheet_qian']}/draft"
        return either.api("qian", "PUT", path, json=body, headers={"Idempotency-Key": key})

    def keys() -> set[str]:
        with either.looking() as session:
            return set(session.scalars(select(IdempotencyKey.key).where(IdempotencyKey.person_id == "qian")))

    first = save("kept")
    assert first.status_code == 200
    repeat = save("kept")
    assert (repeat.status_code, repeat.get_json()) == (200, first.get_json())
    worker.minute(either.sessions, either.application, either.clock.at + timedelta(days=7))
    assert keys() == {"kept"}
    worker.minute(either.sessions, either.application, either.clock.at + timedelta(days=7, seconds=1))
    assert keys() == set()
