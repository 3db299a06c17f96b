"""The disclosure: what the profile knows is not asked again, and the full version stays with the enterprise and the bureau."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from audits.demo.player import PDF
from audits.models import Disclosure, Enterprise
from tests.audits.office import Office
from workflows import access, files, instances, tasks
from workflows.access import SYSTEM
from workflows.errors import NotFound
from workflows.models import Attachment, TaskCandidate


def test_the_form_begins_with_what_the_profile_says(office: Office) -> None:
    case_id = office.open()
    with office.sessions.begin() as session:
        row = session.get_one(Enterprise, "bakery")
        row.legal_representative, row.registered_address, row.contact_phone = "王总", "城关区东岗西路1号", "13912345678"
    office.until(case_id, "submit_disclosure")
    task = office.task(case_id, "submit_disclosure")
    with office.looking() as session:
        data = tasks.view(session, office.app, office.actor(session, "wang"), task.id, now=office.now).data
    assert data == {
        "legal_representative": "王总",
        "registered_address": "城关区东岗西路1号",
        "contact_phone": "13912345678",
    }
    with office.as_("wang") as (session, actor):
        tasks.save_draft(session, actor, task.id, {"legal_representative": "新法人"}, "", 0, office.now)
    with office.looking() as session:
        data = tasks.view(session, office.app, office.actor(session, "wang"), task.id, now=office.now).data
    assert data["legal_representative"] == "新法人", "what was typed stands"


@pytest.mark.database
def test_the_full_version_is_for_the_enterprise_and_the_bureau_alone(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "submit_disclosure")
    task = office.task(case_id, "submit_disclosure")
    entries = {}
    with office.as_("wang") as (session, actor):
        for name in ("完整版", "截图"):
            made = files.upload(
                session,
                office.app,
                actor,
                name=f"{name}.pdf",
                content=PDF + name.encode(),
                task_id=task.id,
                now=office.now,
            )
            entries[name] = {"id": made.id, "name": made.name, "size": made.size, "type": made.media_type}
    office.do(
        task, has_secret=True, secret_basis="工艺配方，依据反不正当竞争法", secret_version=[entries["完整版"]],
        evidence=[entries["截图"]],
    )  # fmt: skip
    with office.looking() as session:
        classes = {row.name: row.record_class for row in session.scalars(select(Attachment))}
        assert (classes["完整版.pdf"], classes["截图.pdf"]) == ("confidential", "internal")
        for who in ("wang", "li"):  # the enterprise and the competent bureau
            assert access.attachment(session, office.actor(session, who), entries["完整版"]["id"]).name == "完整版.pdf"
        ma = office.actor(session, "ma")  # the province sees the case and is no party
        assert access.attachment(session, ma, entries["截图"]["id"]).name == "截图.pdf"
        with pytest.raises(NotFound):
            access.attachment(session, ma, entries["完整版"]["id"])
    with office.sessions.begin() as session:
        instances.add_party(
            session, office.app, SYSTEM, case_id, "consultancy", organisation_id="consultancy", now=office.now
        )
        instances.add_party(session, office.app, SYSTEM, case_id, "expert", person_id="sun", now=office.now)
    with office.looking() as session:
        for who in ("zhao", "sun"):  # the consultancy and an expert see what everybody of the case sees
            actor = office.actor(session, who)
            assert access.attachment(session, actor, entries["截图"]["id"]).name == "截图.pdf"
            with pytest.raises(NotFound):
                access.attachment(session, actor, entries["完整版"]["id"])
    with office.sessions.begin() as session:
        session.add(
            TaskCandidate(
                task_id=office.task(case_id, "check_disclosure").id, principal="province_bureau@region:620000"
            )
        )
    with office.looking() as session:
        ma = office.actor(session, "ma")  # now the province has a duty in the case
        assert access.attachment(session, ma, entries["完整版"]["id"]).name == "完整版.pdf"
        kept = session.scalars(select(Disclosure).where(Disclosure.case_id == case_id)).one()
        assert (kept.url, kept.disclosed_on.isoformat()) == (
            kept.content.get("url") or "",
            kept.content["disclosed_on"],
        )
        assert kept.content["evidence"][0]["name"] == "截图.pdf"
        evidence = session.get_one(Attachment, kept.content["evidence"][0]["id"])
        assert len(evidence.sha256) == 64, "the screenshot is kept with its hash"
