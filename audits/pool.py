"""Who of the pool may be drawn or named for a case, and who may not, each with every reason."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from audits import conflicts, expert_record, panel_rules
from audits.conflicts import Parties, Tie
from audits.lottery import Candidate
from audits.models import Case, Enterprise, Expert, ExpertAbsence, Panel, PanelDraw, PanelMember, PanelSeat
from audits.panel_rules import Rule
from workflows.models import Instance, Person, Region
from workflows.trail import canonical

SOFT: Final = frozenset({"outside", "away", "cap", "cooling_off"})
"""Reasons that keep an expert out of the draw; an officer who names experts may set them aside with a reason."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An expert before a case. ``reasons`` (none: may be drawn) are codes; ``ties`` are the conflicts among them."""

    expert: Expert
    person: Person
    leads: bool
    reasons: tuple[str, ...]
    ties: tuple[Tie, ...]

    @property
    def label(self) -> str:
        """Name the expert in a list of choices."""
        return f"{self.person.name}（{self.expert.employer}，{self.expert.title}）"

    @property
    def candidate(self) -> Candidate:
        """Give the expert as the draw knows them."""
        return Candidate(self.expert.id, frozenset(self.expert.fields), self.leads)

    def facts(self) -> dict[str, Any]:
        """Write the expert into the pool of a record; the hash stands for what the register said of them."""
        one = self.expert
        register = {
            "employer": one.employer, "title": one.title, "fields": sorted(one.fields), "region": one.region_code,
            "valid_until": one.valid_until.isoformat(),
        }  # fmt: skip
        return {
            "id": one.id,
            "name": self.person.name,
            "fields": sorted(one.fields),
            "leads": self.leads,
            "register_sha256": hashlib.sha256(canonical(register)).hexdigest(),
        }

    def excluded(self) -> dict[str, Any]:
        """Write why the expert was left out; of kinship only that there is some."""
        ties = [one.facts() if one.kind != "kin" else {"kind": "kin", "part": one.part} for one in self.ties]
        return {"id": self.expert.id, "name": self.person.name, "reasons": list(self.reasons), "ties": ties}


@dataclass(frozen=True, slots=True)
class Pool:
    """The pool before a case on a day, under a rule, in the order of names."""

    rule: Rule
    parties: Parties
    experts: tuple[Standing, ...]

    @property
    def eligible(self) -> tuple[Standing, ...]:
        """Give those who may be drawn."""
        return tuple(one for one in self.experts if not one.reasons)

    @property
    def excluded(self) -> tuple[Standing, ...]:
        """Give those who may not."""
        return tuple(one for one in self.experts if one.reasons)

    @property
    def nameable(self) -> tuple[Standing, ...]:
        """Give those who may at least be named with a reason."""
        return tuple(one for one in self.experts if SOFT.issuperset(one.reasons))


def rule_of(session: Session, case: Case, gate: str, today: date) -> Rule:
    """Give the rule by which a gate's panel is formed: of the region, as it counts under the procedure of the case."""
    scale = session.get_one(Enterprise, case.enterprise_id).scale
    procedure = (session.get_one(Instance, case.id).variables or {}).get("procedure") or {}
    review = str(procedure.get("review") or "")
    rule = panel_rules.applicable(
        gate=gate, region_path=case.region_path, scale=scale, day=today, review=review
    )  # fmt: skip
    return panel_rules.under(rule, procedure)


def look(session: Session, case: Case, gate: str, today: date, meeting_on: date | None = None) -> Pool:
    """Judge everybody of the pool before a case. The meeting's day (today's where none is set) decides who is free."""
    rule = rule_of(session, case, gate, today)
    day = meeting_on or today
    query = (
        select(Expert, Person, Region.path)
        .join(Person, Person.id == Expert.id)
        .join(Region, Region.code == Expert.region_code)
        .where(Expert.status != "dismissed")
        .order_by(Person.name, Person.id)
    )
    found_rows = session.execute(query).all()
    rows = [(expert, person) for expert, person, _path in found_rows]
    home = _province(case.region_path) if rule.scope == "province" else "/"
    outside = {expert.id for expert, _person, path in found_rows if not path.startswith(home)}
    looked_at, ties = conflicts.of_experts(session, case, rows, today, rule.lookback_years)
    away = set(session.scalars(_away(day)))
    load = monthly_load(session, day, without=case.id)
    resting = _resting(session, case, rule, today)
    recused = _recused(session, case)
    marked = expert_record.barred(session, [(expert, path) for expert, _person, path in found_rows], today)
    found = []
    for expert, person in rows:
        cap = min(rule.monthly_cap, expert.monthly_cap if expert.monthly_cap is not None else rule.monthly_cap)
        checks = {
            "suspended": expert.status != "active" or not person.active,
            "expired": expert.valid_until < today,
            "outside": expert.id in outside,
            "away": expert.id in away,
            "cap": load[expert.id] >= cap,
            "cooling_off": expert.id in resting,
            "recused": expert.id in recused,
            "record": expert.id in marked,
        }
        own = tuple(ties.get(expert.id, ()))
        reasons = tuple(key for key, holds in checks.items() if holds) + tuple(dict.fromkeys(one.kind for one in own))
        found.append(Standing(expert, person, rule.leads(expert.title), reasons, own))
    return Pool(rule, looked_at, tuple(found))


def _recused(session: Session, case: Case) -> set[str]:
    """Give who has declared an interest in a case before, at whatever gate."""
    invited = select(PanelSeat.expert_id).join(PanelDraw, PanelDraw.id == PanelSeat.draw_id)
    sat = select(PanelMember.expert_id).join(Panel, Panel.id == PanelMember.panel_id)
    return {
        *session.scalars(invited.where(PanelDraw.case_id == case.id, PanelSeat.status == "recused")),
        *session.scalars(sat.where(Panel.case_id == case.id, PanelMember.left_as == "recused")),
    }


def _province(path: str) -> str:
    parts = [part for part in path.split("/") if part]
    return f"/{parts[0]}/" if parts else "/"


def _away(day: date) -> Any:
    return select(ExpertAbsence.expert_id).where(
        ExpertAbsence.since <= day, ExpertAbsence.until >= day, ExpertAbsence.removed_at.is_(None)
    )


def monthly_load(session: Session, day: date, *, without: str = "") -> Counter[str]:
    """Count the panels of each expert in the month of a day, invitations that stand among them."""
    first = day.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    sat = (
        select(PanelMember.expert_id, Panel.case_id)
        .join(Panel, Panel.id == PanelMember.panel_id)
        .where(Panel.meeting_on >= first, Panel.meeting_on < after)
    )
    asked = (
        select(PanelSeat.expert_id, PanelDraw.case_id)
        .join(PanelDraw, PanelDraw.id == PanelSeat.draw_id)
        .where(
            PanelDraw.meeting_on >= first,
            PanelDraw.meeting_on < after,
            or_(PanelSeat.status == "invited", PanelSeat.status == "accepted"),
        )
    )
    pairs = {tuple(row) for query in (sat, asked) for row in session.execute(query)}
    return Counter(expert for expert, case in pairs if case != without)


def _resting(session: Session, case: Case, rule: Rule, today: date) -> set[str]:
    if not rule.cooling_off_months:
        return set()
    months = today.year * 12 + today.month - 1 - rule.cooling_off_months
    first = date(months // 12, months % 12 + 1, min(today.day, 28))
    query = (
        select(PanelMember.expert_id)
        .join(Panel, Panel.id == PanelMember.panel_id)
        .join(Case, Case.id == Panel.case_id)
        .where(Case.enterprise_id == case.enterprise_id, Case.id != case.id, Panel.meeting_on >= first)
    )
    return set(session.scalars(query))


def choices(rows: Iterable[Standing]) -> list[dict[str, str]]:
    """Give experts as options of a form."""
    return [{"value": one.expert.id, "label": one.label} for one in rows]
