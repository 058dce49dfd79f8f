"""Where a panel is: a host that is only a host."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

import httpx

from clients.quoting import anonymous

HIGHEST_PORT = 65_535

_NAME = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_-]{1,63})*\.?")


@dataclass(frozen=True, slots=True)
class Address:
    """A checked host name or IP address (IPv6 with or without brackets), port and scheme; ValueError otherwise."""

    host: str
    port: int = 80
    use_ssl: bool = False

    def __post_init__(self) -> None:
        host: object = self.host
        if not isinstance(host, str) or not (_is_name(host) or _is_ipv6(host)):
            raise ValueError(
                f"host {anonymous(str(host))[:80]!r} is not a host name or IP address;"
                " give it alone, without scheme, port, path or user, as in '192.168.1.100'"
            )
        port: object = self.port
        if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= HIGHEST_PORT:
            raise ValueError(f"port {port!r:.40} is not a whole number from 1 to {HIGHEST_PORT}")

    @property
    def url(self) -> str:
        """The panel's root, as in http://192.168.1.100:80."""
        return f"{'https' if self.use_ssl else 'http'}://{self._bracketed}:{self.port}"

    def __str__(self) -> str:
        usual = 443 if self.use_ssl else 80
        return self._bracketed if self.port == usual else f"{self._bracketed}:{self.port}"

    @property
    def _bracketed(self) -> str:
        return f"[{self.host.strip('[]')}]" if ":" in self.host else self.host


def _is_name(host: str) -> bool:
    """Not all that looks like a name is one: 0177.0.0.1 is 127.0.0.1 to some and 177.0.0.1 to others."""
    try:
        return bool(_NAME.fullmatch(host) and httpx.URL(f"http://{host}").host)
    except (httpx.InvalidURL, UnicodeError):
        return False


def _is_ipv6(host: str) -> bool:
    inner = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        return "%" not in inner and bool(ipaddress.IPv6Address(inner))
    except ValueError:
        return False
