"""Notices as mails: one at once, or a day's digest; written so that nothing typed becomes a header."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Final, Self
from urllib.parse import urlsplit

from workflows.settings import Settings

TIMEOUT: Final = 20
FAULTS: Final = (OSError, smtplib.SMTPException, ValueError)
"""What a mail server or a bad address raises."""


class Postman:
    """One connection to the mail server, opened with the first mail and again after a fault."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._wire: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._hang_up()

    def send(self, message: EmailMessage) -> None:
        """Hand a mail over; raises one of ``FAULTS``."""
        try:
            if self._wire is None:
                self._wire = self._opened()
            self._wire.send_message(message)
        except FAULTS:
            self._hang_up()
            raise

    def _opened(self) -> smtplib.SMTP:
        settings = self._settings
        host, _colon, port = settings.smtp_address.partition(":")
        secure = ssl.create_default_context()
        if settings.smtp_security == "tls":
            wire: smtplib.SMTP = smtplib.SMTP_SSL(host, int(port or 465), timeout=TIMEOUT, context=secure)
        else:
            wire = smtplib.SMTP(host, int(port or 25), timeout=TIMEOUT)
        if settings.smtp_security == "starttls":
            wire.starttls(context=secure)
        if settings.smtp_user:
            wire.login(settings.smtp_user, settings.smtp_password)
        return wire

    def _hang_up(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._wire = None


def compose(
    settings: Settings,
    to: str,
    lines: Sequence[tuple[str, str]],
    *,
    key: str,
    language: str,
    now: datetime,
) -> EmailMessage:
    """Write a mail of some notices, each with where to look. ``key`` makes its Message-ID: a repeat has the same.

    Raises ValueError for an address that is none.
    """
    host = urlsplit(settings.base_url).hostname or "localhost"
    first = _line(lines[0][0])
    many = len(lines) > 1
    mail = EmailMessage()
    mail["From"] = Address("清审 Qingshen", addr_spec=settings.mail_from or f"qingshen@{host}")
    mail["To"] = Address(addr_spec=_line(to))
    if many:
        first = f"{len(lines)} notices" if language == "en" else f"{len(lines)} 条通知"
    mail["Subject"] = f"[Qingshen] {first[:150]}" if language == "en" else f"【清审】{first[:150]}"
    mail["Date"] = now
    mail["Message-ID"] = f"<{key}@{host}>"
    mail["Auto-Submitted"] = "auto-generated"
    end = (
        f"You choose which notices are mailed: {settings.base_url}/profile/notices"
        if language == "en"
        else f"在此选择以邮件接收哪些通知：{settings.base_url}/profile/notices"
    )
    mail.set_content("\n\n".join([*(f"{text}\n{link}" for text, link in lines), "--\n" + end]) + "\n")
    return mail


def _line(text: str) -> str:
    """Make one line of a text: what is typed with a line break begins no header."""
    return " ".join(text.split())
