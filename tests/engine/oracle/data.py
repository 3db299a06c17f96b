"""What is known where: BPMN 2.0.2, 10.4; FEEL, decisions and operations."""

from __future__ import annotations

from tests.engine.oracle.shorthand import NAMESPACES, row

CHOOSE = "xor x; user y n; end e; x>y ? {0}; x>n ? else; y>e n>e"
DECISION = (
    b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">'
    b'<decision id="grade" name="grade"><variable id="v" name="grade"/><decisionTable id="t" hitPolicy="FIRST">'
    b'<input id="i"><inputExpression id="ie"><text>score</text></inputExpression></input><output id="o" name="grade"/>'
    b'<rule id="r1"><inputEntry id="r1i"><text>&gt;= 70</text></inputEntry><outputEntry id="r1o"><text>"pass"</text>'
    b'</outputEntry></rule><rule id="r2"><inputEntry id="r2i"><text>-</text></inputEntry><outputEntry id="r2o">'
    b'<text>"fail"</text></outputEntry></rule></decisionTable></decision></definitions>'
)

ROWS = [
    row(
        "a script writes its result",
        "start s; script k n = 'a + b'; s>k>x; " + CHOOSE.format("n = 5"),
        "start a=2 b=3; tasks y",
        "start a=2 b=4; tasks n",
    ),
    row(
        "scripts go on with one another's results",
        "start s; script k n = 'a * 2'; script l m = 'n + 1'; s>k>l>x; " + CHOOSE.format("m = 7"),
        "start a=3; tasks y",
    ),
    row(
        "a script may count a loop that waits for nobody",
        "start s; xor in g; script k n = 'n + 1'; s>in>k>g; g>in ? n < 100; g>x ? else; " + CHOOSE.format("n = 100"),
        "start n=0; tasks y",
    ),
    row(
        "what one branch wrote the other does not undo at the join",
        "start s; user a b; and g j; s>g; g>a>j; g>b>j; j>x; " + CHOOSE.format("n = 2"),
        "start n=1; do a n=2; do b; tasks y",
        "start n=1; do b; do a n=2; tasks y",
        "start n=1; do a; do b; tasks n",
    ),
    row(
        "what both branches wrote is known behind the join",
        "start s; user a b; and g j; s>g; g>a>j; g>b>j; j>x; " + CHOOSE.format("m + n = 5"),
        "start; do a m=2; do b n=3; tasks y",
        "start; do b n=3; do a m=2; tasks y",
    ),
    row(
        "of what both wrote the later counts",
        "start s; user a b; and g j; s>g; g>a>j; g>b>j; j>x; " + CHOOSE.format("n = 2"),
        "start; do b n=1; do a n=2; tasks y",
        "start; do a n=2; do b n=1; tasks n",
    ),
    row(
        "lists are written as a whole",
        "start s; user a b; and g j; s>g; g>a>j; g>b>j; j>x; " + CHOOSE.format("count(l) = 1"),
        "start l=[1,2,3]; do a l=[7]; do b; tasks y",
        "start l=[1,2,3]; do b l=[1,2]; do a l=[7]; tasks y",
    ),
    row(
        "objects are written as a whole",
        "start s; user a; s>a>x; " + CHOOSE.format("d.b = null"),
        'start d=\'{"a": 1, "b": 2}\'; do a d=\'{"a": 3}\'; tasks y',
    ),
    row(
        "what is known at an inclusive join",
        "start s; user a b; or g j; s>g; g>a ? true; g>b ? both = true; a>j b>j; j>x; " + CHOOSE.format("n = 2"),
        "start both=true n=0; do b n=1; do a n=2; tasks y",
        "start both=false n=0; do a n=2; tasks y",
    ),
    row(
        "a boundary event knows what was written until it came",
        "start s; sub p { start s2; user a b; s2>a>b }; boundary t on p timer PT1H; s>p>e; t>x; "
        + CHOOSE.format("n = 7"),
        "start n=1; do a n=7; time 1h; tasks y",
        "start n=1; time 1h; tasks n",
    ),
    row(
        "an error event knows what was written before it",
        "start s; sub p { start s2; user a; end z error E; s2>a>z }; boundary t on p error E; s>p>e; t>x; "
        + CHOOSE.format("n = 7"),
        "start n=1; do a n=7; tasks y",
    ),
    row(
        "numbers are decimal enough to compare what was typed",
        "start s; s>x; " + CHOOSE.format("n * 3 > 1.04"),
        "start n=0.35; tasks y",
        "start n=0.34; tasks n",
    ),
    row(
        "dates compare",
        "start s; s>x; " + CHOOSE.format('date(d) < date("2026-03-01")'),
        "start d=2026-02-28; tasks y",
        "start d=2026-03-01; tasks n",
    ),
    row(
        "what is missing is null",
        "start s; s>x; " + CHOOSE.format("a = null"),
        "start; tasks y",
        "start a=0; tasks n",
    ),
    row(
        "and, or, not, between and in",
        "start s; s>x; " + CHOOSE.format('not(a) and (n between 3 and 5 or k in ("p", "q"))'),
        "start a=false n=4 k=z; tasks y",
        "start a=false n=6 k=q; tasks y",
        "start a=true n=4 k=q; tasks n",
        "start a=false n=6 k=z; tasks n",
    ),
    row(
        "names of answers are only names",
        "start s; user a b; s>a>b>x; " + CHOOSE.format("constructor = 1 and typename = 2 and __class__ = 3"),
        "start; do a typename=2 __class__=3 constructor=1; do b; tasks y",
    ),
    row(
        "names may be Chinese",
        "start s; user a named 审核; s>a>x; " + CHOOSE.format('结果 = "通过"'),
        "start; do 审核 结果=通过; tasks y",
    ),
    row(
        "what a service task gives becomes variables",
        "start s; service k; s>k>x; " + CHOOSE.format("n = 7"),
        "start; tasks y",
        operations={"k": {"n": 7}},
    ),
    row(
        "a decision is asked and its answer known",
        "start s; rule k grade result; s>k>x; " + CHOOSE.format('result = "pass"'),
        "start score=70; tasks y",
        "start score=69.9; tasks n",
        files={"grade.dmn": DECISION},
    ),
    row(
        "a call takes what it is given and gives what it is asked for",
        '<callActivity id="c" calledElement="Q"><extensionElements><qs:binding><qs:in name="m" value="=n + 1"/>'
        '<qs:out name="r" value="=m * 10"/></qs:binding></extensionElements></callActivity>\n'
        "start s; s>c>x; "
        + CHOOSE.format("r = 70")
        + "\nprocess Q { start s2; user a; xor g; user b; s2>g; g>a ? m = 3; g>b ? else }",
        "start n=2; tasks a; do a m=7; tasks y",
        "start n=1; tasks b",
    ),
    row(
        "an operation takes what it is given and gives what it is asked for",
        '<serviceTask id="k"><extensionElements><qs:operation name="sum"><qs:in name="a" value="=n"/>'
        '<qs:out name="r" value="=total + n"/></qs:operation></extensionElements></serviceTask>\n'
        "start s; s>k>x; " + CHOOSE.format("r = 12"),
        "start n=2; tasks y",
        operations={"sum": {"total": 10}},
    ),
    row(
        "a task may say which of its answers are kept, and as what",
        '<userTask id="a"><extensionElements><qs:output source="=points * 2" target="score"/></extensionElements></userTask>\n'
        "start s; s>a>x; " + CHOOSE.format("score = 14"),
        "start; do a points=7; tasks y",
    ),
    row(
        "a hundred rounds are as good as one",
        "start s; user a b; and g j; xor in m; s>in>g; g>a>j; g>b>j; j>m; m>in ? again = true; m>x ? else; "
        + CHOOSE.format("n = 100"),
        "start; "
        + "; ".join(f"do b; do a again=true n={n}" for n in range(100))
        + "; do b; do a again=false n=100; tasks y",
    ),
    row(
        "data associations copy from one variable to another",
        "",
        "start n=7; tasks y",
        files={
            "p.bpmn": f'<definitions {NAMESPACES}><process id="P"><dataObject id="dn" name="n"/><dataObject id="dm" name="m"/>'
            '<startEvent id="s"/>'
            '<scriptTask id="k"><extensionElements><qs:script result="r"/></extensionElements>'
            "<dataInputAssociation><sourceRef>dn</sourceRef><targetRef>dm</targetRef></dataInputAssociation>"
            '<script>m + 1</script></scriptTask><exclusiveGateway id="x" default="x_n"/><userTask id="y"/><userTask id="z"/>'
            '<sequenceFlow id="a" sourceRef="s" targetRef="k"/><sequenceFlow id="b" sourceRef="k" targetRef="x"/>'
            '<sequenceFlow id="x_y" sourceRef="x" targetRef="y"><conditionExpression>r = 8</conditionExpression></sequenceFlow>'
            '<sequenceFlow id="x_n" sourceRef="x" targetRef="z"/></process></definitions>'.encode()
        },
    ),
]
