"""Letters by hand, of cases and of regions; letters that replace others; Word templates that a bureau edits."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from sqlalchemy import select

from audits import letters
from audits.letters import layout, template_check, templates
from audits.models import Case, Letter, LetterTemplate
from tests.audits.office import Office
from tests.audits.pdf import words_of
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound

SELF = {"start_filing": {"mode": "self"}}
PENALTY = {
    "conduct_on": "2026-08-01", "facts": "逾期未报送", "refusal": "两次书面催告未改正", "amount": "60000", "contact": "何工",
    "defence": "未提出", "payment": "十五日内缴至指定账户",
}  # fmt: skip


def by_hand(office: Office, case_id: str, kind: str, key: str = "1", by: str = "li", **values: Any) -> str:
    """Issue a letter of a case."""
    with office.as_(by) as (session, actor):
        return letters.issue_of_case(
            session, office.app, actor, case_id, kind=kind, values=values, key=key, now=office.now
        ).id


def of_region(office: Office, kind: str, key: str = "1", by: str = "li", **values: Any) -> str:
    """Issue a letter of a bureau."""
    with office.as_(by) as (session, actor):
        return letters.issue_of_region(session, office.app, actor, kind=kind, values=values, key=key, now=office.now).id


def text_of(office: Office, letter_id: str, by: str = "li") -> str:
    """Read the Word file of a letter."""
    with office.looking() as session:
        data = letters.open_(session, office.app, office.actor(session, by), letter_id, "docx")[1]
    return words(data)


def words(data: bytes) -> str:
    document = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def row(office: Office, letter_id: str) -> Letter:
    with office.looking() as session:
        return session.get_one(Letter, letter_id)


def serve(office: Office, letter_id: str) -> None:
    with office.as_("li") as (session, actor):
        letters.record_service(
            session,
            actor,
            letter_id,
            method="mail",
            served_on=row(office, letter_id).issued_on,
            signer="王工",
            now=office.now,
        )


# ---- opinions


def test_an_opinion_has_its_tables(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "implement_options", **SELF)
    with office.looking() as session:
        opinion = next(one for one in letters.for_case(session, case_id) if one.kind == "evaluation_opinion")
    text = text_of(office, opinion.id)
    for part in ("专家组成员", "组长", "兰州大学", "专家评分", "专家组得分", "清洁生产方案", "ZG1", "清洁生产水平"):
        assert part in text, part
    captions = [one["caption"] for one in opinion.data["tables"]]
    assert captions[:2] == ["专家组成员", "专家评分"]
    scores = opinion.data["tables"][1]["rows"]
    assert all("孙" not in cell for line in scores for cell in line), "who gave which score stays with the bureau"


# ---- by hand


def test_a_fine_follows_an_order_and_a_notice_that_were_served(office: Office) -> None:
    case_id = office.open()
    office.wait(days=190)
    with pytest.raises(Conflict, match="letter_too_early"):
        by_hand(office, case_id, "penalty_notice", **PENALTY)
    with office.as_("li") as (session, _actor):
        case = session.get_one(Case, case_id)
        order = letters.issue(
            session, office.app, case, kind="overdue_order", data={"deadline": "start"}, key="o", now=office.now
        ).id
    with pytest.raises(Conflict, match="letter_too_early"):
        by_hand(office, case_id, "penalty_notice", **PENALTY)
    serve(office, order)
    notice = by_hand(office, case_id, "penalty_notice", **PENALTY)
    with pytest.raises(Conflict, match="letter_too_early"):
        by_hand(office, case_id, "penalty_decision", **PENALTY)
    serve(office, notice)
    decision = by_hand(office, case_id, "penalty_decision", **PENALTY)
    assert "罚款人民币60000元" in text_of(office, decision)
    assert office.told(case_id, "letter.issued")[-1]["kind"] == "penalty_decision"


@pytest.mark.parametrize(
    ("conduct", "law", "other"),
    [("2026-08-14", "清洁生产促进法》第三十六条", "生态环境法典"), ("2026-08-15", "生态环境法典", "清洁生产促进法")],
)
def test_a_conduct_is_punished_by_the_law_of_its_day(office: Office, conduct: str, law: str, other: str) -> None:
    case_id = office.open()
    office.wait(days=200)
    with office.as_("li") as (session, _actor):
        case = session.get_one(Case, case_id)
        data = {**PENALTY, "conduct_on": conduct}
        letter_id = letters.issue(
            session, office.app, case, kind="penalty_decision", data=data, key="p", now=office.now
        ).id
    text = text_of(office, letter_id)
    assert row(office, letter_id).issued_on > date(2026, 8, 15)
    assert law in text
    assert other not in text


@pytest.mark.parametrize("year", ["1e999999999", "-1", "NaN", "2026.0", "二〇二六", "0x7ea"])
def test_a_year_is_four_digits(office: Office, year: str) -> None:
    values = {"addressee": "城关分局", "year": year, "indicator": "完成率低", "until": "2026-06-30"}
    with office.as_("li") as (session, actor), pytest.raises(Invalid) as caught:
        letters.issue_of_region(session, office.app, actor, kind="city_warning", values=values, key="1", now=office.now)
    assert caught.value.fields == {"year": ["bad_number"]}


def test_what_is_filled_in_is_judged_by_field_and_only_officers_of_the_region_issue(office: Office) -> None:
    case_id = office.open()
    with office.as_("li") as (session, actor), pytest.raises(Invalid) as caught:
        wrong = {"drawn_on": "x"}
        letters.issue_of_case(
            session, office.app, actor, case_id, kind="draw_record", values=wrong, key="1", now=office.now
        )
    assert set(caught.value.fields) == {"drawn_on", "method", "declared", "witness"}
    with office.as_("wang") as (session, actor), pytest.raises(NotAllowed):
        letters.issue_of_case(
            session, office.app, actor, case_id, kind="draw_record", values=wrong, key="1", now=office.now
        )
    with office.as_("kong") as (session, actor), pytest.raises(NotFound):
        letters.issue_of_case(
            session, office.app, actor, case_id, kind="draw_record", values=wrong, key="1", now=office.now
        )
    with office.as_("li") as (session, actor), pytest.raises(NotFound):
        letters.issue_of_case(session, office.app, actor, case_id, kind="notice", values={}, key="1", now=office.now)


# ---- of a region


@pytest.mark.database
def test_a_list_is_announced_with_its_lines(office: Office) -> None:
    list_id = office.publish({"bakery": ["SHUANGYOU"], "steelworks": ["GAOHAONENG"]})
    letter_id = of_region(office, "list_publication", list_id=list_id, contact="何工")
    text = text_of(office, letter_id)
    for part in ("黄河食品有限公司", "共2家", "高耗能", "各有关单位", "2026年3月2日"):
        assert part in text, part
    assert row(office, letter_id).case_id is None
    with office.looking() as session:
        assert letters.get(session, office.actor(session, "ma"), letter_id).number.startswith("兰州环清〔2026〕")
        for stranger in ("wang", "kong", "zhao"):
            with pytest.raises(NotFound):
                letters.get(session, office.actor(session, stranger), letter_id)


def test_a_letter_to_a_consultancy_reaches_it_and_is_served_to_it(office: Office) -> None:
    values = {"facts": "数据失实", "requirements": "重新实测", "until": "2026-05-01", "exit": "连续两年无违规"}
    letter_id = of_region(office, "consultancy_correction", consultancy_id="consultancy", **values)
    assert "清洁生产审核办法》第三十五条" in text_of(office, letter_id, by="zhao")
    with office.as_("zhao") as (session, actor):
        letters.record_service(
            session, actor, letter_id, method="online", served_on=office.now.date(), signer="赵工", now=office.now
        )
        assert [one.kind for one in letters.rights_of(session, session.get_one(Letter, letter_id))]


def test_a_choice_that_is_not_offered_is_refused(office: Office) -> None:
    with office.as_("li") as (session, actor), pytest.raises(Invalid) as caught:
        letters.issue_of_region(
            session, office.app, actor, kind="list_publication", values={"list_id": "none", "contact": "x"}, key="1",
            now=office.now,
        )  # fmt: skip
    assert caught.value.fields == {"list_id": ["unknown"]}


def test_every_kind_that_is_issued_by_hand_for_a_region_opens(office: Office) -> None:
    office.publish({"bakery": ["SHUANGYOU"]})
    for kind, one in letters.kinds("region").items():
        if {"list", "publication", "consultancy"} & {field.type for field in one.fields}:
            continue
        values = {f.key: {"date": "2026-04-01", "year": "2026"}.get(f.type, "{{7*7}} #eval 文字") for f in one.fields}
        if one.requires:
            continue
        text = text_of(office, of_region(office, kind, key=kind, **values))
        assert one.names[0] in text
        assert "49" not in text


# ---- replaced


def test_a_replaced_letter_is_shown_as_such_to_anybody(office: Office) -> None:
    case_id = office.open()
    with office.looking() as session:
        (old,) = letters.for_case(session, case_id)
    with office.as_("li") as (session, actor):
        new = letters.replace(session, office.app, actor, old.id, reason="企业名称有误", values={}, now=office.now)
        new_id, number = new.id, new.number
    with office.looking() as session:
        first, second = letters.by_code(session, old.code), letters.by_code(session, row(office, new_id).code)
    assert first is not None
    assert second is not None
    assert (first.status, first.replaced_by) == ("replaced", number)
    assert (second.status, second.replaced_by) == ("valid", "")
    assert office.told(case_id, "letter.replaced")[0]["by"] == number
    with office.as_("li") as (session, actor), pytest.raises(Conflict, match="letter_is_revoked"):
        letters.replace(session, office.app, actor, old.id, reason="x", values={}, now=office.now)
    with office.as_("li") as (session, actor), pytest.raises(Invalid):
        letters.replace(session, office.app, actor, new_id, reason=" ", values={}, now=office.now)


# ---- Word templates


def edited(change: Callable[[Any], None]) -> bytes:
    """Edit the shipped template as somebody does in Word."""
    document = docx.Document(io.BytesIO(layout.shipped()))
    change(document)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def with_text(text: str) -> bytes:
    """Add a paragraph to the shipped template."""
    return edited(lambda document: document.add_paragraph(text))


def upload(office: Office, content: bytes, by: str = "li", kind: str = "notice", **more: Any) -> str:
    values = {"region_code": "620100", "valid_from": date(2026, 3, 1), "name": "模板.docx"} | more
    with office.as_(by) as (session, actor):
        return templates.upload(session, office.app, actor, kind=kind, content=content, now=office.now, **values).id


def publish(office: Office, template_id: str, by: str = "liu") -> None:
    with office.as_(by) as (session, actor):
        templates.publish(session, actor, template_id, now=office.now)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{{ enterprize }}", "unknown_name"),
        ("{{ __class__ }}", "unknown_name"),
        ("{{ issuer.__class__ }}", "not_allowed"),
        ("{{ issuer|upper }}", "not_allowed"),
        ("{{ cycler() }}", "not_allowed"),
        ("{{ rows[0] }}", "not_allowed"),
        ("{{ 7*7 }}", "not_allowed"),
        ("{{ 'a' }}", "not_allowed"),
        ("{% set x = 1 %}", "not_allowed"),
        ("{% include 'x' %}", "not_allowed"),
        ("{% import 'os' as os %}", "not_allowed"),
        ("{% macro m() %}{% endmacro %}", "not_allowed"),
        ("{% if issuer == 'x' %}x{% endif %}", "not_allowed"),
        ("{% if issuer is defined %}x{% endif %}", "not_allowed"),
        ("{% for one in range %}x{% endfor %}", "unknown_list"),
        ("{% for one in rows if one %}x{% endfor %}", "not_allowed"),
        ("{% for one in rows %}{{ one.nothing }}{% endfor %}", "unknown_name"),
        ("{% for _a in rows %}x{% endfor %}", "not_allowed"),
        ("{% for one in rows %}{{ loop.index }}{% endfor %}", "not_allowed"),
        ("{% raw %}{{ issuer }}{% endraw %}", "not_allowed"),
        ("{% for a in rows %}{% for b in rows %}x{% endfor %}{% endfor %}", "not_allowed"),
        ("{# {% raw %} #}{{ cycler() }}{# {% endraw %} #}", "syntax"),
        ("{# a word to the next editor #}", "syntax"),
        ("{{ issuer", "syntax"),
        ("{% for one in rows %}x", "syntax"),
    ],
)
def test_a_wrong_placeholder_is_refused_with_its_place(text: str, code: str) -> None:
    found = template_check.faults("notice", with_text(text))
    assert code in {one.code for one in found}, found
    if code != "syntax":
        assert any(one.place and one.place in text for one in found), found


def test_the_shipped_template_passes_for_every_kind() -> None:
    for kind in letters.KINDS:
        assert template_check.faults(kind, layout.shipped()) == [], kind


def test_a_placeholder_in_a_header_or_a_property_is_judged_too() -> None:
    def header(document: Any) -> None:
        document.sections[0].header.paragraphs[0].text = "{{ config }}"

    def property_(document: Any) -> None:
        document.core_properties.title = "{{ config }}"

    for change in (header, property_):
        assert [one.word for one in template_check.faults("notice", edited(change))] == ["config"]


def test_a_template_that_has_no_number_or_no_text_is_refused() -> None:
    empty = docx.Document()
    target = io.BytesIO()
    empty.save(target)
    assert {(one.code, one.word) for one in template_check.faults("notice", target.getvalue())} == {
        ("missing", "number"),
        ("missing", "paragraphs"),
    }


def test_the_pdf_says_what_the_bureaus_template_says(office: Office) -> None:
    def change(document: Any) -> None:
        document.add_paragraph().add_run("本局补充：请于期限内联系清洁生产办公室。").bold = True
        document.sections[0].header.paragraphs[0].text = "兰州市清洁生产专用"
        table = document.add_table(rows=1, cols=2)
        table.rows[0].cells[0].text, table.rows[0].cells[1].text = "承办人", "{{ issuer }}"

    publish(office, upload(office, edited(change)))
    case_id = office.open()
    with office.looking() as session:
        (notice,) = letters.for_case(session, case_id)
        li = office.actor(session, "li")
        pdf, word = (letters.open_(session, office.app, li, notice.id, suffix)[1] for suffix in ("pdf", "docx"))
    text = words_of(pdf)
    for words in ("本局补充：请于期限内联系清洁生产办公室。", "兰州市清洁生产专用", "承办人"):
        assert words in text
    assert "".join(notice.number.split()) in text
    said = docx.Document(io.BytesIO(word))
    for paragraph in said.paragraphs:
        assert "".join(paragraph.text.split()) in text
    for cell in (cell for table in said.tables for row in table.rows for cell in row.cells):
        assert "".join(cell.text.split()) in text
    assert b"/Subtype/Image" in pdf.replace(b" ", b""), "the QR picture is there"


def test_a_template_with_a_text_box_is_refused() -> None:
    def change(document: Any) -> None:
        box = f"<w:r {nsdecls('w')}><w:pict><w:txbxContent><w:p><w:r><w:t>飘着的字</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>"
        document.add_paragraph()._p.append(parse_xml(box))

    assert [(one.code, one.place) for one in template_check.faults("notice", edited(change))] == [
        ("text_box", "飘着的字")
    ]


@pytest.mark.database
def test_a_template_counts_once_somebody_else_has_published_it(office: Office) -> None:
    template_id = upload(office, with_text("本局制式：{{ enterprise }}（{{ uscc }}）"))
    first = office.open()
    with office.looking() as session:
        (notice,) = letters.for_case(session, first)
    assert "本局制式" not in text_of(office, notice.id)
    with office.as_("li") as (session, actor), pytest.raises(NotAllowed, match="own_template"):
        templates.publish(session, actor, template_id, now=office.now)
    publish(office, template_id)
    second = by_hand(office, first, "draw_record", drawn_on="2026-03-02", method="随机", declared="无", witness="何工")
    assert "本局制式" not in text_of(office, second), "a template counts for its own kind"
    with office.as_("li") as (session, actor):
        again = letters.replace(session, office.app, actor, notice.id, reason="更换模板", values={}, now=office.now).id
    assert "本局制式：黄河食品有限公司" in text_of(office, again)
    with office.as_("li") as (session, actor):
        templates.retire(session, actor, template_id, reason="恢复", now=office.now)
    with office.as_("li") as (session, actor):
        last = letters.replace(session, office.app, actor, again, reason="恢复", values={}, now=office.now).id
    assert "本局制式" not in text_of(office, last)
    assert [one["new"] for one in office.told("templates", "template.published")] == ["published"]


def test_the_nearest_region_wins_and_the_shipped_one_can_be_put_back(office: Office) -> None:
    def letter() -> str:
        office.now += timedelta(minutes=1)
        with office.looking() as session:
            last = session.scalars(select(Letter).where(Letter.kind == "notice", Letter.status == "valid")).one()
        with office.as_("li") as (session, actor):
            return letters.replace(session, office.app, actor, last.id, reason="x", values={}, now=office.now).id

    office.open()
    of_province = upload(office, with_text("省厅制式"), by="ma", region_code="620000")
    with office.sessions.begin() as session:
        session.get_one(LetterTemplate, of_province).uploaded_by = "he"  # the world has one officer of the province
    publish(office, of_province, by="ma")
    assert "省厅制式" in text_of(office, letter())
    publish(office, upload(office, with_text("市局制式")))
    assert "市局制式" in text_of(office, letter())
    publish(office, upload(office, b"", name=""))
    assert "制式" not in text_of(office, letter())


def test_a_template_with_a_macro_or_of_another_region_is_not_taken(office: Office) -> None:
    target = io.BytesIO(layout.shipped())
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("word/vbaProject.bin", b"macro")
    with pytest.raises(Invalid, match="file_refused"):
        upload(office, target.getvalue())
    with pytest.raises(NotAllowed):
        upload(office, layout.shipped(), region_code="620000")
    with pytest.raises(NotAllowed):
        upload(office, layout.shipped(), by="wang")
    with pytest.raises(Invalid, match="template_refused") as caught:
        upload(office, with_text("{{ secret_key }}"))
    assert caught.value.values["faults"] == [
        {"code": "unknown_name", "word": "secret_key", "place": "{{ secret_key }}"}
    ]


def test_a_preview_shows_invented_words(office: Office) -> None:
    template_id = upload(office, with_text("制式 {{ enterprise }}"))
    with office.looking() as session:
        data = templates.preview(session, office.app, office.actor(session, "li"), template_id)
    assert "制式 【企业名称】" in words(data)
