"""Data associations copy variables: into an element when it begins, out of it when it is done."""

from __future__ import annotations

from tests.engine.diagrams import MESSAGE, ON_MESSAGE, PARALLEL, diagram, el, ext, flows, user
from tests.engine.run import Run

ROLE = ext('<qs:assignment role="clerk"/>')


def data(*names: str, kind: str = "dataObject") -> str:
    return "".join(f'<{kind} id="d_{name}" name="{name}"/>' for name in names)


def into(source: str, target: str, more: str = "") -> str:
    return (
        f"<dataInputAssociation><sourceRef>{source}</sourceRef><targetRef>{target}</targetRef>{more}"
        "</dataInputAssociation>"
    )


def out(source: str, target: str, more: str = "") -> str:
    return into(source, target, more).replace("dataInput", "dataOutput")


def test_what_a_task_takes_in_and_gives_out_is_copied() -> None:
    task = el("userTask", "a", ROLE + into("d_report", "d_draft") + out("d_draft", "d_final"))
    run = Run(diagram(data("report", "draft", "final") + task + user("z"), "s>a a>z z>e"), report="one")
    assert run.task("a").variables == {"report": "one", "draft": "one"}
    run.do("a", draft="two")
    assert run.task("z").variables == {"report": "one", "draft": "two", "final": "two"}


def test_the_inputs_and_outputs_of_an_element_are_named_too() -> None:
    holders = '<dataInput id="in" name="sheet"/><dataOutput id="out" name="sheet"/>'
    task = el(
        "scriptTask",
        "a",
        ext('<qs:script result="sheet"/>')
        + f"<ioSpecification>{holders}</ioSpecification>"
        + into("d_x", "in")
        + out("out", "d_y")
        + "<script>sheet + 1</script>",
    )
    references = '<dataObject id="o"/><dataObjectReference id="d_x" name="x" dataObjectRef="o"/>'
    run = Run(diagram(references + data("y") + task, "s>a a>e"), x=1)
    assert run.variables == {"x": 1, "sheet": 2, "y": 2}


def test_an_association_may_transform_or_assign() -> None:
    changed = "<transformation>count(xs)</transformation>"
    assigned = "<assignment><from>many * 2</from><to>twice</to></assignment>"
    task = el("task", "a", into("d_xs", "d_many", changed) + out("d_many", "d_twice", assigned))
    run = Run(diagram(data("xs", "many", "twice") + task, "s>a a>e"), xs=[1, 2, 3])
    assert run.variables == {"xs": [1, 2, 3], "many": 3, "twice": 6}


def test_what_is_not_there_is_copied_as_null() -> None:
    run = Run(diagram(data("x", "y") + el("task", "a", into("d_x", "d_y")), "s>a a>e"))
    assert run.variables == {"y": None}


def test_a_message_gives_its_payload_out() -> None:
    event = el("intermediateCatchEvent", "c", '<dataOutput id="o" name="result"/>' + out("o", "d_kept") + ON_MESSAGE)
    run = Run(diagram(data("kept") + event, "s>c c>e", MESSAGE))
    run.deliver("c", result="ok")
    assert run.variables == {"result": "ok", "kept": "ok"}


def test_sub_processes_and_many_copy_once_around_all() -> None:
    inner = el("startEvent", "s2") + el("userTask", "h", ROLE) + flows("s2>h")
    body = el("subProcess", "m", into("d_list", "d_xs") + out("d_sheets", "d_kept") + PARALLEL + inner)
    run = Run(diagram(data("list", "xs", "sheets", "kept") + body + user("z"), "s>m m>z z>e"), list=[1, 2])
    assert run.do("h", "h").task("z").variables["kept"] == [None, None]


def test_what_is_only_drawn_copies_nothing() -> None:
    drawn = '<dataStoreReference id="store" name="x"/>' + data("y")
    task = el(
        "userTask",
        "a",
        ROLE + into("store", "d_y") + "<dataOutputAssociation><targetRef>d_y</targetRef></dataOutputAssociation>",
    )
    run = Run(diagram(drawn + task, "s>a a>e"), x=1).do("a")
    assert run.variables == {"x": 1}
