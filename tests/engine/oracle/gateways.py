"""Gateways: BPMN 2.0.2, 13.4.1 (parallel), 13.4.2 (exclusive), 13.4.3 (inclusive), 13.4.4 (event-based)."""

from __future__ import annotations

from itertools import permutations

from tests.engine.oracle.shorthand import row

AND_LOOP = "start s; user a b q; and g j; xor in x; end e; s>in>g; g>a>j; g>b>j; j>q>x; x>in ? again = true; x>e ? else"
THREE_LOOP = "start s; user a b c q; and g j; xor in x; end e; s>in>g; g>a>j; g>b>j; g>c>j; j>q>x; x>in ? again = true; x>e ? else"
OR_LOOP = (
    "start s; user a b q; or g j; xor in x; end e; s>in>g; g>a ? na = true; g>b ? nb = true; a>j b>j; j>q>x; "
    "x>in ? again = true; x>e ? else"
)


def orders(names: str, rounds: int) -> list[str]:
    """Give a script for each order in which the tasks of every round may be done, the same in all rounds but the last."""
    found = []
    every = list(permutations(names.split()))
    for number, order in enumerate(every):
        other = every[(number + 1) % len(every)]
        text = "start"
        for turn in range(rounds):
            now = other if turn == rounds - 1 else order
            text += "".join(f"; do {name}" for name in now) + "; tasks q"
            text += f"; do q again={'false' if turn == rounds - 1 else 'true'}"
            if turn < rounds - 1:
                text += "; tasks " + " ".join(sorted(names.split()))
        found.append(text + "; end")
    return found


ROWS = [
    # ---- exclusive
    row(
        "an exclusive gateway takes the flow whose condition holds",
        "start s; user a b c; xor x; end e; s>x; x>a ? n = 1; x>b ? n = 2; x>c ? n = 3; a>e b>e c>e",
        "start n=1; tasks a",
        "start n=2; tasks b",
        "start n=3; tasks c; do c; end",
    ),
    row(
        "where several conditions hold the first in the diagram counts",
        "start s; user a b; xor x; end e; s>x; x>a ? n > 1; x>b ? n > 2; a>e b>e",
        "start n=3; tasks a; do a; end",
    ),
    row(
        "the default flow is taken last, wherever it is drawn",
        "start s; user a b c; xor x; end e; s>x; x>c ? else; x>a ? n > 1; x>b ? n > 2; a>e b>e c>e",
        "start n=3; tasks a",
        "start n=0; tasks c",
    ),
    row(
        "where no condition holds and there is no default the start fails",
        "start s; user a b; xor x; end e; s>x; x>a ? n = 1; x>b ? n = 2; a>e b>e",
        "fails n=3",
        "start n=1; tasks a",
    ),
    row(
        "a condition that is neither true nor false is an error",
        "start s; user a b; xor x; end e; s>x; x>a ? n > 5; x>b ? else; a>e b>e",
        "fails",
        "start n=6; tasks a",
        "start n=5; tasks b",
    ),
    row(
        "a condition that compares a text with a number is an error, DMN 10.3.2.13",
        "start s; user a b; xor x; end e; s>x; x>a ? n >= 5; x>b ? else; a>e b>e",
        "fails n=abc",
        "fails n=true",
        "start n=5; tasks a",
    ),
    row(
        "a condition that gives a number is an error",
        "start s; user a b; xor x; end e; s>x; x>a ? n; x>b ? else; a>e b>e",
        "fails n=1",
        "start n=true; tasks a",
        "start n=false; tasks b",
    ),
    row(
        "a condition may begin with an equals sign",
        "start s; user a b; xor x; end e; s>x; x>a ? =n > 5; x>b ? else; a>e b>e",
        "start n=6; tasks a",
        "start n=4; tasks b",
    ),
    row(
        "an exclusive merge lets each token pass",
        "start s; user a b c; and g; xor m; end e; s>g; g>a>m; g>b>m; m>c>e",
        "start; do a; tasks b c; do b; tasks c c; all; end",
    ),
    row(
        "an exclusive gateway merges and chooses at once",
        "start s; user a b; xor x; end e; s>x; x>a ? n = 1; x>b ? else; a>x; b>e",
        "start n=1; tasks a; do a n=1; tasks a; do a n=2; tasks b; do b; end",
    ),
    row(
        "an exclusive gateway with one way needs no condition",
        "start s; user a; xor x; end e; s>x>a>e",
        "start; tasks a; do a; end",
    ),
    row(
        "conditions know texts, lists and objects",
        'start s; user a b c d; xor x; end e; s>x; x>a ? kind = "big"; x>b ? list contains(tags, "red"); '
        "x>c ? case.size > 10; x>d ? else; a>e b>e c>e d>e",
        "start kind=big tags=[] case='{}'; tasks a",
        "start kind=no tags='[\"red\"]' case='{}'; tasks b",
        "start kind=no tags=[] case='{\"size\": 11}'; tasks c",
        "start kind=no tags=[] case='{\"size\": 9}'; tasks d",
    ),
    row(
        "conditions see what the last task answered",
        "start s; user a b c; xor x; end e; s>a>x; x>b ? n > m; x>c ? else; b>e c>e",
        "start n=1 m=2; do a n=3; tasks b",
        "start n=3 m=2; do a n=1; tasks c",
    ),
    row(
        "the condition of a default flow is not asked",
        "start s; user a b; xor x; end e; s>x; x>a ? n = 1; x>b ? else n = 2; a>e b>e",
        "start n=3; tasks b; do b; end",
        "start n=1; tasks a",
    ),
    # ---- parallel
    row(
        "a parallel join waits for every branch",
        "start s; user a b c; and g j; end e; s>g; g>a>j; g>b>j; j>c>e",
        "start; tasks a b; do a; tasks b; active b; do b; tasks c; do c; end",
        "start; do b; tasks a; do a; tasks c; do c; end",
        "start; all; tasks c; all; end",
    ),
    row(
        "three branches join in any order",
        "start s; user a b c q; and g j; end e; s>g; g>a>j; g>b>j; g>c>j; j>q>e",
        *[f"start; do {x}; do {y}; count 1; do {z}; tasks q; do q; end" for x, y, z in permutations("abc")],
    ),
    row("two branches join in a loop, in any order", AND_LOOP, *orders("a b", 3)),
    row("three branches join in a loop, in any order", THREE_LOOP, *orders("a b c", 3)),
    row(
        "four branches join",
        "start s; user a b c d q; and g j; end e; s>g; g>a>j; g>b>j; g>c>j; g>d>j; j>q>e",
        "start; do d; do b; do c; tasks a; do a; tasks q; do q; end",
        "start; do a; do d; do c; tasks b; do b; tasks q; do q; end",
    ),
    row(
        "parallel blocks nest",
        "start s; user a b c q; and g j h k; end e; s>g; g>a>j; g>h; h>b>k; h>c>k; k>j; j>q>e",
        "start; tasks a b c; do b; do a; tasks c; do c; tasks q; do q; end",
        "start; do a; do c; tasks b; do b; tasks q",
    ),
    row(
        "a parallel gateway joins and forks at once",
        "start s; user a b c d; and g j; end e; s>g; g>a>j; g>b>j; j>c>e; j>d>e",
        "start; do a; tasks b; do b; tasks c d; do d; open; do c; end",
    ),
    row(
        "a parallel gateway with one way in and one out passes",
        "start s; user a; and g; end e; s>g>a>e",
        "start; tasks a; do a; end",
    ),
    row(
        "a branch may leave before the join",
        "start s; user a b c q; and g j; end e f; s>g; g>a>j; g>b>j; g>c>f; j>q>e",
        "start; do a; do b; tasks c q; do q; open; do c; end",
        "start; do c; do a; do b; tasks q; do q; end",
    ),
    row(
        "a token too many stays on its flow",
        "start s; user a b c z; and g j; xor m; end e; s>g; g>a>m; g>b>m; m>j; g>c>j; j>z>e",
        "start; do a; do b; tasks c; do c; tasks z; do z; open; tasks; active j",
        "start; do c; do a; tasks b z; do b; tasks z; do z; open; tasks",
    ),
    row(
        "tokens that stayed meet those that come later",
        "start s; user a b c d z; and g j; xor m n; end e; s>g; g>a>m; g>b>m; m>j; g>c>n; g>d>n; n>j; j>z>e",
        "start; do a; do b; tasks c d; do c; tasks d z; do d; tasks z z; all; end",
        "start; do a; do c; tasks b d z; do d; tasks b z; do b; tasks z z; all; end",
    ),
    row(
        "two flows of one fork into one join fire it once",
        "start s; user z; and g j; end e; s>g; g>j g>j; j>z>e",
        "start; tasks z; do z; end",
    ),
    row(
        "branches that cross need no block",
        "start s; user a b c d z; and g h j k; end e; s>g; g>a>h; h>c>j; h>k; g>b>k; k>d>j; j>z>e",
        "start; tasks a b; do b; tasks a; do a; tasks c d; do d; tasks c; do c; tasks z; do z; end",
        "start; do a; tasks b c; do c; tasks b; do b; tasks d; do d; tasks z",
    ),
    row(
        "a branch may loop before it joins",
        "start s; user a b z; and g j; xor m x; end e; s>g; g>m>a>x; x>m ? again = true; x>j ? else; g>b>j; j>z>e",
        "start; do a again=true; do a again=true; do b; tasks a; do a again=false; tasks z; do z; end",
        "start; do b; do a again=true; tasks a; do a again=false; tasks z",
    ),
    row(
        "a fork by a task meets a parallel join",
        "start s; user a b c z; and j; end e; s>a; a>b>j; a>c>j; j>z>e",
        "start; do a; tasks b c; do c; tasks b; do b; tasks z; do z; end",
    ),
    row(
        "a join behind a choice waits for the branch not taken",
        "start s; user a b c; xor x; and g j; end e; s>g; g>x; x>a ? ok = true; x>b ? else; a>j b>j; g>c>j; j>e",
        "start ok=true; tasks a c; all; open; tasks; active j",
    ),
    row(
        "a parallel join at the head of a loop never fires",
        "start s; user a b; and g j; end e; s>j; j>a; a>g; g>b>e; g>j",
        "start; tasks; open; active j",
    ),
    row(
        "a parallel join counts flows, not tasks",
        "start s; user a z; xor x; and j; end e; s>a>x; x>j ? n = 1; x>j ? else; j>z>e",
        "start; do a n=1; open; tasks; active j",
    ),
    row(
        "two rounds may overlap in a join",
        "start s; user a b z; and g j; xor m; end e; s>m>g; g>a>j; g>b>j; j>z>e; a>m ? again = true",
        "start; do a again=true; tasks a b b; do b; tasks a b z; do a again=false; tasks b z; do b; tasks z z; all; end",
    ),
    # ---- inclusive
    row(
        "an inclusive gateway takes every flow whose condition holds, and its join waits for just those",
        "start s; user a b c z; or g j; end e; s>g; g>a ? n > 0; g>b ? n > 1; g>c ? n > 2; a>j b>j c>j; j>z>e",
        "start n=1; tasks a; do a; tasks z; do z; end",
        "start n=2; tasks a b; do b; tasks a; do a; tasks z; do z; end",
        "start n=3; tasks a b c; do c; do a; tasks b; do b; tasks z; do z; end",
    ),
    row(
        "the default of an inclusive gateway is taken only where no condition holds",
        "start s; user a b c z; or g j; end e; s>g; g>a ? n > 0; g>b ? n > 1; g>c ? else; a>j b>j c>j; j>z>e",
        "start n=0; tasks c; do c; tasks z; do z; end",
        "start n=2; tasks a b; all; tasks z",
    ),
    row(
        "a flow without condition behind an inclusive gateway is always taken, as behind a task",
        "start s; user a b c; or g; end e; s>g; g>a; g>b ? n > 0; g>c ? else; a>e b>e c>e",
        "start n=1; tasks a b",
        "start n=0; tasks a c",
    ),
    row(
        "an inclusive gateway of flows without condition takes all of them, and its join waits for all",
        "start s; user a b z; or g j; end e; s>g; g>a>j; g>b>j; j>z>e",
        "start; tasks a b; do b; tasks a; do a; tasks z; do z; end",
    ),
    row(
        "an inclusive gateway without a way is an error",
        "start s; user a b; or g; end e; s>g; g>a ? n > 0; g>b ? n > 1; a>e b>e",
        "fails n=0",
        "start n=1; tasks a",
    ),
    row(
        "an inclusive join in a loop waits for the branches of its round",
        OR_LOOP,
        "start na=true nb=true; do a; tasks b; do b; tasks q; do q again=true na=true nb=false; tasks a; do a; tasks q; "
        "do q again=true na=true nb=true; do b; tasks a; do a; tasks q; do q again=false; end",
        "start na=false nb=true; tasks b; do b; tasks q; do q again=true na=true nb=true; do b; tasks a; do a; tasks q; "
        "do q again=false; end",
        "start na=true nb=true; do b; do a; tasks q; do q again=true na=false nb=true; do b; tasks q; do q again=false; end",
    ),
    row(
        "an inclusive join waits for parallel branches",
        "start s; user a b z; and g; or j; end e; s>g; g>a>j; g>b>j; j>z>e",
        "start; do a; tasks b; do b; tasks z; do z; end",
        "start; do b; tasks a; do a; tasks z",
    ),
    row(
        "an inclusive join waits no longer for a branch that left",
        "start s; user a b z; and g; or j; xor x; end e f; s>g; g>a>j; g>b>x; x>j ? ok = true; x>f ? else; j>z>e",
        "start; do a; tasks b; do b ok=false; tasks z; do z; end",
        "start; do a; do b ok=true; tasks z; do z; end",
        "start; do b ok=false; tasks a; do a; tasks z; do z; end",
    ),
    row(
        "an inclusive join waits for a choice that may still lead to it",
        "start s; user a b c z; and g; or j; xor x; end e f; s>g; g>a>j; g>b>x; x>c ? ok = true; x>f ? else; c>j; j>z>e",
        "start; do a; do b ok=true; tasks c; do c; tasks z; do z; end",
        "start; do a; do b ok=false; tasks z",
    ),
    row(
        "an inclusive join at the head of a loop lets the loop in",
        "start s; user a; or j; xor x; end e; s>j>a>x; x>j ? again = true; x>e ? else",
        "start; tasks a; do a again=true; tasks a; do a again=true; tasks a; do a again=false; end",
    ),
    row(
        "inclusive blocks nest",
        "start s; user a b c z; or g j h k; end e; s>g; g>a ? true; g>h ? n > 0; h>b ? n > 1; h>c ? else; b>k c>k; k>j; a>j; "
        "j>z>e",
        "start n=0; tasks a; do a; tasks z",
        "start n=1; tasks a c; do a; tasks c; do c; tasks z; do z; end",
        "start n=2; tasks a b; do b; tasks a; do a; tasks z",
    ),
    row(
        "an inclusive join waits for the token in a sub-process",
        "start s; user a z; and g; or j; end e; sub p { start s2; user b c; s2>b>c }; s>g; g>a>j; g>p>j; j>z>e",
        "start; do a; tasks b; do b; tasks c; do c; tasks z; do z; end",
        "start; do b; do c; tasks a; do a; tasks z",
    ),
    row(
        "an inclusive join takes one token of each flow, and what is left goes on by itself",
        "start s; user a b c z; and g; or j; xor m; end e; s>g; g>a>m; g>b>m; m>j; g>c>j; j>z>e",
        "start; do a; tasks b c; do b; tasks c; do c; tasks z z; all; end",
        "start; do c; tasks a b; do a; tasks b z; do b; tasks z z; all; end",
    ),
    row(
        "an inclusive join waits for a boundary event's branch that runs",
        "start s; user a r z; boundary b beside a message M; or j; end e; s>a>j; b>r>j; j>z>e",
        "start; do a; tasks z; do z; end",
        "start; msg M; tasks a r; do a; tasks r; do r; tasks z; do z; end",
        "start; msg M; do r; tasks a; do a; tasks z",
    ),
    row(
        "an inclusive join takes what an interrupting boundary event brings instead of its task",
        "start s; user a r c z; boundary b on a timer PT1H; and g; or j; end e; s>g; g>a>j; b>r>j; g>c>j; j>z>e",
        "start; do c; tasks a; time 1h; tasks r; do r; tasks z; do z; end",
        "start; do a; do c; tasks z",
    ),
    row(
        "an inclusive gateway chooses again behind its own join",
        "start s; user a b c d; or g j; end e; s>g; g>a ? n > 0; g>b ? n > 1; a>j b>j; j>c ? n > 1; j>d ? else; c>e d>e",
        "start n=2; all; tasks c; do c; end",
        "start n=1; all; tasks d; do d; end",
    ),
    row(
        "an inclusive join waits for a loop that may come back to it",
        "start s; user a b z; and g; or j; xor m x; end e; s>g; g>m>a>x; x>m ? again = true; x>j ? else; g>b>j; j>z>e",
        "start; do b; tasks a; do a again=true; tasks a; do a again=false; tasks z; do z; end",
        "start; do a again=false; tasks b; do b; tasks z",
    ),
    # ---- event-based
    row(
        "the first event behind an event gateway counts and the others wait no longer",
        "start s; first g; catch c message M; catch d message N; catch t timer PT1H; user a b r; end e; "
        "s>g; g>c>a>e; g>d>b>e; g>t>r>e",
        "start; waiting 3; active c d t; active g; tasks; msg N; tasks b; waiting 0; msg M; time 2h; tasks b; do b; end",
        "start; msg M; tasks a; waiting 0; do a; end",
        "start; time 1h; tasks r; waiting 0; msg M; tasks r; do r; end",
    ),
    row(
        "each timer of an event gateway has its own due",
        "start s; first g; catch t timer P2D; catch u timer PT1H; user a b; end e; s>g; g>t>a>e; g>u>b>e",
        "start; waiting 2; time 3599; tasks; time 1h; tasks b; waiting 0; time 3d; tasks b; do b; end",
    ),
    row(
        "receive tasks may stand behind an event gateway",
        "start s; first g; receive r message M; catch t timer PT1H; user a b; end e; s>g; g>r>a>e; g>t>b>e",
        "start; active r t; msg M; tasks a; waiting 0; do a; end",
        "start; time 1h; tasks b; active b; do b; end",
    ),
    row(
        "a signal may be the first",
        "start s; first g; catch c signal S; catch d message M; user a b; end e; s>g; g>c>a>e; g>d>b>e",
        "start; sig S; tasks a; waiting 0",
        "start; msg M; tasks b; sig S; tasks b",
    ),
    row(
        "an early message is the first",
        "start s; user w; first g; catch c message M; catch t timer PT1H; user a b; end e; s>w>g; g>c>a>e; g>t>b>e",
        "start; msg M; do w; tasks a; waiting 0",
    ),
    row(
        "a condition may be the first",
        "start s; user w; first g; and f; catch c condition 'n > 5'; catch t timer PT1H; user a b; end e; "
        "s>f; f>w>e; f>g; g>c>a>e; g>t>b>e",
        "start n=1; waiting 2; do w n=6; tasks a; waiting 0",
        "start n=1; do w n=5; tasks; time 1h; tasks b",
    ),
    row(
        "an event gateway in a loop waits anew in each round",
        "start s; first g; catch c message M; catch t timer PT1H; user a b; xor in; end e; s>in>g; g>c>a>in; g>t>b>e",
        "start; msg M; tasks a; time 30m; do a; waiting 2; time 89m; tasks; time 90m; tasks b; do b; end",
        "start; msg M; do a; msg M; do a; waiting 2",
    ),
    row(
        "of two event gateways that wait for one message the older gets it",
        "start s; and f; first g h; catch c message M; catch t timer P1D; catch d message M; catch u timer P1D; user a b x y; "
        "end e; s>f; f>g f>h; g>c>a>e; g>t>x>e; h>d>b>e; h>u>y>e",
        "start; waiting 4; msg M; tasks a; waiting 2; msg M; tasks a b; waiting 0",
    ),
]
