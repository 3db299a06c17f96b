"""The elements every other is made of: flows, the frozen spec class, the process with its start and its end.

SpiffWorkflow calls ``_update`` when a token arrives, ``_on_ready`` when it may run, ``_run`` to run it and
``_on_complete`` when it is done. Stock predicts every future task there; here a child is made only when its flow is
taken, so that a running instance holds live tokens and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec

from workflows.engine.expressions import Expression
from workflows.engine.token import FUTURE, Token
from workflows.errors import Conflict, EngineError

if TYPE_CHECKING:
    from workflows.engine.scope import Scope
    from workflows.engine.specs.compensation import Handler


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow between two elements. ``added`` ones are never shown."""

    id: str
    source: str
    target: str
    condition: Expression | None = None
    default: bool = False
    added: bool = False


@dataclass(frozen=True, slots=True)
class Meta:
    """What an element is called and where it stands."""

    id: str
    name: str = ""
    kind: str = ""
    process: str = ""
    role: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    shown: bool = True


class Element(BpmnTaskSpec):
    """A flow node. Frozen once its process is compiled: the same spec serves every instance and thread."""

    #: Whether tokens wait here for other tokens of their scope.
    joins = False
    #: Whether this is an event sub-process, or a transaction.
    event_scope = False
    transaction = False

    def __init__(self, process: Process, name: str, meta: Meta) -> None:
        self._frozen = False
        super().__init__(process, name)
        self.meta = meta
        self.bpmn_id = meta.id
        self.bpmn_name = meta.name
        self.outgoing: tuple[Flow, ...] = ()
        self.incoming: tuple[Flow, ...] = ()
        self.boundaries: tuple[str, ...] = ()
        self.container: str | None = None
        self.handler: Handler | None = None
        self.undoes = self.instantiates = False
        self.copies_in: tuple[tuple[str, Expression], ...] = ()
        self.copies_out: tuple[tuple[str, Expression], ...] = ()
        self.tracked = False
        self.plain = False
        self.path = f"{process.name}/{meta.id}"

    def __setattr__(self, name: str, value: Any) -> None:
        if getattr(self, "_frozen", False):
            raise TypeError(f"{self.name} is frozen")
        super().__setattr__(name, value)

    def freeze(self) -> None:
        """Let nothing change any more."""
        self._inputs: Any = tuple(self._inputs)
        self._outputs: Any = tuple(self._outputs)
        self.data: Any = MappingProxyType({})
        self.defines: Any = MappingProxyType({})
        self.pre_assign = self.post_assign = ()
        self.tracked = self.container is None and self.remembered()
        self.plain = all(flow.condition is None and not flow.default for flow in self.outgoing)
        self.data_input_associations = self.data_output_associations = ()
        self._frozen = True

    @property
    def process(self) -> Process:
        """The process or sub-process this element stands in."""
        return cast(Process, self._wf_spec)

    def other(self, name: str) -> Element:
        """Give an element of the same scope."""
        element: Element = self._wf_spec.task_specs[name]
        return element

    # ---- what SpiffWorkflow calls

    def test(self) -> None:
        """Nothing to check: lint did."""

    def _predict(self, my_task: Token, *args: Any, **kwargs: Any) -> None:
        """Predict nothing: children are made when their flow is taken."""

    def _update(self, my_task: Token) -> None:
        if self.enter(my_task):
            my_task._ready()

    def _on_ready(self, my_task: Token) -> None:
        if not self.manual:
            my_task.scope.instance.queue.append(my_task)

    def _run(self, my_task: Token) -> bool | None:
        return self.run(my_task)

    def _on_complete(self, my_task: Token) -> None:
        for child in self.leave(my_task):
            child.element._update(child)
        my_task.scope._task_completed_notify(my_task)

    def _on_cancel(self, my_task: Token) -> None:
        self.withdraw(my_task)
        armed_only = my_task.internal_data.keys() & {"standing", "group", "host"}
        if self.meta.shown and not armed_only and not self.container:
            my_task.scope.instance.note("element.cancelled", my_task)

    # ---- what ours override

    def enter(self, token: Token) -> bool:
        """Take a token in; True when it may run at once."""
        self.note_entered(token)
        return True

    def run(self, token: Token) -> bool | None:
        """Do the element's work: True when done, None when it must wait."""
        return True

    def leave(self, token: Token) -> list[Token]:
        """Say goodbye to a finished token and give the tokens that go on."""
        self.note_left(token)
        straight = token.internal_data.pop("straight", None)
        if straight is not None:  # an errand leaves no trace: what lay behind the token lies behind it again
            target, visit = straight
            token.mark(self.name, visit)
            return [token.spawn(self.other(target))]
        return self.follow(token, self.chosen(token))

    def withdraw(self, token: Token) -> None:
        """Take back what the token had open, when it is cancelled."""

    def arm(self, token: Token) -> None:
        """Begin to listen (events only)."""

    def rearm(self, token: Token, changed: frozenset[str]) -> None:
        """Compute again what is due when it reads a changed variable (events and user tasks only)."""

    def watch(self, token: Token) -> None:
        """Compute an armed timer again when what it sees was written since (events only)."""

    def fire(self, token: Token, payload: Mapping[str, Any]) -> None:
        """Go on: what the token waited for has come (events only)."""
        raise EngineError("not_an_event", self.meta.id)

    def skip(self, token: Token) -> None:
        """Go on as if what the token waits for were done (what waits for the outside only)."""
        raise Conflict("not_skippable", element=self.meta.id)

    def retry(self, token: Token) -> None:
        """Ask for the work again (service tasks only)."""
        raise Conflict("not_retryable", element=self.meta.id)

    def listens_for(self, kind: str, name: str, *, exactly: bool = False) -> bool:
        """Say whether this catches an event of that kind and name (events only)."""
        return False

    def item_done(self, token: Token, item: Token) -> None:
        """One item of the token's multi-instance is done (multi-instances only)."""
        raise EngineError("not_many", self.meta.id)

    def item_of(self, token: Token, index: int) -> Any:
        """Give the item of that number (multi-instances only)."""
        return None

    def scope_done(self, token: Token) -> None:
        """Go on: the nested scope of the token has ended."""
        token.complete()

    def ask(self, token: Token) -> None:
        """Nothing automatic is left: look whether a condition holds now (conditional events only)."""

    def undone_with(self, token: Token) -> frozenset[str] | None:
        """Give what the compensation of a done token reads; None when there is none."""
        return self.handler.reads if self.handler is not None else None

    def open(self, token: Token) -> Scope:
        """Open the scope that runs for the token (sub-processes only)."""
        raise EngineError("not_a_scope", self.meta.id)

    def settle(self, scope: Scope) -> None:
        """Nothing automatic is left: look whether the join may fire (inclusive joins only)."""

    def remembered(self) -> bool:
        """Say whether visits lie in a token's past: where one can go back to, and where branches part and meet."""
        return False

    # ---- shared steps

    def note_entered(self, token: Token) -> None:
        """Count the visit and write the trail."""
        if self.meta.shown:
            instance = token.scope.instance
            token.internal_data["visit"] = instance.visit(self)
            instance.note("element.entered", token, visit=token.internal_data["visit"])
        if self.tracked:
            token.mark(self.name, token.number)
        self.copy(token, self.copies_in)

    def copy(self, token: Token, copies: tuple[tuple[str, Expression], ...]) -> None:
        """Copy variables as the data associations say."""
        if copies:
            context = token.scope.instance.context
            token.write({name: value(context, token.data, self.meta.id) for name, value in copies})

    def note_left(self, token: Token) -> None:
        """Write the trail."""
        self.copy(token, self.copies_out)
        if self.meta.shown:
            token.scope.instance.note("element.left", token, visit=token.internal_data.get("visit", 1))

    def chosen(self, token: Token) -> Sequence[Flow]:
        """Give the flows to take: all without condition and those whose condition holds; else the default."""
        if self.plain:
            return self.outgoing
        taken, default = [], None
        context = token.scope.instance.context
        for flow in self.outgoing:
            if flow.default:
                default = flow
            elif flow.condition is None or context.condition(flow.condition, token.data, self.meta.id):
                taken.append(flow)
        conditional = any(flow.condition is not None for flow in taken)
        if default is not None and not conditional:
            taken.append(default)
        if self.outgoing and not taken:
            raise EngineError("no_flow", self.meta.id, "no condition holds and there is no default flow")
        return taken

    def follow(self, token: Token, flows: Sequence[Flow]) -> list[Token]:
        """Put a token on the target of each flow; without flows the token ends."""
        scope = token.scope
        if not flows:
            scope.keep(token)
            return []
        children = []
        owns = token.owns and len(flows) == 1
        fork = scope.instance.next() if len(flows) > 1 else token.fork
        for flow in flows:
            if not flow.added:
                scope.instance.note_flow(token, flow)
            child = token.spawn(self.other(flow.target), FUTURE, flow=flow.id)
            child.fork, child.owns = fork, owns
            children.append(child)
        return children


class Root(Element):
    """The root of a scope's token tree."""


class EndJoin(Element):
    """Where a scope ends, once no token that counts is left; listening event sub-processes do not count."""

    def enter(self, token: Token) -> bool:
        """Take what every ended token has written."""
        token.take([(token.scope.result, token.scope.result_writes)])
        return True

    def leave(self, token: Token) -> list[Token]:
        """Close the scope and hand its variables to whoever waits for it."""
        scope = token.scope
        scope.cancel_all()
        scope.completed = True
        scope.instance.scope_ended(scope, token)
        return []


class Process(BpmnProcessSpec):
    """A process or sub-process, compiled.

    ``starts`` are the elements that begin with the scope, ``listeners`` its event sub-processes; ``undoer`` is the one
    for compensation, with what it reads. Names of our own elements hold a space, which no XML id can.
    """

    def __init__(self, name: str, process: str) -> None:
        WorkflowSpec.__init__(self, name=name)
        self.process_id = process
        self.starts: tuple[str, ...] = ()
        self.listeners: tuple[str, ...] = ()
        self.undoer = ""
        self.undoer_reads: frozenset[str] = frozenset()
        self.joins: tuple[str, ...] = ()
        self.data_objects: Mapping[str, Any] = MappingProxyType({})
        self.start = Root(self, " root", Meta(name, kind="root", process=process, shown=False))
        self.end = EndJoin(self, " end", Meta(name, kind="end", process=process, shown=False))

    def _add_notify(self, task_spec: Element) -> None:
        WorkflowSpec._add_notify(self, task_spec)

    def element(self, name: str) -> Element:
        """Give an element by its spec name."""
        return cast(Element, self.task_specs[name])

    def elements(self) -> Iterator[Element]:
        """Give every element."""
        return iter(self.task_specs.values())

    def freeze(self) -> None:
        """Let nothing change any more."""
        for element in self.elements():
            element.freeze()
        self.task_specs: Any = MappingProxyType(self.task_specs)
