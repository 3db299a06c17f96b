"""The stock methods that ours override or call, by the hash of their source: an upgrade must be read, not trusted."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import pytest
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.util.subworkflow import BpmnBaseWorkflow, BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.workflow import Workflow

RELIED_ON: dict[Callable[..., Any], str] = {
    Task.__init__: "5d98d6df6c602dfb",
    Task._set_state: "86c4c1d22dc9b70f",
    Task._ready: "4c051bb2c2a3d259",
    Task.run: "976c46e260fe7f72",
    Task.cancel: "16a6cc6f7ea48468",
    Task.complete: "3ad34f7ae962ad90",
    Task._child_added_notify: "20404a6f18bf0476",
    TaskSpec.__init__: "df987d5843e7f374",
    TaskSpec._predict: "e205cac4587d51d4",
    TaskSpec._update: "6b138d31ca684e6b",
    TaskSpec._on_ready: "c0c43ec078d31a59",
    TaskSpec._run: "dac36fd701341359",
    TaskSpec._on_complete: "95d4b21bfa422d45",
    TaskSpec._on_cancel: "c05a2f4bc3de2f28",
    TaskSpec.connect: "80f6471ca8837630",
    TaskSpec._connect_notify: "5495e0157b49128f",
    TaskSpec.test: "8a2ce71e2a566a2e",
    BpmnTaskSpec.__init__: "1345082eb723ed77",
    WorkflowSpec.__init__: "fdb80d81cf1dd708",
    WorkflowSpec._add_notify: "2522e219845e960e",
    BpmnProcessSpec.__init__: "4c0511ce1defb2f1",
    BpmnProcessSpec._add_notify: "749fc73fcef6d68f",
    Workflow.__init__: "a179a75739481275",
    Workflow._task_completed_notify: "a87c9bea38b2f71e",
    Workflow._task_removed_notify: "388a3f72b40c4221",
    BpmnBaseWorkflow.__init__: "0ab21b97ab24e0d8",
    BpmnSubWorkflow.__init__: "db2b701bf21b28a0",
    BpmnSubWorkflow._calculate_depth: "e67055a362abf3df",
    BpmnWorkflow.__init__: "3a81d03cfd844e1a",
    BpmnWorkflow.do_engine_steps: "0dddd74053a531e3",
    BpmnWorkflow.create_subprocess: "d29d0ee4716cc3ba",
}


def test_it_is_the_version_we_know() -> None:
    assert version("spiffworkflow") == "3.2.0"


@pytest.mark.parametrize("method", RELIED_ON, ids=lambda method: method.__qualname__)
def test_a_stock_method_is_what_we_read(method: Callable[..., Any]) -> None:
    assert hashlib.sha256(inspect.getsource(method).encode()).hexdigest()[:16] == RELIED_ON[method]
