"""Our extension elements: which attributes each takes, which it needs, and on which elements it means something."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """One ``qs:`` element. ``attributes`` of None: any."""

    on: frozenset[str]
    attributes: frozenset[str] | None
    needed: frozenset[str] = frozenset()
    inside: frozenset[str] = frozenset()


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


PEOPLE = _set("userTask manualTask")
JOBS = _set("serviceTask sendTask businessRuleTask")
MESSAGES = _set("startEvent endEvent intermediateCatchEvent intermediateThrowEvent boundaryEvent sendTask receiveTask")

WORDS: dict[str, Word] = {
    "assignment": Word(PEOPLE, None),
    "form": Word(PEOPLE, _set("key"), _set("key")),
    "deadline": Word(PEOPLE, _set("due"), _set("due")),
    "actions": Word(PEOPLE, None),
    "output": Word(PEOPLE, _set("source target"), _set("source target")),
    "operation": Word(JOBS, _set("name"), _set("name"), _set("in out")),
    "decision": Word(_set("businessRuleTask"), _set("ref result"), _set("ref result")),
    "script": Word(_set("scriptTask"), _set("result"), _set("result")),
    "correlation": Word(MESSAGES, _set("key"), frozenset(), _set("in")),
    "binding": Word(_set("callActivity"), _set("version"), frozenset(), _set("in out")),
    "label": Word(frozenset(), _set("lang text"), _set("lang text")),
}

#: Namespaces of other engines whose extensions change what runs; ignoring them would be silent.
FOREIGN = (
    "http://camunda.org/schema",
    "http://activiti.org/bpmn",
    "http://flowable.org/bpmn",
    "http://operaton.org/schema",
    "http://cibseven.org/schema",
    "http://spiffworkflow.org",
)

#: Words of other engines that change nothing of what runs: icons and forms of a modeler, transactions and sorting elsewhere.
HARMLESS = _set(
    "modelerTemplate modelerTemplateVersion modelerTemplateIcon async asyncBefore asyncAfter exclusive diagramRelationId "
    "properties priority jobPriority priorityDefinition historyTimeToLive isStartableInTasklist versionTag userTask "
    "userTaskForm failedJobRetryTimeCycle taskPriority candidateStarterGroups candidateStarterUsers category owner "
    "jobCategory asyncLeave asyncLeaveExclusive noWaitStatesAsyncLeave sameDeployment fallbackToDefaultTenant "
    "formFieldValidation work-form-field-validation task-candidates-type"
)


@dataclass(frozen=True, slots=True)
class Known:
    """What a diagram may refer to."""

    processes: Collection[str]
    decisions: Collection[str]
    operations: Collection[str]
    forms: Collection[str]
    roles: Collection[str]
    called: Collection[str]
