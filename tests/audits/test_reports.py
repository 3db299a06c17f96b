"""Reports: every figure is that of its table, the versions are kept, and a public version holds no trade secret."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import docx
import pytest
from sqlalchemy import select

from audits import reports
from audits.models import ReportVersion
from audits.reports import drawings
from audits.reports.assemble import assemble
from audits.reports.material import gather
from audits.reports.outline import outlines
from audits.reports.redact import places, redact
from audits.reports.sheets import HIDDEN
from forms import shipped
from forms.components import read
from tests.audits.office import Office, application
from workflows.db import make_engine, make_sessions
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Task
from workflows.settings import Settings

SELF = {"start_filing": {"mode": "self"}}


@pytest.fixture(scope="module")
def sqlite_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Play a case up to its report once; every test of this file on SQLite gets a copy of it."""
    path = tmp_path_factory.mktemp("reports") / "world.db"
    shutil.copyfile(sqlite_template, path)
    settings = Settings(database_url=f"sqlite:///{path}", secret_key="only-for-tests", fast_and_unsafe=True)
    engine = make_engine(settings)
    played(Office(make_sessions(engine), application(settings)))
    engine.dispose()
    return path


def played(office: Office) -> str:
    """Give a case whose phases are done and whose report is about to be submitted."""
    case_id = office.open()
    office.until(case_id, "submit_report", **SELF)
    return case_id


@pytest.fixture
def audited(office: Office) -> str:
    """Give the case that waits for its report."""
    with office.looking() as session:
        found = session.scalar(select(Task.instance_id).where(Task.element == "submit_report", Task.status == "open"))
    return found or played(office)


def asked(office: Office, case_id: str, kind: str = "audit", note: str = "") -> int:
    """Fix a version, whose files wait to be made."""
    with office.sessions.begin() as session:
        actor = office.actor(session, "wang")
        return reports.make(session, office.app, actor, case_id, kind, note=note, now=office.now).number


def made(office: Office, case_id: str, kind: str = "audit", note: str = "") -> int:
    """Fix a version and let its files be made."""
    number = asked(office, case_id, kind, note)
    office.work()
    return number


def opened(office: Office, case_id: str, number: int, name: str, kind: str = "audit") -> bytes:
    """Read a file of a version."""
    with office.looking() as session:
        return reports.open_(session, office.app, office.actor(session, "wang"), case_id, kind, number, name)[1]


def write(office: Office, case_id: str, key: str, content: str, number: int = 0, by: str = "wang") -> None:
    """Write a text of the report."""
    with office.as_(by) as (session, actor):
        reports.write(session, actor, case_id, key, content=content, number=number, now=office.now)


def mark(office: Office, case_id: str, *places: str) -> None:
    """Mark places as trade secrets."""
    with office.as_("wang") as (session, actor):
        for place in places:
            reports.mark(session, actor, case_id, place, reason="配方保密", now=office.now)


def tables_of(data: bytes) -> dict[str, list[list[str]]]:
    """Read a Word file back: the rows of every table by the caption above it."""
    found: dict[str, list[list[str]]] = {}
    document, caption = docx.Document(io.BytesIO(data)), ""
    for one in document.iter_inner_content():
        if isinstance(one, docx.table.Table):
            if caption:
                found[caption] = [[cell.text for cell in row.cells] for row in one.rows]
        elif one.style is not None and one.style.name == "Caption":
            caption = one.text
    return found


def texts_in(data: bytes) -> str:
    """Give everything that a Word file holds, of every part, as text."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


def blocks(document: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    """Give the blocks of a kind."""
    for chapter in document["chapters"]:
        for section in chapter["sections"]:
            yield from (block for block in section["blocks"] if block["type"] == kind)


# ---- what it says


@pytest.mark.database
def test_every_figure_of_the_word_file_is_that_of_the_data(office: Office, audited: str) -> None:
    number = made(office, audited)
    read_back = tables_of(opened(office, audited, number, "docx"))
    with office.looking() as session:
        row = reports.version(session, office.actor(session, "wang"), audited, "audit", number)
        material = gather(session, office.case(audited), outlines()["audit"])
    told = {f"{one['number']}　{one['caption']}": [one["head"], *one["rows"]] for one in blocks(row.document, "table")}
    assert read_back == told
    years = material.answers["pre_audit_survey"]["years"]
    energy = next(row for rows in told.values() for row in rows if row[0] == "综合能耗（tce）")
    assert [float(cell) for cell in energy[1:]] == [year["energy"] for year in years]
    assert row.data_sha256 == material.sha256()


def test_the_chapters_stand_in_the_order_of_the_standard_and_the_last_ones_come_after_the_evaluation(
    office: Office, audited: str
) -> None:
    def titles() -> list[str]:
        with office.looking() as session:
            document = reports.look(session, office.actor(session, "wang"), audited, "audit").document
        return [f"{one['number']}　{one['title']}".strip("　") for one in document["chapters"]]

    before = titles()
    assert before == [
        "前言", "1　审核准备", "2　预审核", "3　审核", "4　清洁生产方案的产生与筛选", "5　实施方案的确定", "结论", "附件",
    ]  # fmt: skip
    office.until(audited, "apply_for_acceptance")
    assert titles()[6:8] == ["6　方案实施", "7　持续清洁生产"]


def test_the_word_file_has_words_own_contents_and_counters_and_both_have_the_drawings(
    office: Office, audited: str
) -> None:
    number = made(office, audited)
    data = opened(office, audited, number, "docx")
    assert opened(office, audited, number, "pdf").startswith(b"%PDF-")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        body = archive.read("word/document.xml").decode()
        parts = [
            archive.read(name).decode() for name in archive.namelist() if "footer" in name and name.endswith("xml")
        ]
    assert 'TOC \\o "1-2"' in body
    assert body.count("SEQ 表") > 10
    assert any(" PAGE " in part for part in parts)
    assert body.count("<w:tblHeader/>") == body.count("SEQ 表")
    with office.looking() as session:
        row = reports.version(session, office.actor(session, "wang"), audited, "audit", number)
    captions = [one["caption"] for one in blocks(row.document, "drawing")]
    assert "审核工作计划进度图" in captions
    assert "审核重点工艺流程图（含输入输出）" in captions
    assert any("平衡" in caption for caption in captions)


def test_every_column_and_key_that_the_outline_names_is_one_of_its_form() -> None:
    for outline in outlines().values():
        for chapter in outline.chapters:
            for section in chapter.sections:
                for block in section.blocks:
                    if not block.form:
                        continue
                    root = read(shipped()[block.form])
                    known = {one.path[-1] for one in root.walk() if one.path}
                    names = {
                        *block.detail.get("columns", ()),
                        *block.detail.get("keys", ()),
                        *block.detail.get("foot", ()),
                    }
                    names |= {block.list} - {""}
                    assert names <= known, (chapter.key, section.key, names - known)


# ---- what it lacks


def test_what_is_missing_is_named_with_its_place(office: Office) -> None:
    case_id = office.open(batch=2)
    office.until(case_id, "survey_enterprise", **SELF)
    with office.looking() as session:
        view = reports.look(session, office.actor(session, "wang"), case_id, "audit")
        survey = office.task(case_id, "survey_enterprise")
    lacking = {(one.kind, one.key): one for one in view.missing}
    assert ("text", "company_profile") in lacking
    assert lacking["phase", "pre_audit_survey"].task_id == survey.id
    assert ("phase", "audit_preparation") not in lacking, "the first phase is done"
    write(office, case_id, "company_profile", "成立于2003年。")
    with office.looking() as session:
        again = reports.look(session, office.actor(session, "wang"), case_id, "audit")
    assert ("text", "company_profile") not in {(one.kind, one.key) for one in again.missing}


# ---- who works on it


@pytest.mark.database
def test_a_text_is_kept_in_versions_and_nobody_overwrites_anothers(office: Office, audited: str) -> None:
    write(office, audited, "company_profile", "第一稿")
    write(office, audited, "company_profile", "第二稿", number=1)
    with office.as_("wang") as (session, actor), pytest.raises(Conflict, match="report_text_changed"):
        reports.write(session, actor, audited, "company_profile", content="旧稿", number=1, now=office.now)
    write(office, audited, "company_profile", "第二稿", number=1)
    with office.looking() as session:
        told = reports.history(session, office.actor(session, "wang"), audited, "company_profile")
    assert [(one.number, one.content) for one in told] == [(2, "第二稿"), (1, "第一稿")]
    assert [one["number"] for one in office.told(audited, "report.written")] == [1, 2]


def test_the_bureau_does_not_read_a_report_in_the_making_and_a_stranger_knows_of_none(
    office: Office, audited: str
) -> None:
    asked(office, audited)
    with office.looking() as session:
        for name, error in (("li", NotAllowed), ("chen", NotFound), ("zhao", NotFound)):
            actor = office.actor(session, name)
            with pytest.raises(error):
                reports.look(session, actor, audited, "audit")
            with pytest.raises(error):
                reports.open_(session, office.app, actor, audited, "audit", 1, "docx")
            with pytest.raises(error):
                reports.compare(session, actor, audited, "audit")


def test_wrong_input_is_told_by_field(office: Office, audited: str) -> None:
    with office.as_("wang") as (session, actor):
        with pytest.raises(Invalid) as caught:
            reports.mark(session, actor, audited, "field:pre_audit_survey.nothing", reason="", now=office.now)
        assert set(caught.value.fields) == {"place", "reason"}
        with pytest.raises(Invalid):
            reports.write(session, actor, audited, "conclusion", content="长" * 20_001, number=0, now=office.now)
        with pytest.raises(NotFound):
            reports.write(session, actor, audited, "love_letter", content="x", number=0, now=office.now)
        with pytest.raises(NotFound):
            reports.make(session, office.app, actor, audited, "other", now=office.now)


# ---- versions


def test_what_changed_between_two_versions_stands_side_by_side(office: Office, audited: str) -> None:
    write(office, audited, "conclusion", "第一稿")
    asked(office, audited)
    write(office, audited, "conclusion", "第二稿", number=1)
    made(office, audited, note="按专家意见修改")
    with office.looking() as session:
        actor = office.actor(session, "wang")
        found = reports.compare(session, actor, audited, "audit")
        listed = reports.listed(session, actor, audited, "audit")
    assert [(row.section, row.old, row.new, row.change) for row in found.changes] == [
        ("结论", "第一稿", "第二稿", "changed")
    ]
    assert [(one.number, one.note, one.status) for one in listed] == [(2, "按专家意见修改", "made"), (1, "", "made")]
    assert set(listed[0].files) == set(reports.FILES)
    assert listed[0].data_sha256 != listed[1].data_sha256


def test_the_same_data_give_the_same_hash(office: Office, audited: str) -> None:
    asked(office, audited)
    asked(office, audited)
    with office.looking() as session:
        first, second = reports.listed(session, office.actor(session, "wang"), audited, "audit")
    assert first.data_sha256 == second.data_sha256


def test_a_repeated_job_makes_nothing_twice(office: Office, audited: str) -> None:
    number = made(office, audited)
    with office.looking() as session:
        row = reports.version(session, office.actor(session, "wang"), audited, "audit", number)
    reports.make_job(office.sessions, office.app, {"version": row.id}, lambda _done, _total: None, office.now)
    with office.looking() as session:
        assert session.get_one(ReportVersion, row.id).files == row.files
    assert len(office.told(audited, "report.made")) == 1


# ---- trade secrets


def test_a_public_version_holds_no_trade_secret(office: Office, audited: str) -> None:
    with office.looking() as session:
        material = gather(session, office.case(audited), outlines()["audit"])
    survey = material.answers["pre_audit_survey"]
    secret = survey["materials"][0]["material"]
    output = survey["years"][0]["output"]
    write(office, audited, "foreword", f"本轮审核使用{secret}作为原料。")
    write(office, audited, "market", "独家客户名单")
    mark(office, audited, "table:pre_audit_survey.materials", "column:pre_audit_survey.years.output", "text:market")
    number = made(office, audited)
    whole = texts_in(opened(office, audited, number, "docx"))
    public = texts_in(opened(office, audited, number, "public_docx"))
    with office.looking() as session:
        row = reports.version(session, office.actor(session, "wang"), audited, "audit", number)
    for word in (secret, f"{output}", "独家客户名单"):
        assert word in whole, word
        assert word not in public, word
        assert word not in str(row.public_document), word
    assert HIDDEN in public
    assert HIDDEN not in whole
    assert b"Author" in opened(office, audited, number, "public_pdf")


def test_what_is_computed_from_a_secret_is_secret_too(office: Office, audited: str) -> None:
    with office.looking() as session:
        material = gather(session, office.case(audited), outlines()["audit"])
    hidden = redact(material, ["column:pre_audit_survey.years.output"])
    year = hidden.answers["pre_audit_survey"]["years"][0]
    assert year["output"] == year["energy_per_unit"] == HIDDEN
    assert year["year"] == material.answers["pre_audit_survey"]["years"][0]["year"]


def test_whatever_is_marked_is_gone_and_the_rest_is_a_report_still(office: Office, audited: str) -> None:
    """Every place that may be marked, in lists within lists too: nothing that stood there stands there any more."""
    with office.looking() as session:
        outline = outlines()["audit"]
        material = gather(session, office.case(audited), outline)
    for place in places(material):
        hidden = redact(material, [place])
        assemble(hidden, outline, after=True)
        kind, _, rest = place.partition(":")
        form, _, path = rest.partition(".")
        if kind != "text":
            left = {*standing(hidden.answers.get(form), *path.split("."))} - {HIDDEN}
            assert left == set(), place


def standing(value: Any, name: str, column: str = "") -> Iterator[str]:
    """Give what stands under a name, of a list in a column or in every cell."""
    if isinstance(value, list):
        for one in value:
            yield from standing(one, name, column)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key != name:
                yield from standing(one, name, column)
            elif isinstance(one, list):
                yield from (str(cell) for row in one for cell in cells(row, column) if cell not in (None, ""))
            elif one not in (None, ""):
                yield str(one)


def cells(row: Any, column: str) -> Iterator[Any]:
    """Give the cells of a row, those of the rows in it too, or the one of a column."""
    if isinstance(row, dict):
        for key, one in row.items():
            if not column or key == column:
                yield from cells(one, "")
    elif isinstance(row, list):
        for one in row:
            yield from cells(one, column)
    else:
        yield row


def test_a_sum_does_not_tell_what_was_summed(office: Office, audited: str) -> None:
    with office.looking() as session:
        outline = outlines()["audit"]
        material = gather(session, office.case(audited), outline)
    line = {
        "code": "F1",
        "cost_class": "low",
        "status": "done",
        "planned_investment": Decimal("2.5"),
        "planned_benefit": 1,
    }
    secret = ["column:option_generation.options.investment", "column:audit_measurement.entries.amount"]
    hidden = redact(replace(material, register=(line,)), secret)
    assert hidden.register == ({**line, "planned_investment": HIDDEN},)
    for balance in hidden.answers["audit_measurement"]["balances"]:
        assert balance["input_total"] == balance["output_total"] == balance["difference"] == HIDDEN


def test_a_drawing_of_secret_figures_is_left_out(office: Office, audited: str) -> None:
    with office.looking() as session:
        outline = outlines()["audit"]
        material = gather(session, office.case(audited), outline)
    hidden = redact(material, ["table:audit_measurement.unit_operations"])
    captions = [one["caption"] for one in blocks(assemble(hidden, outline, after=False), "drawing")]
    assert "审核重点工艺流程图（含输入输出）" not in captions
    assert "审核工作计划进度图" in captions


def test_only_the_enterprise_says_what_is_secret(office: Office) -> None:
    case_id = office.open(batch=2)
    office.until(case_id, "survey_enterprise", start_filing={"mode": "consultancy"})
    with office.as_("zhao") as (session, actor):
        assert reports.look(session, actor, case_id, "audit").may_mark is False
        with pytest.raises(NotAllowed):
            reports.mark(session, actor, case_id, "field:pre_audit_survey.focus", reason="x", now=office.now)


# ---- the acceptance report, and drawings


def test_the_acceptance_report_answers_the_evaluation(office: Office, audited: str) -> None:
    office.until(audited, "apply_for_acceptance")
    number = made(office, audited, kind="acceptance")
    document = docx.Document(io.BytesIO(opened(office, audited, number, "docx", kind="acceptance")))
    titles = [one.text for one in document.paragraphs if one.style and one.style.name == "Heading 1"]
    assert titles[:6] == [
        "1　企业基本情况", "2　评估技术审查意见落实情况", "3　方案完成情况与效益", "4　目标完成情况与清洁生产水平",
        "5　持续清洁生产机制", "6　实施前后监测",
    ]  # fmt: skip


def test_words_in_a_drawing_are_text_and_nothing_else() -> None:
    svg = drawings.flow([drawings.Step("<script>alert(1)</script>", "&", "x")])
    assert "<script>" not in svg
    assert "&lt;script&gt;" in svg
