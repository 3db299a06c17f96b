"""Scopes: sub-processes, call activities and event sub-processes: BPMN 2.0.2, 13.3.4, 13.5.4 and 10.3.5."""

from __future__ import annotations

from tests.engine.oracle.shorthand import row

EVENT = "start s; user a z; end e; s>a>z>e; eventsub es {{ start x {0}; user h; x>h }}"
INNER = (
    "start s; sub p {{ start s2; user a; s2>a; eventsub es {{ start x {0}; user h; x>h }} }}; user z; end e; s>p>z>e"
)

ROWS = [
    row(
        "a sub-process is entered, ends with its last token and goes on",
        "start s; sub p { start s2; user a b; end e2; s2>a>e2; s2>b>e2 }; user z; end e; s>p>z>e",
        "start; tasks a b; active a b; active a b p; do a; open; tasks b; do b; tasks z; active z; do z; end",
    ),
    row(
        "a sub-process without start and end events runs",
        "start s; sub p { user a b c; a>b }; user z; end e; s>p>z>e",
        "start; tasks a c; do c; do a; tasks b; do b; tasks z; do z; end",
    ),
    row(
        "a sub-process of nothing passes",
        "start s; sub p { start s2; end e2; s2>e2 }; user z; end e; s>p>z>e",
        "start; tasks z; do z; end",
    ),
    row(
        "sub-processes nest",
        "start s; sub p { start s2; sub q { start s3; sub r { start s4; user a; s4>a }; user b; s3>r>b }; user c; s2>q>c }; "
        "user d; end e; s>p>d>e",
        "start; tasks a; active a p q r; do a; tasks b; do b; tasks c; do c; tasks d; do d; end",
    ),
    row(
        "a sub-process in a loop begins afresh in each round",
        "start s; xor in x; sub p { start s2; user a b; and g j; s2>g; g>a>j; g>b>j; user c; j>c }; end e; s>in>p>x; "
        "x>in ? again = true; x>e ? else",
        "start; do b; do a; tasks c; do c again=true; tasks a b; do a; tasks b; do b; tasks c; do c again=false; end",
    ),
    row(
        "two tokens make two sub-processes",
        "start s; and g; sub p { start s2; user a b; s2>a>b }; end e; s>g; g>p g>p; p>e",
        "start; tasks a a; do a; tasks a b; do b; open; tasks a; do a; do b; end",
    ),
    row(
        "what is written in a sub-process is known behind it",
        "start s; sub p { start s2; user a; s2>a }; xor x; user b c; end e; s>p>x; x>b ? n = 7; x>c ? else; b>e c>e",
        "start n=1; do a n=7; tasks b",
        "start n=7; do a; tasks b",
        "start n=7; do a n=8; tasks c",
    ),
    row(
        "terminate in a sub-process ends that alone",
        "start s; sub p { start s2; user a b; end x terminate; s2>a>x; s2>b }; user c z; end e; s>p>z>e; s>c>e",
        "start; tasks a b c; do a; tasks c z; do c; do z; end",
    ),
    row(
        "a sub-process may hold a loop",
        "start s; sub p { start s2; user a; xor x m; s2>m>a>x; x>m ? again = true; x>f ? else; end f }; user z; end e; s>p>z>e",
        "start; do a again=true; tasks a; do a again=false; tasks z",
    ),
    # ---- call activities
    row(
        "a call activity runs another process and goes on",
        "start s; call c calls Q; user z; end e; s>c>z>e\nprocess Q { start s2; user a b; end e2; s2>a>b>e2 }",
        "start; tasks a; active a; active a c; do a; tasks b; do b; tasks z; do z; end",
    ),
    row(
        "a called process may lack its end event",
        "start s; call c calls Q; user z; end e; s>c>z>e\nprocess Q { start s2; user a; s2>a }",
        "start; do a; tasks z; do z; end",
    ),
    row(
        "call activities call on",
        "start s; call c calls Q; user z; end e; s>c>z>e\nprocess Q { start s2; call d calls R; user b; s2>d>b }\n"
        "process R { start s3; user a; s3>a }",
        "start; tasks a; do a; tasks b; do b; tasks z; do z; end",
    ),
    row(
        "a process calls itself as long as its condition says",
        "start s; user a; xor x; call c calls P; end e; s>a>x; x>c ? n > 0; x>e ? else; c>e",
        "start; do a n=2; tasks a; do a n=1; tasks a; do a n=0; end",
    ),
    row(
        "calls deeper than fifty end with a located error",
        "start s; xor x; call c calls P; end e; s>x; x>c ? n > 0; x>e ? else; c>e",
        "fails n=1",
        "start n=0; end",
    ),
    row(
        "two calls of one process are apart",
        "start s; call c d calls Q; and g j; user z; end e; s>g; g>c>j; g>d>j; j>z>e\nprocess Q { start s2; user a b; s2>a>b }",
        "start; tasks a a; do a; tasks a b; do b; tasks a; do a; do b; tasks z; do z; end",
    ),
    row(
        "what a called process writes is known to its caller",
        "start s; call c calls Q; xor x; user b d; end e; s>c>x; x>b ? n = 7; x>d ? else; b>e d>e\n"
        "process Q { start s2; user a; s2>a }",
        "start n=1; do a n=7; tasks b",
        "start n=1; do a n=2; tasks d",
    ),
    row(
        "a call in a loop calls each time",
        "start s; xor in x; call c calls Q; end e; s>in>c>x; x>in ? again = true; x>e ? else\n"
        "process Q { start s2; user a; s2>a }",
        "start; do a again=true; tasks a; do a again=true; tasks a; do a again=false; end",
    ),
    row(
        "terminate in a called process ends that alone",
        "start s; call c calls Q; user z; end e; s>c>z>e\nprocess Q { start s2; user a b; end x terminate; s2>a>x; s2>b }",
        "start; do a; tasks z; do z; end",
    ),
    row(
        "a called process hears the instance's messages and signals",
        "start s; and g; call c calls Q; user w z; throw t signal S; end e; s>g; g>c>z>e; g>w>t>e\n"
        "process Q { start s2; catch k signal S; s2>k }",
        "start; tasks w; waiting 1; do w; tasks z; do z; end",
    ),
    row(
        "a called process with a start event for messages too begins at the one without",
        "start s; call c calls Q; end e; s>c>e\nprocess Q { start s2; start m message M; user a b; s2>a; m>b }",
        "start; tasks a; do a; end",
    ),
    # ---- event sub-processes
    row(
        "a message starts an event sub-process, which ends all else and the process",
        EVENT.format("message M"),
        "start; tasks a; msg M; tasks h; do h; end",
        "start; do a; msg M; tasks h; do h; end",
        "start; do a; do z; end",
    ),
    row(
        "an event sub-process that does not interrupt runs beside, and again",
        EVENT.format("meanwhile message M"),
        "start; msg M; tasks a h; msg M; tasks a h h; do a; do z; open; tasks h h; all; end",
        "start; msg M; do h; tasks a; do a; do z; end",
    ),
    row(
        "a signal starts an event sub-process",
        EVENT.format("signal S"),
        "start; sig S; tasks h; sig S; tasks h; do h; end",
    ),
    row(
        "a signal starts an event sub-process beside",
        EVENT.format("meanwhile signal S"),
        "start; sig S; sig S; tasks a h h; all; tasks z; do z; end",
    ),
    row(
        "a timer starts an event sub-process from the beginning of its scope",
        EVENT.format("timer PT1H"),
        "start; time 30m; do a; time 59m; tasks z; time 1h; tasks h; do h; end",
        "start; do a; do z; end; time 2h; end",
    ),
    row(
        "a cycle starts an event sub-process again",
        EVENT.format("meanwhile timer R2/PT1H"),
        "start; time 1h; tasks a h; time 2h; tasks a h h; time 5h; tasks a h h; all; do z; end",
    ),
    row(
        "a condition starts an event sub-process",
        EVENT.format("condition 'n > 5'"),
        "start n=1; do a n=2; tasks z",
        "start n=1; do a n=6; tasks h; do h; end",
    ),
    row(
        "a condition starts an event sub-process beside",
        EVENT.format("meanwhile condition 'n > 5'"),
        "start n=1; do a n=6; tasks h z; do z; do h; end",
    ),
    row(
        "an error starts an event sub-process",
        "start s; user a b; end x error E; end e; s>a>x; s>b>e; eventsub es { start y error E; user h; y>h }",
        "start; tasks a b; do a; tasks h; do h; end",
        "start; do b; open; do a; tasks h; do h; end",
    ),
    row(
        "an escalation starts an event sub-process beside",
        "start s; user a b; throw x escalation X; end e; s>a>x>b>e; eventsub es { start y meanwhile escalation X; user h; y>h }",
        "start; do a; tasks b h; do b; open; do h; end",
    ),
    row(
        "an escalation starts an event sub-process that interrupts",
        "start s; user a b w; throw x escalation X; end e; s>a>x>b>e; s>w>e; "
        "eventsub es { start y escalation X; user h; y>h }",
        "start; do a; tasks h; do h; end",
    ),
    row(
        "a message in a sub-process interrupts that alone",
        INNER.format("message M"),
        "start; tasks a; msg M; tasks h; do h; tasks z; do z; end",
        "start; do a; tasks z; msg M; tasks z; do z; end",
    ),
    row(
        "a message in a sub-process runs beside and keeps it open until it is done",
        INNER.format("meanwhile message M"),
        "start; msg M; tasks a h; do a; tasks h; do h; tasks z; do z; end",
        "start; do a; tasks z",
    ),
    row(
        "a timer in a sub-process begins with it",
        "start s; user w; sub p { start s2; user a; s2>a; eventsub es { start x timer PT1H; user h; x>h } }; user z; end e; "
        "s>w>p>z>e",
        "start; time 2h; tasks w; do w; tasks a; time 179m; tasks a; time 3h; tasks h; do h; tasks z",
    ),
    row(
        "an error in a sub-process starts its event sub-process before any boundary",
        "start s; sub p { start s2; user a; end x error E; s2>a>x; eventsub es { start y error E; user h; y>h } }; user r z; "
        "boundary b on p error E; end e; s>p>z>e; b>r>e",
        "start; do a; tasks h; do h; tasks z; do z; end",
    ),
    row(
        "an error in an event sub-process goes up",
        "start s; sub p { start s2; user a; end x error E; s2>a>x; eventsub es { start y error E; user h; end w error E; "
        "y>h>w } }; user r z; boundary b on p error E; end e; s>p>z>e; b>r>e",
        "start; do a; tasks h; do h; tasks r; do r; end",
    ),
    row(
        "an error starts the event sub-process of the process around",
        "start s; sub p { start s2; user a; end x error E; s2>a>x }; user b z; end e; s>p>z>e; s>b>e; "
        "eventsub es { start y error E; user h; y>h }",
        "start; tasks a b; do a; tasks h; do h; end",
    ),
    row(
        "the event sub-process of a called process hears for it",
        "start s; call c calls Q; user z; end e; s>c>z>e\n"
        "process Q { start s2; user a; s2>a; eventsub es { start x message M; user h; x>h } }",
        "start; msg M; tasks h; do h; tasks z; do z; end",
        "start; do a; msg M; tasks z",
    ),
    row(
        "an event sub-process that interrupts ends the ones that run beside",
        "start s; user a; end e; s>a>e; eventsub es { start x meanwhile message M; user h; x>h }; "
        "eventsub et { start y message N; user k; y>k }",
        "start; msg M; msg M; tasks a h h; msg N; tasks k; msg M; tasks k; do k; end",
    ),
    row(
        "an event sub-process keeps the process open until it is done",
        EVENT.format("meanwhile message M"),
        "start; msg M; do a; do z; open; tasks h; msg M; tasks h h; all; end",
    ),
    row(
        "an event sub-process holds whatever a sub-process may",
        "start s; user a; end e; s>a>e; eventsub es { start x meanwhile message M; and g j; user h k l; x>g; g>h>j; g>k>j; j>l; "
        "boundary b on h timer PT1H; user r; b>r }",
        "start; msg M; tasks a h k; time 1h; tasks a k r; all; open; tasks; active j",
        "start; msg M; do k; do h; tasks a l; all; end",
    ),
    row(
        "terminate in an event sub-process ends that alone",
        "start s; user a; end e; s>a>e; eventsub es { start x meanwhile message M; user h k; end t terminate; x>h>t; x>k }",
        "start; msg M; tasks a h k; do h; tasks a; do a; end",
    ),
    row(
        "an event sub-process sees what the scope knows",
        "start s; user a b; end e; s>a>b>e; eventsub es { start x message M; user h k; xor g; x>g; g>h ? n = 7; g>k ? else }",
        "start n=1; do a n=7; msg M; tasks h",
        "start n=1; msg M; tasks k",
    ),
]
