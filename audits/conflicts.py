"""Recusal (回避): which relations tie an expert to the parties of a case, found from the register and from other cases.

Looked at: the enterprise under every name it had, what it came from and what came from it (renamed, merged, split),
the consultancies that were ever engaged in the case, those that these enterprises engaged in other cases within the
years of the rule, and the people named in the case. On the expert's side: the present employer, recorded relations,
memberships in organisations, and the own name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import calendars
from audits.models import Case, Enterprise, Expert, ExpertRelation, Succession
from workflows.models import Membership, Organisation, Party, Person, Submission

KINDS: Final[dict[str, tuple[str, str]]] = {
    "employment": ("任职", "Employment"),
    "contract": ("咨询合同", "Advice under contract"),
    "kin": ("亲属", "Kinship"),
    "shares": ("持股", "Shares"),
}
"""What may be recorded; ``named`` is found besides: the expert stands among the people of the case."""


@dataclass(frozen=True, slots=True)
class Company:
    """A company with a part in the case. ``part``: enterprise, kindred (of it), consultancy, former_consultancy (of ``case``)."""

    name: str
    part: str
    case: str = ""


@dataclass(frozen=True, slots=True)
class Parties:
    """Whom experts must have no tie to: companies by plain name, and the people of the case by plain name."""

    companies: Mapping[str, Company]
    people: Mapping[str, str]

    def facts(self) -> dict[str, Any]:
        """Write what was looked at into a record."""
        companies = [{"name": one.name, "part": one.part, "case": one.case} for one in self.companies.values()]
        return {"companies": companies, "people": len(self.people)}


@dataclass(frozen=True, slots=True)
class Tie:
    """A tie that bars an expert. ``source``: register, employer, membership, case."""

    kind: str
    name: str
    part: str
    source: str
    since: date | None = None
    until: date | None = None
    case: str = ""

    def facts(self) -> dict[str, Any]:
        """Write the tie into a record."""
        found = {"kind": self.kind, "name": self.name, "part": self.part, "source": self.source}
        if self.case:
            found["case"] = self.case
        dates = {"since": self.since, "until": self.until}
        return found | {key: day.isoformat() for key, day in dates.items() if day}


def plain(name: str) -> str:
    """Give a name as it is compared: without spaces, in one case, brackets of one width."""
    return "".join(name.split()).casefold().replace("（", "(").replace("）", ")")


def years_before(day: date, years: int) -> date:
    """Give the corresponding day some years earlier, the last of February where there is none."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


# ---- whom to look at -------------------------------------------------------------------------------------------


def parties(session: Session, case: Case, today: date, years: int) -> Parties:
    """Collect the companies and the people of a case; consultancies of other cases within ``years`` count too."""
    enterprise = session.get_one(Enterprise, case.enterprise_id)
    companies: dict[str, Company] = {}
    for name in (enterprise.name, *enterprise.former_names):
        companies[plain(name)] = Company(name, "enterprise")
    kindred = _kindred(session, enterprise.id)
    for name in _names_of(session, enterprise.id, kindred):
        companies.setdefault(plain(name), Company(name, "kindred"))
    for name in _engaged(session, case):
        companies.setdefault(plain(name), Company(name, "consultancy"))
    for name, number in _engaged_before(session, case, kindred, years_before(today, years)):
        companies.setdefault(plain(name), Company(name, "former_consultancy", number))
    return Parties(companies, _people(session, case, enterprise))


def _engaged(session: Session, case: Case) -> list[str]:
    engaged = select(Party.organisation_id).where(Party.instance_id == case.id, Party.role == "consultancy")
    return list(session.scalars(select(Organisation.name).where(Organisation.id.in_(engaged))))


def _kindred(session: Session, enterprise_id: str) -> frozenset[str]:
    """Give the enterprises that an enterprise came from, however long ago, and those that came from it."""
    found: set[str] = set()
    for one, other in (
        (Succession.enterprise_id, Succession.successor_id),
        (Succession.successor_id, Succession.enterprise_id),
    ):
        line, more = {enterprise_id}, {enterprise_id}
        while more:
            more = set(session.scalars(select(other).where(one.in_(more)))) - line
            line |= more
        found |= line
    return frozenset(found - {enterprise_id})


def _names_of(session: Session, enterprise_id: str, kindred: frozenset[str]) -> list[str]:
    """Give every name that an enterprise and its kindred had, as the register and the changes themselves say."""
    found = []
    for row in session.scalars(select(Enterprise).where(Enterprise.id.in_(kindred)).order_by(Enterprise.id)):
        found += [row.name, *row.former_names]
    changes = select(Succession).where(Succession.enterprise_id.in_({enterprise_id, *kindred}))
    for change in session.scalars(changes.order_by(Succession.on, Succession.id)):
        found.append(change.old_name)
    return found


def _engaged_before(session: Session, case: Case, kindred: frozenset[str], first: date) -> list[tuple[str, str]]:
    query = (
        select(Organisation.name, Case.number, Party.until)
        .join(Party, Party.organisation_id == Organisation.id)
        .join(Case, Case.id == Party.instance_id)
        .where(Case.enterprise_id.in_({case.enterprise_id, *kindred}), Case.id != case.id, Party.role == "consultancy")
        .order_by(Case.number)
    )
    found = []
    for name, number, until in session.execute(query):
        if until is None or calendars.local_day(until) >= first:
            found.append((name, number))
    return found


def _people(session: Session, case: Case, enterprise: Enterprise) -> dict[str, str]:
    """Give the people of the case: who represents the enterprise, who works for the parties, who is in the team."""
    found = {plain(name): "enterprise" for name in (enterprise.legal_representative, enterprise.contact_name) if name}
    engaged = select(Party.organisation_id).where(
        Party.instance_id == case.id, Party.role.in_(("enterprise", "consultancy"))
    )
    query = (
        select(Person.name)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id.in_(engaged), Membership.until.is_(None))
    )
    found |= {plain(name): "staff" for name in session.scalars(query)}
    teams = select(Submission.answers).where(
        Submission.instance_id == case.id, Submission.form.in_(("audit_preparation", "start_filing"))
    )
    for answers in session.scalars(teams):
        found |= {plain(str(row["member"])): "team" for row in answers.get("team") or () if row.get("member")}
    return found


# ---- what ties an expert ---------------------------------------------------------------------------------------


def of_experts(
    session: Session, case: Case, experts: Iterable[tuple[Expert, Person]], today: date, years: Mapping[str, int | None]
) -> tuple[Parties, dict[str, list[Tie]]]:
    """Find the ties of experts to a case: the parties looked at, and by expert what bars them (none: absent).

    ``years`` says by kind how long a relation bars after its end; None means for good.
    """
    looked_at = parties(session, case, today, years.get("contract") or 0)
    rows = list(experts)
    ids = [expert.id for expert, _person in rows]
    recorded = _recorded(session, ids)
    memberships = _memberships(session, ids)
    found: dict[str, list[Tie]] = {}
    for expert, person in rows:
        ties = [
            *_employer(expert, looked_at),
            *_of_register(recorded[expert.id], looked_at, today, years),
            *_of_memberships(memberships[expert.id], looked_at, today, years),
            *_by_name(person, looked_at),
        ]
        if ties:
            found[expert.id] = ties
    return looked_at, found


def _recorded(session: Session, ids: list[str]) -> dict[str, list[ExpertRelation]]:
    found: dict[str, list[ExpertRelation]] = defaultdict(list)
    query = select(ExpertRelation).where(ExpertRelation.expert_id.in_(ids), ExpertRelation.ended_at.is_(None))
    for row in session.scalars(query.order_by(ExpertRelation.recorded_at)):
        found[row.expert_id].append(row)
    return found


def _memberships(session: Session, ids: list[str]) -> dict[str, list[tuple[str, date, date | None]]]:
    found: dict[str, list[tuple[str, date, date | None]]] = defaultdict(list)
    query = (
        select(Membership, Organisation.name)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id.in_(ids), Membership.role != "expert")
    )
    for row, name in session.execute(query):
        until = calendars.local_day(row.until) if row.until else None
        found[row.person_id].append((name, calendars.local_day(row.since), until))
    return found


def _tie(kind: str, company: Company, source: str, since: date | None, until: date | None) -> Tie:
    advised = company.part == "former_consultancy"
    return Tie("contract" if advised else kind, company.name, company.part, source, since, until, company.case)


def _employer(expert: Expert, looked_at: Parties) -> list[Tie]:
    company = looked_at.companies.get(plain(expert.employer))
    return [_tie("employment", company, "employer", None, None)] if company else []


def _of_register(
    rows: list[ExpertRelation], looked_at: Parties, today: date, years: Mapping[str, int | None]
) -> list[Tie]:
    found = []
    for row in rows:
        if not _counts(row.kind, row.until, today, years):
            continue
        company = looked_at.companies.get(plain(row.company)) if row.company else None
        if company:
            found.append(_tie(row.kind, company, "register", row.since, row.until))
        elif row.kind == "kin" and row.person and plain(row.person) in looked_at.people:
            found.append(Tie("kin", row.person, looked_at.people[plain(row.person)], "register", row.since, row.until))
    return found


def _of_memberships(
    rows: list[tuple[str, date, date | None]], looked_at: Parties, today: date, years: Mapping[str, int | None]
) -> list[Tie]:
    found = []
    for name, since, until in rows:
        company = looked_at.companies.get(plain(name))
        if company and _counts("employment", until, today, years):
            found.append(_tie("employment", company, "membership", since, until))
    return found


def _by_name(person: Person, looked_at: Parties) -> list[Tie]:
    part = looked_at.people.get(plain(person.name))
    return [Tie("named", person.name, part, "case")] if part == "team" else []


def _counts(kind: str, until: date | None, today: date, years: Mapping[str, int | None]) -> bool:
    if until is None or until >= today:
        return True
    span = years.get(kind, 0)
    return span is None or until >= years_before(today, span)
