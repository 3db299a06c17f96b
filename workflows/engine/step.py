"""What goes into the engine and what comes out, as plain values. No SpiffWorkflow type appears here.

Times are aware datetimes in UTC. ``Json`` is what ``orjson`` reads: str, int, float, bool, None, list, dict with
text keys. Public ids are ``uuid5(instance id, seq)`` as text, so that the same input gives the same Step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, NamedTuple, TypeVar

Json = Any
T = TypeVar("T")
Status = Literal["running", "suspended", "completed", "cancelled"]
TaskEnd = Literal["completed", "cancelled", "returned", "withdrawn", "skipped", "migrated"]


# ---- commands ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Start:
    """Begin an instance at the start event without trigger, or at ``element``, whose event has come with the variables.

    ``element`` is a start event, a receive task that instantiates, or an event behind a gateway that does.
    """

    instance: str
    variables: Mapping[str, Json] = field(default_factory=dict)
    element: str | None = None


@dataclass(frozen=True, slots=True)
class Complete:
    """Finish a waiting user task. Only answers that the definition reads enter the instance's variables."""

    task: str
    answers: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deliver:
    """Hand a message to the one subscription that waits for it (``subscription`` is its id)."""

    subscription: str
    payload: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Signal:
    """Broadcast a signal inside the instance."""

    name: str
    payload: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fire:
    """A timer became due. A disarmed timer's Fire does nothing."""

    timer: str


@dataclass(frozen=True, slots=True)
class JobDone:
    """An operation came back with its outputs."""

    job: str
    outputs: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobFailed:
    """An operation ended with a declared error code: a BPMN error."""

    job: str
    code: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """Set variables of the instance's root scope; armed timers whose FEEL reads one are recomputed."""

    variables: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Suspend:
    """Nothing fires and nothing is completed until Resume; due times stay."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Let a suspended instance go on."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """End the instance where it stands."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Return:
    """Go back from an open task to an earlier element (``returnable`` lists them).

    What came of that element is withdrawn. Where its branch has joined others since, ``others`` says whether theirs
    still count (``keep``) or everything from the split on is done again (``redo``). ``then="straight"`` leaves the
    other branches as they are and leads from the element right back to where the task was. ``timers="resume"`` gives
    the element's boundary timers the time that was left when it was done. What was done since can be compensated no
    more; with ``compensate`` it is, the newest first, before the element begins.
    """

    task: str
    element: str
    others: Literal["keep", "redo"] = "keep"
    then: Literal["follow", "straight"] = "follow"
    timers: Literal["afresh", "resume"] = "afresh"
    reason: str = ""
    compensate: bool = False


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take a completion back while nothing that came of it is touched.

    ``touched`` names the tasks (claimed, with a draft) and jobs (taken) that are no longer as they were opened.
    """

    task: str
    touched: frozenset[str] = frozenset()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """Put what waits under these ids on another element of its scope or of one around it; several become one token."""

    tokens: tuple[str, ...]
    element: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """Leave a task, a job or a waiting event as if it were done, without answers."""

    token: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AddSigner:
    """Add items to the multi-instance that a task belongs to.

    A parallel one opens them at once, a sequential one after the present item. ``before`` holds the task's own item
    until they are done.
    """

    task: str
    items: tuple[Json, ...]
    before: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RemoveSigner:
    """Take an item out of the multi-instance that a task belongs to: the task's own, or the one of that number."""

    task: str
    item: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Retry:
    """Open a job again with its inputs as they are now and a new key."""

    job: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Migrate:
    """Bring an instance of the definition ``old`` under the one that ``advance`` is called with.

    ``mapping`` and ``branches`` as in ``plan``. ``timers="afresh"`` computes armed timers again, from when they were
    armed. Keep the old state until the instance's next step: it is the way back.
    """

    old: Any
    mapping: Mapping[str, str] = field(default_factory=dict)
    branches: Mapping[str, str] = field(default_factory=dict)
    timers: Literal["keep", "afresh"] = "keep"
    reason: str = ""


Command = (
    Start
    | Complete
    | Deliver
    | Signal
    | Fire
    | JobDone
    | JobFailed
    | Change
    | Suspend
    | Resume
    | Cancel
    | Return
    | Withdraw
    | Move
    | Skip
    | AddSigner
    | RemoveSigner
    | Retry
    | Migrate
)


# ---- the answer ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenedTask:
    """A user or manual task that now waits for a person.

    ``role`` is the innermost lane's name; ``assignment`` holds the evaluated attributes of ``qs:assignment`` (it wins
    over the lane); ``process`` is the id of the diagram the element stands in; ``calls`` the call activities entered
    to reach it, outermost first; ``item`` the multi-instance item; ``visit`` counts from 1; ``labels`` holds the name in other
    languages (``{"en": ...}``).
    """

    id: str
    element: str
    name: str
    process: str
    role: str
    form: str | None
    labels: Mapping[str, str] = field(default_factory=dict)
    due: datetime | None = None
    assignment: Mapping[str, Json] = field(default_factory=dict)
    actions: Mapping[str, Json] = field(default_factory=dict)
    variables: Mapping[str, Json] = field(default_factory=dict)
    item: Json = None
    item_index: int | None = None
    calls: tuple[str, ...] = ()
    visit: int = 1


@dataclass(frozen=True, slots=True)
class MovedTask:
    """An open task whose due time a Change has moved."""

    id: str
    element: str
    due: datetime | None


@dataclass(frozen=True, slots=True)
class ClosedTask:
    """A task that waits no longer, and why."""

    id: str
    element: str
    why: TaskEnd


@dataclass(frozen=True, slots=True)
class Job:
    """Work for the worker: a registered operation with its inputs. ``key`` makes it idempotent."""

    id: str
    element: str
    operation: str
    inputs: Mapping[str, Json]
    key: str
    process: str = ""


@dataclass(frozen=True, slots=True)
class Timer:
    """An armed timer: due in UTC."""

    id: str
    element: str
    due: datetime
    process: str = ""


@dataclass(frozen=True, slots=True)
class Subscription:
    """The instance waits for a message or a signal of that name (and correlation key)."""

    id: str
    element: str
    kind: Literal["message", "signal", "conditional"]
    name: str
    correlation: str | None = None


@dataclass(frozen=True, slots=True)
class Thrown:
    """A message or signal that leaves the instance."""

    kind: Literal["message", "signal"]
    name: str
    payload: Mapping[str, Json]
    correlation: str | None
    element: str


class Event(NamedTuple):
    """One line of the trail: an element was entered, left, fired, cancelled ...

    ``kind`` in the grammar ``noun.past_verb``: ``element.entered``, ``element.left``, ``element.cancelled``,
    ``flow.taken``, ``timer.fired``, ``instance.started``, ``instance.completed``, ``decision.evaluated`` ...
    """

    seq: int
    kind: str
    element: str
    process: str
    data: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Changes(Generic[T]):
    """What a command added, and the ids of what it took away."""

    added: tuple[T, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """All that one command did. The caller writes it down in the same transaction.

    ``jobs.removed`` are jobs no longer wanted; one that has come back is not among them. ``timers.removed`` and
    ``subscriptions.removed`` are all that wait no longer, those that have just fired or received among them.
    """

    state: bytes
    status: Status
    opened: tuple[OpenedTask, ...] = ()
    closed: tuple[ClosedTask, ...] = ()
    moved: tuple[MovedTask, ...] = ()
    jobs: Changes[Job] = Changes()
    timers: Changes[Timer] = Changes()
    subscriptions: Changes[Subscription] = Changes()
    thrown: tuple[Thrown, ...] = ()
    events: tuple[Event, ...] = ()
    variables: Mapping[str, Json] = field(default_factory=dict)
