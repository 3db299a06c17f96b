"""What a case is started with: the facts that the decision tables of its definition read."""

from __future__ import annotations

from typing import Any

from audits.models import AuditList, Case, Enterprise, ListEntry
from workflows.models import Region


def facts(
    audit_list: AuditList, entry: ListEntry, enterprise: Enterprise, region: Region, parent: Case | None, park: str
) -> dict[str, Any]:
    """Give the variable ``case`` of a new case.

    ``parent`` is the case whose re-audit order opens it, ``park`` what the enterprise stands for: park, cluster or "".
    ``bpmn/cleaner_production_audit/family.toml`` describes every field.
    """
    number = f"QS{audit_list.year}-{audit_list.region_code}-{audit_list.batch:02d}-{entry.number:04d}"
    failures = 0
    if parent:
        stem, _, suffix = parent.number.partition("-R")
        failures = int(suffix or 0) + 1
        number = f"{stem}-R{failures}"
    return {
        "no": number,
        "types": list(entry.types),
        "enterprise": enterprise.name,
        "industry": enterprise.industry,
        "industry_tags": list(enterprise.industry_tags),
        "scale": enterprise.scale,
        "park": park,
        "key_discharger": enterprise.key_discharger,
        "basin": enterprise.yellow_river_basin,
        "region": region.code,
        "round": 1,
        "previous_failures": failures,
        "parent": parent.number if parent else None,
    }
