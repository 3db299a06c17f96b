"""An instance as bytes and back: a format number and zstd over orjson. No spec inside, live tokens only.

``[format, body]`` with body: h definition hash, i instance id, n sequence, s status, v visits, q held commands, r result
of an ended instance, c scopes, parents first. A scope: [number of its host or 0, spec name, base, tokens]; a token:
[number, parent, state, spec name, fork, notes, variables, writes, past], the last three as difference to the parent (a
past far from it as a mapping, the same one as 0). A base ends with what can be undone, where there is something.
A state without pasts is read as if nothing lay behind its tokens.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import orjson
import zstandard

from workflows.engine.compaction import compact
from workflows.engine.definition import Definition
from workflows.engine.expressions import Context
from workflows.engine.scope import NestedScope, Scope
from workflows.engine.step import Fire, JobDone, JobFailed
from workflows.engine.token import COMPLETED, Token
from workflows.engine.workflow import Instance
from workflows.errors import EngineError

FORMAT = 1
MAX_STATE = 1_000_000
MAX_RAW = 64 * MAX_STATE


class _Zstd(threading.local):
    """A thread's compressor and decompressor: to make them anew costs more than what they do."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=1)
        self.decompressor = zstandard.ZstdDecompressor()


_ZSTD = _Zstd()
_MISSING = object()
_HELD = {"Fire": Fire, "JobDone": JobDone, "JobFailed": JobFailed}


def save(instance: Instance) -> bytes:
    """Give the bytes; raises EngineError when they pass the limit."""
    compact(instance)
    body = {
        "h": instance.definition.hash,
        "i": instance.key,
        "n": instance.sequence,
        "s": instance.status,
        "v": instance.visits,
        "q": [[type(held).__name__, {key: getattr(held, key) for key in held.__slots__}] for held in instance.held],
        "r": [instance.result, instance.result_writes],
        "c": [_scope_out(scope) for scope in instance.scopes()],
    }
    try:
        raw = orjson.dumps([FORMAT, body])
    except TypeError as error:
        raise EngineError("state_json", instance.definition.root, f"a variable is not JSON: {error}") from error
    data = _ZSTD.compressor.compress(raw)
    if len(data) > MAX_STATE:
        told = f"the state has {len(data)} bytes, more than {MAX_STATE}"
        raise EngineError("state_size", instance.definition.root, told)
    return data


def definition_hash(data: bytes) -> str:
    """Give the hash of the definition that a state was made by."""
    return str(_body(data)["h"])


def _body(data: bytes) -> dict[str, Any]:
    raw = _ZSTD.decompressor.decompress(data, max_output_size=MAX_RAW)
    number, body = orjson.loads(raw)
    if number != FORMAT:
        raise EngineError("state_format", text=f"format {number} is unknown")
    return dict(body)


def load(definition: Definition, data: bytes, context: Context) -> Instance:
    """Bring an instance back; raises EngineError when the state belongs to another definition."""
    body = _body(data)
    if body["h"] != definition.hash:
        raise EngineError("state_definition", text="the state belongs to another definition")
    instance = Instance(definition, body["i"], context)
    instance.sequence, instance.status, instance.visits = body["n"], body["s"], body["v"]
    instance.held = [_HELD[name](**values) for name, values in body["q"]]
    hosts: dict[int, Token] = {}
    for host, name, base, rows in body["c"]:
        scope: Scope = instance
        if host:
            scope = instance.subprocesses[host] = NestedScope(definition.specs[name], hosts[host])
        _scope_in(scope, base, rows, hosts)
    instance.result, instance.result_writes = body["r"]
    return instance


def _scope_out(scope: Scope) -> list[Any]:
    host = scope.host
    root = scope.task_tree
    outside = host if host is not None else None
    base = [
        root.number,
        root.fork,
        _difference(root.data, outside.data if outside else {}),
        _difference(root.writes, outside.writes if outside else {}),
        scope.result if host is not None else {},
        scope.result_writes if host is not None else {},
        root.past,
        scope.ended,
        *([scope.entries] if scope.entries else ()),
    ]
    tasks = scope.tasks
    rows = [_token_out(token, tasks[token._parent or root.number]) for token in scope.live.values()]
    return [host.number if host is not None else 0, scope.spec.name, base, rows]


def _token_out(token: Token, parent: Token) -> list[Any]:
    return [
        token.number,
        parent.number,
        token._state,
        token.element.name,
        token.fork,
        token.internal_data,
        _difference(token.data, parent.data),
        _difference(token.writes, parent.writes),
        _past_out(token.past, parent.past),
    ]


def _scope_in(scope: Scope, base: list[Any], rows: list[list[Any]], hosts: dict[int, Token]) -> None:
    number, fork, data, writes, scope.result, scope.result_writes, *lineage = base
    host = scope.host
    root = Token(scope, scope.spec.start, None, COMPLETED, number)
    root.fork = fork
    root.data = _applied(host.data if host else {}, data)
    root.writes = _applied(host.writes if host else {}, writes)
    nothing: list[Any] = [{}, {}, []]
    root.past, scope.ended, scope.entries = [*lineage, *nothing[len(lineage) :]]
    scope.task_tree = root
    tasks, specs = scope.tasks, scope.spec.task_specs
    for number, parent_number, state, name, fork, notes, data, writes, *past in rows:
        parent = tasks[parent_number]
        token = Token(scope, specs[name], parent, state, number)
        token.fork, token.internal_data = fork, notes
        token.data, token.writes = _applied(parent.data, data), _applied(parent.writes, writes)
        token.past = _past_in(past[0], parent.past) if past else {}
        hosts[number] = token


def _past_out(past: dict[str, Any], base: dict[str, Any]) -> Any:
    """Give a past against its parent's."""
    if past is base or past == base:
        return 0
    changed = {name: visit for name, visit in past.items() if base.get(name) != visit}
    missing = sorted(name for name in base if name not in past)
    return _sorted(past) if len(missing) >= len(past) else [_sorted(changed), missing]


def _past_in(saved: Any, base: dict[str, Any]) -> dict[str, Any]:
    """Give a past back; what is the same is shared."""
    if saved == 0:
        return base
    return saved if isinstance(saved, dict) else _applied(base, saved)


def _difference(mine: Mapping[str, Any], base: Mapping[str, Any]) -> list[Any]:
    """Give what is set and what is missing against the base, in an order that loading does not change."""
    changed = {key: value for key, value in mine.items() if base.get(key, _MISSING) is not value}
    if not changed and len(mine) == len(base):
        return [{}, []]
    changed = {key: value for key, value in changed.items() if key not in base or not _same(base[key], value)}
    return [_sorted(changed), sorted(key for key in base if key not in mine)]


def _sorted(values: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(sorted(values.items())) if len(values) > 1 else values


def _same(one: Any, other: Any) -> bool:
    """Compare as JSON does: 1 is neither true nor 1.0."""
    if type(one) is not type(other) or one != other:
        return False
    return not isinstance(one, dict | list | float) or orjson.dumps(one) == orjson.dumps(other)


def _applied(base: Mapping[str, Any], difference: list[Any]) -> dict[str, Any]:
    changed, missing = difference
    found = {**base, **changed} if changed else dict(base)
    for key in missing:
        del found[key]
    return found
