"""The one door to other people's servers: a POST to an address that somebody typed, which may lead nowhere private.

The name is resolved once and the connection goes to the address that was judged, so that a name whose answer changes
in between (rebinding) leads nowhere else. Redirects are not followed. Only HTTPS, but to one's own networks
(``Settings.egress_allow``).
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from workflows.settings import Settings

TIMEOUT: Final = 10
LONGEST: Final = 64 * 1024
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class EgressError(Exception):
    """An address may not be reached, or did not answer well: a code, with a value behind a colon, and no secret."""


@dataclass(frozen=True, slots=True)
class Target:
    """A judged address: where the connection goes, and what it asks for."""

    url: SplitResult
    address: str
    port: int


def judge(settings: Settings, url: str) -> Target:
    """Resolve an address and say where it leads; raises EgressError where it may not."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise EgressError("not_an_address") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
        raise EgressError("not_an_address")
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise EgressError("unknown_name") from error
    addresses = [ipaddress.ip_address(str(one[4][0]).split("%")[0]) for one in found]
    own = all(_is_own(settings, one) for one in addresses)
    if not own and not all(_is_public(one) for one in addresses):
        raise EgressError("private")
    if not own and parts.scheme != "https":
        raise EgressError("only_https")
    return Target(parts, str(addresses[0]), port)


def _is_own(settings: Settings, address: Address) -> bool:
    networks = [
        ipaddress.ip_network(one.strip(), strict=False) for one in settings.egress_allow.split(",") if one.strip()
    ]
    return any(address.version == network.version and address in network for network in networks)


def _is_public(address: Address) -> bool:
    """Say whether an address is one of the open network, also when it is wrapped in IPv6."""
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if wrapped is not None:
            return _is_public(wrapped)
        if address in ipaddress.ip_network("64:ff9b::/96"):
            return _is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address.is_global and not address.is_multicast


def post(settings: Settings, url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Send a body and give what came back; raises EgressError for anything but 2xx, a redirect too."""
    target = judge(settings, url)
    wire = _connection(target)
    path = (target.url.path or "/") + (f"?{target.url.query}" if target.url.query else "")
    try:
        wire.request("POST", path, body, dict(headers))
        answer = wire.getresponse()
        said = answer.read(LONGEST)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise EgressError(f"no_answer:{type(error).__name__}") from error
    finally:
        wire.close()
    if not 200 <= answer.status < 300:
        raise EgressError(f"answered:{answer.status}")
    return said


def _connection(target: Target) -> http.client.HTTPConnection:
    host = target.url.hostname or ""
    if target.url.scheme == "http":
        made = http.client.HTTPConnection(host, target.port, timeout=TIMEOUT)
    else:
        made = http.client.HTTPSConnection(host, target.port, timeout=TIMEOUT, context=ssl.create_default_context())
    # The library asks this for its socket; the name stays the one whose certificate is checked.
    made._create_connection = lambda _where, *rest, **more: socket.create_connection(  # type: ignore[attr-defined]  # noqa: SLF001
        (target.address, target.port), *rest, **more
    )
    return made
