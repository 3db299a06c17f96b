"""How the option register is fed: by what is submitted, so that nothing is typed twice.

A later phase adds to what an earlier one said. Each time the register notes what changed, option by option: that is the
history of an option.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import cases, economics, indicators, notices, rounding
from audits.models import Case, Enterprise, Option, OptionEffect
from workflows.access import SYSTEM
from workflows.models import Submission

Json = Any
FORMS: Final = ("option_generation", "option_feasibility", "option_implementation")
EFFECTS: Final = (("option_generation", "planned"), ("option_implementation", "reported"))
"""Which form says which value of an option's effects."""
LARGEST: Final = Decimal(10) ** 14
NOTED: Final = (
    "name", "cost_class", "aspect", "owner", "workshop", "planned_start", "planned_end", "begun_on", "finished_on",
    "planned_investment", "actual_investment", "planned_benefit", "actual_benefit", "status", "reason",
)  # fmt: skip


def record(session: Session, case: Case, now: datetime) -> int:
    """Write the register from the last submission of each form, in the order of the phases; give its length.

    A repeat writes the same.
    """
    rows = {row.code: row for row in session.scalars(select(Option).where(Option.case_id == case.id))}
    before = {code: _noted(row) for code, row in rows.items()}
    answers = {form: _answers(session, case.id, form) for form in FORMS}
    for form in FORMS:
        for line in answers[form].get("options") or []:
            code = str(line.get("code") or "").strip()
            if code:
                row = rows.get(code) or Option(
                    case_id=case.id, code=code, name="", cost_class="", aspect="", detail={}, status="proposed"
                )
                rows[code] = row
                session.add(row)
                _WRITERS[form](row, line)
    session.flush()
    effects = _effects(session, rows, answers)
    _replacements(session, case, rows, answers["option_implementation"], now)
    _same(session, case, rows.values())
    session.flush()
    changes = _changes(before, rows, effects)
    cases.record(session, SYSTEM, case.id, "options.recorded", {"count": len(rows), "changes": changes}, now)
    return len(rows)


def _answers(session: Session, case_id: str, form: str) -> Mapping[str, Json]:
    found = session.scalar(
        select(Submission.answers)
        .where(Submission.instance_id == case_id, Submission.form == form)
        .order_by(Submission.submitted_at.desc())
        .limit(1)
    )
    return found or {}


def number(value: Json) -> Decimal | None:
    """Read a figure of an answer; None where there is none, which is not 0, or one that the register cannot hold."""
    read = None if value is None or value == "" else rounding.number(value)
    return read.quantize(Decimal("0.0001")) if read is not None and abs(read) < LARGEST else None


def _day(value: Json) -> date | None:
    return date.fromisoformat(value) if value else None


# ---- what each form says ---------------------------------------------------------------------------------------


def _name(row: Option, line: Mapping[str, Json]) -> None:
    row.name = str(line.get("name") or row.name)[:200]
    row.cost_class = str(line.get("option_class") or row.cost_class)


def _generated(row: Option, line: Mapping[str, Json]) -> None:
    _name(row, line)
    row.aspect = str(line.get("aspect") or "")
    row.description = str(line.get("description") or "")[:2000]
    row.owner, row.workshop = str(line.get("owner") or "")[:100], str(line.get("workshop") or "")[:200]
    row.planned_investment = number(line.get("investment"))
    row.planned_benefit = number(line.get("expected_benefit"))
    screening, progress = str(line.get("screening") or ""), str(line.get("progress") or "")
    row.status = progress if screening == "feasible" and progress else (screening or "proposed")
    row.reason = str(line.get("rejection") or "")[:1000]
    _schedule(row, line)


def _schedule(row: Option, line: Mapping[str, Json]) -> None:
    """Take over the planned days; another end is a new promise, of which nobody was warned yet."""
    row.planned_start = _day(line.get("planned_start")) or row.planned_start
    end = _day(line.get("planned_end")) or row.planned_end
    if end != row.planned_end:
        row.warned_on = None
    row.planned_end = end


def _studied(row: Option, line: Mapping[str, Json]) -> None:
    _name(row, line)
    row.owner = str(line.get("owner") or row.owner)[:100]
    row.planned_investment = _given(number(line.get("investment")), row.planned_investment)
    row.planned_benefit = _given(number(line.get("annual_saving")), row.planned_benefit)
    row.status = "planned" if line.get("recommended") == "yes" else "rejected"
    keep = (*economics.FIGURES, "economic_ok", "override_reason")
    row.detail = {**row.detail, **{key: line[key] for key in keep if line.get(key) is not None}}


def _given(new: Decimal | None, old: Any) -> Any:
    return old if new is None else new


def _implemented(row: Option, line: Mapping[str, Json]) -> None:
    _name(row, line)
    row.aspect = row.aspect or str(line.get("aspect") or "")
    row.owner = str(line.get("owner") or row.owner)[:100]
    row.planned_investment = _given(row.planned_investment, number(line.get("investment_planned")))
    row.planned_benefit = _given(row.planned_benefit, number(line.get("benefit_planned")))
    row.actual_investment = number(line.get("investment_actual"))
    row.actual_benefit = number(line.get("benefit_actual"))
    row.status = str(line.get("progress") or row.status)
    row.begun_on, row.finished_on = _day(line.get("begun_on")), _day(line.get("finished_on"))
    row.reason = str(line.get("undone_reason") or "")[:1000]
    _schedule(row, line)
    evidence = [one for one in line.get("evidence") or [] if isinstance(one, Mapping)]
    row.detail = {**row.detail, "effect": line.get("effect"), "evidence": evidence}


_WRITERS: Final = {
    "option_generation": _generated,
    "option_feasibility": _studied,
    "option_implementation": _implemented,
}


# ---- effects, replacement, the same measure --------------------------------------------------------------------


def _effects(
    session: Session, rows: Mapping[str, Option], answers: Mapping[str, Mapping[str, Json]]
) -> dict[str, dict[str, Json]]:
    """Write what each option saves; give the changes by code."""
    ids = {row.id: code for code, row in rows.items()}
    stored = session.scalars(select(OptionEffect).where(OptionEffect.option_id.in_(ids)))
    known = {(one.option_id, one.indicator): one for one in stored}
    changes: dict[str, dict[str, Json]] = {}
    for form, field in EFFECTS:
        said = _said(rows, answers[form].get("effects") or [], field)
        for key in {*said, *known}:
            effect = known.get(key)
            if effect is None:
                effect = known[key] = OptionEffect(option_id=key[0], indicator=key[1])
                session.add(effect)
            old, new = getattr(effect, field), said.get(key)
            if old != new:
                changes.setdefault(ids[key[0]], {})[f"{field}:{key[1]}"] = [_written(old), _written(new)]
                setattr(effect, field, new)
    return changes


def _said(
    rows: Mapping[str, Option], lines: Iterable[Mapping[str, Json]], field: str
) -> dict[tuple[str, str], Decimal | None]:
    found: dict[tuple[str, str], Decimal | None] = {}
    for line in lines:
        row, indicator = rows.get(str(line.get("code") or "").strip()), str(line.get("indicator") or "")
        if row is not None and indicator in indicators.known():
            found[row.id, indicator] = number(line.get(field))
    return found


def _replacements(
    session: Session, case: Case, rows: Mapping[str, Option], answers: Mapping[str, Json], now: datetime
) -> None:
    """Link each replaced option to what stands in for it, whose review is due: the panel has never seen it."""
    for line in answers.get("options") or []:
        row = rows.get(str(line.get("code") or "").strip())
        other = rows.get(str(line.get("replaced_by") or "").strip())
        if row is None:
            continue
        row.replaced_by_id = other.id if other is not None and other is not row else None
        if other is not None and other is not row and not other.review:
            other.review = "due"
            notices.send(
                session,
                key=f"option_review:{other.id}",
                organisation_id=case.competent_id,
                instance_id=case.id,
                kind="option_review",
                values={
                    "subject": session.get_one(Enterprise, case.enterprise_id).name,
                    "old": row.code,
                    "new": other.code,
                },
                now=now,
            )


def _same(session: Session, case: Case, rows: Iterable[Option]) -> None:
    """Mark what an earlier case of the chain has already: the same measure counts once, where it was said last."""
    earlier: dict[str, str] = {}
    parent_id = case.parent_id
    while parent_id is not None:
        parent = session.get_one(Case, parent_id)
        for old in session.scalars(select(Option).where(Option.case_id == parent.id)):
            earlier.setdefault(_plain(old.name), old.id)
        parent_id = parent.parent_id
    for row in rows:
        row.same_as_id = earlier.get(_plain(row.name))


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()


# ---- what changed ----------------------------------------------------------------------------------------------


def _written(value: Any) -> Json:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else value


def _noted(row: Option) -> dict[str, Json]:
    return {name: _written(getattr(row, name)) for name in NOTED}


def _changes(
    before: Mapping[str, Mapping[str, Json]], rows: Mapping[str, Option], effects: Mapping[str, Mapping[str, Json]]
) -> dict[str, dict[str, Json]]:
    """Give old and new of each field that changed, by code; a new option's empty fields are left out."""
    found: dict[str, dict[str, Json]] = {}
    for code, row in sorted(rows.items()):
        old, new = before.get(code, {}), _noted(row)
        changed = {name: [old.get(name), new[name]] for name in NOTED if (old.get(name) or None) != (new[name] or None)}
        changed |= effects.get(code, {})
        if changed:
            found[code] = changed
    return found
