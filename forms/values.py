"""Turn one answer as it comes over the wire into a clean value: a marshmallow field for each component type."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate

from forms.components import MULTIPLE_CHOICES, SINGLE_CHOICES, TEXTS, Component
from forms.messages import text

LONGEST: Final = {"textfield": 10_000, "textarea": 100_000}
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_NUMBER: Final = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*\Z", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileInfo:
    """An uploaded file that the submission may name."""

    id: str
    name: str
    size: int
    type: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the value of one field is judged by besides its definition."""

    options: Sequence[Any]
    files: Callable[[str], FileInfo | None]
    language: str

    def refuse(self, code: str, **values: object) -> ValidationError:
        """Give the error with the message of a code."""
        return ValidationError([text(code, self.language, **values)])


class _Answer(fields.Field[Any]):
    """A field whose surroundings come with each submission."""

    def read(self, value: Any, around: Surroundings) -> Any:
        """Give the clean value; raises ValidationError."""
        raise NotImplementedError


class Text(_Answer):
    """Text; line breaks in a one-line field become spaces, as in the browser."""

    def __init__(self, kind: str) -> None:
        super().__init__(allow_none=True)
        self.kind = kind

    def read(self, value: Any, around: Surroundings) -> str:
        """Give text that can be stored."""
        if value is None:
            return ""
        if not isinstance(value, str):
            raise around.refuse("text")
        if len(value) > LONGEST[self.kind]:
            raise around.refuse("too_long")
        if _UNSTORABLE.search(value):
            raise around.refuse("characters")
        return re.sub(r"[\r\n\t]", " ", value) if self.kind == "textfield" else value


class Number(_Answer):
    """A number or a string that is one; kept as a Decimal with exactly the digits that were sent."""

    def read(self, value: Any, around: Surroundings) -> Decimal | None:
        """Give the number, None where nothing was typed."""
        if value is None or value == "":
            return None
        number = decimal(value)
        if number is None:
            raise around.refuse("not_a_number")
        return number


class Flag(_Answer):
    """Yes or no; nothing else counts as either."""

    def read(self, value: Any, around: Surroundings) -> bool:
        """Give yes or no; nothing said is no."""
        if value is None:
            return False
        if not isinstance(value, bool):
            raise around.refuse("boolean")
        return value


class Choice(_Answer):
    """One of the options."""

    def read(self, value: Any, around: Surroundings) -> Any:
        """Give the chosen option, None where none is."""
        if value is None or value == "":
            return None
        if not among(value, around.options):
            raise around.refuse("option")
        return value


class Choices(_Answer):
    """Several of the options."""

    def read(self, value: Any, around: Surroundings) -> list[Any]:
        """Give the chosen options."""
        if value is None:
            return []
        if not isinstance(value, list):
            raise around.refuse("list")
        if len(value) > len(around.options) or not all(among(item, around.options) for item in value):
            raise around.refuse("option")
        return list(value)


class When(_Answer):
    """A date, a time, or both, that exists in the calendar."""

    def __init__(self, subtype: str) -> None:
        super().__init__(allow_none=True)
        self.subtype = subtype if subtype in {"date", "time", "datetime"} else "date"

    def read(self, value: Any, around: Surroundings) -> str | None:
        """Give the moment as it was sent."""
        if value is None or value == "":
            return None
        if not isinstance(value, str) or not self._valid(value):
            raise around.refuse(self.subtype)
        return value

    def _valid(self, value: str) -> bool:
        if self.subtype == "date":
            return real_date(value)
        if self.subtype == "time":
            return _TIME.match(value) is not None
        day, _, hour = value.partition("T")
        return real_date(day) and _TIME.match(hour) is not None


class _File(Schema):
    """What the browser says about an uploaded file; only the id counts."""

    id = fields.String(required=True, validate=validate.Length(min=1, max=200))


class Attachments(_Answer):
    """Uploaded files: known to the case, of an accepted type and size. What the store says of them is kept."""

    def __init__(self, accept: Any, max_mb: Any, max_files: Any) -> None:
        super().__init__(allow_none=True)
        self.accept = accepted(accept)
        self.max_mb = max_mb if isinstance(max_mb, int | float) and not isinstance(max_mb, bool) else None
        self.max_files = max_files if isinstance(max_files, int) and not isinstance(max_files, bool) else 100
        self.entry = _File(unknown="exclude")

    def read(self, value: Any, around: Surroundings) -> list[dict[str, Any]]:
        """Give the files as the store knows them, each once."""
        if value is None or value == "":
            return []
        if not isinstance(value, list):
            raise around.refuse("list")
        if len(value) > self.max_files:
            raise around.refuse("file_count", value=self.max_files)
        seen: dict[str, dict[str, Any]] = {}
        for entry in value:
            info = self._known(entry, around)
            seen[info.id] = {"id": info.id, "name": info.name, "size": info.size, "type": info.type}
        return list(seen.values())

    def _known(self, entry: Any, around: Surroundings) -> FileInfo:
        try:
            identity = self.entry.load(entry if isinstance(entry, Mapping) else {})["id"]
        except ValidationError:
            raise around.refuse("file") from None
        info = around.files(identity)
        if info is None:
            raise around.refuse("file")
        if self.accept and not any(_fits(info, rule) for rule in self.accept):
            raise around.refuse("file_type", value=info.name)
        if self.max_mb is not None and info.size > self.max_mb * 1024 * 1024:
            raise around.refuse("file_size", value=f"{self.max_mb:g}")
        return info


class Computed(_Answer):
    """The result of an expression, computed here: whatever was sent has been dropped."""

    def read(self, value: Any, around: Surroundings) -> Any:
        """Give the result with its numbers as Decimals."""
        return exact(value)


def answer_field(component: Component) -> _Answer:
    """Give the marshmallow field of a keyed component."""
    if component.type in TEXTS:
        return Text(component.type)
    if component.type in SINGLE_CHOICES:
        return Choice(allow_none=True)
    if component.type in MULTIPLE_CHOICES:
        return Choices(allow_none=True)
    if component.type == "datetime":
        return When(str(component.properties.get("subtype") or "date"))
    if component.type == "attachment":
        extra = component.extra
        return Attachments(extra.get("accept"), extra.get("maxMb"), extra.get("maxFiles"))
    simple: dict[str, type[_Answer]] = {"number": Number, "checkbox": Flag, "expression": Computed}
    return simple[component.type](allow_none=True)


def decimal(value: Any) -> Decimal | None:
    """Read a number as the browser's `Number` would, None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    if isinstance(value, int) and value.bit_length() > 1024:
        return None
    written = repr(value) if isinstance(value, float) else str(value)
    if len(written) > 400 or not _NUMBER.match(written):
        return None
    try:
        return Decimal(written.strip())
    except InvalidOperation:
        return None


def real_date(value: str) -> bool:
    """Tell whether a text is YYYY-MM-DD and in the calendar."""
    if not _DATE.match(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def among(value: Any, options: Sequence[Any]) -> bool:
    """Tell whether a value is one of the options; true is not 1."""
    return any(isinstance(value, bool) == isinstance(option, bool) and value == option for option in options)


def exact(value: Any) -> Any:
    """Give a computed value with its numbers as Decimals."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        return Decimal(repr(value))
    if isinstance(value, list | tuple):
        return [exact(item) for item in value]
    if isinstance(value, Mapping):
        return {key: exact(item) for key, item in value.items()}
    return value


def accepted(accept: Any) -> tuple[str, ...]:
    """Read the accepted types: `.pdf,.docx`, `image/*` or a list of such."""
    parts = accept.split(",") if isinstance(accept, str) else accept if isinstance(accept, list) else []
    return tuple(part.strip().lower() for part in parts if isinstance(part, str) and part.strip())


def _fits(info: FileInfo, rule: str) -> bool:
    if rule.startswith("."):
        return info.name.lower().endswith(rule)
    if rule.endswith("/*"):
        return info.type.lower().startswith(rule[:-1])
    return info.type.lower() == rule
