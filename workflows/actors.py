"""Who acts: a person with the memberships in force at the time, what these permit, and where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from workflows.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class MembershipFact:
    """A membership in force at the time of asking."""

    role: str
    organisation_id: str
    region_code: str
    region_path: str


@dataclass(frozen=True, slots=True)
class Cover:
    """Somebody absent for whom an actor stands in: by which of their roles' principals, in which organisations.

    ``families`` are the processes it is for; none means all.
    """

    person_id: str
    name: str
    families: frozenset[str] = frozenset()
    principals: frozenset[str] = frozenset()
    organisations: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts, with their rights as they were at ``at`` (the time of the request).

    ``principals`` are what task candidates are written as; ``grants`` pairs an action with the region path it holds
    in; ``regions`` are the paths whose subtree the actor sees, ``organisations`` those whose affairs are theirs (a
    process designer of a bureau has no part in its cases). ``confidants`` are the roles whose parties read what is
    confidential, ``confided_regions`` the paths where the actor does, given a duty. ``everything`` is the worker's: no
    filter at all. ``covers`` are those for whom the actor stands in, ``acts_for`` the one for whom they act now.
    """

    person_id: str | None
    name: str
    username: str
    at: datetime
    memberships: tuple[MembershipFact, ...] = ()
    principals: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    grants: frozenset[tuple[str, str]] = frozenset()
    regions: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    confidants: frozenset[str] = frozenset()
    confided_regions: tuple[str, ...] = ()
    everything: bool = False
    covers: tuple[Cover, ...] = ()
    acts_for: Cover | None = None

    @property
    def roles(self) -> frozenset[str]:
        """Give the keys of the roles held."""
        return frozenset(fact.role for fact in self.memberships)

    @property
    def houses(self) -> list[str]:
        """Give the ids of the organisations that the actor works for."""
        return sorted({fact.organisation_id for fact in self.memberships})


NATION = "/"
"""The path above every region: a role held there is held everywhere."""

SYSTEM = Actor(person_id=None, name="系统", username="", at=datetime.max.replace(tzinfo=UTC), everything=True)


def may(actor: Actor, action: str, region_path: str | None = None) -> bool:
    """Say whether one of the actor's roles permits the action; with a path, a role held there or above."""
    if actor.everything:
        return True
    if region_path is None:
        return action in actor.actions
    return any(held == action and region_path.startswith(path) for held, path in actor.grants)


def require(actor: Actor, action: str, region_path: str | None = None) -> None:
    """Raise NotAllowed unless the actor may."""
    if not may(actor, action, region_path):
        raise NotAllowed("not_allowed", action=action)
