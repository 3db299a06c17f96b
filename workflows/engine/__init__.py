"""BPMN in, Steps out. The only code that imports SpiffWorkflow; no SQL, no clock, no web.

``compile_definition(files, root, catalog) -> Definition`` and
``advance(definition, state, command, now, feel) -> Step`` are all that the rest of the house needs.
"""

from __future__ import annotations

from workflows.engine.definition import (
    Catalog,
    Definition,
    ElementInfo,
    ProcessInfo,
    compile_definition,
    evaluate_decision,
    lint_files,
)
from workflows.engine.inspection import Place, Restored, Wait, places, restored, waits
from workflows.engine.instance import advance
from workflows.engine.migration import plan
from workflows.engine.moves import returnable
from workflows.engine.outlook import Plan, PlanItem, ReturnTarget
from workflows.engine.saved import definition_hash
from workflows.engine.step import (
    AddSigner,
    Migrate,
    Move,
    RemoveSigner,
    Retry,
    Return,
    Skip,
    Withdraw,
)

__all__ = [
    "AddSigner",
    "Catalog",
    "Definition",
    "ElementInfo",
    "Migrate",
    "Move",
    "Place",
    "Plan",
    "PlanItem",
    "ProcessInfo",
    "RemoveSigner",
    "Restored",
    "Retry",
    "Return",
    "ReturnTarget",
    "Skip",
    "Wait",
    "Withdraw",
    "advance",
    "compile_definition",
    "definition_hash",
    "evaluate_decision",
    "lint_files",
    "places",
    "plan",
    "restored",
    "returnable",
    "waits",
]
