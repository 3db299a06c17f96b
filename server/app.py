"""The web application, put together from what it is given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Flask
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.middleware.proxy_fix import ProxyFix

from server import (
    calculations,
    calendar,
    cases,
    commitments,
    conflicts,
    consultancies,
    copies,
    deadlines,
    definitions,
    disclosures,
    dossiers,
    draws,
    duties,
    enterprises,
    expert_entry,
    expert_record,
    experts,
    files,
    handovers,
    inbox,
    incidents,
    interventions,
    invitations,
    issuing,
    joining,
    letters,
    levels,
    list_approval,
    list_notices,
    lists,
    login,
    matters,
    name_list,
    notice_channels,
    notice_choices,
    options,
    parks,
    people,
    phrases,
    printed_forms,
    profile,
    public,
    reminders,
    reports,
    result_publications,
    results,
    returns,
    score_sheets,
    standards,
    statistics,
    submissions,
    substitutes,
    tasks,
    teams,
    trail,
    upgrades,
    views,
    visits,
    voluntary,
    word_templates,
    workbench,
)
from server.api import init_api
from server.assets import static_file
from server.auth import init_auth
from server.bodies import init_bodies
from server.errors import init_errors
from server.filters import init_filters
from server.headers import init_headers
from server.house import KEY, House, system_clock
from server.language import init_language
from server.sentences import flat
from workflows.application import Application
from workflows.settings import Settings

MEBIBYTE = 1024 * 1024
BLUEPRINTS = (
    login,
    workbench,
    inbox,
    tasks,
    returns,
    handovers,
    interventions,
    submissions,
    reports,
    options,
    copies,
    views,
    teams,
    duties,
    cases,
    calculations,
    levels,
    standards,
    deadlines,
    disclosures,
    matters,
    name_list,
    lists,
    list_notices,
    results,
    result_publications,
    list_approval,
    statistics,
    joining,
    enterprises,
    consultancies,
    expert_entry,
    expert_record,
    experts,
    invitations,
    draws,
    conflicts,
    dossiers,
    score_sheets,
    letters,
    issuing,
    word_templates,
    definitions,
    upgrades,
    commitments,
    visits,
    voluntary,
    parks,
    people,
    phrases,
    substitutes,
    printed_forms,
    profile,
    notice_choices,
    notice_channels,
    reminders,
    calendar,
    incidents,
    trail,
    files,
    public,
)


def create_app(
    settings: Settings,
    application: Application,
    sessions: sessionmaker[Session],
    clock: Callable[[], datetime] = system_clock,
) -> Flask:
    """Build the web application on a database and the field's values. Nothing is read from the environment."""
    app = Flask("server", static_folder=None)
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=static_file)
    app.extensions[KEY] = House(settings, application, sessions, clock)
    app.debug = False  # whatever FLASK_DEBUG says: nobody sees the inside of a fault
    app.config.update(MAX_CONTENT_LENGTH=(settings.max_upload_mb + 1) * MEBIBYTE)
    if settings.base_url.startswith("https://"):  # behind a proxy that ends TLS
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    init_language(app, settings)
    init_filters(app)
    app.jinja_env.filters["flat"] = flat
    init_headers(app, settings.base_url)
    init_auth(app, settings)
    init_bodies(app)
    for module in BLUEPRINTS:
        app.register_blueprint(module.blueprint)
    init_api(app)
    init_errors(app)
    return app
