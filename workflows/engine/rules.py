"""Every rule a model can break, with its sentence in both languages. ``{name}`` is filled from the finding's values."""

from __future__ import annotations

from typing import Any, Literal

from workflows.errors import Finding

Severity = Literal["error", "warning"]

#: rule -> (severity, English, Chinese)
RULES: dict[str, tuple[Severity, str, str]] = {
    "xml_too_large": ("error", "The file is larger than {limit} bytes.", "文件超过 {limit} 字节。"),
    "xml_malformed": ("error", "The file is not well-formed XML: {reason}", "文件不是格式正确的 XML：{reason}"),
    "xml_doctype": ("error", "A document type declaration is not allowed.", "不允许文档类型声明（DOCTYPE）。"),
    "xml_too_many": ("error", "The file holds more than {limit} elements.", "文件元素超过 {limit} 个。"),
    "id_invalid": ("error", "The id {element} is not an XML name.", "标识 {element} 不是合法的 XML 名称。"),
    "id_twice": ("error", "Two elements have the id {element}.", "两个元素使用了同一标识 {element}。"),
    "id_missing": ("error", "A {kind} has no id.", "{kind} 缺少标识。"),
    "file_kind": ("error", "{file} is neither BPMN nor DMN.", "{file} 既不是 BPMN 也不是 DMN。"),
    "process_unknown": (
        "error",
        "The process {called} is not deployed with this one.",
        "流程 {called} 未随本流程部署。",
    ),
    "process_twice": ("error", "Two processes have the id {element}.", "两个流程使用了同一标识 {element}。"),
    "call_cycle": ("error", "{element} calls its own process without end.", "{element} 循环调用自身流程。"),
    "element_unsupported": ("error", "A {kind} cannot run here.", "不支持执行 {kind}。"),
    "element_unknown": ("error", "{kind} is not a BPMN element that can run.", "{kind} 不是可执行的 BPMN 元素。"),
    "extension_unknown": ("error", "qs:{kind} is not in our vocabulary.", "qs:{kind} 不在扩展词汇表中。"),
    "extension_attribute": (
        "error",
        "qs:{kind} has the unknown attribute {attribute}.",
        "qs:{kind} 有未知属性 {attribute}。",
    ),
    "extension_twice": ("error", "qs:{kind} stands here twice.", "qs:{kind} 重复出现。"),
    "extension_misplaced": ("error", "qs:{kind} means nothing on a {on}.", "qs:{kind} 不能用于 {on}。"),
    "extension_value": ("error", "qs:{kind} needs the attribute {attribute}.", "qs:{kind} 缺少属性 {attribute}。"),
    "extension_foreign": (
        "error",
        "{kind} belongs to another engine and would not run; use the qs: vocabulary with FEEL.",
        "{kind} 属于其他引擎，不会执行；请改用 qs: 词汇与 FEEL。",
    ),
    "start_twice": ("error", "There is more than one start event without a trigger.", "存在多个无触发的开始事件。"),
    "start_several": (
        "warning",
        "There is more than one start event without a trigger; the process begins at {first} unless another is named.",
        "存在多个无触发的开始事件；未指明时从 {first} 开始。",
    ),
    "start_event_kind": ("error", "A {kind} start event cannot run here.", "不支持 {kind} 开始事件。"),
    "start_outside": (
        "warning",
        "Only something outside can start the process here.",
        "只能由外部在此处启动流程。",
    ),
    "attribute_unsupported": ("error", "{name}={value} cannot run here.", "不支持 {name}={value}。"),
    "start_trigger_inside": (
        "error",
        "Inside a sub-process only a start event without a trigger can run.",
        "子流程内只能使用无触发的开始事件。",
    ),
    "scope_empty": ("warning", "Nothing stands in the sub-process; it passes at once.", "子流程为空，会立即通过。"),
    "start_missing": ("error", "Nothing in {element} can start.", "{element} 中没有可启动的元素。"),
    "event_start_count": (
        "error",
        "An event sub-process needs exactly one start event, with a trigger.",
        "事件子流程必须且只能有一个带触发的开始事件。",
    ),
    "event_error_non_interrupting": ("error", "An error always interrupts.", "错误事件必须是中断型。"),
    "event_flows": ("error", "An event sub-process has no sequence flows.", "事件子流程不能有顺序流。"),
    "event_several": (
        "error",
        "These event definitions cannot stand together on one event.",
        "这些事件定义不能同时用于一个事件。",
    ),
    "event_kind": ("error", "A {kind} event cannot stand here.", "此处不能使用 {kind} 事件。"),
    "event_name": ("error", "The {kind} event names no {kind}.", "{kind} 事件没有引用对应的 {kind}。"),
    "event_none": ("error", "A catching event needs a trigger.", "捕获事件必须有触发定义。"),
    "timer_empty": ("error", "The timer has no date, duration or cycle.", "定时器没有日期、时长或周期。"),
    "timer_text": (
        "error",
        "{text} is not an ISO-8601 {kind}; write for example {example}.",
        "{text} 不是 ISO-8601 {kind}，应写作例如 {example}。",
    ),
    "condition_missing": ("error", "The conditional event has no condition.", "条件事件缺少条件。"),
    "link_pair": (
        "error",
        "The link {name} needs exactly one catching end in this scope.",
        "链接 {name} 在本作用域内须恰有一个捕获端。",
    ),
    "attached": ("error", "A boundary event must be attached to an activity.", "边界事件必须附着在活动上。"),
    "boundary_incoming": ("error", "A boundary event has no incoming flow.", "边界事件不能有流入。"),
    "boundary_outgoing": ("error", "A boundary event needs an outgoing flow.", "边界事件必须有流出。"),
    "cancel_outside": ("error", "A cancel event stands only in or at a transaction.", "取消事件只能用于事务。"),
    "cancel_boundary": (
        "error",
        "The transaction {transaction} has no cancel event at its boundary to go on from.",
        "事务 {transaction} 的边界上没有取消事件，取消后无法继续。",
    ),
    "event_cancel_non_interrupting": ("error", "A cancel always interrupts.", "取消事件必须是中断型。"),
    "flow_end": ("error", "The flow leads from or to nothing in its scope.", "顺序流的起点或终点不在本作用域内。"),
    "flow_condition": (
        "error",
        "A flow of an exclusive gateway needs a condition or the default mark.",
        "排他网关的流必须有条件或默认标记。",
    ),
    "flow_condition_lost": ("error", "A condition on this flow would not be asked.", "该流上的条件不会被判断。"),
    "flow_condition_empty": ("error", "The condition is empty.", "条件为空。"),
    "flow_default": ("error", "The default flow {flow} does not leave this element.", "默认流 {flow} 不从本元素流出。"),
    "flow_language": ("error", "The condition is in {language}; use FEEL.", "条件语言为 {language}，请使用 FEEL。"),
    "flow_into_start": ("error", "A flow may not lead into a start event.", "顺序流不能进入开始事件。"),
    "flow_out_of_end": ("error", "A flow may not leave an end event.", "顺序流不能从结束事件流出。"),
    "gateway_empty": ("error", "The gateway has no outgoing flow.", "网关没有流出。"),
    "event_gateway": (
        "error",
        "An event gateway is followed only by catching events or receive tasks, each with one incoming flow.",
        "事件网关之后只能是捕获事件或接收任务，且各只有一条流入。",
    ),
    "expression": ("error", "The expression {text} is wrong: {reason}", "表达式 {text} 有误：{reason_zh}"),
    "expression_language": (
        "error",
        "{text} is not FEEL ({language}); write {instead}.",
        "{text} 不是 FEEL（{language}），请改写为 {instead_zh}。",
    ),
    "role_unknown": ("error", "The role {role} is unknown.", "未知角色 {role}。"),
    "role_missing": ("warning", "Nobody is named for this task: no lane, no assignment.", "该任务未指定角色或人员。"),
    "form_unknown": ("error", "The form {form} is unknown.", "未知表单 {form}。"),
    "operation_unknown": ("error", "The operation {operation} is not registered.", "操作 {operation} 未注册。"),
    "operation_missing": ("error", "The {kind} names no operation.", "{kind} 没有指定操作。"),
    "decision_missing": ("error", "The task names no decision.", "任务没有指定决策。"),
    "decision_unknown": (
        "error",
        "The decision {decision} is not deployed with this process.",
        "决策 {decision} 未部署。",
    ),
    "result_missing": ("error", "No variable is named for the result.", "没有指定结果变量。"),
    "script_format": (
        "error",
        (
            "The script is {format}; write it as one FEEL expression, such as round half up(total * 1.2, 2), and name "
            "the variable for its result."
        ),
        "脚本为 {format}，请改写为一个 FEEL 表达式，例如 round half up(total * 1.2, 2)，并指定保存结果的变量。",
    ),
    "script_empty": ("error", "The script is empty.", "脚本为空。"),
    "message_missing": ("error", "The {kind} names no message.", "{kind} 没有指定消息。"),
    "loop_empty": ("error", "Neither collection nor cardinality is given.", "未指定集合或基数。"),
    "loop_standard": ("error", "A loop needs a condition or a maximum.", "循环必须有条件或最大次数。"),
    "loop_kind": ("error", "A {kind} cannot be repeated here.", "{kind} 不支持重复执行。"),
    "loop_item": ("error", "A collected output needs an item variable.", "收集输出时必须指定项变量。"),
    "compensation_flow": (
        "error",
        "A compensation handler has no sequence flows; an association leads to it.",
        "补偿处理活动不能有顺序流，须以关联线连接补偿事件。",
    ),
    "compensation_unbound": (
        "error",
        "No compensation event at a boundary is associated with this handler.",
        "没有补偿边界事件与该补偿处理活动关联。",
    ),
    "compensation_handler": (
        "error",
        "The compensation event is associated with no handler of its scope.",
        "补偿事件没有关联本作用域内的补偿处理活动。",
    ),
    "compensation_twice": (
        "error",
        "Only one compensation event with one handler can stand here.",
        "此处只能有一个补偿事件和一个补偿处理活动。",
    ),
    "compensation_outgoing": (
        "error",
        "No sequence flow leaves a compensation event at a boundary.",
        "补偿边界事件不能有流出。",
    ),
    "compensation_nested": ("error", "A handler is not compensated itself.", "补偿处理活动本身不能再被补偿。"),
    "compensation_nothing": (
        "error",
        "Nothing that this event reaches can be compensated.",
        "该事件的作用域内没有可补偿的活动。",
    ),
    "compensation_activity": (
        "error",
        "{activity} is no activity that this event reaches, or nothing compensates it.",
        "{activity} 不在该事件的作用域内，或没有补偿处理。",
    ),
    "compensation_never": (
        "warning",
        "It runs only when a call of this process is compensated, and nothing calls it.",
        "仅在调用本流程的活动被补偿时执行，而本流程未被调用。",
    ),
    "instantiate_inside": (
        "error",
        "A {kind} that begins an instance stands only in a process, not in a sub-process.",
        "实例化的 {kind} 只能位于流程中，不能位于子流程中。",
    ),
    "instantiate_flow": (
        "error",
        "No sequence flow leads to what begins an instance.",
        "实例化元素不能有流入。",
    ),
    "unreachable": ("warning", "No token ever reaches this element.", "该元素永远不会被执行。"),
    "loop_without_wait": ("error", "These elements go round without ever waiting.", "这些元素构成没有等待的自动循环。"),
    "task_plain": ("warning", "A task without a type passes at once.", "无类型任务会立即通过。"),
    "data_association": (
        "warning",
        "The data association ends at what is only drawn; it copies nothing.",
        "数据关联的一端仅为图示，不复制变量。",
    ),
    "data_association_empty": (
        "error",
        "The data association names no variable.",
        "数据关联没有指明变量。",
    ),
    "variable_unset": (
        "warning",
        "The variable {variable} is read but nothing sets it.",
        "变量 {variable} 被读取但从未赋值。",
    ),
    "reserved_name": (
        "error",
        "The variable name {variable} hides a FEEL function.",
        "变量名 {variable} 与 FEEL 函数同名。",
    ),
    "dmn": ("error", "{reason}", "{reason_zh}"),
}


def finding(rule: str, element: str = "", line: int = 0, file: str = "", **values: Any) -> Finding:
    """Make a finding of a rule; its sentences are filled from the values."""
    severity, english, chinese = RULES[rule]
    filled = {"element": element, "file": file, **values}
    return Finding(
        rule=rule,
        severity=severity,
        element=element,
        line=line,
        text=english.format_map(filled),
        text_zh=chinese.format_map(filled),
        file=file,
        values=values,
    )
