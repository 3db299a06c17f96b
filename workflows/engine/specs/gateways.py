"""Gateways. Joins count arrivals on each incoming flow, so they are right in loops and in any order of completion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workflows.engine.lineage import apart, joined
from workflows.engine.specs.base import Element, Flow
from workflows.engine.token import COMPLETED, WAITING, Token
from workflows.errors import EngineError

if TYPE_CHECKING:
    from workflows.engine.scope import Scope


class ExclusiveGateway(Element):
    """Take the first flow whose condition holds, in the order of the diagram; else the default flow."""

    def chosen(self, token: Token) -> Sequence[Flow]:
        """Give exactly one flow; behind a merge where paths end there is none."""
        if not self.outgoing:
            return ()
        context = token.scope.instance.context
        default = None
        for flow in self.outgoing:
            if flow.default:
                default = flow
            elif flow.condition is None or context.condition(flow.condition, token.data, self.meta.id):
                return [flow]
        if default is None:
            raise EngineError("no_flow", self.meta.id, "no condition holds and there is no default flow")
        return [default]


class Join(Element):
    """What parallel and inclusive joins share: arrivals wait on their flow until they are taken, oldest first."""

    joins = True

    def remembered(self) -> bool:
        """Remember where branches part and meet."""
        return len(self.incoming) > 1 or len(self.outgoing) > 1

    def arrivals(self, scope: Scope) -> dict[str, Token]:
        """Give the oldest waiting arrival of each flow."""
        found: dict[str, Token] = {}
        for token in scope.live.values():
            if token.task_spec is self and token.has_state(WAITING):
                found.setdefault(token.internal_data["flow"], token)
        return found

    def merge(self, arrivals: Iterable[Token]) -> None:
        """Make one token of the arrivals; of each variable the latest value wins."""
        tokens = sorted(arrivals, key=lambda token: token.number)
        survivor = tokens[-1]
        for token in tokens[:-1]:
            token._set_state(COMPLETED)
        survivor.fork = min(token.fork for token in tokens)
        clashes = survivor.take([(token.data, token.writes) for token in tokens[:-1]])
        flows = apart(tokens)
        survivor.past, survivor.owns = joined(token.past for token in tokens), True
        self.note_entered(survivor)
        survivor.mark(self.name, [survivor.number, {"flows": flows}])
        if clashes:
            survivor.scope.instance.note("variables.clashed", survivor, variables=clashes)
        survivor._ready()


class ParallelGateway(Join):
    """Wait for one token on every incoming flow, then go on along every outgoing flow."""

    def enter(self, token: Token) -> bool:
        """Count the arrival; excess tokens stay on their flow."""
        if len(self.incoming) < 2:
            return super().enter(token)
        token._set_state(WAITING)
        arrivals = self.arrivals(token.scope)
        if len(arrivals) == len(self.incoming):
            self.merge(arrivals.values())
        return False

    def chosen(self, token: Token) -> Sequence[Flow]:
        """Give every flow."""
        return self.outgoing


class InclusiveGateway(Join):
    """Wait for every token that can still come; go on along every flow whose condition holds.

    ``reaches`` holds for each incoming flow the elements from which a token gets to that flow without passing here,
    ``leads`` those from which it does so along sequence flows alone: numbers in which each element has its bit.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reaches: Mapping[str, int] = {}
        self.leads: Mapping[str, int] = {}
        self.bits: Mapping[str, int] = {}

    def enter(self, token: Token) -> bool:
        """Let the arrival wait; ``settle`` asks when nothing automatic is left."""
        if len(self.incoming) < 2:
            return super().enter(token)
        token._set_state(WAITING)
        return False

    def settle(self, scope: Scope) -> None:
        """Fire unless a live token reaches an empty flow, and reaches no occupied one."""
        arrivals = self.arrivals(scope)
        if not arrivals:
            return
        empty = [flow.id for flow in self.incoming if flow.id not in arrivals]
        for token in scope.counting():
            if token.task_spec is self or token.element.container or token.internal_data.keys() & {"host", "for"}:
                continue
            # An errand leads back to where it was sent from: there its token counts.
            name, *_ = token.internal_data.get("straight", (token.element.name,))
            bit = self.bits.get(name, 0)
            comes = any(bit & self.reaches[flow] for flow in empty)
            if comes and not any(bit & self.leads[flow] for flow in arrivals):
                return
        self.merge(arrivals.values())


class EventGateway(Element):
    """Wait for the first of several events; the others are withdrawn."""

    def chosen(self, token: Token) -> Sequence[Flow]:
        """Give every flow."""
        return self.outgoing

    def follow(self, token: Token, flows: Sequence[Flow]) -> list[Token]:
        """Put a listening token on each event; the flow counts as taken when its event comes."""
        group = token.number
        return [token.spawn(self.other(flow.target), flow=flow.id, group=group) for flow in flows]
