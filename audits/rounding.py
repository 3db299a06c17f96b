"""How figures are rounded: half up, after the noise of binary fractions is taken off; forms in the browser do the same."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any, Final

DIGITS: Final = 30  # before or behind the point: more is no figure, and writing 1e999999999 out would fill the memory
NOISE: Final = 10  # digits behind the point; what follows is noise of doubles


def rounded(value: Decimal, places: int) -> Decimal:
    """Round half up, as ``round half up(round half up(x, 10), places)`` does in a form."""
    with localcontext(prec=4 * DIGITS):  # the usual 28 digits are too few for what somebody types by mistake
        clean = value.quantize(Decimal(1).scaleb(-NOISE), ROUND_HALF_UP)
        return clean.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def number(value: Any) -> Decimal | None:
    """Read a number out of stored answers; None where there is none, or none that anything is measured in."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        found = Decimal(str(value))
    except ArithmeticError:
        return None
    return found if found.is_finite() and -DIGITS <= found.adjusted() <= DIGITS else None
