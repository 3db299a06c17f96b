"""Realistic answers to every form the product ships, for the demo world and for tests.

What is drawn depends on the case (its industry, its types of audit, its deadlines) and on a source of chance; a caller
steers the outcome by what it wants: `score` and `vetoes` of a sheet, the `decision` of a check, `experts`, the
`consultancy` or `mode="self"`, the `band` of an evaluation, the `result` of an acceptance.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

from audits.demo import option_answers, phase_answers, procedure_answers, review_answers, sheet_answers, start_answers
from audits.demo.draw import Draw

_STEERING: Final = frozenset({"score", "vetoes", "decision", "experts", "consultancy", "mode", "band", "result"})
_FORMS: Final = {
    **start_answers.FORMS,
    **phase_answers.FORMS,
    **option_answers.FORMS,
    **review_answers.FORMS,
    **procedure_answers.FORMS,
    **sheet_answers.FORMS,
}


def forms_answered() -> frozenset[str]:
    """Name the forms there are answers for."""
    return frozenset(_FORMS)


def answers_for(form: str, facts: Mapping[str, Any], rng: random.Random, **wanted: Any) -> dict[str, Any]:
    """Give complete answers to a form, as a person would fill it in.

    `facts` hold `today` (ISO date or date), the `case`, and where the form needs them `deadlines`, `experts` and
    `consultancies` (options), `evaluation`, `acceptance`, and `files` (attachments' values) to attach. Anything in
    `wanted` that does not steer replaces the answer of that key. Raises KeyError for an unknown form.
    """
    found = _FORMS[form](Draw(facts, rng, wanted))
    return found | {key: value for key, value in wanted.items() if key not in _STEERING}
