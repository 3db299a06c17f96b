"""Who may give which role to whom. Data: one literal; every way to give, take or use a role of others asks it.

The three administrators are kept apart (三员分立, GB/T 22239-2019 8.1.5): the system administrator appoints who does
the work, the security administrator who changes the procedures or inspects, and neither of them any administrator.
The three themselves are appointed by who runs the machine, on the command line.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from audits.roles import BUREAU_OF_LEVEL, ROLES
from workflows.access import Actor
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.models import Membership, Organisation, Region

_OWN: Final = {
    "enterprise": frozenset({"enterprise", "enterprise_administrator"}),
    "consultancy": frozenset({"consultancy", "enterprise_administrator"}),
}
_WORK: Final = {
    **_OWN,
    "bureau": frozenset(BUREAU_OF_LEVEL.values()),
    "department": frozenset({"coordinating_department"}),
    "institute": frozenset({"expert", "panel_leader"}),
    "expert_pool": frozenset({"expert", "panel_leader"}),
}
_PLATFORM: Final = dict.fromkeys(
    ("bureau", "department", "institute"), frozenset({"designer", "publisher", "inspector"})
)
GRANTS: Final = {
    "administrator": _WORK,
    "security_administrator": _PLATFORM,
    "enterprise_administrator": _OWN,
}
"""Role held: kind of the organisation: roles that its holder may give there, in the regions or the house it holds in."""

ADMINISTRATORS: Final = frozenset({"administrator", "security_administrator", "audit_administrator"})
_APART: Final = frozenset({"designer", "publisher"})


def grantable(actor: Actor, organisation: Organisation, region: Region) -> frozenset[str]:
    """Give the roles that an actor may give in an organisation; ``region`` is the organisation's.

    An officer of a bureau holds the role of the bureau's level, no other.
    """
    if actor.everything:
        return frozenset(ROLES)
    found: set[str] = set()
    for fact in actor.memberships:
        own = fact.role == "enterprise_administrator"
        reached = fact.organisation_id == organisation.id if own else region.path.startswith(fact.region_path)
        if reached:
            found |= GRANTS.get(fact.role, {}).get(organisation.kind, frozenset())
    return frozenset(found - (set(BUREAU_OF_LEVEL.values()) - {BUREAU_OF_LEVEL.get(region.level, "")}))


def offered(actor: Actor) -> list[str]:
    """Give every role that an actor may give somewhere, in the order of the table of roles."""
    held = [GRANTS.get(role, {}) for role in actor.roles]
    found = {role for kinds in held for roles in kinds.values() for role in roles}
    return [key for key in ROLES if key in found]


def may_give(session: Session, actor: Actor, organisation: Organisation, role: str) -> bool:
    """Say whether an actor may give and take a role in an organisation."""
    return role in grantable(actor, organisation, session.get_one(Region, organisation.region_code))


def require(session: Session, actor: Actor, organisation: Organisation, role: str) -> None:
    """Raise NotAllowed ``role_not_granted`` unless the actor may give and take the role there; Invalid: no such role."""
    if role not in ROLES:
        raise Invalid(fields={"role": ["unknown"]})
    if not may_give(session, actor, organisation, role):
        raise NotAllowed("role_not_granted", role=role)


def may_act_for(session: Session, actor: Actor, person_id: str) -> bool:
    """Say whether an actor may give every role that a person holds or will hold.

    Whoever sets the password of another could act in each of these roles.
    """
    current = _current(session, actor, person_id)
    return all(may_give(session, actor, organisation, membership.role) for membership, organisation in current)


def require_apart(session: Session, actor: Actor, person_id: str, role: str) -> None:
    """Raise Conflict ``roles_apart`` where a person would hold duties that are kept apart.

    An administrator of any kind holds that one role alone; nobody both designs and publishes.
    """
    held = {membership.role for membership, _organisation in _current(session, actor, person_id)}
    if not _compatible(held | {role}):
        raise Conflict("roles_apart", role=role, held=sorted(held))


def _compatible(roles: Collection[str]) -> bool:
    return not (set(roles) >= _APART or (len(roles) > 1 and not ADMINISTRATORS.isdisjoint(roles)))


def _current(session: Session, actor: Actor, person_id: str) -> list[tuple[Membership, Organisation]]:
    rows = session.execute(
        select(Membership, Organisation)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id == person_id, or_(Membership.until.is_(None), Membership.until > actor.at))
    )
    return [(row[0], row[1]) for row in rows]
