"""Letters: numbered without gap or repeat, opened by Word and by a reader, saying what is so; nothing in them runs."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import docx
import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from audits import letters
from audits.letters import rights
from audits.models import Case, Letter
from tests.audits.office import Office
from workflows import files
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Organisation

HOSTILE = "{{7*7}} {% for x in y %} {case_no} {0.__class__} <w:t>&amp;\x0b\x00 #eval(1+1) $x$ \\u{41}"


def text_of(data: bytes) -> str:
    document = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def issue(office: Office, case_id: str, kind: str, key: str = "test", **data: object) -> str:
    with office.as_("li") as (session, _actor):
        case = session.get_one(Case, case_id)
        return letters.issue(session, office.app, case, kind=kind, data=data, key=key, now=office.now).id


def opened(office: Office, letter_id: str, username: str = "wang") -> tuple[bytes, bytes]:
    with office.as_(username) as (session, actor):
        letter = letters.get(session, actor, letter_id)
        assert letter.docx_id is not None
        assert letter.pdf_id is not None
        word = files.open_(session, office.app, actor, letter.docx_id)[1]
        return word, files.open_(session, office.app, actor, letter.pdf_id)[1]


def first(office: Office, case_id: str) -> Letter:
    with office.looking() as session:
        return letters.for_case(session, case_id)[0]


@pytest.mark.database
def test_the_notice_names_the_law_the_days_and_its_number(office: Office) -> None:
    case_id = office.open()
    letter = first(office, case_id)
    assert (letter.kind, letter.number, letter.legal_basis) == ("notice", "兰州环清〔2026〕1号", "law-2012")
    word, pdf = opened(office, letter.id)
    text = text_of(word)
    for part in (
        letter.number,
        "黄河食品有限公司",
        "清洁生产促进法",
        "兰州市生态环境局",
        "2026年4月2日",
        "2026年5月6日",  # 2 May lies in the holiday of Labour Day
        "2027年3月2日",
        "日历未公布",
    ):
        assert part in text, part
    assert "生态环境法典" not in text
    assert pdf.startswith(b"%PDF-")
    assert pdf.rstrip().endswith(b"%%EOF")
    assert office.told(case_id, "letter.issued") == [{"kind": "notice", "number": letter.number}]


def test_a_letter_after_the_code_cites_the_code_though_the_case_is_older(office: Office) -> None:
    case_id = office.open()
    office.wait(days=200)
    word, _ = opened(office, issue(office, case_id, "overdue_order", deadline="report"))
    assert "生态环境法典" in text_of(word)
    assert office.case(case_id).legal_basis == "law-2012"


def test_every_kind_of_letter_opens_and_takes_hostile_text_as_text(office: Office) -> None:
    case_id = office.open()
    kinds = sorted(kind for kind, one in letters.wordings().items() if one.scope == "case")
    assert len(kinds) > 20
    for kind in kinds:
        _opens_with_hostile_text(office, case_id, kind)


def _opens_with_hostile_text(office: Office, case_id: str, kind: str) -> None:
    names = ("reason", "facts", "requirements", "opinion", "note", "required_supplements")
    letter_id = issue(
        office, case_id, kind, kind, **dict.fromkeys(names, HOSTILE), score=69.9, band="again", vetoes=["V1"]
    )
    word, pdf = opened(office, letter_id)
    text = text_of(word)
    assert letters.KINDS[kind][0] in text, kind
    assert "49" not in text, kind
    assert pdf.startswith(b"%PDF-"), kind
    if kind in {"removal", "deferral", "supplement", "evaluation_opinion", "acceptance_opinion"}:
        assert "{{7*7}} {% for x in y %} {case_no} {0.__class__} <w:t>&amp; #eval(1+1) $x$ \\u{41}" in text


def test_a_score_is_never_rounded_into_another_band(office: Office) -> None:
    case_id = office.open()
    for score in (69.9999, 70, 90.0001, 59.96, 82.5):
        made = issue(office, case_id, "evaluation_opinion", str(score), score=score, band="again", opinion="x")
        assert f"专家组评分：{score} 分" in text_of(opened(office, made)[0])


def test_the_same_occasion_gives_the_same_letter(office: Office) -> None:
    case_id = office.open()
    assert issue(office, case_id, "filing") == issue(office, case_id, "filing")
    assert issue(office, case_id, "filing", key="other") != issue(office, case_id, "filing")
    with office.looking() as session:
        assert len(letters.for_case(session, case_id)) == 3
    with pytest.raises(Invalid):
        issue(office, case_id, "love_letter")


@pytest.mark.database
def test_numbers_are_unique_for_issuer_and_year_also_at_the_same_time(office: Office) -> None:
    case_id = office.open()
    with ThreadPoolExecutor(50) as pool:
        made = list(pool.map(lambda key: _issued(office, case_id, key), range(50)))
    with office.looking() as session:
        numbers = [session.get_one(Letter, one).number for one in made]
    assert sorted(numbers) == sorted(f"兰州环清〔2026〕{place}号" for place in range(2, 52))


def test_a_void_letter_keeps_its_number_and_says_so_to_anybody(office: Office) -> None:
    case_id = office.open()
    with office.looking() as session:
        notice = letters.for_case(session, case_id)[0]
    for who in ("wang", "meng"):
        with office.as_(who) as (session, actor), pytest.raises((NotAllowed, NotFound)):
            letters.revoke(session, actor, notice.id, reason="文号有误", now=office.now)
    with office.as_("li") as (session, actor):
        with pytest.raises(Invalid):
            letters.revoke(session, actor, notice.id, reason=" ", now=office.now)
        letters.revoke(session, actor, notice.id, reason="文号有误", now=office.now)
    with office.as_("li") as (session, actor), pytest.raises(Conflict, match="letter_is_revoked"):
        letters.revoke(session, actor, notice.id, reason="又一次", now=office.now)
    with office.looking() as session:
        public = letters.by_code(session, notice.code)
        assert public is not None
        assert public.status == "revoked"
    told = office.told(case_id, "letter.revoked")
    assert [(one["number"], one["reason"]) for one in told] == [(notice.number, "文号有误")]
    again = issue(office, case_id, "filing")
    with office.looking() as session:
        assert session.get_one(Letter, again).number != notice.number


def _issued(office: Office, case_id: str, key: int) -> str:
    """Issue in a thread of its own, again when somebody else was writing, as the worker does."""
    for _ in range(600):
        try:
            with office.sessions.begin() as session:
                case = session.get_one(Case, case_id)
                made = letters.issue(session, office.app, case, kind="filing", data={}, key=f"{key}", now=office.now)
                return made.id
        except (OperationalError, Conflict):
            continue
    raise AssertionError("never got through")


def test_each_issuer_counts_for_itself_and_each_year_anew(office: Office) -> None:
    bakery, steel = office.open(), office.open("steelworks", batch=2)
    assert [first(office, one).number for one in (bakery, steel)] == ["兰州环清〔2026〕1号", "甘肃环清〔2026〕1号"]
    office.wait(days=330)
    letter_id = issue(office, bakery, "filing")
    with office.looking() as session:
        assert session.get_one(Letter, letter_id).number == "兰州环清〔2027〕1号"


def test_a_namesake_of_an_issuer_passes_over_the_numbers_that_are_taken(office: Office) -> None:
    case_id = office.open()
    with office.as_("li") as (session, _actor):
        twin = Organisation(
            id="twin", kind="bureau", name="兰州市环境局", name_en="", region_code="620100", staff_role="city_bureau"
        )
        session.add(twin)
        session.flush()
        case = session.get_one(Case, case_id)
        case.competent_id = "twin"
    letter_id = issue(office, case_id, "filing")
    with office.looking() as session:
        assert session.get_one(Letter, letter_id).number == "兰州环清〔2026〕2号"


# ---- anybody may check one


def test_the_code_of_a_letter_tells_anybody_what_it_is(office: Office) -> None:
    case_id = office.open()
    letter = first(office, case_id)
    with office.looking() as session:
        public = letters.by_code(session, letter.code)
        assert public is not None
        assert (public.number, public.addressee, public.issuer) == (
            letter.number,
            "黄河食品有限公司",
            "兰州市生态环境局",
        )
        assert (public.status, public.issued_on, len(public.sha256)) == ("valid", date(2026, 3, 2), 64)
        assert letters.by_code(session, "nothing") is None
        assert letters.by_code(session, "") is None


def test_the_code_is_in_the_letter_as_a_picture(office: Office) -> None:
    word, _ = opened(office, first(office, office.open()).id)
    assert any(part.partname.endswith(".png") for part in _parts(word))


def _parts(word: bytes) -> Iterator[docx.opc.part.Part]:
    yield from docx.Document(io.BytesIO(word)).part.package.iter_parts()


# ---- service


@pytest.mark.database
def test_confirming_the_notice_writes_the_receipt_of_service(office: Office) -> None:
    case_id = office.open()
    office.wait(days=2)
    office.do(office.task(case_id, "confirm_notice_receipt"), received_on="2026-03-04", receiver="王工")
    letter = first(office, case_id)
    assert (letter.served_by, letter.served_on, letter.signer) == ("online", date(2026, 3, 4), "王工")
    assert office.told(case_id, "letter.served")[0]["served_on"] == "2026-03-04"
    assert office.deadline(case_id, "disclosure").trigger_on == date(2026, 3, 2)  # the clock runs from publication


def test_an_unconfirmed_notice_is_served_by_the_bureau(office: Office) -> None:
    case_id = office.open()
    office.wait(days=16)
    office.do(
        office.task(case_id, "record_service"),
        method="mail",
        served_on="2026-03-17",
        signer="门卫",
        tracking_no="EMS20260317",
    )
    letter = first(office, case_id)
    assert (letter.served_by, letter.served_on, letter.signer) == ("mail", date(2026, 3, 17), "门卫")
    assert letter.served_by in letters.METHODS
    assert office.incidents() == []


def test_a_receipt_of_service_is_written_once_by_who_may(office: Office) -> None:
    case_id = office.open()
    letter_id = issue(office, case_id, "filing")
    asked = {"method": "direct", "served_on": date(2026, 3, 2), "signer": "王工"}
    for username, error in (("wang", NotAllowed), ("chen", NotFound), ("gao", NotFound)):
        with office.as_(username) as (session, actor), pytest.raises(error):
            letters.record_service(session, actor, letter_id, **asked, now=office.now)
    for wrong in (
        {"method": "pigeon"},
        {"served_on": date(2026, 3, 1)},
        {"served_on": date(2026, 3, 3)},
        {"signer": " "},
    ):
        with office.as_("li") as (session, actor), pytest.raises(Invalid) as caught:
            letters.record_service(session, actor, letter_id, **(asked | wrong), now=office.now)
        assert set(caught.value.fields) == set(wrong)
    with office.as_("li") as (session, actor):
        letters.record_service(session, actor, letter_id, **asked, now=office.now)
    with office.as_("li") as (session, actor), pytest.raises(NotAllowed):
        letters.record_service(session, actor, letter_id, **asked, now=office.now)


def test_who_does_not_see_the_case_sees_no_letter(office: Office) -> None:
    letter_id = first(office, office.open()).id
    for username in ("chen", "gao", "kong", "zhao", "sun"):
        with office.as_(username) as (session, actor), pytest.raises(NotFound):
            letters.get(session, actor, letter_id)
    with office.as_("he") as (session, actor):
        assert letters.get(session, actor, letter_id).id == letter_id


def test_a_pdf_holds_its_own_chinese_font(office: Office) -> None:
    _, pdf = opened(office, first(office, office.open()).id)
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    assert any(len(_inflated(stream)) > 1000 for stream in streams)
    assert b"FontFile" in pdf or any(b"FontFile" in _inflated(stream) for stream in streams)


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def test_rendering_again_makes_no_second_file(office: Office) -> None:
    letter = first(office, office.open())
    letters.render_job(office.sessions, office.app, {"letter": letter.id}, lambda _a, _b: None, office.now)
    with office.looking() as session:
        again = session.scalars(select(Letter).where(Letter.id == letter.id)).one()
        assert (again.docx_id, again.pdf_id) == (letter.docx_id, letter.pdf_id)


# ---- rights


def days(office: Office, letter_id: str) -> dict[str, tuple[date | None, date | None]]:
    with office.looking() as session:
        found = letters.rights_of(session, session.get_one(Letter, letter_id))
        return {one.kind: (one.since, one.until) for one in found}


def serve(office: Office, letter_id: str, served_on: date) -> None:
    with office.as_("li") as (session, actor):
        letters.record_service(
            session, actor, letter_id, method="mail", served_on=served_on, signer="门卫", now=office.now
        )


@pytest.mark.parametrize(
    ("served_on", "reconsideration", "litigation"),
    [
        (date(2026, 3, 4), date(2026, 5, 6), date(2026, 9, 4)),  # 3 May lies in the holiday of Labour Day
        (date(2026, 3, 16), date(2026, 5, 15), date(2026, 9, 16)),
        (date(2026, 3, 31), date(2026, 6, 1), date(2026, 9, 30)),  # 30 May is a Saturday; September has no 31st
        (date(2026, 4, 2), date(2026, 6, 1), date(2026, 10, 8)),  # 2 October lies in the holiday of National Day
    ],
)
def test_the_rights_against_a_letter_run_from_its_service(
    office: Office, served_on: date, reconsideration: date, litigation: date
) -> None:
    case_id = office.open()
    letter_id = issue(office, case_id, "overdue_order", deadline="start")
    assert days(office, letter_id) == {"reconsideration": (None, None), "litigation": (None, None)}
    office.wait(days=45)
    serve(office, letter_id, served_on)
    assert days(office, letter_id) == {
        "reconsideration": (served_on, reconsideration),
        "litigation": (served_on, litigation),
    }


def test_a_corrected_service_moves_the_rights_with_one_event_and_a_void_letter_has_none(office: Office) -> None:
    case_id = office.open()
    letter_id = issue(office, case_id, "overdue_order", deadline="start")
    office.wait(days=45)
    right: dict[str, Any] = {
        "method": "mail",
        "served_on": date(2026, 3, 16),
        "signer": "门卫",
        "reason": "回执日期录错",
    }
    with office.as_("li") as (session, actor), pytest.raises(Conflict, match="letter_not_served"):
        letters.correct_service(session, actor, letter_id, **right, now=office.now)
    serve(office, letter_id, date(2026, 3, 4))
    with office.as_("wang") as (session, actor), pytest.raises(NotAllowed):
        letters.correct_service(session, actor, letter_id, **right, now=office.now)
    for wrong in ({"served_on": date(2026, 3, 1)}, {"served_on": date(2027, 3, 1)}, {"reason": " "}, {"signer": ""}):
        with office.as_("li") as (session, actor), pytest.raises(Invalid) as caught:
            letters.correct_service(session, actor, letter_id, **(right | wrong), now=office.now)
        assert set(caught.value.fields) == set(wrong)
    for _twice in range(2):
        with office.as_("li") as (session, actor):
            letters.correct_service(session, actor, letter_id, **right, now=office.now)
    assert days(office, letter_id)["reconsideration"] == (date(2026, 3, 16), date(2026, 5, 15))
    (told,) = office.told(case_id, "letter.service_corrected")
    assert (told["old"]["served_on"], told["new"]["served_on"], told["reason"]) == (
        "2026-03-04",
        "2026-03-16",
        "回执日期录错",
    )
    with office.as_("li") as (session, actor):
        letters.revoke(session, actor, letter_id, reason="文号有误", now=office.now)
    assert days(office, letter_id) == {}
    with office.as_("li") as (session, actor), pytest.raises(Conflict, match="letter_is_revoked"):
        letters.correct_service(session, actor, letter_id, **right, now=office.now)


def test_an_order_tells_the_rights_and_a_receipt_has_none(office: Office) -> None:
    case_id = office.open()
    word, _ = opened(office, issue(office, case_id, "overdue_order", deadline="start"))
    assert "自收到之日起60日内，依据《中华人民共和国行政复议法》" in text_of(word)
    assert "自收到之日起6个月内，依据《中华人民共和国行政诉讼法》" in text_of(word)
    with office.looking() as session:
        notice = next(one for one in letters.for_case(session, case_id) if one.kind == "notice")
    assert "如对本文书所列事项有异议，可自收到之日起向我单位书面提出" in text_of(opened(office, notice.id)[0])
    receipt = issue(office, case_id, "filing", key="receipt")
    assert days(office, receipt) == {}
    assert "行政复议" not in text_of(opened(office, receipt)[0])
    office.wait(days=2)
    serve(office, notice.id, date(2026, 3, 4))
    assert days(office, notice.id)["objection"] == (date(2026, 3, 4), None)


def test_the_law_on_rights_is_the_one_in_force_on_the_day_of_issue() -> None:
    kinds = ("reconsideration", "litigation")
    (before, _) = rights.in_force(kinds, date(2023, 12, 31))
    (after, _) = rights.in_force(kinds, date(2024, 1, 1))
    assert before["basis"] != after["basis"]
    assert rights.in_force(kinds, date(1999, 9, 30)) == []
