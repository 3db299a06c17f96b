"""The command that plays process tests."""

from __future__ import annotations

import argparse
import dataclasses
import json
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from server.commands import Context
from workflows import process_tests
from workflows.process_tests import Outcome


def play(context: Context, asked: argparse.Namespace) -> int:
    """Play every case below the folders; 0 only where there are some and all pass."""
    cases = process_tests.find_cases(asked.folders)
    if not cases:
        raise ValueError("There is no case.json below " + ", ".join(asked.folders) + ".")
    outcomes = []
    for case in cases:
        with limited(asked.limit):
            outcome = process_tests.play(case)
        outcomes.append(outcome)
        if not asked.json:
            for line in told(outcome, changes=asked.changes):
                context.say(line)
    passed = sum(one.passed for one in outcomes)
    if asked.json:
        context.say(json.dumps(summary(outcomes), ensure_ascii=False, indent=2))
    else:
        context.say(f"{passed} of {len(outcomes)} cases pass.")
    return 0 if passed == len(outcomes) else 1


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TimeoutError inside when it takes longer; where the system has no such alarm, nothing is limited."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def ring(_number: int, _frame: Any) -> None:
        raise TimeoutError(f"It took longer than {seconds:g} seconds.")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds)  # again, should a callback of the collector swallow it
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def told(outcome: Outcome, *, changes: bool) -> Iterator[str]:
    """Tell one case in lines."""
    yield f"{'pass' if outcome.passed else 'FAIL'}  {outcome.case}"
    for one in outcome.failures:
        where = f"variant {one.variant}, operation {one.operation}: " if one.variant else ""
        yield f"      {where}{one.text}"
    if changes:
        yield from (f"      adapted: {one}" for one in outcome.changes)


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Tell all cases for a machine."""
    passed = sum(one.passed for one in outcomes)
    cases = [{**dataclasses.asdict(one), "passed": one.passed} for one in outcomes]
    return {"total": len(outcomes), "passed": passed, "failed": len(outcomes) - passed, "cases": cases}
