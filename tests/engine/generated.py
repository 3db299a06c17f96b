"""Block-structured diagrams made by dice: whatever is done to them, no element but ``n...`` ever holds two tokens."""

from __future__ import annotations

import random
from itertools import pairwise

from tests.engine.diagrams import MESSAGE, ON_MESSAGE, PARALLEL, SEQUENTIAL, diagram, el, flows, service, timer, user


class Generator:
    """Makes one diagram; the same dice make the same."""

    def __init__(self, seed: int, size: int = 7) -> None:
        self.dice = random.Random(seed)
        self.left = size
        self.count = 0
        self.handlers: dict[str, str] = {}

    def key(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def diagrams(self) -> tuple[bytes, bytes]:
        """Make a diagram, and a later version with one task more at its end."""
        body, arrows, first, last = self.row(3)
        one = diagram(body, f"{arrows} s>{first} {last}>e", MESSAGE)
        return one, diagram(body + user("more"), f"{arrows} s>{first} {last}>more more>e", MESSAGE)

    def row(self, depth: int) -> tuple[str, str, str, str]:
        """Make blocks in a row: elements, arrows, entry, exit."""
        parts = [self.block(depth) for _ in range(self.dice.randint(1, 3))]
        joints = " ".join(f"{one[3]}>{other[2]}" for one, other in pairwise(parts))
        body, arrows = "".join(part[0] for part in parts), " ".join([*(part[1] for part in parts), joints])
        return body, arrows, parts[0][2], parts[-1][3]

    def block(self, depth: int) -> tuple[str, str, str, str]:
        self.left -= 1
        if depth == 0 or self.left < 0:
            return self.task()
        kinds = [self.task, self.job, self.many, self.bounded, self.noticed, self.regret]
        nested = [self.gateways, self.gateways, self.loop, self.sub, self.transaction]
        chosen = self.dice.randrange(len(kinds) + len(nested))
        return kinds[chosen]() if chosen < len(kinds) else nested[chosen - len(kinds)](depth - 1)

    def task(self) -> tuple[str, str, str, str]:
        key = self.key("u")
        return user(key), "", key, key

    def job(self) -> tuple[str, str, str, str]:
        key = self.key("w")
        return service(key), "", key, key

    def many(self) -> tuple[str, str, str, str]:
        key = self.key("m")
        loop = self.dice.choice([PARALLEL, SEQUENTIAL])
        loop = loop.replace('id="it"', f'id="it{key}"').replace('id="ot"', f'id="ot{key}"')
        return el("userTask", key, loop), "", key, key

    def bounded(self) -> tuple[str, str, str, str]:
        host, event, task, out = self.key("u"), self.key("b"), self.key("u"), self.key("x")
        trigger = self.dice.choice([ON_MESSAGE, timer("timeDuration", "P2D")])
        body = user(f"{host} {task}") + el("boundaryEvent", event, trigger, attachedToRef=host)
        arrows = f"{host}>{out} {event}>{task} {task}>{out}"
        return body + el("exclusiveGateway", out), arrows, host, out

    def noticed(self) -> tuple[str, str, str, str]:
        """Make a task with a reminder: the one element that may hold several tokens, one for each visit of the task."""
        host, event, task, end = self.key("u"), self.key("b"), self.key("n"), self.key("e")
        trigger = timer("timeDuration", "P2D")
        body = user(f"{host} {task}") + el("boundaryEvent", event, trigger, attachedToRef=host, cancelActivity="false")
        return body + el("endEvent", end), f"{event}>{task} {task}>{end}", host, host

    def undoable(self, key: str, inside: str = "") -> str:
        """Make a task that a handler undoes; the handler may be at work for several who compensate."""
        event, handler = self.key("b"), self.key("n")
        self.handlers[handler] = key
        return (
            el("userTask", key, inside)
            + el("boundaryEvent", event, "<compensateEventDefinition/>", attachedToRef=key)
            + user(handler, isForCompensation="true")
            + f'<association id="a{handler}" sourceRef="{event}" targetRef="{handler}"/>'
        )

    def regret(self) -> tuple[str, str, str, str]:
        """Make a task, perhaps done many times, and an event that undoes it or all that was done in its scope."""
        key, event = self.key("u"), self.key("t")
        loop = self.dice.choice(["", "", PARALLEL, SEQUENTIAL])
        loop = loop.replace('id="it"', f'id="it{key}"').replace('id="ot"', f'id="ot{key}"')
        attributes = self.dice.choice([{}, {}, {"activityRef": key}, {"waitForCompletion": "false"}])
        definition = el("compensateEventDefinition", self.key("d"), **attributes)
        return self.undoable(key, loop) + el("intermediateThrowEvent", event, definition), f"{key}>{event}", key, event

    def transaction(self, depth: int) -> tuple[str, str, str, str]:
        """Make a transaction that is cancelled or not, with a task that its cancelling undoes."""
        key, start, done, asked = self.key("p"), self.key("s"), self.key("u"), self.key("u")
        choice, cancel, end, event, out = (self.key(letter) for letter in "xeebx")
        inside, inner, first, last = self.row(depth)
        inside += el("startEvent", start) + self.undoable(done) + user(asked) + el("exclusiveGateway", choice)
        inside += el("endEvent", cancel, "<cancelEventDefinition/>") + el("endEvent", end)
        inner += f" {start}>{done} {done}>{first} {last}>{asked} {asked}>{choice}"
        inner += f" {choice}>{cancel}?again {choice}>{end}?not(again)"
        body = el("transaction", key, inside + flows(inner)) + el("exclusiveGateway", out)
        body += el("boundaryEvent", event, "<cancelEventDefinition/>", attachedToRef=key)
        return body, f"{key}>{out} {event}>{out}", key, out

    def gateways(self, depth: int) -> tuple[str, str, str, str]:
        split, join = self.key("g"), self.key("j")
        kind = self.dice.choice(["parallelGateway", "parallelGateway", "inclusiveGateway", "exclusiveGateway"])
        body, arrows = el(kind, f"{split} {join}"), ""
        for _ in range(self.dice.randint(2, 3)):
            inside, inner, first, last = self.row(depth)
            test = "" if kind == "parallelGateway" else f"?v>{self.dice.choice([0, 0, 2])}"
            body, arrows = body + inside, f"{arrows} {inner} {split}>{first}{test} {last}>{join}"
        if kind != "parallelGateway":
            task = self.key("u")
            body, arrows = body + user(task), f"{arrows} {split}>{task}?v<2 {task}>{join}"
        return body, arrows, split, join

    def loop(self, depth: int) -> tuple[str, str, str, str]:
        into, out = self.key("x"), self.key("x")
        inside, inner, first, last = self.row(depth)
        task, rest = self.key("u"), self.key("u")
        body = inside + user(f"{task} {rest}") + el("exclusiveGateway", f"{into} {out}")
        arrows = f"{inner} {into}>{first} {last}>{task} {task}>{out} {out}>{into}?again {out}>{rest}?not(again)"
        return body, arrows, into, rest

    def sub(self, depth: int) -> tuple[str, str, str, str]:
        key, start, end = self.key("p"), self.key("s"), self.key("e")
        inside, inner, first, last = self.row(depth)
        body = inside + el("startEvent", start) + el("endEvent", end) + flows(f"{inner} {start}>{first} {last}>{end}")
        if self.dice.random() < 0.3:
            loop = PARALLEL.replace('id="it"', f'id="it{key}"').replace('id="ot"', f'id="ot{key}"')
            body = loop + body
        return el("subProcess", key, body), "", key, key
