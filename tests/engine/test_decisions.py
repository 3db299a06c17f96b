from __future__ import annotations

from typing import Any

import pytest

from feel import for_thread
from tests.engine.diagrams import diagram, el, ext
from tests.engine.run import CATALOG, NOW, Run
from workflows.engine import Definition, compile_definition, evaluate_decision
from workflows.errors import EngineError, Refused

SPACE = 'xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" namespace="n" name="m" id="m"'


def text(tag: str, value: str) -> str:
    return f"<{tag}><text>{value}</text></{tag}>"


def table(policy: str, inputs: str, outputs: str, *rows: str, key: str = "d", requires: str = "") -> str:
    """Rows are ``cell | cell -> answer | answer``; an output may give its values as ``name:a,b``."""
    columns = "".join(f"<input>{text('inputExpression', name)}</input>" for name in inputs.split())
    for output in outputs.split():
        name, _, values = output.partition(":")
        columns += f'<output name="{name}">{text("outputValues", values) if values else ""}</output>'
    rules = ""
    for number, row in enumerate(rows, 1):
        cells, answers = row.split("->")
        rules += f'<rule id="r{number}">' + "".join(text("inputEntry", cell.strip()) for cell in cells.split("|"))
        rules += "".join(text("outputEntry", answer.strip()) for answer in answers.split("|")) + "</rule>"
    return f'<decision id="{key}" name="{key}">{requires}<decisionTable {policy}>{columns}{rules}</decisionTable></decision>'


def dmn(*decisions: str) -> bytes:
    return f"<definitions {SPACE}>{''.join(decisions)}</definitions>".encode()


def compiled(*decisions: str) -> Definition:
    return compile_definition({"p.bpmn": diagram("", "s>e"), "d.dmn": dmn(*decisions)}, "P", CATALOG)


def ask(definition: Definition, ref: str = "d", **data: Any) -> Any:
    return evaluate_decision(definition, ref, data, NOW, for_thread())


BANDS = ("&lt; 70 -> 'again'", "[70..90] -> 'supplement'", "&gt; 90 -> 'proceed'")


@pytest.mark.parametrize(
    ("score", "band"),
    [(0, "again"), (69.9999, "again"), (70, "supplement"), (90, "supplement"), (90.0001, "proceed"), (100, "proceed")],
)
def test_a_unique_table_gives_the_answer_of_its_rule(score: float, band: str) -> None:
    rows = [row.replace("'", '"') for row in BANDS]
    assert ask(compiled(table('hitPolicy="UNIQUE"', "score", "band", *rows)), score=score) == band


def test_no_rule_gives_null_and_a_default_if_there_is_one() -> None:
    plain = table("", "x", "y", "1 -> 2")
    assert ask(compiled(plain), x=9) is None
    default = plain.replace('<output name="y">', f'<output name="y">{text("defaultOutputEntry", "7")}')
    assert ask(compiled(default), x=9) == 7


def test_a_unique_table_with_two_answers_is_for_the_operator() -> None:
    definition = compiled(table("", "x", "y", "&gt; 1 -> 1", "&gt; 2 -> 2"))
    assert ask(definition, x=2) == 1
    with pytest.raises(EngineError) as caught:
        ask(definition, x=3)
    assert (caught.value.rule, caught.value.element) == ("decision_unique", "d")


def test_any_takes_rules_that_agree() -> None:
    definition = compiled(table('hitPolicy="ANY"', "x", "y", "&gt; 1 -> 5", "&gt; 2 -> 5", "&gt; 3 -> 6"))
    assert ask(definition, x=3) == 5
    with pytest.raises(EngineError):
        ask(definition, x=4)


def test_first_takes_the_first_and_rule_order_takes_all() -> None:
    rows = ("&gt; 1 -> 3", "&gt; 2 -> 1", "- -> 2")
    assert ask(compiled(table('hitPolicy="FIRST"', "x", "y", *rows)), x=3) == 3
    assert ask(compiled(table('hitPolicy="RULE ORDER"', "x", "y", *rows)), x=3) == [3, 1, 2]
    assert ask(compiled(table('hitPolicy="RULE ORDER"', "x", "y", "1 -> 1")), x=3) == []


def test_priority_and_output_order_follow_the_list_of_output_values() -> None:
    rows = ("&gt; 1 -> 3", "&gt; 2 -> 1", "- -> 2")
    assert ask(compiled(table('hitPolicy="PRIORITY"', "x", "y:2,1,3", *rows)), x=3) == 2
    assert ask(compiled(table('hitPolicy="OUTPUT ORDER"', "x", "y:2,1,3", *rows)), x=3) == [2, 1, 3]


@pytest.mark.parametrize(
    ("aggregation", "answer", "nothing"),
    [("", [3, 1, 2], []), ("SUM", 6, None), ("MIN", 1, None), ("MAX", 3, None), ("COUNT", 3, 0)],
)
def test_collect_aggregates(aggregation: str, answer: Any, nothing: Any) -> None:
    policy = 'hitPolicy="COLLECT"' + (f' aggregation="{aggregation}"' if aggregation else "")
    definition = compiled(table(policy, "x", "y", "&gt; 1 -> 3", "&gt; 2 -> 1", "&gt; 0 -> 2"))
    assert ask(definition, x=3) == answer
    assert ask(definition, x=0) == nothing


def test_several_outputs_give_a_mapping() -> None:
    definition = compiled(table('hitPolicy="FIRST"', "x y", "a b", '1 | "q" -> x + 1 | "p"', "- | - -> 0 | null"))
    assert ask(definition, x=1, y="q") == {"a": 2, "b": "p"}
    assert ask(definition, x=1, y="r") == {"a": 0, "b": None}


def test_a_value_outside_the_allowed_ones_is_for_the_operator() -> None:
    one = table("", "x", "y", '"a" -> 1').replace(
        "</inputExpression>", "</inputExpression>" + text("inputValues", '"a","b"')
    )
    assert ask(compiled(one), x="b") is None
    with pytest.raises(EngineError):
        ask(compiled(one), x="c")


def test_a_decision_asks_those_it_requires_first() -> None:
    requires = '<informationRequirement id="i"><requiredDecision href="#base"/></informationRequirement>'
    base = f'<decision id="base" name="base">{text("literalExpression", "x * 2")}</decision>'
    definition = compiled(base, table("", "base", "y", "&gt; 5 -> base + 1", "&lt;= 5 -> 0", requires=requires))
    assert ask(definition, x=3) == 7
    assert ask(definition, x=2) == 0
    assert "x" in definition.reads


def test_a_rule_task_writes_the_answer_and_the_rule_that_gave_it() -> None:
    task = el("businessRuleTask", "a", ext('<qs:decision ref="d" result="band"/>'))
    files = {"p.bpmn": diagram(task, "s>a a>e"), "d.dmn": dmn(table("", "score", "y", "&lt; 70 -> 1", "&gt;= 70 -> 2"))}
    run = Run(files, score=70)
    assert run.variables["band"] == 2
    event = next(event for event in run.events if event.kind == "decision.evaluated")
    assert event.data["decision"] == "d"
    assert event.data["rules"] == ["r2"]


def test_an_unknown_decision_is_an_engine_error() -> None:
    with pytest.raises(EngineError):
        ask(compiled(table("", "x", "y", "1 -> 1")), "nothing")


@pytest.mark.parametrize(
    "wrong",
    [
        table('hitPolicy="LUCKY"', "x", "y", "1 -> 1"),
        table("", "x", "y", "&gt;= -> 1"),
        table("", "x", "y", "1 -> foo(1)"),
        table("", "x", "y", "1 | 2 -> 1"),
        table('hitPolicy="PRIORITY"', "x", "y", "1 -> 1"),
        table('hitPolicy="COLLECT" aggregation="SUM"', "x", "y z", "1 -> 1 | 2"),
        table("", "x", "", "1 -> 1").replace(text("outputEntry", "1"), ""),
        table("", "x", "y", "1 -> 1").replace("<text>x</text>", "<text></text>"),
        table("", "x", "y", "1 -> 1").replace("<inputEntry>", '<inputEntry expressionLanguage="python">'),
        '<decision id="d" name="d"/>',
        '<decision id="d" name="d"><invocation/></decision>',
        '<decision id="d" name="d"><literalExpression><text></text></literalExpression></decision>',
        (
            '<decision id="d" name="d"><informationRequirement><requiredDecision href="#gone"/></informationRequirement>'
            "<literalExpression><text>1</text></literalExpression></decision>"
        ),
        (
            '<decision id="d" name="d"><informationRequirement><requiredDecision href="#d"/></informationRequirement>'
            "<literalExpression><text>1</text></literalExpression></decision>"
        ),
        '<businessKnowledgeModel id="k" name="k"/>',
    ],
)
def test_what_a_decision_model_cannot_do_is_refused_with_a_line(wrong: str) -> None:
    with pytest.raises(Refused) as refused:
        compiled(wrong)
    assert {item.rule for item in refused.value.findings} == {"dmn"}
    assert all(
        item.line == 1 and item.file == "d.dmn" and item.text and item.text_zh for item in refused.value.findings
    )


# ---- models: inputs, knowledge, services, boxed expressions, types


def literal(value: str) -> str:
    return text("literalExpression", value)


def decision(logic: str, key: str = "d", *, type_: str = "", needs: str = "") -> str:
    typed = f' typeRef="{type_}"' if type_ else ""
    requirements = ""
    for need in needs.split():
        kind, _, ref = need.partition(":")
        holder = "knowledgeRequirement" if kind == "requiredKnowledge" else "informationRequirement"
        requirements += f'<{holder}><{kind} href="#{ref}"/></{holder}>'
    return f'<decision id="{key}" name="{key}"><variable name="{key}"{typed}/>{requirements}{logic}</decision>'


def given(name: str, type_: str, key: str = "i") -> str:
    return f'<inputData id="{key}" name="{name}"><variable name="{name}" typeRef="{type_}"/></inputData>'


def knowledge(name: str, params: str, body: str, key: str = "k") -> str:
    formal = "".join(f'<formalParameter name="{one}" typeRef="number"/>' for one in params.split())
    logic = f"<encapsulatedLogic>{formal}{body}</encapsulatedLogic>"
    return f'<businessKnowledgeModel id="{key}" name="{name}"><variable name="{name}"/>{logic}</businessKnowledgeModel>'


ENTRIES = (
    f'<context><contextEntry><variable name="a"/>{literal("x + 1")}</contextEntry>'
    f'<contextEntry><variable name="b c"/>{literal("a * 2")}</contextEntry>RESULT</context>'
)
RELATION = (
    '<relation><column name="p"/><column name="q"/>'
    f"<row>{literal('1')}{literal('x')}</row><row>{literal('3')}{literal('4')}</row></relation>"
)


def over(kind: str, inner: str, value: str) -> str:
    return f'<{kind} iteratorVariable="y"><in>{literal("[1, x, 3]")}</in><{inner}>{literal(value)}</{inner}></{kind}>'


@pytest.mark.parametrize(
    ("logic", "answer"),
    [
        (ENTRIES.replace("RESULT", ""), {"a": 3, "b c": 6}),
        (ENTRIES.replace("RESULT", f"<contextEntry>{literal('b c + a')}</contextEntry>"), 9),
        (f"<list>{literal('x')}{literal('x * x')}</list>", [2, 4]),
        (RELATION, [{"p": 1, "q": 2}, {"p": 3, "q": 4}]),
        (
            f"<conditional><if>{literal('x = 2')}</if><then>{literal('5')}</then><else>{literal('6')}</else></conditional>",
            5,
        ),
        (over("for", "return", "y + count(partial)"), [1, 3, 5]),
        (over("filter", "match", "item > 1").replace(' iteratorVariable="y"', ""), [2, 3]),
        (over("some", "satisfies", "y = x"), True),
        (over("every", "satisfies", "y = x"), False),
    ],
)
def test_boxed_expressions_give_what_they_say(logic: str, answer: Any) -> None:
    assert ask(compiled(decision(logic)), x=2) == answer


def test_knowledge_is_a_function_for_invocations_and_for_expressions() -> None:
    area = knowledge("area of", "w h", literal("w * h"))
    invocation = (
        f"<invocation>{literal('area of')}<binding><parameter name='h'/>{literal('3')}</binding>"
        f"<binding><parameter name='w'/>{literal('x')}</binding></invocation>"
    )
    boxed_call = compiled(area, decision(invocation, needs="requiredKnowledge:k"))
    written = compiled(area, decision(literal("area of(x, 3) + 1"), needs="requiredKnowledge:k"))
    assert (ask(boxed_call, x=2), ask(written, x=2)) == (6, 7)
    assert ask(boxed_call, x="two") is None


def test_knowledge_may_hold_a_table_and_call_itself() -> None:
    body = literal("if n <= 1 then 1 else n * factorial(n - 1)".replace("<", "&lt;"))
    needs = '<knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>'
    recursive = knowledge("factorial", "n", body).replace(
        "</businessKnowledgeModel>", f"{needs}</businessKnowledgeModel>"
    )
    assert ask(compiled(recursive, decision(literal("factorial(5)"), needs="requiredKnowledge:k"))) == 120


def test_a_service_is_a_function_of_its_inputs() -> None:
    service = (
        '<decisionService id="v" name="v"><variable name="v"/><outputDecision href="#inner"/>'
        '<inputData href="#i"/></decisionService>'
    )
    inner = decision(literal("x + 1"), "inner", needs="requiredInput:i")
    outer = decision(literal("v(10) + v(x: 20)"), needs="requiredKnowledge:v")
    assert ask(compiled(given("x", "number"), inner, service, outer), x=1) == 32


def test_dates_stay_dates_from_one_decision_to_the_next() -> None:
    due = decision(literal('served + duration("P15D")'), "due", type_="date", needs="requiredInput:i")
    day = decision(literal("due.day + 1"), needs="requiredDecision:due")
    definition = compiled(given("served", "date"), due, day)
    assert ask(definition, "due", served="2026-01-31") == "2026-02-15"
    assert ask(definition, served="2026-01-31") == 16


def test_an_input_that_breaks_its_declared_type_is_for_the_operator() -> None:
    kinds = (
        '<itemDefinition name="band"><typeRef>string</typeRef><allowedValues><text>"a", "b"</text></allowedValues>'
        "</itemDefinition>"
    )
    definition = compiled(kinds, given("x", "band"), decision(literal("x"), needs="requiredInput:i"))
    assert ask(definition, x="b") == "b"
    for wrong in ("c", 1):
        with pytest.raises(EngineError) as caught:
            ask(definition, x=wrong)
        assert (caught.value.rule, caught.value.element) == ("decision_input", "i")


def test_structures_keep_their_type_and_a_single_value_stands_for_a_list_of_one() -> None:
    kinds = (
        '<itemDefinition name="firm"><itemComponent name="name"><typeRef>string</typeRef></itemComponent>'
        '<itemComponent name="since"><typeRef>date</typeRef></itemComponent></itemDefinition>'
        '<itemDefinition name="firms" isCollection="true"><typeRef>firm</typeRef></itemDefinition>'
    )
    definition = compiled(kinds, given("x", "firms"), decision(literal("x[1].since.year"), needs="requiredInput:i"))
    assert ask(definition, x={"name": "n", "since": "2026-01-31"}) == 2026
    wrong = compiled(kinds, decision(literal('{name: "n", since: 3}'), type_="firm"))
    assert ask(wrong) is None


def test_an_import_stands_under_its_name() -> None:
    base = dmn(decision(literal("x * 2"), "base")).replace(b'namespace="n"', b'namespace="other"')
    top = '<import name="other model" namespace="other" importType="DMN"/>'
    asks = decision(literal("other model.base + 1"), needs="requiredDecision:base").replace("#base", "other#base")
    files = {"p.bpmn": diagram("", "s>e"), "a.dmn": dmn(top, asks), "b.dmn": base}
    assert ask(compile_definition(files, "P", CATALOG), x=2) == 5


@pytest.mark.parametrize(
    "wrong",
    [
        decision(literal("1"), type_="nothing"),
        decision("<context><contextEntry/></context>"),
        decision(f"<conditional><if>{literal('true')}</if></conditional>"),
        decision("<relation><column name='a'/><row/></relation>"),
        decision(literal("unheard(1)")),
        knowledge("k", "a", "").replace("<encapsulatedLogic>", '<encapsulatedLogic kind="Java">'),
        decision(literal("1"), needs="requiredKnowledge:gone"),
        table("", "x", "y", "1 -> 2").replace('<output name="y">', '<output name="y" typeRef="string">'),
        table("", "x", "y", '"a" -> 2').replace("<inputExpression>", '<inputExpression typeRef="number">'),
        table("", "x", "y", "&gt;&gt; 1 -> 2"),
    ],
)
def test_a_model_that_is_not_whole_is_refused_with_a_line(wrong: str) -> None:
    with pytest.raises(Refused) as refused:
        compiled(wrong)
    assert {item.rule for item in refused.value.findings} == {"dmn"}
    assert all(item.line == 1 and item.text and item.text_zh for item in refused.value.findings)


def test_a_decision_is_asked_with_one_crossing_and_survives_a_new_context() -> None:
    definition = compiled(table("", "x", "y", "1 -> 2"))
    assert ask(definition, x=1) == 2
    for_thread()._context = None  # as after a limit
    assert ask(definition, x=1) == 2
