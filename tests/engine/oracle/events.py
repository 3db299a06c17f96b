"""Events on the way and thrown ones: BPMN 2.0.2, 10.5 and 13.5.2, 13.5.6; timers by ISO 8601."""

from __future__ import annotations

from tests.engine.oracle.shorthand import row

BERLIN = "Europe/Berlin"
CATCH = "start s; user w a; catch c {0}; end e; s>w>c>a>e"

ROWS = [
    # ---- timers
    row(
        "a timer waits its time",
        "start s; catch t timer PT1H; user a; end e; s>t>a>e",
        "start; waiting 1; active t; tasks; time 3599; open; waiting 1; time 3600; tasks a; waiting 0; do a; end",
    ),
    row(
        "a timer begins when its token comes",
        "start s; user a b; catch t timer PT1H; end e; s>a>t>b>e",
        "start; time 1h; do a; tasks; time 119m; tasks; time 2h; tasks b",
    ),
    row(
        "a timer of no time passes",
        "start s; catch t timer PT0S; user a; end e; s>t>a>e",
        "start; time 0; tasks a; do a; end",
    ),
    row(
        "a day that is past is due",
        "start s; catch t timer 2020-01-01T00:00:00Z; user a; end e; s>t>a>e",
        "start; time 0; tasks a",
    ),
    row(
        "a moment with its zone",
        "start s; catch t timer 2026-01-01T02:30:00Z; user a; end e; s>t>a>e",
        "start; time 5399; tasks; time 5400; tasks a",
        clock="2026-01-01T01:00:00Z",
    ),
    row(
        "a moment without zone is in that of the process",
        "start s; catch t timer 2026-01-01T12:00:00; user a; end e; s>t>a>e",
        "start; time 10799; tasks; time 3h; tasks a",
        clock="2026-01-01T09:00:00+08:00",
    ),
    row(
        "weeks, days, hours, minutes and seconds",
        "start s; and g; catch t timer P2W; catch u timer P1DT2H3M4S; user a b; end e; s>g; g>t>a>e; g>u>b>e",
        "start; time 93783; tasks; time 93784; tasks b; time 13d; tasks b; time 14d; tasks a b",
    ),
    row(
        "parts of a second",
        "start s; catch t timer PT1.5S; user a; end e; s>t>a>e",
        "start; time 1; tasks; time 2; tasks a",
    ),
    row(
        "the smallest part of a duration may have a fraction",
        "start s; and g; catch t timer PT1.5H; catch u timer P0.5D; catch v timer PT2,5M; user a b c; end e; s>g; g>t>a>e; "
        "g>u>b>e; g>v>c>e",
        "start; time 149; tasks; time 150; tasks c; time 89m; tasks c; time 90m; tasks a c; time 719m; tasks a c; "
        "time 12h; tasks a b c",
    ),
    row(
        "a cycle of -1 has no end",
        "start s; user a r; boundary b beside a timer R-1/PT1H; end e; s>a>e; b>r>e",
        "start; time 3h; tasks a r r r; waiting 1",
    ),
    row(
        "a month after the last of January is the last of February",
        "start s; catch t timer P1M; user a; end e; s>t>a>e",
        "start; time 2419199; tasks; time 28d; tasks a",
        clock="2026-01-31T09:00:00+08:00",
    ),
    row(
        "a year after the 29th of February is the 28th",
        "start s; catch t timer P1Y; user a; end e; s>t>a>e",
        "start; time 364d; tasks; time 31535999; tasks; time 365d; tasks a",
        clock="2028-02-29T09:00:00+08:00",
    ),
    row(
        "a monthly cycle keeps to its day",
        "start s; user a r; boundary t beside a timer R3/P1M; end e; s>a>e; t>r>e",
        "start; time 2419199; tasks a; time 28d; tasks a r; time 58d; tasks a r; time 59d; tasks a r r; time 88d; "
        "tasks a r r; time 89d; tasks a r r r; time 400d; tasks a r r r",
        clock="2026-01-31T09:00:00+08:00",
    ),
    row(
        "a day into summer time has 23 hours, 24 hours are exact",
        "start s; and g; catch t timer P1D; catch u timer PT24H; user a b; end e; s>g; g>t>a>e; g>u>b>e",
        "start; time 82799; tasks; time 23h; tasks a; time 86399; tasks a; time 24h; tasks a b",
        clock="2026-03-28T09:00:00+01:00",
        zone=BERLIN,
    ),
    row(
        "a day out of summer time has 25 hours",
        "start s; and g; catch t timer P1D; catch u timer PT24H; user a b; end e; s>g; g>t>a>e; g>u>b>e",
        "start; time 24h; tasks b; time 89999; tasks b; time 25h; tasks a b",
        clock="2026-10-24T09:00:00+02:00",
        zone=BERLIN,
    ),
    row(
        "a duration may be FEEL",
        'start s; catch t timer \'="PT" + string(n) + "H"\' timeDuration; user a; end e; s>t>a>e',
        "start n=2; time 7199; tasks; time 2h; tasks a",
        "start n=1; time 1h; tasks a",
    ),
    row(
        "a date may be a variable",
        "start s; user w; catch t timer '=due' timeDate; user a; end e; s>w>t>a>e",
        "start; do w due=2026-01-02T09:00:00+08:00; time 86399; tasks; time 1d; tasks a",
        "start; do w due=2025-01-02T09:00:00+08:00; time 0; tasks a",
    ),
    row(
        "timers fire in the order of their due, whatever the clock's steps",
        "start s; and g; catch t timer PT3H; catch u timer PT1H; catch v timer PT2H; script i n = '1'; script k n = '2'; "
        "script l n = '3'; and j; xor x; user a b; end e; "
        "s>g; g>t>i>j; g>u>k>j; g>v>l>j; j>x; x>a ? n = 1; x>b ? else; a>e b>e",
        "start; time 1d; tasks a",
    ),
    row(
        "what a timer starts has its own time, from when it was due",
        "start s; catch t timer PT1H; catch u timer PT1H; user a; end e; s>t>u>a>e",
        "start; time 2h; tasks a",
        "start; time 90m; waiting 1; tasks; time 119m; tasks; time 2h; tasks a",
    ),
    row(
        "a timer in a loop is armed anew",
        "start s; xor in; catch t timer PT1H; user a; end e; s>in>t>a>in",
        "start; time 1h; tasks a; time 90m; do a; tasks; time 149m; tasks; time 150m; tasks a",
    ),
    row(
        "a cycle on the way fires once",
        "start s; catch t timer R/PT1H; user a; end e; s>t>a>e",
        "start; time 1h; tasks a; time 5h; tasks a; do a; end",
    ),
    # ---- messages
    row(
        "a message lets its receiver go on",
        CATCH.format("message M"),
        "start; do w; waiting 1; active c; msg M; tasks a; waiting 0; do a; end",
        "start; do w; msg N; tasks; waiting 1",
    ),
    row(
        "a receive task waits for its message",
        "start s; receive r message M; user a; end e; s>r>a>e",
        "start; active r; tasks; count 0; open; msg M; tasks a; do a; end",
    ),
    row(
        "a message that comes early is delivered once",
        "start s; user w; catch c d message M; user a; end e; s>w>c>d>a>e",
        "start; msg M; do w; waiting 1; active d; tasks; msg M; tasks a",
        "start; msg M; msg M; do w; tasks a",
    ),
    row(
        "a message goes to one receiver, the older",
        "start s; and g; user w; catch c d message M; user a b; end e; s>g; g>c>a>e; g>w>d>b>e",
        "start; do w; waiting 2; msg M; waiting 1; tasks a; msg M; tasks a b; waiting 0",
    ),
    row(
        "what a message carries becomes variables",
        "start s; catch c message M; xor x; user a b; end e; s>c>x; x>a ? ok = true; x>b ? else; a>e b>e",
        "start; msg M ok=true; tasks a",
        "start; msg M ok=false; tasks b",
    ),
    row(
        "a message with a key goes to who waits with that key",
        "start s; and g; catch c message M reads '=one'; catch d message M reads '=two'; user a b; end e; "
        "s>g; g>c>a>e; g>d>b>e",
        "start one=A two=B; waiting 2; msg M @B; tasks b; msg M @A; tasks a b",
        "start one=A two=B; msg M @C; waiting 2; tasks",
    ),
    row(
        "a message thrown is received by who waits for it",
        "start s; and g; user w a; throw t message M; catch c message M; end e; s>g; g>w>t>e; g>c>a>e",
        "start; waiting 1; tasks w; do w; tasks a; do a; end",
    ),
    row(
        "a send task throws its message and passes",
        "start s; and g; user w a b; send t message M; receive r message M; end e; s>g; g>w>t>b>e; g>r>a>e",
        "start; tasks w; do w; tasks a b; all; end",
    ),
    row(
        "a message end event throws and ends its token alone",
        "start s; and g; user w a; end t message M; catch c message M; end e; s>g; g>w>t; g>c>a>e",
        "start; do w; tasks a; open; do a; end",
    ),
    row(
        "a message of another name passes by",
        "start s; and g; user w; throw t message N; catch c message M; end e; s>g; g>w>t>e; g>c>e",
        "start; do w; open; waiting 1; msg M; end",
    ),
    # ---- signals
    row(
        "a signal reaches all who wait for it",
        "start s; and g; catch c d signal S; user a b; end e; s>g; g>c>a>e; g>d>b>e",
        "start; waiting 2; sig S; waiting 0; tasks a b",
        "start; sig T; waiting 2",
    ),
    row(
        "a signal is not kept",
        CATCH.format("signal S"),
        "start; sig S; do w; waiting 1; tasks; sig S; tasks a",
    ),
    row(
        "a signal thrown reaches all who wait in the instance",
        "start s; and g; user w a b c; throw t signal S; catch x y signal S; end e; s>g; g>w>t>c>e; g>x>a>e; g>y>b>e",
        "start; do w; tasks a b c; waiting 0",
    ),
    row(
        "a signal end event throws and ends its token alone",
        "start s; and g; user w a; end t signal S; catch c signal S; end e; s>g; g>w>t; g>c>a>e",
        "start; do w; tasks a; open; do a; end",
    ),
    row(
        "a signal thrown before somebody waits is not heard",
        "start s; throw t signal S; catch c signal S; end e; s>t>c>e",
        "start; open; waiting 1; sig S; end",
    ),
    # ---- conditional
    row(
        "a condition that holds already lets its token pass",
        CATCH.format("condition 'n > 5'"),
        "start n=6; do w; tasks a",
        "start; do w n=7; tasks a",
    ),
    row(
        "a condition fires when another branch makes it hold",
        "start s; and g; user w a; catch c condition 'n > 5'; end e; s>g; g>w>e; g>c>a>e",
        "start n=1; waiting 1; do w n=6; tasks a; waiting 0",
        "start n=1; do w n=5; tasks; open; waiting 1",
    ),
    row(
        "a condition over a variable that there is not yet does not hold",
        "start s; and g; user w a; catch c condition 'n > 5'; end e; s>g; g>w>e; g>c>a>e",
        "start; waiting 1; do w n=6; tasks a",
    ),
    # ---- links
    row(
        "a link leads on at its catching end",
        "start s; throw l link L; catch k link L; user a; end e; s>l; k>a>e",
        "start; tasks a; do a; end",
    ),
    row(
        "several throwing links lead to one catching end",
        "start s; user a b c; and g; throw l m link L; catch k link L; end e; s>g; g>a>l; g>b>m; k>c>e",
        "start; do b; tasks a c; do a; tasks c c; all; end",
    ),
    row(
        "a link may lead back",
        "start s; user a; xor x m; throw l link back; catch k link back; end e; s>m>a>x; x>l ? again = true; x>e ? else; k>m",
        "start; do a again=true; tasks a; do a again=false; end",
    ),
    row(
        "links of one name in two scopes are apart",
        "start s; throw l link L; catch k link L; end e; sub p { start s2; throw l2 link L; catch k2 link L; user a; "
        "s2>l2; k2>a }; user b; s>p>l; k>b>e",
        "start; tasks a; do a; tasks b; do b; end",
    ),
    # ---- several triggers
    row(
        "of several triggers the first that comes counts",
        "start s; catch c message M signal S timer PT1H; user a; end e; s>c>a>e",
        "start; waiting 1; active c; sig S; tasks a; waiting 0; msg M; time 2h; tasks a; do a; end",
        "start; msg M; tasks a; waiting 0",
        "start; time 1h; tasks a",
    ),
    row(
        "a boundary event may have several triggers",
        "start s; user a r; boundary b on a message M timer PT1H; end e; s>a>e; b>r>e",
        "start; waiting 1; active a b; msg M; tasks r; time 2h; tasks r",
        "start; time 1h; tasks r; waiting 0; msg M; do r; end",
    ),
    row(
        "of several start triggers each begins the process",
        "start s message M signal S; user a; end e; s>a>e",
        "msg M; tasks a",
        "sig S; tasks a",
    ),
    row(
        "all that an event throws is thrown",
        "start s; and g; catch c message M; catch d signal S; user w a b; throw t message M signal S; end e; "
        "s>g; g>w>t>e; g>c>a>e; g>d>b>e",
        "start; do w; tasks a b; all; end",
    ),
    row(
        "a message without name is known by its id",
        '<receiveTask id="r" messageRef="m9"/>\nstart s; user a; end e; s>r>a>e',
        "start; msg m9; tasks a",
        top='<message id="m9"/>',
    ),
    # ---- escalation, terminate
    row(
        "an escalation that nobody catches passes",
        "start s; throw t escalation X; user a; end e; s>t>a>e",
        "start; tasks a; do a; end",
    ),
    row(
        "an escalation end event that nobody catches ends its token alone",
        "start s; user a b; end t escalation X; end e; s>a>t; s>b>e",
        "start; do a; open; tasks b; do b; end",
    ),
    row(
        "an error that nobody catches is an error",
        "start s; end t error E; s>t",
        "fails",
    ),
    row(
        "terminate ends everything",
        "start s; user a b; and g; catch t timer PT1H; end e; end x terminate; s>g; g>a>x; g>b>e; g>t>e",
        "start; tasks a b; waiting 1; do a; end; tasks; waiting 0; count 0",
        "start; do b; open; do a; end",
    ),
    row(
        "terminate ends sub-processes too",
        "start s; user a; and g; end e; end x terminate; sub p { start s2; user b; s2>b }; s>g; g>a>x; g>p>e",
        "start; tasks a b; do a; end; tasks",
    ),
    row(
        "terminate with one token ends the instance",
        "start s; user a; end x terminate; s>a>x",
        "start; do a; end",
    ),
]
