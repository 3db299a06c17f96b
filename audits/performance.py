"""What an audit achieves (绩效): the indicators before and after, each in its one unit (domain: section 6).

The indicators, their names and units are those of the option register (``audits.indicators``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from audits import indicators
from audits.indicators import Indicator
from audits.rounding import number


@dataclass(frozen=True, slots=True)
class Effect:
    """One indicator before and after; ``reduction`` is negative where it has grown."""

    indicator: Indicator
    before: Decimal
    after: Decimal

    @property
    def reduction(self) -> Decimal:
        """Give what is saved or not emitted."""
        return self.before - self.after

    @property
    def percent(self) -> Decimal | None:
        """Give the reduction in per cent of what was before, to one place."""
        return (100 * self.reduction / self.before).quantize(Decimal("0.1")) if self.before else None


def effects(answers: Mapping[str, Any]) -> list[Effect]:
    """Read what the form ``option_implementation`` says of each indicator; one without both numbers is left out."""
    found = []
    for key, indicator in indicators.known().items():
        before, after = number(answers.get(f"before_{key}")), number(answers.get(f"after_{key}"))
        if before is not None and after is not None:
            found.append(Effect(indicator, before, after))
    return found
