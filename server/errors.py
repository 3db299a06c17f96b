"""The one map from the errors of the house to HTTP: problem+json (RFC 9457) for programs, a page for people."""

from __future__ import annotations

from typing import Any

import marshmallow
from flask import Flask, Response, g, has_request_context, jsonify, make_response, render_template, request
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, TooManyRequests

from server.language import pick, say
from server.sentences import sentence, spoken
from workflows.errors import Conflict, EngineError, Finding, Invalid, NotAllowed, NotFound, QingshenError, Refused

STATUS: tuple[tuple[type[QingshenError], int], ...] = (
    (NotFound, 404),
    (NotAllowed, 403),
    (Conflict, 409),
    (Invalid, 422),
    (Refused, 422),
    (EngineError, 422),
)
RETRY_AFTER = {"busy": 1, "database": 30}  # seconds
LOCKED = ("locked", "lock timeout", "deadlock", "could not serialize")  # in what SQLite and PostgreSQL say


def init_errors(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(QingshenError, on_house_error)
    app.register_error_handler(marshmallow.ValidationError, on_validation_error)
    app.register_error_handler(StaleDataError, on_busy)
    app.register_error_handler(IntegrityError, on_taken)
    app.register_error_handler(RecursionError, on_depth)
    for fault in (DataError, StatementError, OverflowError, UnicodeEncodeError):
        app.register_error_handler(fault, on_unstorable)
    for kind in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(kind, on_database)
    app.register_error_handler(HTTPException, on_http_error)


def wants_json() -> bool:
    """Say whether the caller is a program: the API, or a page's own fetch."""
    if request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return best is not None and best != "text/html"


def status_of(error: QingshenError) -> int:
    """Give the HTTP status of an error; one that no line of the map names is a bug of ours and flies as 500."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """Make a problem+json answer."""
    body = {"type": "about:blank", "title": say_status(status), "status": status, "code": code, "detail": detail}
    answer = jsonify({**body, **{key: value for key, value in more.items() if value not in (None, "")}})
    answer.status_code = status
    answer.mimetype = "application/problem+json"
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="qingshen"'
    return answer


def say_status(status: int) -> str:
    """Name a status in the language of the request."""
    names = {
        400: say("The request cannot be understood"),
        401: say("Please sign in"),
        403: say("You may not do this"),
        404: say("This does not exist"),
        405: say("This cannot be done here"),
        409: say("This has changed in the meantime"),
        413: say("The file is too large"),
        415: say("This kind of file is not accepted"),
        422: say("Something is not right yet"),
        429: say("Too many attempts"),
        503: say("The database cannot be reached"),
    }
    return names.get(status, say("Something went wrong"))


def finding_json(finding: Finding) -> dict[str, Any]:
    """Write a finding of the model check for a program."""
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "file": finding.file,
        "element": finding.element,
        "line": finding.line,
        "text": pick(finding.text_zh, finding.text),
    }


def on_house_error(error: QingshenError) -> Response:
    """Answer one of our own errors."""
    status = status_of(error)
    if status == 500:
        raise error
    more: dict[str, Any] = {}
    if isinstance(error, Invalid):
        more["fields"] = spoken(dict(error.fields))
    if isinstance(error, Refused):
        more["findings"] = [finding_json(finding) for finding in error.findings]
    if isinstance(error, EngineError):
        more["element"] = error.element
    if isinstance(error, Conflict):
        more["state"] = {key: plain(value) for key, value in error.values.items()}
        more |= {
            key: more["state"][key] for key in ("version", "answers", "saved_at", "saved_by") if key in more["state"]
        }
    if has_request_context() and g.get("problem_more"):
        more |= g.problem_more
    return answer(status, error.code, sentence(error), **more)


def on_validation_error(error: marshmallow.ValidationError) -> Response:
    """Answer answers that the form's schema refuses."""
    return answer(422, "invalid", say("Some fields need your attention."), fields=error.normalized_messages())  # type: ignore[no-untyped-call]


def on_taken(error: IntegrityError) -> Response:
    """Answer who lost a race for what may be there once; asked again, the call is refused with its own reason."""
    if getattr(error.orig, "sqlstate", "") != "23505" and "UNIQUE constraint" not in str(error.orig):
        raise error
    return answer(409, "busy", say("Somebody else is changing this right now. Please try again in a moment."))


def on_unstorable(error: Exception) -> Response:
    """Answer a value that no column holds: a zero character, half a surrogate, a number or a day out of range."""
    cause = error.orig if isinstance(error, StatementError) and not isinstance(error, DataError) else error
    if not isinstance(cause, DataError | OverflowError | UnicodeError):
        raise error
    return answer(422, "invalid", say("Some fields need your attention."))


def on_depth(_error: RecursionError) -> Response:
    """Answer input that is nested more deeply than anybody types."""
    return answer(400, "too_deep", say_status(400))


def on_busy(_error: StaleDataError) -> Response:
    """Answer a lost race on a row."""
    return answer(409, "busy", say("Somebody else is changing this right now. Please try again in a moment."))


def on_database(error: DBAPIError | PoolTimeout) -> Response:
    """Tell a lock that did not come free in time from a database that is not there."""
    if "_login_user" not in g:  # who asks could not be read, and the answer must not try again
        g._login_user = AnonymousUserMixin()  # noqa: SLF001  flask-login looks there first
    text = str(error.orig if isinstance(error, DBAPIError) else error).lower()
    if any(sign in text for sign in LOCKED):
        return answer(409, "busy", say("Somebody else is changing this right now. Please try again in a moment."))
    if "no such table" in text or "no such column" in text:
        raise error
    return answer(503, "database", say("The database cannot be reached. Please try again in a few minutes."))


def on_http_error(error: HTTPException) -> Response:
    """Answer what Flask and its extensions refuse."""
    status = error.code or 500
    if error.response is not None or status < 400:
        return make_response(error.get_response())
    data = getattr(error, "data", None) or {}
    if isinstance(error, CSRFError):
        return answer(403, "csrf", say("This page is too old. Please reload it and try again."))
    codes = {401: "not_signed_in", 404: "not_found", 413: "too_large", 422: "invalid", 429: "too_many"}
    fields = data.get("messages")
    if isinstance(fields, dict) and set(fields) <= {"json", "query", "files", "form", "headers"}:
        fields = {name: text for part in fields.values() if isinstance(part, dict) for name, text in part.items()}
    made = answer(status, codes.get(status, f"http_{status}"), say_status(status), fields=fields)
    if isinstance(error, TooManyRequests) and error.retry_after is not None:
        made.headers["Retry-After"] = str(error.retry_after)
    return made


def answer(status: int, code: str, detail: str, **more: Any) -> Response:
    """Answer as the caller can read it."""
    if wants_json():
        made = problem(status, code, detail, **more)
    else:
        title = say_status(status)
        page = render_template("error.html", status=status, title=title, detail=detail, code=code, more=more)
        made = make_response(page, status)
    if code in RETRY_AFTER:
        made.headers["Retry-After"] = str(RETRY_AFTER[code])
    return made


def plain(value: Any) -> Any:
    """Make a value of an error fit for JSON."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
