"""What a channel is sent: a webhook's signed event, a message of a WeCom (企业微信) or DingTalk (钉钉) robot."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote_plus

from cryptography.fernet import Fernet

from audits import egress
from audits.egress import EgressError
from workflows.settings import Settings

KINDS: Final = ("webhook", "wecom", "dingtalk")
_LONGEST: Final = {"wecom": 2000, "dingtalk": 6000}  # bytes of a text; WeCom cuts at 2,048


def seal(settings: Settings, text: str) -> bytes:
    """Lock a secret, so that it cannot be read from the database."""
    return _lock(settings).encrypt(text.encode())


def unseal(settings: Settings, sealed: bytes) -> str:
    """Open what ``seal`` locked; raises cryptography's InvalidToken under another secret key."""
    return _lock(settings).decrypt(sealed).decode()


def _lock(settings: Settings) -> Fernet:
    secret = hmac.digest(settings.secret_key.encode(), b"notice channels", "sha256")
    return Fernet(base64.urlsafe_b64encode(secret))


def send(
    settings: Settings,
    kind: str,
    url: str,
    secret: str,
    event: Mapping[str, Any],
    *,
    nonce: str,
    now: datetime,
) -> None:
    """Say a notice through a channel; ``event`` holds id, text, text_en and url beside what only a webhook is told.

    Raises EgressError.
    """
    if kind == "webhook":
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        egress.post(settings, url, body, signed(secret, str(event["id"]), body, nonce, now))
        return
    text = _cut(f"{event['text']}\n{event['url']}", _LONGEST[kind])
    if kind == "dingtalk" and secret:
        url = dingtalk_address(url, secret, now)
    body = json.dumps({"msgtype": "text", "text": {"content": text}}, ensure_ascii=False).encode()
    said = egress.post(settings, url, body, {"Content-Type": "application/json; charset=utf-8"})
    try:
        code = json.loads(said)["errcode"]
    except (ValueError, KeyError, TypeError) as error:
        raise EgressError("no_robot") from error
    if code != 0:
        raise EgressError(f"robot_refused:{str(code)[:20]}")


def signed(secret: str, event_id: str, body: bytes, nonce: str, now: datetime) -> dict[str, str]:
    """Give the headers of a webhook: HMAC-SHA-256 over id, time (seconds), nonce and body, each but the last with a dot."""
    at = str(int(now.timestamp()))
    digest = hmac.digest(secret.encode(), b".".join([event_id.encode(), at.encode(), nonce.encode(), body]), "sha256")
    return {
        "Content-Type": "application/json; charset=utf-8",
        "Qingshen-Id": event_id,
        "Qingshen-Timestamp": at,
        "Qingshen-Nonce": nonce,
        "Qingshen-Signature": f"v1={digest.hex()}",
    }


def dingtalk_address(url: str, secret: str, now: datetime) -> str:
    """Sign a DingTalk robot's address: HMAC-SHA-256 of "time in ms, line feed, secret", as its documentation asks."""
    at = str(int(now.timestamp() * 1000))
    digest = hmac.digest(secret.encode(), f"{at}\n{secret}".encode(), "sha256")
    sign = quote_plus(base64.b64encode(digest))
    return f"{url}{'&' if '?' in url else '?'}timestamp={at}&sign={sign}"


def _cut(text: str, most: int) -> str:
    held = text.encode()
    return text if len(held) <= most else held[: most - 3].decode(errors="ignore") + "…"
