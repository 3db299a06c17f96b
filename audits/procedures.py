"""Which procedure a case follows: asked of the decision table ``procedure``, so that a region can run several at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from workflows import definitions
from workflows.application import Application
from workflows.errors import Invalid

NAMES: Final[dict[str, tuple[str, str]]] = {
    "standard": ("先评估后验收", "Evaluation, then acceptance"),
    "merged": ("评估验收合一", "Merged gate"),
    "three_gates": ("预评估、评估、验收", "Three gates"),
    "small": ("小微企业程序", "Small and micro enterprises"),
    "simple": ("简易流程", "Simple procedure"),
    "voluntary": ("自愿性审核", "Voluntary audit"),
    "park": ("园区整体审核", "Park audit"),
    "cluster": ("产业集群审核", "Cluster audit"),
    "commitment": ("告知承诺", "Self-commitment"),
}
"""The procedures that ship. A designer's table may name others; they are shown by their key."""


@dataclass(frozen=True, slots=True)
class Procedure:
    """What the table says of a case: its key, and which authority leads (``bureau`` or ``department``)."""

    key: str
    lead: str


def choose(
    session: Session,
    app: Application,
    definition_id: str,
    facts: Mapping[str, Any],
    published: date,
    now: datetime,
) -> Procedure:
    """Ask the table of a definition for the procedure of a case. ``facts`` are those the case starts with.

    A table that says no key or no lead (as older ones) means the standard procedure, led by the bureau. Raises Invalid
    ``no_procedure`` where no rule fits.
    """
    variables = {"case": facts, "publication_date": published.isoformat(), "commitment_wanted": None}
    rule = definitions.decide(session, app, definition_id, "procedure", variables, now)
    if not rule:
        raise Invalid("no_procedure")
    return Procedure(str(rule.get("key") or "standard"), str(rule.get("lead") or "bureau"))


def name(key: str, language: str = "zh") -> str:
    """Name a procedure; one that does not ship by its key."""
    names = NAMES.get(key)
    return names[language == "en"] if names else key
