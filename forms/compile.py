"""Compile a form-js definition into the server's side of the same form.

What the browser shows it validates; what it validates this validates again, with the same result. Two passes: first
`conditions` decides what is shown, read-only and computed; then each shown field is read by its marshmallow field
(`values`) and checked (`rules`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from marshmallow import ValidationError

from feel import Feel
from forms import display as displaying
from forms.components import Component, put, read
from forms.conditions import MAX_ROWS, Evaluator, Instance, Steps, Submission, fixed_rows
from forms.display import FieldInfo, Line
from forms.lint import lint_form
from forms.messages import DEFAULT_LANGUAGE, text
from forms.options import options
from forms.rules import Checker
from forms.values import FileInfo, Surroundings, answer_field

_LIMITS = ("min", "max", "minLength", "maxLength")


@dataclass(frozen=True, slots=True)
class CompiledForm:
    """A form ready to check submissions."""

    root: Component
    fields: tuple[FieldInfo, ...]

    def load(
        self,
        answers: Any,
        *,
        context: Mapping[str, Any],
        stored: Mapping[str, Any] | None = None,
        files: Callable[[str], FileInfo | None],
        feel: Feel,
        now: datetime,
        language: str = DEFAULT_LANGUAGE,
    ) -> dict[str, Any]:
        """Give the clean answers of the fields that are shown; numbers are Decimals, unknown keys are dropped.

        Raises ValidationError with messages keyed as form-js keys its errors: `{field_id: [message]}`, in lists
        `{field_id: [None, [message]]}`. Disabled fields are left out, read-only ones keep the stored value, computed
        ones are computed again.
        """
        given = answers if isinstance(answers, Mapping) else {}
        evaluator = Evaluator(feel, now)
        submission = Submission(given, stored or {}, context, evaluator)
        view, instances, lists = submission.resolve(self.root)
        reader = _Reader(submission, view, files, language, Checker(language, now))
        for component, path, sent in lists:
            reader.rows(component, path, sent)
        for instance in instances:
            reader.field(instance)
        if reader.errors:
            raise ValidationError(reader.errors)
        return reader.clean

    def display(
        self, answers: Mapping[str, Any], language: str = DEFAULT_LANGUAGE, context: Mapping[str, Any] | None = None
    ) -> list[Line]:
        """Give section, label and text of every stored answer, for read-only and printed views."""
        return displaying.lines(self.root, answers, language, context or {})


@dataclass(slots=True)
class _Errors:
    """Messages keyed by field, nested by row."""

    found: dict[str, Any]

    def add(self, identity: str, rows: tuple[int, ...], messages: list[str]) -> None:
        if not rows:
            self.found[identity] = messages
            return
        here = self.found.setdefault(identity, [])
        for row in rows[:-1]:
            here.extend([None] * (row + 1 - len(here)))
            if here[row] is None:
                here[row] = []
            here = here[row]
        here.extend([None] * (rows[-1] + 1 - len(here)))
        here[rows[-1]] = messages


class _Reader:
    """Second pass: read and check every field that is shown."""

    def __init__(
        self,
        submission: Submission,
        view: Mapping[str, Any],
        files: Callable[[str], FileInfo | None],
        language: str,
        checker: Checker,
    ) -> None:
        self.submission = submission
        self.view = view
        self.files = files
        self.language = language
        self.checker = checker
        self.clean: dict[str, Any] = {}
        self.errors: dict[str, Any] = {}

    def rows(self, component: Component, path: Steps, sent: Any) -> None:
        """Check the number of rows of a list that is shown, and keep that many."""
        rows = tuple(step for step in path if isinstance(step, int))
        if component.properties.get("allowAddRemove", True) is False:
            count = fixed_rows(component, path, self.submission)
            if isinstance(sent, list) and len(sent) != count:
                self._refuse(component.id, rows, [text("fixed_rows", self.language, value=count)])
        elif isinstance(sent, list) and len(sent) > len(self._shown_rows(path)):
            self._refuse(component.id, rows, [text("rows", self.language, value=MAX_ROWS)])
        elif sent is not None and not isinstance(sent, list):
            self._refuse(component.id, rows, [text("list", self.language)])
        count = len(self._shown_rows(path))
        put(self.clean, path, [])
        for index in range(count):
            put(self.clean, (*path, index), {})

    def _shown_rows(self, path: Steps) -> list[Any]:
        here: Any = self.view
        for step in path:
            here = here[step]
        return here if isinstance(here, list) else []

    def field(self, instance: Instance) -> None:
        """Read one field; its clean value is kept, or its messages are."""
        component = instance.component
        choices = options(component, self.submission.context, self.view, instance.scope, self.submission.evaluator)
        around = Surroundings([value for value, _ in choices], self.files, self.language)
        if instance.readonly and component.type not in {"number", "expression"}:
            value = instance.value
        else:
            try:
                value = answer_field(component).read(instance.value, around)
            except ValidationError as error:
                self._refuse(component.id, instance.scope.rows, [str(message) for message in error.messages])
                return
        evaluate = self.submission.evaluator.value
        limits = {name: evaluate(component.validate.get(name), self.view, instance.scope) for name in _LIMITS}
        messages = self.checker.messages(component, value, limits) if component.type != "expression" else []
        if messages:
            self._refuse(component.id, instance.scope.rows, messages)
        else:
            put(self.clean, instance.path, value)

    def _refuse(self, identity: str, rows: tuple[int, ...], messages: list[str]) -> None:
        _Errors(self.errors).add(identity, rows, messages)


def compile_form(definition: dict[str, Any]) -> CompiledForm:
    """Compile a definition; the same content is compiled once. Raises ValidationError with lint's findings."""
    try:
        content = json.dumps(definition, sort_keys=True, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValidationError({"form": [f"the definition is not JSON: {error}"]}) from error
    return _compiled(content)


@lru_cache(maxsize=256)
def _compiled(content: str) -> CompiledForm:
    definition = json.loads(content)
    problems = lint_form(definition)
    if problems:
        raise ValidationError({f"{found.component}.{found.property}": [found.text] for found in problems})
    root = read(definition)
    return CompiledForm(root, displaying.describe(root))
