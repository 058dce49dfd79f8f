"""All that stands before the faces, in order: headers on every answer, our names, our pages, whoever has a token."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from server.cut_short import CutShort
from server.security.doorkeeper import Doorkeeper
from server.security.gate import Gate
from server.security.headers import SecurityHeaders
from server.security.hosts import Hosts, is_loopback, own_names
from server.security.origins import Origins
from server.turned_away import Tally

if TYPE_CHECKING:
    from server.clock import Clock
    from server.config import Config


def doorkeeper(config: Config, clock: Clock) -> Doorkeeper:
    """The door as it is configured; it does not know the stored tokens yet."""
    configured = (token.get_secret_value() for token in config.tokens)
    is_local = is_loopback(config.server.host)
    return Doorkeeper(configured, clock, is_local=is_local, limits=config.security.attempts)


def walls(config: Config, door: Doorkeeper, turned_away: Tally) -> list[Middleware]:
    """The outermost first. `turned_away` counts whom they refuse."""
    security, server = config.security, config.server
    proxied = [Middleware(Proxied, proxies=security.trusted_proxies)] if security.trusted_proxies else []
    names = own_names(server.host, server.public_url, security.allowed_hosts)
    return [
        Middleware(SecurityHeaders),
        Middleware(CutShort),
        Middleware(Hosts, names=names, turned_away=turned_away),
        Middleware(Origins, allowed=security.allowed_origins, public_url=server.public_url, turned_away=turned_away),
        *proxied,
        Middleware(Gate, door=door, turned_away=turned_away),
    ]


class Proxied:
    """ASGI middleware: of a request that a trusted proxy hands on, the client is the one that the proxy names."""

    def __init__(self, app: ASGIApp, proxies: tuple[str, ...]) -> None:
        self._app = app
        self._proxies = [ip_network(each) for each in proxies]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve."""
        if scope["type"] != "lifespan" and scope.get("client") and self._is_proxy(scope["client"][0]):
            scope["client"] = (self._named(scope), 0)
        await self._app(scope, receive, send)

    def _named(self, scope: Scope) -> str:
        """The last address that no proxy of ours has: what stands before it, anybody may have written."""
        given = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        hops = [hop.strip() for hop in given.decode("latin-1").split(",") if hop.strip()]
        far = next((hop for hop in reversed(hops) if not self._is_proxy(hop)), None)
        return far[:100] if far else str(scope["client"][0])

    def _is_proxy(self, address: str) -> bool:
        try:
            found = ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._proxies)
