"""What does not run is refused with its place, before anything has begun, and what never ends is cut."""

from __future__ import annotations

from collections.abc import Mapping

from tests.engine.oracle.data import DECISION
from tests.engine.oracle.shorthand import NAMESPACES, Row, bpmn

S = "start s; user a; end e; s>a>e; "
DEEP = "(" * 3000 + "1" + ")" * 3000
CHOICE = "start s; user a b; xor x; end e; s>x; x>a ? {0}; x>b ? else; a>e b>e"


def refused(rule: str, name: str, diagram: str, files: Mapping[str, bytes] | None = None, process: str = "P") -> Row:
    """Make a row whose deployment or start fails by a rule."""
    return Row(name, diagram, ("fails",), {"process": process}, files or {}, rule)


def raw(text: str) -> dict[str, bytes]:
    """Give a file of that text."""
    return {"p.bpmn": text.encode()}


ROWS = [
    # ---- files and ids
    refused("xml_malformed", "no XML", "", files=raw("<definitions")),
    refused(
        "xml_doctype",
        "a document type",
        "",
        files=raw(f"<!DOCTYPE x><definitions {NAMESPACES}><process id='P'/></definitions>"),
    ),
    refused("xml_malformed", "letters of another encoding", "", files={"p.bpmn": bpmn(S).replace(b'"a"', b'"\xe9"')}),
    refused("id_twice", "two elements with one id", S + "user a"),
    refused("process_twice", "two processes with one id", "", files={"p.bpmn": bpmn(S), "q.bpmn": bpmn(S)}),
    refused("process_unknown", "a process that is not there", "", process="Q", files={"p.bpmn": bpmn(S)}),
    refused(
        "process_unknown",
        "a process of nothing",
        "",
        files=raw(f'<definitions {NAMESPACES}><process id="P"/></definitions>'),
    ),
    refused("element_unsupported", "an element of no kind that runs", S + '<choreographyTask id="c"/>'),
    # ---- kinds
    refused("element_unsupported", "a complex gateway", "start s; complex x; user a; end e; s>x>a>e"),
    refused("element_unsupported", "an ad-hoc sub-process", "start s; adhoc p { user a }; end e; s>p>e"),
    refused(
        "attribute_unsupported",
        "a parallel multiple event",
        "start s; catch c message M signal S parallel-multiple; end e; s>c>e",
    ),
    # ---- flows and gateways
    refused("flow_end", "a flow that leads nowhere", S + "a>nowhere"),
    refused("flow_into_start", "a flow into a start event", S + "a>s"),
    refused("flow_out_of_end", "a flow out of an end event", "start s; user a; end e; s>e>a"),
    refused(
        "flow_end",
        "a flow out of a sub-process's inside",
        "start s; sub p { start s2; user b; s2>b }; user a; s>p; b>a",
    ),
    refused("flow_condition", "a choice without conditions", "start s; user a b c; xor x; s>x; x>a x>b; x>c ? n = 1"),
    refused(
        "flow_condition_lost",
        "a condition behind a parallel gateway",
        "start s; user a b; and x; s>x; x>a ? n = 1; x>b ? n = 2",
    ),
    refused("gateway_empty", "a gateway without a way on", "start s; xor x; s>x"),
    refused(
        "event_gateway", "an event gateway before a task", "start s; first g; user a; catch c message M; s>g; g>a g>c"
    ),
    refused("loop_without_wait", "a circle that never waits", "start s; task a b; s>a>b>a"),
    refused(
        "flow_condition",
        "a default that leads from elsewhere",
        "",
        files={"p.bpmn": bpmn(CHOICE.format("n = 1")).replace(b'default="x_b"', b'default="s_x"')},
    ),
    # ---- expressions
    *(
        refused(rule, f"the condition {text}", CHOICE.format(text))
        for rule, texts in {
            "expression": (
                "ok == true",
                "n >",
                "n > 5 > 3",
                "(n",
                "nothing(n)",
                "not ok",
                "__import__('os')",
                "lambda: 1",
            ),
            "expression_language": ("ok &&", "ok && true", "ok || true", "${ok}", "#{ok}", "ok ==="),
            "condition": ("n.toString().length", "import os"),
        }.items()
        for text in texts
    ),
    refused(
        "flow_language",
        "a condition in another language",
        "",
        files={
            "p.bpmn": bpmn(CHOICE.format("ok")).replace(
                b"<conditionExpression>", b'<conditionExpression language="groovy">'
            )
        },
    ),
    refused(
        "automatic",
        "a loop that never ends by itself",
        "start s; xor in x; script k n = '1'; end e; s>in>k>x; x>in ? n = 1; x>e ? else",
    ),
    refused(
        "expression", "a list without end", "start s; script k n = 'for i in 1..1000000000 return i'; end e; s>k>e"
    ),
    refused(
        "expression",
        "a text that is searched without end",
        "start s; script k n = 'matches(\"" + "a" * 40 + '!", "^(a+)+$")\'; end e; s>k>e',
    ),
    refused("expression", "an expression nested without end", f"start s; script k n = '{DEEP}'; end e; s>k>e"),
    refused(
        "dmn",
        "a decision nested without end",
        "start s; rule k grade r; end e; s>k>e",
        files={"grade.dmn": DECISION.replace(b"&gt;= 70", DEEP.encode())},
    ),
    # ---- starts
    refused(
        "start_twice",
        "two start events without trigger in a sub-process",
        "start s; sub p { start s2 s3; user a; s2>a s3>a }; end e; s>p>e",
    ),
    refused("start_event_kind", "a start event for an error on a process", "start s error E; user a; s>a"),
    refused(
        "start_trigger_inside",
        "a trigger inside a sub-process",
        "start s; sub p { start s2 message M; user a; s2>a }; end e; s>p>e",
    ),
    refused("event_start_count", "an event sub-process without trigger", S + "eventsub p { start s2; user b; s2>b }"),
    refused(
        "event_flows",
        "an event sub-process with flows",
        "start s; user a; end e; s>a>p>e; eventsub p { start x message M; user h; x>h }",
    ),
    refused(
        "event_error_non_interrupting",
        "an error that does not interrupt",
        S + "eventsub p { start x meanwhile error E; user h; x>h }",
    ),
    # ---- tasks
    refused(
        "result_missing",
        "a script in another language",
        'start s; <scriptTask id="k" scriptFormat="groovy"><script>x</script></scriptTask>\ns>k'.replace("; <", "\n<"),
    ),
    refused(
        "result_missing", "a script without result", 'start s\n<scriptTask id="k"><script>1</script></scriptTask>\ns>k'
    ),
    refused("script_empty", "a script of nothing", "start s; script k n = ''; s>k"),
    refused("operation_missing", "a service task that nobody answers", "start s; service k; s>k"),
    refused("decision_missing", "a business rule task without decision", 'start s\n<businessRuleTask id="k"/>\ns>k'),
    refused("decision_unknown", "a decision that is not there", "start s; rule k grade r; s>k"),
    refused("message_missing", "a send task without message", "start s; send k; s>k"),
    refused("message_missing", "a receive task without message", "start s; receive k; s>k"),
    refused("message_missing", "a receive task with a message that is not there", "start s; receive k message ?M; s>k"),
    refused("process_unknown", "a call of a process that is not there", "start s; call c calls Q; s>c"),
    refused(
        "call_cycle",
        "processes that call each other in a circle",
        "start s; call c calls Q; s>c\nprocess Q { start s2; call d calls P; s2>d }",
    ),
    # ---- events
    refused("event_name", "a message event without message", "start s; catch c message; s>c"),
    refused("event_name", "a signal event without signal", "start s; catch c signal; s>c"),
    refused("event_name", "an error that is not there", "start s; sub p { start s2; end x error ?E; s2>x }; s>p"),
    refused(
        "event_name",
        "an error boundary event on an error that is not there",
        S + "boundary b on a error ?E; user r; b>r",
    ),
    refused("event_none", "a catching event without trigger", "start s; catch c; s>c"),
    refused("event_none", "a boundary event without trigger", S + "boundary b on a; user r; b>r"),
    refused(
        "timer_empty",
        "a timer of nothing",
        'start s\n<intermediateCatchEvent id="t"><timerEventDefinition/></intermediateCatchEvent>\ns>t',
    ),
    *(
        refused(
            "timer_text",
            f"the timer {text}",
            f"start s; catch t timer '{text}' timeDuration; s>t".replace("timeDuration", ""),
        )
        for text in (
            "P",
            "PT",
            "P1H",
            "2026-13-01",
            "tomorrow",
            "R3",
            "R3/",
            "R/P0D",
            "R0/PT1H",
            "PT1.5H30M",
            "P1.5M",
            "0 0 9 * * ?",
        )
    ),
    refused("timer", "a timer that gives no duration", "start s; catch t timer '=n' timeDuration; s>t"),
    refused("condition_missing", "a condition of nothing", "start s; catch c condition ''; s>c"),
    refused("expression", "a condition that does not parse", "start s; catch c condition 'n >'; s>c"),
    refused("link_pair", "a link without its other end", "start s; throw l link L; s>l"),
    refused(
        "link_pair",
        "a link with two catching ends",
        "start s; throw l link L; catch k m link L; user a b; s>l; k>a; m>b",
    ),
    refused("link_pair", "a catching link without throwing end", S + "catch k link L; user b; k>b"),
    refused(
        "event_error_non_interrupting",
        "an error boundary event that does not interrupt",
        S + "boundary b beside a error E; user r; b>r",
    ),
    refused(
        "attached",
        "a boundary event on a gateway",
        "start s; and g; user a; boundary b on g timer PT1H; user r; s>g>a; b>r",
    ),
    refused(
        "attached",
        "a boundary event on an event",
        "start s; catch c message M; boundary b on c timer PT1H; user r; s>c; b>r",
    ),
    refused(
        "attached", "a boundary event on nothing", "start s; user a; boundary b on nothing timer PT1H; user r; s>a; b>r"
    ),
    refused(
        "boundary_incoming",
        "a flow into a boundary event",
        "start s; user a c; boundary b on a timer PT1H; user r; s>a>c>b>r",
    ),
    refused("event_kind", "a terminate on the way", "start s; throw t terminate; s>t"),
    # ---- many
    refused(
        "loop_empty",
        "a multi-instance of nothing",
        'start s\n<userTask id="a"><multiInstanceLoopCharacteristics/></userTask>\ns>a',
    ),
    refused(
        "loop_standard",
        "a loop without bound",
        'start s\n<userTask id="a"><standardLoopCharacteristics/></userTask>\ns>a',
    ),
    refused("many_items", "more instances than there may be", "start s; user a times 1001; s>a"),
    refused(
        "live_tokens",
        "more tokens than there may be",
        "start s; sub p times 100 { start s2; user a times 100; s2>a }; s>p",
    ),
    refused("cardinality", "half an instance", "start s; user a times 1.5; s>a"),
    refused(
        "collection", "a collection that is none", "start s; user a each '\"text\"'; s>a".replace("'\"text\"'", "n")
    ),
    refused("expression", "a completion condition that does not parse", "start s; user a times 2 until 'n >'; s>a"),
    # ---- undoing
    refused("cancel_outside", "a cancel end event outside a transaction", "start s; user a; end c cancel; s>a>c"),
    refused("cancel_outside", "a cancel event on a task", S + "boundary b on a cancel; user r; b>r"),
    refused("compensation_handler", "a compensation boundary event without handler", S + "boundary b on a compensate"),
    refused(
        "compensation_flow",
        "a handler with a flow into it",
        "start s; user a; user h compensation; boundary b on a compensate; b~h; s>a>h",
    ),
    refused("compensation_unbound", "a handler of nothing", S + "user h compensation"),
    refused(
        "compensation_activity",
        "a compensation of an activity that is not there",
        S.replace("a>e", "a>t>e") + "throw t compensate nothing",
    ),
]
