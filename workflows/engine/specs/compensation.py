"""Compensation: what a scope remembers of its completed activities, and the tokens that undo it, newest first.

An entry is made when an activity is done that somebody could undo: by the handler at its boundary, by the compensation
event sub-process within it, or by what was completed within it. Whoever undoes (a throwing event, or ``Undo`` where no
element of the diagram does) takes entries out of the registries and works them off one by one; what is left when it is
cancelled goes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from workflows.engine.lineage import number_of
from workflows.engine.specs.base import Element
from workflows.engine.token import COMPLETED, FUTURE, STARTED, Token

if TYPE_CHECKING:
    from workflows.engine.scope import Scope

#: The spec name of the element that undoes where no element of the diagram does.
UNDO = " undo"


class Entry(TypedDict):
    """One completed activity: when, its spec name, the number of its token and what lay behind that.

    ``data`` holds the variables that its handler reads, as they were. ``inner`` is what was completed within it; ``cut``
    says that it was not completed itself, so that only ``inner`` is undone. ``up`` tells how many scopes above its
    thrower it was found.
    """

    at: int
    of: str
    visit: int
    behind: list[int]
    data: dict[str, Any]
    inner: list[Entry]
    cut: NotRequired[bool]
    up: NotRequired[int]


@dataclass(frozen=True, slots=True)
class Handler:
    """Who undoes an activity: the boundary event, the handler it is associated with, and what that one reads."""

    event: str
    element: str
    reads: frozenset[str]


# ---- remembering


def completed(token: Token) -> list[Entry]:
    """Give what there is to undo of an activity that is done; what was skipped was not done."""
    element, notes = token.element, token.internal_data
    inner: list[Entry] = notes.pop("inner", [])
    found: list[Entry] = notes.pop("entries", [])
    if "skipped" in notes:
        return found
    reads = element.undone_with(token)
    if reads is None and not inner:
        return found
    return [*found, _entry(token, reads or frozenset(), [] if element.handler is not None else inner)]


def _entry(token: Token, reads: Iterable[str], inner: list[Entry]) -> Entry:
    return {
        "at": token.scope.instance.next(),
        "of": token.element.name,
        "visit": token.number,
        "behind": sorted({number_of(visit) for visit in token.past.values()} - {0, -1}),
        "data": {name: token.data[name] for name in sorted(reads) if name in token.data},
        "inner": inner,
    }


def within(token: Token) -> list[Entry]:
    """Take what was completed within an activity that still runs, and that will run no longer."""
    notes = token.internal_data
    found: list[Entry] = notes.pop("entries", [])
    if "cancels" in notes:
        found += taken(token)
    for item in list(token.scope.live.values()):
        if item.internal_data.get("of") == token.number:
            found += within(item)
    nested = token.scope.instance.subprocesses.get(token.number)
    inner = _left_in(nested) if nested is not None else []
    if inner:
        found.append({**_entry(token, (), inner), "cut": True})
    return found


def _left_in(scope: Scope) -> list[Entry]:
    """Take all that is to be undone in a scope, from those who were at it too."""
    _stop(scope)
    found, scope.entries = scope.entries, []
    for token in list(scope.live.values()):
        if not token.internal_data.keys() & {"of", "back"}:
            found += within(token)
    return found


def _stop(scope: Scope) -> None:
    """Stop those who undo in a scope; what they have not undone goes back to where it was."""
    for token in list(scope.live.values()):
        if "undo" in token.internal_data and "cancels" not in token.internal_data:
            give_back(token)
        nested = scope.instance.subprocesses.get(token.number)
        if nested is not None:
            _stop(nested)


def came_of(entry: Entry, visit: int) -> bool:
    """Say whether an activity was that visit, or came after it."""
    return visit == entry["visit"] or visit in entry["behind"]


def forget(scope: Scope, visit: int, element: Element | None = None) -> list[Entry]:
    """Take out of a scope's registry what came of a visit, or of it only what was done at the element itself."""
    gone = [
        entry
        for entry in scope.entries
        if came_of(entry, visit) and (element is None or _is_of(entry, scope, element.name))
    ]
    ids = {entry["at"] for entry in gone}
    scope.entries = [entry for entry in scope.entries if entry["at"] not in ids]
    return gone


def _is_of(entry: Entry, scope: Scope, name: str) -> bool:
    return name in (entry["of"], scope.spec.element(entry["of"]).container)


def registered(scope: Scope) -> Iterator[tuple[Scope, Entry]]:
    """Give every entry that is held in a scope, with the scope of its activity."""
    yield from ((scope, entry) for entry in scope.entries)
    scopes = list(reached(scope))
    for token in scope.live.values():
        notes = token.internal_data
        pending = [*notes.get("undo", ()), *([notes["undoing"]] if "undoing" in notes else [])]
        for entry in (*notes.get("entries", ()), *pending):
            yield scopes[entry.get("up", 0)], entry


# ---- choosing


def chosen(token: Token, activity: str) -> list[Entry]:
    """Take out of the registries what a thrower names: an activity, or all of its scope.

    In an event sub-process the scope is the one around it as well.
    """
    found: list[Entry] = []
    for up, scope in enumerate(reached(token.scope)):
        here = [entry for entry in scope.entries if not activity or _is_of(entry, scope, activity)]
        scope.entries = [entry for entry in scope.entries if entry not in here]
        found += [{**entry, "up": up} for entry in here] if up else here
    return found


def reached(scope: Scope) -> Iterator[Scope]:
    """Give the scopes whose activities can be undone from within one."""
    yield scope
    while scope.host is not None and scope.host.element.event_scope:
        scope = scope.host.scope
        yield scope


# ---- undoing


def begin(token: Token, entries: Iterable[Entry]) -> bool | None:
    """Let a token undo entries; True when there are none, None when it must wait."""
    token.internal_data["undo"] = sorted(entries, key=lambda entry: entry["at"])
    return True if _next(token) else None


def _next(token: Token) -> bool:
    """Begin with the newest entry that is left; True when none is."""
    notes = token.internal_data
    if not notes["undo"]:
        for name in ("undo", "undoing"):
            notes.pop(name, None)
        return True
    entry = notes["undoing"] = notes["undo"].pop()
    base = token
    for _ in range(entry.get("up", 0)):
        base = base.scope.host or base
    element = base.scope.spec.element(entry["of"])
    if element.handler is not None and "cut" not in entry:
        _by_handler(token, base, element.handler, entry)
    else:
        _within(token, base, element, entry)
    return False


def _spawn(token: Token, base: Token, element: Element, entry: Entry, state: int, **notes: Any) -> Token:
    """Put a token on an element that undoes; it sees what its reader had seen, besides what its thrower sees."""
    child = base.spawn(element, state, **{"for": token.number}, **notes)
    if base is not token:
        child.take([(token.data, token.writes)])
    child.data.update(entry["data"])
    for name in entry["data"]:
        child.writes.pop(name, None)
    return child


def _by_handler(token: Token, base: Token, handler: Handler, entry: Entry) -> None:
    """Run the handler that is associated with the activity's boundary event."""
    child = _spawn(token, base, base.scope.spec.element(handler.element), entry, FUTURE)
    _note(child.scope, child.scope.spec.element(handler.event))
    child.element._update(child)


def _within(token: Token, base: Token, element: Element, entry: Entry) -> None:
    """Open the scope of a sub-process again: for its compensation event sub-process, else to undo what was done there."""
    token.internal_data["undoing"] = {**entry, "inner": []}  # the scope has them now
    child = _spawn(token, base, element, entry, STARTED, back=True)
    if element.container is None:
        child.scope.instance.note("element.entered", child, visit=child.scope.instance.visits_of(element))
    scope = element.open(child)
    scope.entries = entry["inner"]
    name = scope.spec.undoer if "cut" not in entry else ""
    if name:
        _note(scope, scope.spec.element(name))
    begun = scope.task_tree.spawn(scope.spec.element(name or UNDO), FUTURE)
    begun.element._update(begun)


def _note(scope: Scope, element: Element) -> None:
    """Write that a compensation event was met."""
    scope.instance.line("compensation.caught", scope, element.meta.id, element.meta.process, {})


def report(token: Token) -> None:
    """Tell the thrower that one of its entries is undone."""
    if "back" not in token.internal_data:
        token.element.note_left(token)
    elif token.element.container is None:
        token.scope.instance.note("element.left", token, visit=token.scope.instance.visits_of(token.element))
    thrower = token.scope.instance.live_token(token.internal_data["for"])
    thrower.take([(token.data, token.writes)])
    if _next(thrower):
        thrower.complete()


def taken(token: Token) -> list[Entry]:
    """Take from a token what it has not undone yet."""
    found: list[Entry] = token.internal_data.pop("undo", [])
    current: Entry | None = token.internal_data.pop("undoing", None)
    if current is not None:
        for other in _at_work(token):
            nested = token.scope.instance.subprocesses.get(other.number)
            if nested is not None and "back" in other.internal_data:
                current = {**current, "inner": _left_in(nested)}
        found.append(current)
    return found


def _at_work(token: Token) -> list[Token]:
    """Give the tokens that undo something for a thrower."""
    scopes = list(token.scope.instance.scopes())
    return [one for scope in scopes for one in scope.live.values() if one.internal_data.get("for") == token.number]


def give_back(token: Token) -> None:
    """Put back what a cancelled token has not undone, and cancel who was at it.

    What a cancelled transaction still had to undo is nobody's any more.
    """
    left = taken(token)
    for entry in left if "cancels" not in token.internal_data else ():
        scopes = list(reached(token.scope))
        scopes[entry.pop("up", 0)].entries.append(entry)
    for other in _at_work(token):
        other.cancel()


def abandon(token: Token) -> None:
    """Leave to its thrower what is not undone yet within a sub-process whose undoing is cancelled."""
    if "back" not in token.internal_data:
        return
    nested = token.scope.instance.subprocesses.get(token.number)
    for scope in token.scope.instance.scopes():
        thrower = scope.live.get(token.internal_data["for"])
        if thrower is not None and nested is not None and "undoing" in thrower.internal_data:
            thrower.internal_data["undoing"]["inner"] = _left_in(nested)


class Undo(Element):
    """Undoes what its token was given, or everything of its scope, and goes on with the tokens that wait for it."""

    def run(self, token: Token) -> bool | None:
        """Undo."""
        entries = token.internal_data.pop("undo", None)
        return begin(token, chosen_here(token) if entries is None else entries)

    def leave(self, token: Token) -> list[Token]:
        """Let go on who waits for it; the transaction that it has undone is left by its cancel event."""
        scope, notes = token.scope, token.internal_data
        waiting = [scope.live[number] for number in notes.get("then", ()) if number in scope.live]
        for child in waiting:
            child.take([(token.data, token.writes)])
        if "cancels" in notes:
            whole = scope.live[notes["cancels"]]
            whole.take([(token.data, token.writes)])
            event = next(one for one in scope.live.values() if _cancels(one, whole))
            event.element.fire(event, {})
        elif not waiting:
            scope.keep(token)
        return waiting

    def withdraw(self, token: Token) -> None:
        """Undo no more; who waits for it never begins."""
        give_back(token)
        live = token.scope.live
        for child in [live[number] for number in token.internal_data.get("then", ()) if number in live]:
            child.cancel()


def chosen_here(token: Token) -> list[Entry]:
    """Take everything out of the registry of a token's own scope."""
    found, token.scope.entries = token.scope.entries, []
    return found


def _cancels(event: Token, whole: Token) -> bool:
    return event.internal_data.get("host") == whole.number and event.element.listens_for("cancel", "")


def driver(base: Token, entries: list[Entry], **notes: Any) -> Token:
    """Make a token beside another that undoes entries; it begins with ``element._update``."""
    return base.spawn(base.element.other(UNDO), FUTURE, undo=entries, **notes)


def cancel_transaction(token: Token) -> None:
    """Cancel the transaction around a token: end all within it, undo it, leave by its cancel event."""
    instance = token.scope.instance
    host = token.scope.host
    while host is not None and not host.element.transaction:
        host = host.scope.host
    if host is None:  # pragma: no cover - lint refuses it
        return
    whole = host.scope.tasks[host.internal_data.get("of", host.number)]
    token._set_state(COMPLETED)
    token.element.note_left(token)
    token.scope.keep(token)
    instance.note("transaction.cancelled", whole)
    undoing = driver(whole, within(whole), cancels=whole.number)
    for one in {whole.number: whole, host.number: host}.values():
        undoing.take(instance.seen_by(one))
    for item in reversed(list(whole.scope.live.values())):
        if item.internal_data.get("of") == whole.number:
            item.cancel()
    instance.drop_subprocess(whole)
    undoing.element._update(undoing)
