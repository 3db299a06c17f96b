"""The codes of the errors as sentences. A person must see what happened and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from server.filters import when
from workflows.errors import Conflict, EngineError, Invalid, NotAllowed, NotFound, QingshenError, Refused

SENTENCES = {
    "not_found": _("There is no such record, or it is not yours to see."),
    "not_allowed": _("Your role does not include this."),
    "not_signed_in": _("Please sign in first."),
    "invalid": _("Some fields need your attention."),
    "bad_credentials": _("The user name or the password is wrong."),
    "locked": _("Too many wrong passwords. This account is locked for a while; try again later."),
    "held_by": _("%(name)s has already taken this task."),
    "task_done": _("%(name)s has already completed this task."),
    "draft_changed": _("The draft was changed in another window or by another person."),
    "key_reused": _("This key was already used for another call."),
    "has_errors": _("The workbook still has errors; nothing was imported."),
    "import_has_errors": _("The workbook still has errors; nothing was imported."),
}

FALLBACKS: tuple[tuple[type[QingshenError], Any], ...] = (
    (NotFound, SENTENCES["not_found"]),
    (NotAllowed, SENTENCES["not_allowed"]),
    (Conflict, _("This has changed in the meantime. Please reload the page.")),
    (Refused, _("The files cannot be deployed: %(count)s findings.")),
    (Invalid, SENTENCES["invalid"]),
    (
        EngineError,
        _("The process met a fault in its diagram. Nothing was lost: your answers are kept as a draft, and the operator has been told."),
    ),
)


def sentence(error: QingshenError) -> str:
    """Put an error into words, in the language of the request."""
    text = SENTENCES.get(error.code)
    if text is None:
        text = next((words for kind, words in FALLBACKS if isinstance(error, kind)), SENTENCES["invalid"])
    values = _Gentle({key: when(v) if isinstance(v, datetime) else v for key, v in error.values.items()})
    return str(text) % values


def plain_sentence(error: QingshenError) -> str:
    """Put an error with its fields into one English line, outside of any request."""
    fields = ", ".join(f"{name}: {flat(part)}" for name, part in getattr(error, "fields", {}).items())
    return sentence(error) + (f" ({fields})" if fields else "")


FIELD_SENTENCES = {
    "required": _("This is needed."),
    "too_long": _("This is too long."),
    "unknown": _("This is not known."),
    "bad_uscc": _("This is not a valid unified social credit code: 18 characters, the last one is a check character."),
    "bad_industry": _("This is not a class of GB/T 4754."),
    "bad_region": _("This region is not known."),
    "before_since": _("The end lies before the beginning."),
}


def flat(messages: Any) -> str:
    """Write the messages of a field as one text, codes as sentences."""
    if isinstance(messages, str):
        return str(FIELD_SENTENCES.get(messages, messages))
    if isinstance(messages, dict):
        return " ".join(flat(part) for part in messages.values())
    if isinstance(messages, list | tuple):
        return " ".join(flat(part) for part in messages if part)
    return str(messages)


def spoken(fields: Any) -> Any:
    """Give the messages of fields in the shape they came, codes as sentences."""
    if isinstance(fields, dict):
        return {key: spoken(part) for key, part in fields.items()}
    if isinstance(fields, list | tuple):
        return [spoken(part) for part in fields]
    return flat(fields) if isinstance(fields, str) else fields


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a form that a page shows again."""

    text: str
    fields: Mapping[str, Any]


def trouble(error: QingshenError) -> Trouble:
    """Make what a page shows of a refused form."""
    return Trouble(sentence(error), spoken(dict(getattr(error, "fields", {}))))


class _Gentle(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return gettext("somebody") if key == "name" else "?"
