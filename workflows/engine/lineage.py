"""What lies behind a token: of every element of its scope the last visit that led to it, bounded by the model's size.

``Token.past`` maps spec names to the number of the token that stood there. A join's visit holds besides, for each flow,
what only that flow's arrival had behind it; an activity's how much of its boundary timers was left when it was done.
So the past is exact also where branches begin and end without order: a token comes after a visit when it carries it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflows.engine.token import Token

Past = Mapping[str, Any]
#: What stands for a visit that may lie behind a token which has gone back.
UNCLEAR = -1


def number_of(visit: Any) -> int:
    """Give a visit's token number; 0 for an element that does not lie behind."""
    if visit is None:
        return 0
    return int(visit[0]) if isinstance(visit, list) else int(visit)


def extra_of(visit: Any) -> dict[str, Any]:
    """Give what a visit holds besides its number."""
    return visit[1] if isinstance(visit, list) else {}


def joined(pasts: Iterable[Past]) -> dict[str, Any]:
    """Give the past of a token made of several: of each element the latest visit, and UNCLEAR where there is no other."""
    found: dict[str, Any] = {}
    for past in pasts:
        for name, visit in past.items():
            if name not in found or number_of(visit) > number_of(found[name]):
                found[name] = visit
    return found


def apart(tokens: Sequence[Token]) -> dict[str, dict[str, int]]:
    """Give for each arrival, by its flow, the visits that not all of the arrivals have behind them."""
    numbers = [{name: number_of(visit) for name, visit in token.past.items()} for token in tokens]
    shared = set(numbers[0].items()).intersection(*(one.items() for one in numbers[1:]))
    return {
        token.internal_data["flow"]: {name: number for name, number in own.items() if (name, number) not in shared}
        for token, own in zip(tokens, numbers, strict=True)
    }


def behind(past: Past, name: str) -> dict[str, Any]:
    """Give what lay behind a visit, out of the past of a token that came after it.

    What came later is no more than UNCLEAR: an earlier visit may hide behind it. What stood on another flow of a join
    that both have passed since is left out.
    """
    limit = number_of(past.get(name))
    found = {other: visit for other, visit in past.items() if other != name}
    for visit in past.values():
        for flow, own in _flows(visit).items():
            if own.get(name) == limit:
                _leave_out(found, visit, flow)
    return {other: visit if number_of(visit) < limit else UNCLEAR for other, visit in found.items()}


def on_flow(past: Past, join: str, flow: str) -> dict[str, Any]:
    """Give what lay behind the arrival that a join took from a flow."""
    found = behind(past, join)
    _leave_out(found, past[join], flow)
    return found


def _leave_out(found: dict[str, Any], visit: Any, flow: str) -> None:
    """Leave out what came to a join on other flows only; what came on this one by another visit lies behind by that one."""
    flows = _flows(visit)
    for other, own in flows.items():
        for name, number in own.items() if other != flow else ():
            here = flows[flow].get(name)
            if number_of(found.get(name)) != number or here == number:
                continue
            if here is None:
                del found[name]
            else:  # it came here too, by another visit
                found[name] = here


def _flows(visit: Any) -> dict[str, dict[str, int]]:
    """Give the flows of a join's visit."""
    flows: dict[str, dict[str, int]] = extra_of(visit).get("flows", {})
    return flows


def renamed(past: Past, names: Mapping[str, str]) -> dict[str, Any]:
    """Give a past under other names; what has none is forgotten."""
    found: dict[str, Any] = {}
    for name, visit in past.items():
        if name in names:
            extra = dict(extra_of(visit))
            if "flows" in extra:
                flows = extra["flows"].items()
                extra["flows"] = {
                    flow: {names[one]: number for one, number in own.items() if one in names} for flow, own in flows
                }
            found[names[name]] = [number_of(visit), extra] if extra else visit
    return found


def joins_after(past: Past, name: str) -> dict[str, tuple[list[str], list[str]]]:
    """Give the joins where a visit met branches that do not come from it, with the flows that do and those that don't.

    The earliest join comes first.
    """
    number = number_of(past.get(name))
    found = {}
    for join in sorted(past, key=lambda key: number_of(past[key])):
        flows = _flows(past[join])
        inside = [flow for flow, own in flows.items() if own.get(name) == number]
        if inside:
            found[join] = (inside, [flow for flow in flows if flow not in inside])
    return found
