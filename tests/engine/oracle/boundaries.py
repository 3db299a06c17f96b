"""Events at the boundary of activities: BPMN 2.0.2, 10.5.4 and 13.5.3."""

from __future__ import annotations

from tests.engine.oracle.shorthand import Row, row

TASK = "start s; user a r z; boundary b {0}; end e f; s>a>z>e; b>r>f"
SUB = "start s; user r z; boundary b {0}; end e f; sub p {{ start s2; user a c; s2>a; s2>c }}; s>p>z>e; b>r>f"
CALL = (
    "start s; user r z; boundary b {0}; end e f; call p calls Q; s>p>z>e; b>r>f\n"
    "process Q {{ start s2; user a c; s2>a; s2>c }}"
)
MANY = "start s; user r z; boundary b {0}; end e f; user p times 3; s>p>z>e; b>r>f"
TRIGGERS = {
    "timer": ("timer PT1H", "time 1h"),
    "message": ("message M", "msg M"),
    "signal": ("signal S", "sig S"),
}


def hosts() -> list[Row]:
    """Give every trigger from outside on every host, interrupting and not."""
    found = []
    for host, diagram, key, inside in (
        ("a task", TASK, "a", ["a"]),
        ("a sub-process", SUB, "p", ["a", "c"]),
        ("a call activity", CALL, "p", ["a", "c"]),
        ("a multi-instance", MANY, "p", ["p", "p", "p"]),
    ):
        names, beside = " ".join(inside), " ".join(sorted([*inside, "r"]))
        for kind, (trigger, comes) in TRIGGERS.items():
            found.append(
                row(
                    f"a {kind} on {host} takes it away",
                    diagram.format(f"on {key} {trigger}"),
                    f"start; tasks {names}; waiting 1; {comes}; tasks r; waiting 0; do r; end",
                    f"start; all; tasks z; waiting 0; {comes}; tasks z; do z; end",
                    f"start; do {inside[0]}; " + ("tasks z" if host == "a task" else f"{comes}; tasks r; do r; end"),
                )
            )
            found.append(
                row(
                    f"a {kind} beside {host} leaves it open",
                    diagram.format(f"beside {key} {trigger}"),
                    f"start; {comes}; tasks {beside}; do r; open; tasks {names}; all; tasks z; do z; end",
                    f"start; {comes}; tasks {beside}; {'; '.join(f'do {one}' for one in inside)}; tasks r z; do z; open; "
                    "do r; end",
                    f"start; all; tasks z; waiting 0; {comes}; tasks z; do z; end",
                )
            )
    return found


ROWS = [
    *hosts(),
    row(
        "a message beside a task is heard again and again",
        TASK.format("beside a message M"),
        "start; waiting 1; msg M; waiting 1; msg M; msg M; tasks a r r r; do a; waiting 0; tasks r r r z; all; end",
    ),
    row(
        "a signal beside a task is heard again and again",
        TASK.format("beside a signal S"),
        "start; sig S; sig S; tasks a r r; waiting 1; all; tasks z; do z; end",
    ),
    row(
        "a timer beside a task fires once",
        TASK.format("beside a timer PT1H"),
        "start; time 1h; tasks a r; waiting 0; time 5h; tasks a r; all; do z; end",
    ),
    row(
        "a cycle beside a task fires as often as it counts",
        TASK.format("beside a timer R3/PT1H"),
        "start; time 59m; tasks a; time 1h; tasks a r; time 2h; tasks a r r; waiting 1; time 3h; tasks a r r r; waiting 0; "
        "time 9h; tasks a r r r",
        "start; time 2h; do a; time 9h; tasks r r z",
    ),
    row(
        "a cycle without number goes on as long as its task",
        TASK.format("beside a timer R/PT1H"),
        "start; time 5h; tasks a r r r r r; waiting 1; do a; waiting 0; time 9h; count 6",
    ),
    row(
        "a cycle may begin at a moment",
        TASK.format("beside a timer R2/2026-01-01T12:00:00+08:00/PT1H"),
        "start; time 10799; tasks a; time 3h; tasks a r; time 14399; tasks a r; time 4h; tasks a r r; time 9h; tasks a r r",
        clock="2026-01-01T09:00:00+08:00",
    ),
    row(
        "a cycle that interrupts fires once",
        TASK.format("on a timer R3/PT1H"),
        "start; time 1h; tasks r; time 9h; tasks r; do r; end",
    ),
    row(
        "a boundary timer begins with its task, in every round anew",
        "start s; user a r z; boundary b on a timer PT1H; xor in; end e; s>in>a>z>in; b>r>e",
        "start; time 30m; do a; tasks z; time 5h; tasks z; do z; tasks a; time 359m; tasks a; time 360m; tasks r",
    ),
    row(
        "what a boundary event starts may lead back to its task",
        "start s; user a r; boundary b on a timer PT1H; end e; s>a>e; b>r>a",
        "start; time 1h; tasks r; do r; tasks a; waiting 1; time 2h; tasks r; do r; do a; end",
    ),
    row(
        "several boundary events on one task: the first that interrupts silences the others",
        "start s; user a r q; boundary b on a timer PT1H; boundary c on a message M; end e; s>a>e; b>r>e; c>q>e",
        "start; waiting 2; msg M; tasks q; waiting 0; time 2h; tasks q; do q; end",
        "start; time 1h; tasks r; waiting 0; do r; end",
        "start; do a; end",
    ),
    row(
        "one that does not interrupt leaves the other armed",
        "start s; user a r q; boundary b beside a timer PT1H; boundary c on a message M; end e; s>a>e; b>r>e; c>q>e",
        "start; time 1h; tasks a r; waiting 1; msg M; tasks q r; waiting 0; all; end",
    ),
    row(
        "reminder and deadline on one task",
        "start s; user a r q; boundary b beside a timer R2/PT1H; boundary c on a timer PT150M; end e; s>a>e; b>r>e; c>q>e",
        "start; time 1d; tasks q r r; all; end",
        "start; time 90m; do a; tasks r; do r; end",
    ),
    row(
        "a boundary event's branch goes on when its task is done",
        TASK.format("beside a message M"),
        "start; msg M; do a; do z; open; tasks r; do r; end",
    ),
    row(
        "each token at a task has its own boundary event",
        "start s; user a r; and g; boundary b on a timer PT1H; end e; s>g; g>a g>a; a>e; b>r>e",
        "start; tasks a a; waiting 2; do a; waiting 1; time 1h; tasks r; do r; end",
    ),
    row(
        "of two tasks with a message on each the older hears it",
        "start s; user a; boundary b on a message M; user r; and g; end e; s>g; g>a g>a; a>e; b>r>e",
        "start; waiting 2; msg M; tasks a r; waiting 1; msg M; tasks r r",
    ),
    row(
        "a signal takes every token at a task away",
        "start s; user a r; and g; boundary b on a signal S; end e; s>g; g>a g>a; a>e; b>r>e",
        "start; sig S; tasks r r; waiting 0",
    ),
    row(
        "a boundary event with several flows forks",
        "start s; user a r q; boundary b on a timer PT1H; end e; s>a>e; b>r>e; b>q>e",
        "start; time 1h; tasks q r; all; end",
    ),
    row(
        "a receive task may have a time limit",
        "start s; receive a message M; user r z; boundary b on a timer PT1H; end e; s>a>z>e; b>r>e",
        "start; waiting 1; active a b; time 1h; tasks r; msg M; tasks r; do r; end",
        "start; msg M; tasks z; waiting 0; time 2h; tasks z",
    ),
    row(
        "a condition on a task fires when it comes to hold",
        "start s; user a r w; boundary b on a condition 'n > 5'; and g; end e; s>g; g>a>e; g>w>e; b>r>e",
        "start n=1; waiting 1; do w n=6; tasks r; do r; end",
        "start n=1; do w n=2; tasks a; do a; end",
    ),
    row(
        "a condition beside a task fires each time it comes to hold",
        "start s; user a r w; boundary b beside a condition 'n > 5'; and g; end e; s>g; g>a>e; g>w; w>w ? go = true; "
        "w>e ? else; b>r>e",
        "start n=1; do w n=6 go=true; tasks a r w; do w n=7 go=true; tasks a r w; do w n=1 go=true; tasks a r w; "
        "do w n=8 go=false; tasks a r r; all; end",
    ),
    # ---- errors
    row(
        "an error in a sub-process is caught at its boundary and ends everything in it",
        "start s; sub p { start s2; user a b; end x error E; s2>a>x; s2>b }; user r z; boundary b1 on p error E; end e; "
        "s>p>z>e; b1>r>e",
        "start; tasks a b; do a; tasks r; waiting 0; do r; end",
        "start; do b; do a; tasks r",
    ),
    row(
        "a sub-process without error goes on",
        "start s; sub p { start s2; user a; end x error E; end y; xor g; s2>a>g; g>x ? bad = true; g>y ? else }; user r z; "
        "boundary b on p error E; end e; s>p>z>e; b>r>e",
        "start; do a bad=false; tasks z; waiting 0; do z; end",
        "start; do a bad=true; tasks r; do r; end",
    ),
    row(
        "an error of another code passes by",
        "start s; sub p { start s2; end x error E; s2>x }; user r; boundary b on p error F; end e; s>p>e; b>r>e",
        "fails",
    ),
    row(
        "a boundary event without a code catches every error",
        "start s; sub p { start s2; end x error E; s2>x }; user r; boundary b on p error; end e; s>p>e; b>r>e",
        "start; tasks r; do r; end",
    ),
    row(
        "the code goes before the event that catches every error",
        "start s; sub p { start s2; end x error E; s2>x }; user q r; boundary c on p error; boundary b on p error E; end e; "
        "s>p>e; b>r>e; c>q>e",
        "start; tasks r",
    ),
    row(
        "an error goes up to the nearest that catches it",
        "start s; sub p { start s2; sub q { start s3; end x error E; s3>x }; user v; boundary c on q error F; s2>q; c>v }; "
        "user r; boundary b on p error E; end e; s>p>e; b>r>e",
        "start; tasks r; do r; end",
    ),
    row(
        "the nearest catches an error and what is around goes on",
        "start s; sub p { start s2; sub q { start s3; end x error E; s3>x }; user v w; boundary c on q error E; s2>q; c>v; "
        "s2>w }; user r z; boundary b on p error E; end e; s>p>z>e; b>r>e",
        "start; tasks v w; do v; do w; tasks z; do z; end",
    ),
    row(
        "an error comes out of a call activity",
        "start s; call c calls Q; user r z; boundary b on c error E; end e; s>c>z>e; b>r>e\n"
        "process Q { start s2; user a d; end x error E; s2>a>x; s2>d }",
        "start; tasks a d; do a; tasks r; do r; end",
    ),
    row(
        "an error comes through two call activities",
        "start s; call c calls Q; user r; boundary b on c error E; end e; s>c>e; b>r>e\n"
        "process Q { start s2; call d calls R; s2>d }\nprocess R { start s3; user a; end x error E; s3>a>x }",
        "start; tasks a; do a; tasks r; do r; end",
    ),
    row(
        "an error in one instance ends a multi-instance",
        "start s; sub p times 3 { start s2; user a; xor g; end x error E; end y; s2>a>g; g>x ? bad = true; g>y ? else }; "
        "user r z; boundary b on p error E; end e; s>p>z>e; b>r>e",
        "start; tasks a a a; do a bad=false; tasks a a; do a bad=true; tasks r; do r; end",
        "start; do a bad=false; do a bad=false; do a bad=false; tasks z",
    ),
    row(
        "an operation's error is caught at its task",
        "start s; service t; user r z; boundary b on t error E; end e; s>t>z>e; b>r>e",
        "start; tasks r; do r; end",
        errors={"t": "E"},
    ),
    row(
        "an operation's error is caught around its task",
        "start s; sub p { start s2; user a; service t; s2>a>t }; user r; boundary b on p error E; end e; s>p>e; b>r>e",
        "start; do a; tasks r; do r; end",
        errors={"t": "E"},
    ),
    row(
        "an operation's error that nobody catches is an error",
        "start s; service t; user r; boundary b on t error F; end e; s>t>e; b>r>e",
        "fails",
        errors={"t": "E"},
    ),
    # ---- escalations
    row(
        "an escalation is caught at the boundary and its sub-process goes on",
        "start s; sub p { start s2; user a b; throw x escalation X; s2>a>x>b }; user r z; boundary c beside p escalation X; "
        "end e; s>p>z>e; c>r>e",
        "start; do a; tasks b r; do b; tasks r z; all; end",
        "start; do a; do r; tasks b; do b; tasks z; do z; end",
    ),
    row(
        "an escalation that interrupts takes the sub-process away",
        "start s; sub p { start s2; user a b w; throw x escalation X; s2>a>x>b; s2>w }; user r z; "
        "boundary c on p escalation X; end e; s>p>z>e; c>r>e",
        "start; tasks a w; do a; tasks r; do r; end",
    ),
    row(
        "an escalation end event is caught while the sub-process goes on",
        "start s; sub p { start s2; user a b; end x escalation X; s2>a>x; s2>b }; user r z; "
        "boundary c beside p escalation X; end e; s>p>z>e; c>r>e",
        "start; do a; tasks b r; do b; tasks r z; all; end",
    ),
    row(
        "an escalation may come again and again",
        "start s; sub p { start s2; user a; throw x escalation X; xor g; end y; s2>a>x>g; g>a ? again = true; g>y ? else }; user r z; "
        "boundary c beside p escalation X; end e; s>p>z>e; c>r>e",
        "start; do a again=true; tasks a r; do a again=true; tasks a r r; do a again=false; tasks r r r z",
    ),
    row(
        "an escalation comes out of a call activity",
        "start s; call p calls Q; user r z; boundary c beside p escalation X; end e; s>p>z>e; c>r>e\n"
        "process Q { start s2; user a b; throw x escalation X; s2>a>x>b }",
        "start; do a; tasks b r; all; do z; end",
    ),
    row(
        "the nearest catches an escalation alone",
        "start s; sub p { start s2; sub q { start s3; throw x escalation X; user a; s3>x>a }; user v; "
        "boundary d beside q escalation X; s2>q; d>v }; user r; boundary c beside p escalation X; end e; s>p>e; c>r>e",
        "start; tasks a v",
    ),
    row(
        "an escalation of another code passes by",
        "start s; sub p { start s2; throw x escalation X; user a; s2>x>a }; user r; boundary c on p escalation Y; end e; "
        "s>p>e; c>r>e",
        "start; tasks a; do a; end",
    ),
    row(
        "a boundary event without a code catches every escalation",
        "start s; sub p { start s2; throw x escalation X; user a; s2>x>a }; user r; boundary c on p escalation; end e; "
        "s>p>e; c>r>e",
        "start; tasks r; do r; end",
    ),
]
