"""A procedure that is downloaded, changed, checked on the command line and uploaded: one check, one result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from server.cli import main
from tests.server import routes
from tests.server.conftest import House
from workflows.models import Definition

NAME = "notification.bpmn"


def download(house: House, folder: Path) -> dict[str, bytes]:
    """Take every file of the version in force, as a designer does on its page."""
    key = house.ids["definition"]
    detail = house.api("designer", "GET", f"/definitions/{key}").json
    assert detail
    browser = house.browser("designer")
    files = {name: browser.get(f"/definitions/{key}/files/{name}").data for name in detail["files"]}
    for name, body in files.items():
        (folder / name).write_bytes(body)
    return files


def checked(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    """Run ``qingshen check`` and give its exit code and its lines, without the last that counts."""
    code = main(["check", str(folder), "--root", "cleaner_production_audit"])
    return code, sorted(line for line in capsys.readouterr().out.splitlines()[:-1] if " error " in line)


def lines(findings: list[dict[str, Any]]) -> list[str]:
    """Write the findings of the API as the command line writes them."""
    return sorted(
        f"{one['file'] or '-'}:{one['line']}: {one['severity']} {one['rule']} ({one['element']}): {one['text']}"
        for one in findings
        if one["severity"] == "error"
    )


def send(house: House, address: str, files: dict[str, bytes], **values: str) -> Any:
    """Send files to the API as a designer who reads English."""
    forms = [(name, body) for name, body in sorted(routes.shipped()[1].items()) if name.endswith(".json")]
    body: dict[str, Any] = {
        "data": values,
        "files": [("files", name, one) for name, one in [*sorted(files.items()), *forms]],
    }
    return house.api("designer", "POST", address, headers={"Accept-Language": "en"}, **routes.sent(body))


def test_the_command_line_and_the_upload_find_the_same(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = download(house, tmp_path)
    assert checked(tmp_path, capsys) == (0, [])
    broken = files[NAME].replace(b'role="enterprise"', b'role="king"', 1).replace(b"letters.issue", b"os.system", 1)
    (tmp_path / NAME).write_bytes(broken)
    code, found = checked(tmp_path, capsys)
    assert code == 1
    assert len(found) >= 2
    told = send(house, "/definitions/check", {**files, NAME: broken}, root="cleaner_production_audit")
    assert lines(told.json["findings"]) == found
    before = count(house)
    refused = send(
        house, "/definitions", {**files, NAME: broken}, family="cleaner_production_audit", valid_from="2026-06-01"
    )
    assert refused.status_code == 422
    assert lines(refused.json["findings"]) == found
    assert count(house) == before


def test_what_another_modeler_wrote_into_a_download_survives_or_is_adapted(house: House, tmp_path: Path) -> None:
    files = download(house, tmp_path)
    foreign = files[NAME].replace(
        b"<bpmn:definitions ",
        b'<bpmn:definitions xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:other="http://example.org/other" ',
        1,
    ).replace(b"<bpmn:userTask ", b'<bpmn:userTask other:colour="red" camunda:dueDate="P3D" ', 1)  # fmt: skip
    sent = send(
        house, "/definitions", {**files, NAME: foreign}, family="cleaner_production_audit", valid_from="2026-06-01"
    )
    assert sent.status_code == 201, sent.text
    key = sent.json["id"]
    told = house.api("designer", "GET", f"/definitions/{key}").json
    assert told
    assert [one["file"] for one in told["adapted"]] == [NAME]
    browser = house.browser("designer", "en")
    stored = browser.get(f"/definitions/{key}/files/{NAME}").data
    assert b'other:colour="red"' in stored
    assert b"camunda:dueDate" not in stored
    assert told["adapted"][0]["text_zh"] in house.browser("designer").get(f"/definitions/{key}").text
    again = send(
        house, "/definitions", {**files, NAME: stored}, family="cleaner_production_audit", valid_from="2026-06-01"
    )
    assert again.json["id"] == key, "the same content is the same version"


def test_a_folder_with_one_file_is_deployed_over_a_base(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = download(house, tmp_path)["deadlines.dmn"]
    folder = tmp_path / "part"
    folder.mkdir()
    (folder / "deadlines.dmn").write_bytes(table + b"<!-- changed -->")
    monkeypatch.setenv("QINGSHEN_DATABASE_URL", house.settings.database_url)
    monkeypatch.setenv("QINGSHEN_FILES_URL", house.settings.files_url)
    monkeypatch.setenv("QINGSHEN_SIGNING_KEY_FILE", house.settings.signing_key_file)
    assert main(["check", str(folder), "--base", "cleaner_production_audit"]) == 0
    assert main(["deploy", str(folder), "--base", "cleaner_production_audit", "--variant", "620100"]) == 0
    assert "cleaner_production_audit 620100" in capsys.readouterr().out
    with house.looking() as session:
        row = session.scalars(select(Definition).where(Definition.variant == "620100")).one()
        assert row.base_hash
    detail = house.api("designer", "GET", f"/definitions/{row.id}").json
    assert detail
    assert len(detail["files"]) > 10


def count(house: House) -> int:
    """Count the versions."""
    with house.looking() as session:
        return session.scalar(select(func.count()).select_from(Definition)) or 0
