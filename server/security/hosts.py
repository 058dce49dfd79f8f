"""Under which names this server may be asked.

A page of another site can make its own name lead here (DNS rebinding), and is then taken for one of ours by the
browser. The name still stands in the Host header: one that is not ours is refused, on sockets too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from server.security.refusals import refusal
from server.turned_away import Reason, Tally

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 (they are left out)
SPELLINGS = 64
"""Headers that were good are known again without being read; so many of them."""
_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?"
_HOST = re.compile(rf"(?:({_NAME})\.?|\[([0-9A-Fa-f:.]{{2,45}})\])(?::[0-9]{{1,5}})?")


class Hosts:
    """ASGI middleware. `names` are hosts as `host_name` has them; the address that was connected to is one too."""

    def __init__(self, app: ASGIApp, names: Iterable[str], turned_away: Tally | None = None) -> None:
        self._app = app
        self._turned_away = Tally() if turned_away is None else turned_away
        self._names = frozenset(names)
        self._spellings: set[bytes] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or answer 400 to what is no host and 421 to one that is not ours."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        given = [value for name, value in scope["headers"] if name == b"host"]
        refuse = None if len(given) == 1 and given[0] in self._spellings else self._refusal(scope, given)
        await (refuse or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope, given: list[bytes]) -> ASGIApp | None:
        host = _host(given[0].decode("latin-1")) if len(given) == 1 else None
        if host is None:
            self._turned_away[Reason.HOST_MALFORMED] += 1
            return refusal(scope, 400, "BAD_REQUEST", "the request needs one Host header, with a name or an address")
        if host in self._names:
            if len(self._spellings) < SPELLINGS:
                self._spellings.add(given[0])
            return None
        if _is_where_it_came(host, scope):
            return None
        self._turned_away[Reason.HOST_FOREIGN] += 1
        message = f"{host[:100]} is no name of this server; `security.allowed_hosts` lists those that are"
        return refusal(scope, 421, "MISDIRECTED_REQUEST", message)


def own_names(listening_on: str, public_url: str | None, allowed: Iterable[str]) -> frozenset[str]:
    """Every name that needs no further word: loopback, where it listens, where the configuration says that it is."""
    public = urlsplit(public_url).hostname if public_url else None
    heard = () if listening_on in WILDCARDS else (listening_on,)
    return frozenset(name.lower() for name in (*LOOPBACK_NAMES, *heard, *([public] if public else ()), *allowed))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens there."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def host_name(text: str) -> str:
    """A name or an address, without scheme, port and pattern, in lower case. Raises ValueError."""
    host = _host(f"[{text}]" if text.count(":") > 1 else text)
    if host is None or host != text.lower():
        raise ValueError("must be a name such as lab.example or an address, without scheme, port and *")
    return host


def proxy(text: str) -> str:
    """The address of a proxy, or a network such as 10.0.0.0/8. Raises ValueError."""
    try:
        return str(ip_network(text))
    except ValueError:
        raise ValueError("must be an address or a network such as 10.0.0.0/8") from None


def _host(header: str) -> str | None:
    found = _HOST.fullmatch(header)
    return (found[1] or found[2]).lower() if found else None


def _is_where_it_came(host: str, scope: Scope) -> bool:
    """An address leads nowhere else, so the one that was connected to cannot have been bent."""
    server = scope.get("server")
    return server is not None and host == server[0]
