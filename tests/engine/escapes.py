"""Texts that are code in some language, and every place in a diagram or table where an expression is evaluated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from xml.sax.saxutils import escape

from tests.engine.diagrams import MESSAGE, diagram, el, ext, files, flows, process, timer, user

MARK = "QS_ESCAPED"
"""What each text would set, if it ran: an environment variable, and a file of that name."""

_PYTHON = f"__import__('os').environ.__setitem__('{MARK}', '1')"
_SHELL = f"touch {MARK}"

TEXTS = (
    # Python
    _PYTHON,
    f"__import__('os').system('{_SHELL}')",
    f'exec("{_PYTHON}")',
    f'eval("{_PYTHON}")',
    f"open('{MARK}', 'w')",
    f"[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'Popen'][0]('{_SHELL}', shell=True)",
    f"().__class__.__mro__[1].__subclasses__()[0].__init__.__globals__['__builtins__']['open']('{MARK}', 'w')",
    f"(lambda: {_PYTHON})()",
    f"(x := {_PYTHON})",
    "globals()",
    "locals()['__builtins__']",
    "getattr(object, '__subclasses__')()",
    "vars()",
    "breakpoint()",
    "help()",
    "__builtins__",
    "'{0.__class__.__init__.__globals__}'.format(1)",
    "f'{__import__(\"os\").getpid()}'",
    "task.workflow.script_engine.environment",
    "type('X', (), {'__init__': lambda s: None})()",
    "compile('1', 'a', 'eval')",
    "().__reduce_ex__(2)",
    "import os",
    f"import os; os.system('{_SHELL}')",
    f"from pathlib import Path; Path('{MARK}').touch()",
    "while True: pass",
    "lambda: 1",
    "[x for x in [1]]",
    "a == 1",
    "a != 1 or 1",
    "not a",
    "a ** 2 ** 2 if a else b",
    # JavaScript
    "globalThis.x = 1",
    "this.constructor.constructor('return this')()",
    "({}).constructor.constructor('return process')().exit()",
    "(() => 1)()",
    "function() { return 1 }",
    "new Function('return 1')()",
    "require('fs').writeFileSync('" + MARK + "', '')",
    "import('os')",
    "process.exit(1)",
    "eval('1')",
    "`${1}`",
    "x => x",
    "Object.prototype.polluted = 1",
    "Reflect.ownKeys(this)",
    "std.open('" + MARK + "', 'w')",
    "os.exec(['touch', '" + MARK + "'])",
    # JUEL, MVEL, Groovy, Java, SpEL, OGNL
    "${''.getClass().forName('java.lang.Runtime')}",
    "#{T(java.lang.Runtime).getRuntime().exec('" + _SHELL + "')}",
    "${execution.setVariable('a', 1)}",
    "'" + _SHELL + "'.execute()",
    "@java.lang.Runtime@getRuntime()",
    "new java.io.File('" + MARK + "').createNewFile()",
    "T(java.lang.Math).random()",
    # templates and shells
    "{{ 7 * 7 }}",
    "{% for x in [1] %}{% endfor %}",
    "{{ cycler.__init__.__globals__.os.popen('" + _SHELL + "') }}",
    "<%= 7 * 7 %>",
    "$(" + _SHELL + ")",
    "`" + _SHELL + "`",
    "; " + _SHELL,
    "=cmd|' /C calc'!A0",
    # FEEL of other makers
    "external function",
    'function(x) external {java: {class: "java.lang.Runtime", method signature: "exec(String)"}}',
    'function(x) external {kind: "Python"}',
    'get value({}, "constructor")("return 1")',
    "sum.constructor('return 1')()",
)


def _text(tag: str, text: str) -> str:
    return f"<{tag}>{escape(text)}</{tag}>"


def _quoted(text: str) -> str:
    return escape(text, {'"': "&quot;"})


def _condition(text: str) -> dict[str, bytes]:
    flow = f'<sequenceFlow id="xa" sourceRef="x" targetRef="a">{_text("conditionExpression", text)}</sequenceFlow>'
    body = el("exclusiveGateway", "x", default="x_e") + user("a") + flow
    return {"p.bpmn": diagram(body, "s>x x>e a>e")}


def _script(text: str) -> dict[str, bytes]:
    body = el("scriptTask", "t", ext('<qs:script result="r"/>') + _text("script", text), scriptFormat="feel")
    return {"p.bpmn": diagram(body, "s>t t>e")}


def _other_script(text: str) -> dict[str, bytes]:
    return {"p.bpmn": diagram(el("scriptTask", "t", _text("script", text), scriptFormat="python"), "s>t t>e")}


def _pre_script(text: str) -> dict[str, bytes]:
    space = 'xmlns:spiff="http://spiffworkflow.org/bpmn/schema/1.0/core"'
    scripts = f"<spiff:preScript {space}>{escape(text)}</spiff:preScript>"
    scripts += f"<spiff:postScript {space}>{escape(text)}</spiff:postScript>"
    return {"p.bpmn": diagram(el("task", "t", ext(scripts)), "s>t t>e")}


def _timer(kind: str) -> Callable[[str], dict[str, bytes]]:
    def model(text: str) -> dict[str, bytes]:
        return {"p.bpmn": diagram(el("intermediateCatchEvent", "t", timer(kind, "=" + text)), "s>t t>e")}

    return model


def _bare_timer(text: str) -> dict[str, bytes]:
    return {"p.bpmn": diagram(el("intermediateCatchEvent", "t", timer("timeDuration", text)), "s>t t>e")}


def _many(inside: Callable[[str], str]) -> Callable[[str], dict[str, bytes]]:
    def model(text: str) -> dict[str, bytes]:
        loop = f"<multiInstanceLoopCharacteristics>{inside(text)}</multiInstanceLoopCharacteristics>"
        return {"p.bpmn": diagram(user("m", "").replace("</userTask>", loop + "</userTask>"), "s>m m>e")}

    return model


def _completion(text: str) -> str:
    return "<loopCardinality>2</loopCardinality>" + _text("completionCondition", text)


def _loop(text: str) -> dict[str, bytes]:
    loop = f'<standardLoopCharacteristics loopMaximum="2">{_text("loopCondition", text)}</standardLoopCharacteristics>'
    return {"p.bpmn": diagram(el("task", "t", loop), "s>t t>e")}


def _correlation(text: str) -> dict[str, bytes]:
    on = ext(f'<qs:correlation key="{_quoted("=" + text)}"/>') + '<messageEventDefinition messageRef="msg"/>'
    return {"p.bpmn": diagram(el("intermediateCatchEvent", "c", on), "s>c c>e", MESSAGE)}


def _payload(text: str) -> dict[str, bytes]:
    on = ext(f'<qs:correlation><qs:in source="{_quoted(text)}" target="a"/></qs:correlation>')
    on += '<messageEventDefinition messageRef="msg"/>'
    return {"p.bpmn": diagram(el("intermediateThrowEvent", "c", on), "s>c c>e", MESSAGE)}


def _conditional(text: str) -> dict[str, bytes]:
    on = f"<conditionalEventDefinition>{_text('condition', text)}</conditionalEventDefinition>"
    return {"p.bpmn": diagram(el("intermediateCatchEvent", "c", on), "s>c c>e")}


def _operation(text: str) -> dict[str, bytes]:
    inputs = f'<qs:operation name="work"><qs:in source="{_quoted(text)}" target="a"/></qs:operation>'
    return {"p.bpmn": diagram(el("serviceTask", "t", ext(inputs)), "s>t t>e")}


def _assignment(text: str) -> dict[str, bytes]:
    return {"p.bpmn": diagram(el("userTask", "t", ext(f'<qs:assignment person="{_quoted("=" + text)}"/>')), "s>t t>e")}


def _deadline(text: str) -> dict[str, bytes]:
    words = f'<qs:assignment role="clerk"/><qs:deadline due="{_quoted("=" + text)}"/>'
    return {"p.bpmn": diagram(el("userTask", "t", ext(words)), "s>t t>e")}


def _output(text: str) -> dict[str, bytes]:
    words = f'<qs:assignment role="clerk"/><qs:output source="{_quoted(text)}" target="a"/>'
    return {"p.bpmn": diagram(el("userTask", "t", ext(words)), "s>t t>e")}


def _binding(text: str) -> dict[str, bytes]:
    words = f'<qs:binding version="latest"><qs:in source="{_quoted(text)}" target="a"/></qs:binding>'
    return files(
        process(el("callActivity", "c", ext(words), calledElement="Q"), "s>c c>e"),
        process(user("h"), "s>h h>e", key="Q"),
    )


def _nested(text: str) -> dict[str, bytes]:
    flow = f'<sequenceFlow id="xa" sourceRef="x" targetRef="e2">{_text("conditionExpression", text)}</sequenceFlow>'
    inside = el("startEvent", "s2") + el("endEvent", "e2 e3") + el("exclusiveGateway", "x", default="x_e3") + flow
    return {"p.bpmn": diagram(el("subProcess", "sp", inside + flows("s2>x x>e3")), "s>sp sp>e")}


_ASKS = el("businessRuleTask", "t", ext('<qs:decision ref="d" result="r"/>'))
_SPACE = 'xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" namespace="n" name="m" id="m"'


def _decision(body: Callable[[str], str]) -> Callable[[str], dict[str, bytes]]:
    def model(text: str) -> dict[str, bytes]:
        table = f'<definitions {_SPACE}><decision id="d" name="d">{body(escape(text))}</decision></definitions>'
        return {"p.bpmn": diagram(_ASKS, "s>t t>e"), "d.dmn": table.encode()}

    return model


def _cells(value: str, cell: str, answer: str) -> str:
    return (
        f'<decisionTable><input><inputExpression><text>{value}</text></inputExpression></input><output name="o"/>'
        f'<rule id="r"><inputEntry><text>{cell}</text></inputEntry><outputEntry><text>{answer}</text></outputEntry></rule>'
        "</decisionTable>"
    )


PLACES: Mapping[str, Callable[[str], dict[str, bytes]]] = {
    "condition": _condition,
    "condition in a sub-process": _nested,
    "script": _script,
    "script of another language": _other_script,
    "pre- and post-script": _pre_script,
    "timer date": _timer("timeDate"),
    "timer duration": _timer("timeDuration"),
    "timer cycle": _timer("timeCycle"),
    "timer text": _bare_timer,
    "cardinality": _many(lambda text: _text("loopCardinality", text)),
    "collection": _many(lambda text: _text("loopDataInputRef", text)),
    "completion condition": _many(_completion),
    "loop condition": _loop,
    "correlation key": _correlation,
    "message payload": _payload,
    "conditional event": _conditional,
    "operation input": _operation,
    "assignment": _assignment,
    "deadline": _deadline,
    "output mapping": _output,
    "call mapping": _binding,
    "decision input": _decision(lambda text: _cells(text, "-", "1")),
    "decision cell": _decision(lambda text: _cells("a", text, "1")),
    "decision answer": _decision(lambda text: _cells("a", "-", text)),
    "literal decision": _decision(lambda text: f"<literalExpression><text>{text}</text></literalExpression>"),
}
