"""Name every fault of a form definition before anyone sees the form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

import orjson

from feel import check, names_read
from forms.components import (
    CONTAINERS,
    DISPLAYED,
    FORBIDDEN,
    KEYED,
    MAX_COMPONENTS,
    MAX_DEPTH,
    MULTIPLE_CHOICES,
    SINGLE_CHOICES,
    TEXTS,
    Component,
    Path,
    is_expression,
    mapping,
    read,
)
from forms.conditions import expressions
from forms.options import normalise
from forms.patterns import PatternError, compile_pattern
from forms.problems import Problem
from forms.tables import lint_table
from forms.values import decimal

SCHEMA_VERSION: Final = 19
# Stands in a path for the rows of a list, so that no name of a component may be it.
_ROW: Final = "[]"
_POISON: Final = frozenset({"__proto__", "constructor", "prototype", _ROW})
_SUBTYPES: Final = frozenset({"date", "time", "datetime"})
_LIMITS: Final = {"min": {"number"}, "max": {"number"}, "minLength": TEXTS, "maxLength": TEXTS}


def lint_form(definition: Any) -> list[Problem]:
    """Give the problems of a definition, each with the component and the property it is at; never raises.

    A definition that was judged before is not judged again: the same forms come with every variant.
    """
    try:
        content = orjson.dumps(definition)
    except TypeError:
        return _judge(definition)
    return list(_judged(content))


@lru_cache(maxsize=512)
def _judged(content: bytes) -> tuple[Problem, ...]:
    return tuple(_judge(orjson.loads(content)))


def _judge(definition: Any) -> list[Problem]:
    if not isinstance(definition, Mapping):
        return [Problem("form", "", "the form must be a JSON object", "表单必须是 JSON 对象")]
    problems = list(_shape(definition, "form", 0, [0]))
    if problems:
        return problems
    root = read(definition)
    problems.extend(_whole(definition, root))
    for component in root.walk():
        problems.extend(_component(component))
        problems.extend(lint_table(component))
    return problems


def _shape(raw: Any, place: str, depth: int, count: list[int]) -> Iterator[Problem]:
    count[0] += 1
    if not isinstance(raw, Mapping):
        yield Problem(place, "", "a component must be a JSON object", "组件必须是 JSON 对象")
        return
    if depth > MAX_DEPTH or count[0] > MAX_COMPONENTS:
        if depth > MAX_DEPTH or count[0] == MAX_COMPONENTS + 1:
            yield Problem(place, "components", "the form is too deep or too large", "表单层级过深或组件过多")
        return
    identity = raw.get("id")
    where = identity if isinstance(identity, str) and identity else place
    for name in ("id", "type", "key", "path", "label", "description", "subtype", "valuesKey", "valuesExpression"):
        if raw.get(name) is not None and not isinstance(raw[name], str):
            yield Problem(where, name, f"{name} must be text", f"{name} 必须是文字")
    for name in ("validate", "conditional", "properties", "layout", "appearance"):
        if raw.get(name) is not None and not isinstance(raw[name], Mapping):
            yield Problem(where, name, f"{name} must be an object", f"{name} 必须是对象")
    inner = raw.get("components")
    if inner is not None and not isinstance(inner, list):
        yield Problem(where, "components", "components must be a list", "components 必须是列表")
        return
    for index, child in enumerate(inner or []):
        yield from _shape(child, f"{place}.components[{index}]", depth + 1, count)


def _whole(definition: Mapping[str, Any], root: Component) -> Iterator[Problem]:
    if definition.get("type") != "default":
        yield Problem(root.id, "type", "the form's type must be `default`", "表单的 type 必须是 default")
    version = definition.get("schemaVersion")
    if isinstance(version, bool) or not isinstance(version, int) or not 1 <= version <= SCHEMA_VERSION:
        text = f"schemaVersion must be a number up to {SCHEMA_VERSION}"
        yield Problem(root.id, "schemaVersion", text, f"schemaVersion 必须是不大于 {SCHEMA_VERSION} 的整数")
    yield from _same_ids(definition)
    yield from _paths(root)
    yield from _circles(root)


def _same_ids(definition: Mapping[str, Any]) -> Iterator[Problem]:
    seen: set[str] = set()
    waiting: list[Any] = [definition]
    while waiting:
        raw = waiting.pop()
        identity = raw.get("id")
        if isinstance(identity, str) and identity in seen:
            yield Problem(identity, "id", "two components have this id", "有两个组件使用此 id")
        if isinstance(identity, str):
            seen.add(identity)
        waiting.extend(raw.get("components") or [])


def _paths(root: Component) -> Iterator[Problem]:
    leaves: set[Path] = set()
    lists: set[Path] = set()
    branches: set[Path] = set()

    def taken(path: Path) -> bool:
        if path in leaves or path in lists or path in branches:
            return True
        prefixes = [path[:length] for length in range(1, len(path))]
        return any(found in leaves or (found in lists and path[len(found)] != _ROW) for found in prefixes)

    def visit(component: Component, base: Path) -> Iterator[Problem]:
        path = (*base, *component.path)
        if component.keyed or component.repeats:
            if taken(path):
                name, written = "key" if component.keyed else "path", ".".join(path)
                yield Problem(component.id, name, f"{written} is already used", f"{written} 已被使用")
            branches.update(path[:length] for length in range(1, len(path)))
            (leaves if component.keyed else lists).add(path)
        for child in component.children:
            yield from visit(child, (*path, _ROW) if component.repeats else path)

    yield from visit(root, ())


def _circles(root: Component) -> Iterator[Problem]:
    """Find fields whose being shown depends on their own value through others."""
    reads: dict[str, set[str]] = {}
    for component in root.walk():
        if component.keyed and is_expression(component.hide) and len(component.path) == 1:
            reads[component.path[0]] = set(_names(component.hide[1:]))
    for start, first in reads.items():
        seen: set[str] = set()
        waiting = list(first)
        while waiting:
            name = waiting.pop()
            if name == start:
                owner = next(found.id for found in root.walk() if found.keyed and found.path == (start,))
                text = "whether this field is shown depends on its own value"
                yield Problem(owner, "conditional.hide", text, "此字段是否显示取决于它自身的值")
                break
            if name not in seen:
                seen.add(name)
                waiting.extend(reads.get(name, ()))


def _names(text: str) -> frozenset[str]:
    return frozenset() if check(text) else names_read(text)


def _component(component: Component) -> Iterator[Problem]:
    kind = component.type
    if kind in FORBIDDEN:
        yield Problem(component.id, "type", f"{kind} may not be used in forms", f"表单中不得使用 {kind}")
    elif kind not in KEYED | CONTAINERS | DISPLAYED:
        yield Problem(component.id, "type", f"unknown component type {kind!r}", f"未知的组件类型 {kind!r}")
    name = "key" if component.keyed else "path"
    if component.keyed and not component.properties.get("key"):
        yield Problem(component.id, "key", "the field needs a key", "字段缺少 key")
    if kind == "dynamiclist" and not component.properties.get("path"):
        yield Problem(component.id, "path", "the list needs a path", "列表缺少 path")
    if any(not step or step in _POISON for step in component.path):
        yield Problem(component.id, name, f"{'.'.join(component.path)!r} is not a usable name", "名称不可用")
    if component.properties.get("isRepeating", True) is False and kind == "dynamiclist":
        yield Problem(component.id, "isRepeating", "use a group instead of a list that does not repeat", "请改用分组")
    initial = component.properties.get("defaultRepetitions", 1)
    if kind == "dynamiclist" and (isinstance(initial, bool) or not isinstance(initial, int) or not 0 <= initial <= 100):
        yield Problem(component.id, "defaultRepetitions", "a list starts with 0 to 100 rows", "初始行数应为 0 到 100")
    yield from _expressions(component)
    yield from _validation(component)
    yield from _kind(component)


def _expressions(component: Component) -> Iterator[Problem]:
    for name, text in expressions(component):
        for found in check(text):
            yield Problem(
                component.id, name, f"{found.text} (at {found.position})", f"{found.text_zh}（{found.position}）"
            )
    hide = component.hide
    if hide is not None and not is_expression(hide):
        yield Problem(component.id, "conditional.hide", "a condition starts with =", "条件必须以 = 开头")
    readonly = component.properties.get("readonly")
    if readonly is not None and not isinstance(readonly, bool) and not is_expression(readonly):
        yield Problem(
            component.id, "readonly", "readonly is true, false or an expression", "readonly 应为布尔值或表达式"
        )
    if component.type == "expression" and not is_expression(component.properties.get("expression")):
        yield Problem(component.id, "expression", "an expression starts with =", "表达式必须以 = 开头")


def _validation(component: Component) -> Iterator[Problem]:
    rules = component.validate
    pattern = rules.get("pattern")
    if pattern is not None:
        if component.type not in TEXTS or not isinstance(pattern, str):
            yield Problem(component.id, "validate.pattern", "only text can match a pattern", "只有文字字段可设格式")
        else:
            try:
                compile_pattern(pattern)
            except PatternError as error:
                text = f"the pattern cannot be used: {error}"
                yield Problem(component.id, "validate.pattern", text, f"格式表达式不可用：{error}")
    for name, kinds in _LIMITS.items():
        limit = rules.get(name)
        if limit is None or is_expression(limit):
            continue
        if component.type not in kinds:
            yield Problem(
                component.id, f"validate.{name}", f"{name} does not apply to this type", f"{name} 不适用于此类型"
            )
        elif decimal(limit) is None:
            yield Problem(component.id, f"validate.{name}", f"{name} must be a number", f"{name} 必须是数字")
    if rules.get("required") is not None and not isinstance(rules["required"], bool):
        yield Problem(component.id, "validate.required", "required is true or false", "required 应为布尔值")
    if rules.get("validationType") not in (None, "", "custom", "email", "phone"):
        yield Problem(component.id, "validate.validationType", "unknown kind of text", "未知的文字类型")


def _kind(component: Component) -> Iterator[Problem]:
    properties, kind = component.properties, component.type
    if kind == "datetime" and properties.get("subtype") not in _SUBTYPES:
        yield Problem(
            component.id, "subtype", "subtype is date, time or datetime", "subtype 应为 date、time 或 datetime"
        )
    if kind == "number":
        digits, step = properties.get("decimalDigits"), properties.get("increment")
        if digits is not None and (isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= 20):
            yield Problem(
                component.id, "decimalDigits", "decimalDigits is a number from 0 to 20", "小数位数应为 0 到 20"
            )
        number = decimal(step)
        if step not in (None, "") and (number is None or number <= 0):
            yield Problem(component.id, "increment", "increment must be greater than 0", "步长必须大于 0")
    if kind in SINGLE_CHOICES | MULTIPLE_CHOICES:
        yield from _choices(component)
    if kind == "attachment":
        size = component.extra.get("maxMb")
        if size is not None and (isinstance(size, bool) or not isinstance(size, int | float) or size <= 0):
            yield Problem(component.id, "properties.maxMb", "maxMb must be greater than 0", "maxMb 必须大于 0")
        accept = component.extra.get("accept")
        if accept is not None and not isinstance(accept, str | list):
            yield Problem(component.id, "properties.accept", "accept is text or a list", "accept 应为文字或列表")


def _choices(component: Component) -> Iterator[Problem]:
    properties = component.properties
    given = [name for name in ("values", "valuesKey", "valuesExpression") if properties.get(name) is not None]
    if len(given) != 1:
        text = "give the options in exactly one of values, valuesKey, valuesExpression"
        yield Problem(component.id, "values", text, "选项须在 values、valuesKey、valuesExpression 中恰好给出一处")
    values = properties.get("values")
    if values is None:
        return
    if not isinstance(values, list) or len(normalise(values)) != len(values) or not values:
        yield Problem(component.id, "values", "every option needs a value and a label", "每个选项都要有值和名称")
        return
    seen = [mapping(option).get("value", option) for option in values]
    if any(seen.index(value) != index for index, value in enumerate(seen)):
        yield Problem(component.id, "values", "two options have the same value", "有两个选项的值相同")
