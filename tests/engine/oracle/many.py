"""Activities done many times: BPMN 2.0.2, 13.3.6 (loop) and 13.3.7 (multi-instance)."""

from __future__ import annotations

from tests.engine.oracle.shorthand import row

MANY = "start s; user v {0}; user z; end e; s>v>z>e"
CHOICE = "start s; user v {0}; xor x; user y n; end e; s>v>x; x>y ? {1}; x>n ? else; y>e n>e"

ROWS = [
    row(
        "a parallel multi-instance opens all at once and waits for all",
        MANY.format("times 3"),
        "start; tasks v v v; count 3; active v; do v; nth 1; tasks v; open; do v; tasks z; do z; end",
    ),
    row(
        "a sequential multi-instance opens one after the other",
        MANY.format("times 3 sequential"),
        "start; tasks v; do v; tasks v; do v; tasks v; do v; tasks z; do z; end",
    ),
    row(
        "a collection may be drawn as a data object",
        '<dataObject id="d1"/>\n<dataObjectReference id="d2" name="people" dataObjectRef="d1"/>\n'
        + MANY.format("each d2"),
        "start people=[1,2]; tasks v v; all; tasks z",
    ),
    row(
        "none of many passes",
        MANY.format("times 0"),
        "start; tasks z",
    ),
    row(
        "the number may be an expression",
        MANY.format("times 'n + 1'"),
        "start n=1; tasks v v; all; tasks z",
        "start n=-1; tasks z",
        "fails n=-2",
        "fails",
    ),
    row(
        "one task for each of a list",
        MANY.format("each people as person"),
        'start people=\'["x","y"]\'; tasks v v; all; tasks z',
        "start people='[]'; tasks z; do z; end",
        "fails people=7",
        "fails",
    ),
    row(
        "one after the other for each of a list",
        MANY.format("each people as person sequential"),
        'start people=\'["x","y"]\'; tasks v; do v; tasks v; do v; tasks z',
        "start people='[]'; tasks z",
    ),
    row(
        "each instance has its own item",
        "start s; sub p each xs as x { start s2; xor g; user a b; s2>g; g>a ? x > 5; g>b ? else }; user z; end e; s>p>z>e",
        "start xs=[3,7,9]; tasks a a b; do b; tasks a a; all; tasks z; do z; end",
        "start xs=[3]; tasks b; do b; tasks z",
    ),
    row(
        "items come in their order",
        "start s; sub p each xs as x sequential { start s2; xor g; user a b; s2>g; g>a ? x > 5; g>b ? else }; user z; end e; "
        "s>p>z>e",
        "start xs=[3,7,9]; tasks b; do b; tasks a; do a; tasks a; do a; tasks z",
    ),
    row(
        "it is complete when its condition holds, and what is open is taken away",
        MANY.format("times 4 until 'nrOfCompletedInstances >= 2'"),
        "start; do v; tasks v v v; do v; tasks z; do z; end",
        "start; all; tasks z",
    ),
    row(
        "a majority is enough",
        MANY.format("each people as person until 'nrOfCompletedInstances / nrOfInstances > 0.5'"),
        "start people=[1,2,3,4]; do v; do v; tasks v v; do v; tasks z",
        "start people=[1]; do v; tasks z",
    ),
    row(
        "sequential instances stop when the condition holds",
        MANY.format("times 4 sequential until 'nrOfCompletedInstances = 2'"),
        "start; do v; tasks v; do v; tasks z",
    ),
    row(
        "a condition may ask what an instance answered",
        MANY.format("times 3 until 'veto = true'"),
        "start; do v veto=false; tasks v v; do v veto=true; tasks z",
        "start; do v veto=false; do v veto=false; do v veto=false; tasks z",
    ),
    row(
        "a condition may ask how many are active",
        MANY.format("times 3 until 'nrOfActiveInstances = 1'"),
        "start; do v; tasks v v; do v; tasks z",
    ),
    row(
        "outputs are collected in the order of the input, whoever is first",
        CHOICE.format("each people as person collect marks from mark", "marks = [1, 2, 3]"),
        'start people=\'["x","y","z"]\'; nth 2 mark=3; nth 0 mark=1; nth 0 mark=2; tasks y',
        'start people=\'["x","y","z"]\'; nth 0 mark=3; nth 0 mark=2; nth 0 mark=1; tasks n',
    ),
    row(
        "outputs of none are an empty list",
        CHOICE.format("each people as person collect marks from mark", "marks = []"),
        "start people=[]; tasks y",
    ),
    row(
        "a condition may ask the outputs so far",
        MANY.format("each people as person collect marks from mark until 'count(marks[item > 5]) >= 2'"),
        "start people=[1,2,3,4]; do v mark=6; do v mark=1; tasks v v; do v mark=7; tasks z",
    ),
    row(
        "an instance's item is not known behind it",
        CHOICE.format("each xs as x", "x = null"),
        "start xs=[1,2]; all; tasks y",
    ),
    row(
        "a multi-instance in a loop counts anew",
        "start s; xor in x; user v times 2; end e; s>in>v>x; x>in ? again = true; x>e ? else",
        "start; tasks v v; do v; do v again=true; tasks v v; do v; do v again=true; tasks v v; do v; do v again=false; end",
    ),
    row(
        "a list may be longer in the next round",
        "start s; xor in x; user v each xs as one; user w; end e; s>in>v>w>x; x>in ? again = true; x>e ? else",
        "start xs=[1]; tasks v; do v; do w again=true xs=[1,2,3]; tasks v v v; all; do w again=true xs=[]; tasks w; "
        "do w again=false; end",
    ),
    row(
        "a sub-process many times has a scope each",
        "start s; sub p times 2 { start s2; user a b; and g j; user c; s2>g; g>a>j; g>b>j; j>c }; user z; end e; s>p>z>e",
        "start; tasks a a b b; do a; nth 0; tasks b b; do b; tasks b c; do b; tasks c c; all; tasks z",
    ),
    row(
        "a sub-process many times, one after the other",
        "start s; sub p times 2 sequential { start s2; user a b; s2>a>b }; user z; end e; s>p>z>e",
        "start; tasks a; do a; tasks b; do b; tasks a; do a; do b; tasks z",
    ),
    row(
        "a sub-process many times ends what is open in its other instances",
        "start s; sub p times 3 until 'nrOfCompletedInstances = 1' { start s2; user a b; catch t timer PT1H; s2>a>b; s2>t }; "
        "user z; end e; s>p>z>e",
        "start; waiting 3; do a; do b; tasks a a; time 1h; tasks z; waiting 0; do z; end",
    ),
    row(
        "a call many times",
        "start s; call c calls Q times 2; user z; end e; s>c>z>e\nprocess Q { start s2; user a b; s2>a>b }",
        "start; tasks a a; do a; tasks a b; all; tasks b; do b; tasks z",
    ),
    row(
        "many of many",
        "start s; sub p times 2 { start s2; user v times 2; s2>v }; user z; end e; s>p>z>e",
        "start; tasks v v v v; do v; do v; do v; tasks v; do v; tasks z",
    ),
    row(
        "a service task many times",
        CHOICE.format("times 1", "true").replace("user v times 1", "service v times 3"),
        "start; tasks y",
        operations={"v": {}},
    ),
    row(
        "a script many times",
        "start s; sub p each xs as x sequential { start s2; script k total = 'total + x'; s2>k }; xor g; user y n; end e; "
        "s>p>g; g>y ? total = 6; g>n ? else; y>e n>e",
        "start xs=[1,2,3] total=0; tasks y",
    ),
    row(
        "terminate in one instance ends that alone",
        "start s; sub p times 2 { start s2; user a b; end x terminate; s2>a>x; s2>b }; user z; end e; s>p>z>e",
        "start; tasks a a b b; do a; tasks a b; do a; tasks z",
    ),
    row(
        "an escalation comes out of one instance and all go on",
        "start s; sub p times 2 { start s2; user a b; throw x escalation X; s2>a>x>b }; user r z; "
        "boundary c beside p escalation X; end e; s>p>z>e; c>r>e",
        "start; do a; tasks a b r; do a; tasks b b r r; do b; do b; tasks r r z",
    ),
    row(
        "a receive task in each instance",
        "start s; sub p times 2 { start s2; receive m message M; s2>m }; user z; end e; s>p>z>e",
        "start; active m; msg M; tasks; msg M; tasks z",
    ),
    row(
        "a time limit in each instance",
        "start s; sub p times 2 { start s2; user a r; boundary b on a timer PT1H; end f; s2>a>f; b>r>f }; user z; end e; s>p>z>e",
        "start; tasks a a; waiting 2; do a; waiting 1; time 1h; tasks r; do r; tasks z",
    ),
    # ---- standard loops
    row(
        "a loop goes on while its condition holds",
        MANY.format("while 'again = true'"),
        "start; tasks v; do v again=true; tasks v; do v again=true; tasks v; do v again=false; tasks z; do z; end",
        "start; do v again=false; tasks z",
    ),
    row(
        "a loop that asks before may not begin at all",
        MANY.format("while 'again = true' before"),
        "start again=false; tasks z",
        "start again=true; tasks v; do v again=true; tasks v; do v again=false; tasks z",
    ),
    row(
        "a loop ends at its maximum",
        MANY.format("max 3"),
        "start; do v; tasks v; do v; tasks v; do v; tasks z",
    ),
    row(
        "condition or maximum, whichever is first",
        MANY.format("while 'again = true' max 2"),
        "start; do v again=true; tasks v; do v again=true; tasks z",
        "start; do v again=false; tasks z",
    ),
    row(
        "a loop counts its rounds",
        MANY.format("while 'loopCounter < 2'"),
        "start; tasks v; do v; tasks v; do v; tasks z",
    ),
    row(
        "what a round writes the next one knows",
        "start s; sub p while 'n < 3' { start s2; script k n = 'n + 1'; user a; s2>k>a }; user z; end e; s>p>z>e",
        "start n=0; tasks a; do a; tasks a; do a; tasks a; do a; tasks z",
        "start n=5; tasks a; do a; tasks z",
    ),
    row(
        "a loop in a loop",
        "start s; xor in x; user v max 2; end e; s>in>v>x; x>in ? again = true; x>e ? else",
        "start; do v; do v again=true; tasks v; do v; tasks v; do v again=false; end",
    ),
    row(
        "a time limit on a loop covers all its rounds",
        "start s; user v while 'again = true'; user r; boundary b on v timer PT1H; end e; s>v>e; b>r>e",
        "start; waiting 1; time 30m; do v again=true; tasks v; waiting 1; time 59m; tasks v; time 1h; tasks r; waiting 0",
        "start; do v again=false; end",
    ),
    row(
        "a loop of a call",
        "start s; call c calls Q while 'again = true'; user z; end e; s>c>z>e\nprocess Q { start s2; user a; s2>a }",
        "start; do a again=true; tasks a; do a again=false; tasks z",
    ),
]
