"""Two languages: msgids are English, ``translations/zh/LC_MESSAGES/messages.po`` is read as it is when the server starts."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask, request
from flask_babel import Babel
from flask_babel import gettext as _gettext
from flask_login import current_user

from server.house import language
from workflows.settings import Settings

__all__ = ["COOKIE", "LANGUAGES", "init_language", "language", "load_catalog", "pick", "say"]

LANGUAGES = ("zh", "en")
COOKIE = "qingshen_language"
CATALOG = Path(__file__).parent / "translations" / "zh" / "LC_MESSAGES" / "messages.po"


@cache
def load_catalog(path: Path = CATALOG) -> Translations:
    """Read a .po file into translations that gettext understands, without a binary file beside it."""
    with path.open("rb") as source:
        catalog = read_po(source, locale="zh")
    binary = io.BytesIO()
    write_mo(binary, catalog)
    binary.seek(0)
    return Translations(binary)


def init_language(app: Flask, settings: Settings) -> None:
    """Set flask-babel up: zh from the catalog in memory, en from the msgids themselves."""

    def choose() -> str:
        if "Authorization" in request.headers and request.accept_languages:  # a program says what it reads
            return request.accept_languages.best_match(LANGUAGES) or settings.default_locale
        wanted = current_user.locale if current_user.is_authenticated else request.cookies.get(COOKIE, "")
        return wanted if wanted in LANGUAGES else settings.default_locale

    babel = Babel()
    babel.init_app(
        app,
        default_locale=settings.default_locale,
        default_timezone="Asia/Shanghai",
        locale_selector=choose,
    )
    with app.app_context():
        domain = babel.domain_instance
    domain.cache["zh", "messages"] = load_catalog()
    domain.cache["en", "messages"] = Translations()


def pick(zh: str, en: str) -> str:
    """Choose between a Chinese text and an English one that may be missing."""
    return en if language() == "en" and en else zh


def say(text: str, **values: object) -> str:
    """Translate a msgid at run time."""
    return str(_gettext(text, **values))
