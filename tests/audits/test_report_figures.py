"""A report says the figures of the pages: the register's effects, levels, economics, energy, balances; and no secret of them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from audits import assessments, calculations, indicators, options
from audits.reports.assemble import assemble
from audits.reports.material import Material, gather
from audits.reports.outline import outlines
from audits.reports.redact import places, redact
from audits.reports.sheets import HIDDEN, written
from tests.audits.office import Office, application
from tests.audits.pdf import words_of
from tests.audits.test_assessments import save, system_of, values_of
from tests.audits.test_reports import blocks, made, mark, opened, write
from workflows.db import make_engine, make_sessions
from workflows.models import Task
from workflows.settings import Settings


@pytest.fixture(scope="module")
def sqlite_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Play a case up to its acceptance once; every test of this file on SQLite gets a copy of it."""
    path = tmp_path_factory.mktemp("figures") / "world.db"
    shutil.copyfile(sqlite_template, path)
    settings = Settings(database_url=f"sqlite:///{path}", secret_key="only-for-tests", fast_and_unsafe=True)
    engine = make_engine(settings)
    played(Office(make_sessions(engine), application(settings)))
    engine.dispose()
    return path


def played(office: Office) -> str:
    """Give a case whose options are done."""
    case_id = office.open()
    office.until(case_id, "apply_for_acceptance", start_filing={"mode": "self"})
    return case_id


@pytest.fixture
def done(office: Office) -> str:
    """Give the case that applies for its acceptance."""
    with office.looking() as session:
        query = select(Task.instance_id).where(Task.element == "apply_for_acceptance", Task.status == "open")
        found = session.scalar(query)
    return found or played(office)


def material_of(office: Office, case_id: str, kind: str = "audit") -> Material:
    """Gather what a report is made of."""
    with office.looking() as session:
        return gather(session, office.case(case_id), outlines()[kind])


def tables(material: Material, kind: str = "audit") -> dict[str, dict[str, Any]]:
    """Give the tables of a report by caption."""
    return {one["caption"]: one for one in blocks(assemble(material, outlines()[kind], after=True), "table")}


def shown(value: Any) -> str:
    """Write a figure as a report does."""
    return written(Decimal(str(value))) if value is not None else "—"


@pytest.mark.parametrize(("kind", "caption"), [("audit", "已完成方案实际效果表"), ("acceptance", "方案环境效果表")])
def test_the_tables_of_effects_are_the_rows_of_the_register(office: Office, done: str, kind: str, caption: str) -> None:
    with office.sessions.begin() as session:
        row = next(one for one in options.of_case(session, done) if one.status == "done")
        effect = next(iter(options.effects_of(session, [row.id])[row.id].values()))
        effect.verified = Decimal("7.25")
        code, name = row.code, indicators.known()[effect.indicator].zh
        planned, reported = effect.planned, effect.reported
    found = tables(material_of(office, done, kind), kind)[caption]
    assert found["head"][-3:] == ["预计", "自报", "核定"]
    line = next(line for line in found["rows"] if line[0] == code and line[2] == name)
    assert line[-3:] == [shown(planned), shown(reported), "7.25"]
    with office.looking() as session:
        sums = options.totals(session, done).effects
    told = tables(material_of(office, done, kind), kind)["方案效果汇总表"]
    expected = [
        [indicators.known()[key].zh, *(shown(value) for value in values)]
        for key, values in sums.items()
        if any(value is not None for value in values)
    ]
    assert [[line[0], *line[2:]] for line in told["rows"]] == expected


def test_economics_energy_and_balances_are_those_of_the_page(office: Office, done: str) -> None:
    with office.looking() as session:
        pages = calculations.of_case(session, office.actor(session, "wang"), done)
    found = tables(material_of(office, done))
    money = [one for one in pages if one.kind == "economics"]
    assert money
    for at, sheet in enumerate(money):
        column = [line[2 + at].partition("（")[0] for line in found["经济评估计算表"]["rows"]]
        assert column == [shown(one.result) for one in sheet.figures]
    years = [one for one in pages if one.kind == "energy"]
    told = found["近三年综合能耗与碳排放折算表"]["rows"]
    for at, sheet in enumerate(years):
        for one in sheet.figures:
            assert any(line[0].startswith(one.name[0]) and line[2 + at] == shown(one.result) for line in told)
    balanced = [one for one in pages if one.kind == "balance"]
    for sheet in balanced:
        name = sheet.title[0].partition("：")[2]
        table = next(one for caption, one in found.items() if caption.startswith(f"{name}（单位"))
        feet = {line[0].partition("（")[0]: line[-1] for line in table["rows"]}
        for one in sheet.figures:
            assert feet[one.name[0]].partition("（")[0] == shown(one.result)


def test_the_level_stands_as_it_is_stated_with_its_indicators(office: Office, done: str) -> None:
    assert "审核前清洁生产水平评价表" not in tables(material_of(office, done))
    system = system_of(office)
    version = save(office, done, values_of(system))
    with office.as_("wang") as (session, actor):
        assessments.state(session, actor, done, "before", version=version, now=office.now)
    material = material_of(office, done)
    found = tables(material)
    assert found["审核前清洁生产水平评价表"]["rows"][1] == ["清洁生产水平", "国际清洁生产领先水平"]
    lines = next(one for caption, one in found.items() if caption.startswith("审核前清洁生产水平评价表（各项指标"))
    assert len(lines["rows"]) == len(list(assessments.indicators(system.content)))
    assert "level:before" in places(material)
    hidden = tables(redact(material, ["level:before"]))
    assert hidden["审核前清洁生产水平评价表"] == found["审核前清洁生产水平评价表"], "the level itself is no secret"
    for caption, one in hidden.items():
        if "各项指标" in caption:
            assert {line[2] for line in one["rows"]} == {HIDDEN}
        if "（判定）" in caption:
            assert {line[1] for line in one["rows"]} == {HIDDEN}


def test_a_secret_is_not_told_by_what_is_computed_from_it(office: Office, done: str) -> None:
    material = material_of(office, done)
    first = material.answers["option_feasibility"]["options"][0]
    assert first["annual_saving"]
    secret = [
        "column:option_feasibility.options.annual_saving",
        "column:option_generation.effects.planned",
        "column:pre_audit_survey.years.electricity",
    ]
    found = tables(redact(material, secret))
    assert "经济评估计算表" not in found, "nothing is left to compute"
    assert {line[-1] for line in found["方案预期环境效果表"]["rows"]} == {HIDDEN}
    assert {line[2] for line in found["清洁生产绩效表"]["rows"] if line[2] != "—"} == {HIDDEN}
    energy = found["近三年综合能耗与碳排放折算表"]["rows"]
    assert {cell for line in energy if line[0].startswith(("折标煤", "二氧化碳")) for cell in line[2:]} == {HIDDEN}
    hidden = redact(replace(material, register=()), secret)
    assert hidden.register == ()


def test_the_text_layer_of_a_public_pdf_holds_no_secret(office: Office, done: str) -> None:
    secret = "独家络合剂配方甲七"
    write(office, done, "foreword", f"本轮审核使用{secret}。")
    write(office, done, "market", secret)
    material = material_of(office, done)
    figure = shown(material.answers["pre_audit_survey"]["years"][0]["output"])
    mark(office, done, "text:market", "column:pre_audit_survey.years.output")
    number = made(office, done)
    whole, public = (opened(office, done, number, name) for name in ("pdf", "public_pdf"))
    assert secret not in words_of(public)
    assert secret.encode() not in public
    assert secret.encode("utf-16-be") not in public
    assert secret in words_of(whole)
    assert figure in words_of(whole)
    assert figure not in words_of(public)
    assert "商业秘密" in words_of(public)
