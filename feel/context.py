"""One QuickJS context per thread: texts and JSON go in, JSON comes out."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import orjson
import quickjs

from feel.errors import FeelError
from feel.zones import named, transitions

SECONDS = 0.4
START_SECONDS = 10.0
MEMORY = 64 * 1024 * 1024
STACK = 3 * 1024 * 1024  # of the thread's 8 MB: Python's own frames need the rest
LONGEST = 8_000  # characters: parsing them takes half of the time there is
LARGEST = 64 * 1024
ATTEMPTS = 3

_threads = threading.local()


class Model(Protocol):
    """A decision model: its content as JSON, and the key that names that content."""

    @property
    def key(self) -> str:
        """Give the hash of the text."""

    @property
    def text(self) -> str:
        """Give the JSON."""


def for_thread() -> Feel:
    """Give the calling thread's own Feel, making it at the first call (about 0.04 s)."""
    feel: Feel | None = getattr(_threads, "feel", None)
    if feel is None:
        feel = _threads.feel = Feel()
    return feel


class Feel:
    """Evaluates FEEL. Belongs to the thread that made it: QuickJS crashes when two threads share a context."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._context: Any = None
        self._zones: set[str] = set()
        self._reads: dict[tuple[str, bool], tuple[str, ...]] = {}
        #: Seconds of the thread's own time that evaluations have taken, so that a caller can bound many together.
        self.spent = 0.0

    def evaluate(self, text: str, variables: Mapping[str, Any], now: datetime, zone: str = "Asia/Shanghai") -> Any:
        """Evaluate an expression (without a leading ``=``) over JSON values.

        ``now`` is aware; ``now()`` and ``today()`` give it in ``zone``. Only the variables that the text reads are
        handed in; one that is missing is null. Numbers are doubles: a Decimal loses what does not fit. Dates, times
        and durations come out as ISO text. Raises FeelError.
        """
        chosen = {name: variables[name] for name in self._names(text, unary=False) if name in variables}
        return self._ask("qsEvaluate", text, _json(chosen), *_clock(now, zone))

    def unary(
        self, text: str, value: Any, variables: Mapping[str, Any], now: datetime, zone: str = "Asia/Shanghai"
    ) -> bool:
        """Say whether ``value`` passes a unary test, as a cell of a decision table holds it. Raises FeelError."""
        chosen = {name: variables[name] for name in self._names(text, unary=True) if name in variables}
        return self._ask("qsUnary", text, _json({**chosen, "?": value}), *_clock(now, zone)) is True

    def analyse(self, text: str, *, unary: bool = False, names: Collection[str] = ()) -> dict[str, Any]:
        """Give the names that a text reads and its faults, as ``feel.check`` words them. Evaluates nothing.

        ``names`` tells the parser of variables and keys with spaces or signs in their names.
        """
        answer: dict[str, Any] = self._ask("qsAnalyse", text, unary, orjson.dumps(sorted(names)).decode())
        return answer

    def decide(
        self, model: Model, ref: str, variables: Mapping[str, Any], now: datetime, zone: str = "Asia/Shanghai"
    ) -> dict[str, Any]:
        """Evaluate a decision of a model with all that it requires: ``{"value": ..., "rules": [ids]}``.

        A model is loaded once in each context. Raises FeelError; ``decision`` is its rule when a table gives no
        lawful answer, and then ``fault`` and ``element`` say which and where.
        """
        asked = (model.key, ref, _json(variables), *_clock(now, zone))
        self._bring(named(asked[2]))
        try:
            answer: dict[str, Any] = self._answered("qsDecide", *asked)
        except FeelError as error:
            if error.rule != "unloaded":
                raise
            self._answered("qsLoad", model.key, model.text)
            self._bring(named(model.text))
            answer = self._answered("qsDecide", *asked)
        return answer

    def _names(self, text: str, *, unary: bool) -> tuple[str, ...]:
        key = (text, unary)
        if key not in self._reads:
            reads = self.analyse(text, unary=unary)["reads"]
            if len(self._reads) >= 5000:
                self._reads.clear()
            # a call finds the built-in function, whatever variable has its name
            self._reads[key] = tuple({read["name"] for read in reads if not read["call"]})
        return self._reads[key]

    def _ask(self, function: str, text: str, *rest: Any) -> Any:
        """Call one of the bundle's functions within the limits; it answers ``{"v": value}`` or ``{"e": fault}``."""
        if len(text) > LONGEST:
            raise FeelError("length", f"the expression is longer than {LONGEST} characters")
        if function != "qsAnalyse":
            self._bring(named(text) | named(rest[0]))
        return self._answered(function, text, *rest)

    def _bring(self, zones: Collection[str]) -> None:
        """Load the tables of zones that the context does not hold yet."""
        self._ready()
        for name in sorted(zones):
            table = transitions(name) if name not in self._zones else None
            if table is not None:
                self._answered("qsZone", name, table)
                self._zones.add(name)

    def _answered(self, function: str, *arguments: Any) -> Any:
        if threading.get_ident() != self._thread:
            message = "a Feel belongs to the thread that made it; call feel.for_thread()"
            raise RuntimeError(message)
        answered = self._call(function, *arguments).encode()
        if function != "qsAnalyse" and len(answered) > LARGEST:
            raise FeelError("size", "the result is larger than 64 KB")
        answer = orjson.loads(answered)
        if "e" not in answer:
            return answer["v"]
        fault = answer["e"]
        if str(fault["rule"]).startswith("decision_"):
            raise FeelError("decision", fault["message"], fault=fault["rule"], element=fault.get("element") or "")
        raise FeelError(fault["rule"], fault["message"], fault["position"])

    def _call(self, function: str, *arguments: Any) -> str:
        """Call, and throw the context away when it met a limit.

        QuickJS measures the processor time of the whole process, so a busy neighbour makes it cut too early. The
        thread's own time tells: below the limit, the call is repeated with more room.
        """
        for attempt in range(ATTEMPTS):
            context = self._ready()
            context.set_time_limit(SECONDS * 4**attempt)
            before = time.thread_time()
            try:
                answer: str = context.get(function)(*arguments)
            except quickjs.JSException as error:
                self._context = None
                spent = time.thread_time() - before
                if "interrupted" in str(error) and spent < SECONDS * 0.9 and attempt < ATTEMPTS - 1:
                    continue
                raise FeelError("limit", str(error).split("\n", 1)[0]) from None
            finally:
                self.spent += time.thread_time() - before
            return answer
        raise AssertionError

    def _ready(self) -> Any:
        if self._context is None:
            context = quickjs.Context()
            context.set_memory_limit(MEMORY)
            context.set_max_stack_size(STACK)
            context.set_time_limit(START_SECONDS)
            context.eval(_bundle())
            self._zones.clear()
            self._context = context
        return self._context


@cache
def _bundle() -> str:
    """Read the bundle that the build made from the npm package feelin."""
    file = resources.files("feel").joinpath("dist", "feelin.js")
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        message = "feel/dist/feelin.js is missing: run `make setup`, or `python hatch_build.py`"
        raise RuntimeError(message) from None


def _clock(now: datetime, zone: str) -> tuple[float, str]:
    """Give the moment as milliseconds and as local ISO text with its offset.

    A float, because QuickJS would cut an integer to 32 bits.
    """
    local = now.astimezone(ZoneInfo(zone))
    return now.timestamp() * 1000.0, local.isoformat(timespec="milliseconds")


def _json(values: Mapping[str, Any]) -> str:
    try:
        return orjson.dumps(values, default=_number, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError as error:
        raise FeelError("variables", str(error)) from None


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 2**53 else float(value)
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    raise TypeError(type(value).__name__)
