"""The REST API, ``/api/v1``: every act of the pages for programs, described in OpenAPI 3.1."""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api

from server.api import (
    boards,
    calculations,
    cases,
    commitments,
    consultancies,
    copies,
    definitions,
    desk,
    duties,
    enterprises,
    expert_entry,
    expert_record,
    files,
    handovers,
    health,
    incidents,
    interventions,
    joining,
    letter_templates,
    letters,
    lists,
    matters,
    name_list,
    notices,
    options,
    panel_members,
    panels,
    parks,
    people,
    phrases,
    printed_forms,
    public,
    publications,
    registers,
    relations,
    reports,
    result_publications,
    returns,
    score_sheets,
    site_visits,
    standards,
    statistics,
    substitutes,
    tasks,
    teams,
    trail,
    upgrades,
    views,
    voluntary,
)
from server.api.schemas import Problem

PREFIX = "/api/v1"
MODULES = (
    health,
    tasks,
    returns,
    handovers,
    views,
    teams,
    interventions,
    cases,
    consultancies,
    calculations,
    site_visits,
    standards,
    copies,
    duties,
    matters,
    name_list,
    notices,
    lists,
    boards,
    public,
    publications,
    statistics,
    joining,
    enterprises,
    expert_entry,
    expert_record,
    registers,
    panel_members,
    panels,
    relations,
    score_sheets,
    definitions,
    upgrades,
    commitments,
    voluntary,
    files,
    letters,
    letter_templates,
    reports,
    printed_forms,
    options,
    result_publications,
    desk,
    parks,
    people,
    phrases,
    substitutes,
    trail,
    incidents,
)
DESCRIPTION = (
    "Cleaner production audits. Sign in with a bearer token (made under *My account*). Lists are paged by an opaque "
    "cursor. Every state-changing call takes a header `Idempotency-Key`: a repeat within seven days gives the same "
    "answer and has no further effect. Errors are problem+json (RFC 9457) with `code`, `detail`, `fields`, `state`."
)


KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "maxLength": 100},
    "description": "Names this call: a repeat within seven days gives the same answer and has no further effect.",
}


class OurApi(Api):
    """flask-smorest without its own error handler: ``server.errors`` maps every error, here too."""

    ERROR_SCHEMA = Problem

    def _register_error_handlers(self) -> None:
        """Leave errors to the one map."""


def init_api(app: Flask) -> None:
    """Register the blueprints of the API and its description."""
    app.config.update(
        API_TITLE="Qingshen",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = OurApi(
        app,
        spec_kwargs={
            "info": {"description": DESCRIPTION, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
            "servers": [{"url": "/"}],
            "security": [{"token": []}],
        },
    )
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    for module in MODULES:
        api.register_blueprint(module.blueprint, url_prefix=PREFIX)
    api.register_blueprint(result_publications.public, url_prefix=PREFIX)
    describe_keys(api)


def describe_keys(api: Api) -> None:
    """Say of every call that changes state that it takes an Idempotency-Key."""
    for path in api.spec.to_dict()["paths"].values():
        for method, operation in path.items():
            if method in {"post", "put", "patch", "delete"}:
                operation.setdefault("parameters", []).append(KEY)
