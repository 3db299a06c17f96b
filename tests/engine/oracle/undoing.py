"""Compensation and transactions: BPMN 2.0.2, 10.6, 13.5.5 and 10.3.5.3.

A handler is a user task here, so that its turn is seen: what was done last is undone first.
"""

from __future__ import annotations

from tests.engine.oracle.shorthand import row

UNDO = "user ha compensation; boundary ba on a compensate; ba~ha"
BOTH = UNDO + "; user hb compensation; boundary bb on b compensate; bb~hb"

ROWS = [
    row(
        "a handler is no part of the flow",
        f"start s; user a; {UNDO}; end e; s>a>e",
        "start; tasks a; waiting 0; do a; end",
    ),
    row(
        "what is done is undone, then its event goes on",
        f"start s; user a z; {UNDO}; throw t compensate; end e; s>a>t>z>e",
        "start; do a; tasks ha; do ha; tasks z; do z; end",
    ),
    row(
        "what was done last is undone first",
        f"start s; user a b z; {BOTH}; throw t compensate; end e; s>a>b>t>z>e",
        "start; do a; do b; tasks hb; do hb; tasks ha; do ha; tasks z; do z; end",
    ),
    row(
        "the order is that of completion, not of the diagram",
        f"start s; user a b z; {BOTH}; and g j; throw t compensate; end e; s>g; g>a>j; g>b>j; j>t>z>e",
        "start; do b; do a; tasks ha; do ha; tasks hb; do hb; tasks z",
        "start; do a; do b; tasks hb; do hb; tasks ha; do ha; tasks z",
    ),
    row(
        "a compensation event may name one activity",
        f"start s; user a b z; {BOTH}; throw t compensate a; end e; s>a>b>t>z>e",
        "start; do a; do b; tasks ha; do ha; tasks z; do z; end",
    ),
    row(
        "what was not done is not undone",
        f"start s; user a b z; {BOTH}; xor x m; throw t compensate; end e; s>x; x>a ? ok = true; x>b ? else; a>m b>m; m>t>z>e",
        "start ok=true; do a; tasks ha; do ha; tasks z",
        "start ok=false; do b; tasks hb; do hb; tasks z",
    ),
    row(
        "where nothing is done a compensation event passes",
        f"start s; user a z; {UNDO}; xor x; throw t compensate; end e; s>x; x>a ? ok = true; x>t ? else; a>t; t>z>e",
        "start ok=false; tasks z; do z; end",
    ),
    row(
        "what is still open is not undone and stays open",
        f"start s; user a b z; {BOTH}; and g; throw t compensate; end e; s>g; g>a>t>z>e; g>b>e",
        "start; do a; tasks b ha; do ha; tasks b z; all; end",
    ),
    row(
        "what was taken away is not undone",
        f"start s; user a r z; {UNDO}; boundary d on a timer PT1H; throw t compensate; end e; s>a>e; d>r>t>z>e",
        "start; time 1h; tasks r; do r; tasks z; do z; end",
    ),
    row(
        "what was done twice is undone twice",
        f"start s; user a z; {UNDO}; xor in x; throw t compensate; end e; s>in>a>x; x>in ? again = true; x>t ? else; t>z>e",
        "start; do a again=true; do a again=false; tasks ha; do ha; tasks ha; do ha; tasks z",
    ),
    row(
        "what is undone is not undone again",
        f"start s; user a b z; {UNDO}; throw t u compensate; end e; s>a>t>b>u>z>e",
        "start; do a; tasks ha; do ha; tasks b; do b; tasks z; do z; end",
    ),
    row(
        "each of many is undone",
        "start s; user a times 2; user z; user ha compensation; boundary ba on a compensate; ba~ha; throw t compensate; end e; "
        "s>a>t>z>e",
        "start; do a; do a; do ha; do ha; tasks z; do z; end",
    ),
    row(
        "a compensation end event undoes and ends",
        f"start s; user a; {UNDO}; end t compensate; s>a>t",
        "start; do a; tasks ha; open; do ha; end",
    ),
    row(
        "an automatic handler needs nobody",
        "start s; user a z; service ha compensation; boundary ba on a compensate; ba~ha; throw t compensate; end e; s>a>t>z>e",
        "start; do a; tasks z; do z; end",
        operations={"ha": {}},
    ),
    row(
        "what a finished sub-process did is undone",
        f"start s; sub p {{ start s2; user a b; s2>a>b; {BOTH} }}; user z; throw t compensate; end e; s>p>t>z>e",
        "start; do a; do b; tasks hb; do hb; tasks ha; do ha; tasks z",
    ),
    row(
        "a compensation event may name a sub-process",
        f"start s; sub p {{ start s2; user a; s2>a; {UNDO} }}; user b z; user hb compensation; boundary bb on b compensate; "
        "bb~hb; throw t compensate p; end e; s>p>b>t>z>e",
        "start; do a; do b; tasks ha; do ha; tasks z",
    ),
    row(
        "a sub-process with a handler of its own is undone by that",
        f"start s; sub p {{ start s2; user a; s2>a; {UNDO} }}; user hp compensation; boundary bp on p compensate; bp~hp; user z; "
        "throw t compensate; end e; s>p>t>z>e",
        "start; do a; tasks hp; do hp; tasks z",
    ),
    row(
        "a sub-process may say itself how it is undone",
        "start s; sub p { start s2; user a; s2>a; eventsub es { start x compensate; user h; x>h } }; user z; throw t compensate p; "
        "end e; s>p>t>z>e",
        "start; tasks a; do a; tasks h; do h; tasks z; do z; end",
    ),
    row(
        "what undoes a sub-process may undo what was done in it",
        f"start s; sub p {{ start s2; user a; s2>a; {UNDO}; eventsub es {{ start x compensate; user h; throw u compensate a; "
        "user k; x>h>u>k } }; user z; throw t compensate p; end e; s>p>t>z>e",
        "start; do a; tasks h; do h; tasks ha; do ha; tasks k; do k; tasks z; do z; end",
    ),
    row(
        "a compensation event undoes its own scope alone",
        f"start s; user a z; {UNDO}; sub p {{ start s2; user b; user hb compensation; boundary bb on b compensate; bb~hb; "
        "throw t compensate; s2>b>t }; end e; s>a>p>z>e",
        "start; do a; do b; tasks hb; do hb; tasks z; do z; end",
    ),
    row(
        "an event sub-process undoes what its scope did",
        f"start s; sub p {{ start s2; user a; {UNDO}; end x error E; s2>a>x; eventsub es {{ start y error E; throw t compensate; "
        "user k; y>t>k } }; user z; end e; s>p>z>e",
        "start; do a; tasks ha; do ha; tasks k; do k; tasks z; do z; end",
    ),
    row(
        "a sub-process that failed is not undone from outside",
        f"start s; sub p {{ start s2; user a; {UNDO}; end x error E; s2>a>x }}; user r z; boundary b on p error E; "
        "throw t compensate; end e; s>p>e; b>r>t>z>e",
        "start; do a; tasks r; do r; tasks z; do z; end",
    ),
    row(
        "compensation waits for its handlers while other branches go on",
        f"start s; user a c z; {UNDO}; and g; throw t compensate; end e; s>g; g>a>t>z>e; g>c>e",
        "start; do a; tasks c ha; do c; open; tasks ha; do ha; tasks z; do z; end",
    ),
    # ---- transactions
    row(
        "a transaction that is done goes on",
        "start s; transaction p { start s2; user a; end f; s2>a>f }; user r z; boundary b on p cancel; end e; s>p>z>e; b>r>e",
        "start; tasks a; do a; tasks z; do z; end",
    ),
    row(
        "a cancelled transaction is undone, then its cancel event goes on",
        f"start s; transaction p {{ start s2; user a b; {BOTH}; end c cancel; s2>a>b>c }}; user r z; boundary d on p cancel; "
        "end e; s>p>z>e; d>r>e",
        "start; do a; do b; tasks hb; do hb; tasks ha; do ha; tasks r; do r; end",
    ),
    row(
        "cancelling takes away what is open",
        f"start s; transaction p {{ start s2; user a b w; {UNDO}; end c cancel; s2>a; a>b>c; s2>w }}; user r; "
        "boundary d on p cancel; end e; s>p>e; d>r>e",
        "start; tasks a w; do a; tasks b w; do b; tasks ha; do ha; tasks r; do r; end",
    ),
    row(
        "a cancelled transaction with nothing to undo goes on at once",
        "start s; transaction p { start s2; user a; end c cancel; s2>a>c }; user r; boundary d on p cancel; end e; s>p>e; d>r>e",
        "start; do a; tasks r; do r; end",
    ),
    row(
        "an error leaves a transaction without undoing",
        f"start s; transaction p {{ start s2; user a; {UNDO}; end x error E; s2>a>x }}; user r q; boundary d on p cancel; "
        "boundary f on p error E; end e; s>p>e; d>r>e; f>q>e",
        "start; do a; tasks q; do q; end",
    ),
    row(
        "a time limit takes a transaction away without undoing",
        f"start s; transaction p {{ start s2; user a b; {UNDO}; s2>a>b }}; user r; boundary d on p timer PT1H; end e; s>p>e; d>r>e",
        "start; do a; time 1h; tasks r; do r; end",
    ),
    row(
        "a transaction may be tried again",
        f"start s; xor in; transaction p {{ start s2; user a; {UNDO}; xor x; end c cancel; end f; s2>a>x; x>c ? bad = true; "
        "x>f ? else }; user r z; boundary d on p cancel; end e; s>in>p>z>e; d>r>in",
        "start; do a bad=true; tasks ha; do ha; tasks r; do r; tasks a; do a bad=false; tasks z; do z; end",
    ),
]
