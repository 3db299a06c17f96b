"""Tokens along sequence flows, and where instances begin and end: BPMN 2.0.2, 13.2, 13.3.1 and 13.5.1."""

from __future__ import annotations

from tests.engine.oracle.shorthand import NAMESPACES, bpmn, row

LOOP = "start s; user a; xor in x; end e; s>in>a>x; x>in ? again = true; x>e ? else"

ROWS = [
    row(
        "one task follows another",
        "start s; user a b; end e; s>a>b>e",
        "start; tasks a; active a; do a; tasks b; open; do b; end; tasks; count 0",
    ),
    row("a manual task waits as well", "start s; manual a; end e; s>a>e", "start; tasks a; do a; end"),
    row("a plain task passes", "start s; task t; user a; end e; s>t>a>e", "start; tasks a; do a; end"),
    row("a process of automatic elements ends at once", "start s; task t; end e; s>t>e", "start; end"),
    row("an event without trigger passes", "start s; throw n; user a; end e; s>n>a>e", "start; tasks a; do a; end"),
    row(
        "a task is known by its name, and by its id where it has none",
        "start s; user a named 'Check the report'; user b; end e; s>a>b>e",
        "start; tasks 'Check the report'; ids a; do 'Check the report'; tasks b; ids b; do b; end",
    ),
    row(
        "without a start event everything begins that no flow leads to",
        "user a b c; end e; a>c>e",
        "start; tasks a b; do a; tasks b c; do c; open; do b; end",
    ),
    row("a path may end without an end event", "start s; user a; s>a", "start; tasks a; do a; end"),
    row(
        "an instance ends with its last token",
        "start s; user a b; end e f; s>a>e; s>b>f",
        "start; tasks a b; do a; open; do b; end",
        "start; do b; open; tasks a; do a; end",
    ),
    row(
        "paths without end event all count",
        "start s; user a b; s>a; s>b",
        "start; do b; open; do a; end",
    ),
    row(
        "several flows out of a task are all taken",
        "start s; user a b c; end e; s>a; a>b>e; a>c>e",
        "start; tasks a; do a; tasks b c; do c; do b; end",
    ),
    row(
        "conditions on flows out of a task are each asked",
        "start s; user a b c; end e; s>a; a>b ? n > 1; a>c ? n > 2; b>e c>e",
        "start; do a n=2; tasks b; do b; end",
        "start; do a n=3; tasks b c; all; end",
    ),
    row(
        "the default flow out of a task is taken where no condition holds",
        "start s; user a b c d; end e; s>a; a>b ? n > 1; a>c ? n > 2; a>d ? else; b>e c>e d>e",
        "start; do a n=1; tasks d; do d; end",
        "start; do a n=2; tasks b; do b; end",
        "start; do a n=3; tasks b c; all; end",
    ),
    row(
        "a flow without condition is taken beside one with a condition",
        "start s; user a b c; end e; s>a; a>b; a>c ? ok = true; b>e c>e",
        "start; do a ok=true; tasks b c; all; end",
        "start; do a ok=false; tasks b; all; end",
    ),
    row(
        "a flow without condition does not keep the default flow from being taken",
        "start s; user a b c d; end e; s>a; a>b; a>c ? n > 2; a>d ? else; b>e c>e d>e",
        "start; do a n=1; tasks b d; all; end",
        "start; do a n=3; tasks b c; all; end",
    ),
    row(
        "every token that comes to a task opens it",
        "start s; user a b c; end e; s>a>c; s>b>c; c>e",
        "start; tasks a b; do a; tasks b c; do b; tasks c c; do c; open; do c; end",
        "start; do b; do c; tasks a; do a; tasks c; do c; end",
    ),
    row(
        "two flows between one pair bring two tokens",
        "start s; user a; and g; end e; s>g; g>a g>a; a>e",
        "start; tasks a a; do a; open; do a; end",
    ),
    row(
        "two flows from a task to another open it twice",
        "start s; user a b; end e; s>a; a>b a>b; b>e",
        "start; do a; tasks b b; all; end",
    ),
    row(
        "several flows into an end event: each token ends there",
        "start s; user a b; end e; s>a>e; s>b>e",
        "start; do a; open; tasks b; do b; end",
    ),
    row(
        "a loop goes round as long as its condition holds",
        LOOP,
        "start; do a again=true; tasks a; do a again=true; tasks a; do a again=false; end",
        "start; do a again=false; end",
    ),
    row(
        "a loop back into a task needs no gateway",
        "start s; user a; end e; s>a; a>a ? again = true; a>e ? else",
        "start; do a again=true; tasks a; do a again=true; tasks a; do a again=false; end",
    ),
    row(
        "a fork may lead back into its own loop",
        "start s; user a b; end e; s>a; a>b>e; a>a ? again = true",
        "start; do a again=true; tasks a b; do a again=false; tasks b b; all; end",
    ),
    row(
        "flows need no ids",
        "",
        "start; tasks a; do a; tasks b; do b; end",
        files={
            "p.bpmn": f'<definitions {NAMESPACES}><process id="P"><startEvent id="s"/><userTask id="a"/><userTask id="b"/>'
            '<endEvent id="e"/><sequenceFlow sourceRef="s" targetRef="a"/><sequenceFlow sourceRef="a" targetRef="b"/>'
            '<sequenceFlow sourceRef="b" targetRef="e"/></process></definitions>'.encode()
        },
    ),
    row(
        "a process that says it is not executable runs all the same",
        "",
        "start; tasks a; do a; end",
        files={
            "p.bpmn": bpmn("start s; user a; end e; s>a>e").replace(
                b'<process id="P"', b'<process isExecutable="false" id="P"'
            )
        },
    ),
    row(
        "what is drawn beside the flow does not run",
        "start s; user a; end e; s>a>e\n"
        '<textAnnotation id="n"><text>note</text></textAnnotation>\n<association id="n_a" sourceRef="n" targetRef="a"/>\n'
        '<dataObject id="d"/>\n<dataObjectReference id="dr" dataObjectRef="d"/>\n<group id="gr"/>',
        "start; tasks a; active a; do a; end",
    ),
    row(
        "lanes of lanes run",
        '<laneSet id="ls"><lane id="l" name="L"><childLaneSet id="cl"><lane id="m" name="M"><flowNodeRef>a</flowNodeRef>'
        "</lane></childLaneSet></lane></laneSet>\nstart s; user a; end e; s>a>e",
        "start; tasks a; do a; end",
    ),
    row(
        "a start event with several flows forks",
        "start s; user a b; end e; s>a>e; s>b>e",
        "start; tasks a b; do b; tasks a; do a; end",
    ),
    row(
        "a message starts an instance at its start event, with what it carries",
        "start s message M; user a b; xor x; end e; s>x; x>a ? n = 1; x>b ? else; a>e b>e",
        "msg M n=1; tasks a; do a; end",
        "msg M n=2; tasks b; do b; end",
        "start; open; tasks; msg M n=1; tasks a",
    ),
    row("a signal starts an instance", "start s signal S; user a; end e; s>a>e", "sig S; tasks a; do a; end"),
    row(
        "a timer starts an instance when it is due",
        "start s timer PT1H; user a; end e; s>a>e",
        "start; time 3599; tasks; open; time 1h; tasks a; do a; end",
    ),
    row(
        "each of several start events begins its own path",
        "start s; start m message M; start n message N; user a b c; end e; s>a>e; m>b>e; n>c>e",
        "start; tasks a; do a; end",
        "msg M; tasks b; do b; end",
        "msg N; tasks c; do c; end",
    ),
    row(
        "start events that meet start one instance each",
        "start s; start m message M; user a; end e; s>a>e; m>a",
        "start; tasks a; do a; end",
        "msg M; tasks a; do a; end",
    ),
    row(
        "a receive task may begin an instance",
        "receive r message M instantiate; user a; end e; r>a>e",
        "msg M; tasks a; do a; end",
    ),
    row(
        "an event gateway may begin an instance",
        "first g instantiate; catch c message M; catch d message N; user a b; end e; g>c>a>e; g>d>b>e",
        "msg N; tasks b; do b; end",
        "msg M; tasks a; do a; end",
    ),
    row(
        "a conditional start begins when its condition holds",
        "start s condition 'n > 5'; user a; end e; s>a>e",
        "start n=6; tasks a; do a; end",
    ),
    row(
        "an early message waits for its receiver",
        "start s; user a b; catch c message M; end e; s>a>c>b>e",
        "msg M; start; tasks a; do a; tasks b; do b; end",
        "start; msg M; do a; tasks b",
        "start; do a; tasks; waiting 1; msg M; tasks b",
    ),
    row(
        "a long chain of automatic elements is no matter",
        "start s; end e; user a; "
        + "; ".join(f"task t{n}" for n in range(300))
        + "; s>"
        + ">".join(f"t{n}" for n in range(300))
        + ">a>e",
        "start; tasks a; do a; end",
    ),
    row(
        "another process of the file does not run by itself",
        "start s; user a; end e; s>a>e\nprocess Q { start s2; user b; s2>b }",
        "start; tasks a; do a; end",
    ),
    row(
        "what an instance threw before it ended is no matter to it",
        "start s; throw t message M; end e; s>t>e",
        "start; end",
    ),
    row(
        "a token that nothing can take further waits for ever",
        "start s; user a b; xor x; and j; end e; s>x; x>a ? ok = true; x>b ? else; a>j b>j; j>e",
        "start ok=true; tasks a; do a; open; tasks; active j; waiting 0",
        "start ok=false; tasks b; do b; open; tasks",
    ),
    row(
        "paths may end where they meet: all flow objects without outgoing flow mark the end of a path",
        "start s; user a b; and g j; s>g; g>a>j; g>b>j",
        "start; do a; open; do b; end",
    ),
    row(
        "paths may end at an inclusive join, or where each token passes",
        "start s; user a b c d; and f; or i; xor x; s>f; f>a>i; f>b>i; f>c>x; f>d>x",
        "start; do a; do c; tasks b d; do b; open; do d; end",
    ),
]
