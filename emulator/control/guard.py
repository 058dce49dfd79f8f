"""Who may talk to the control: programs on this machine, or those with the token; never a web page of elsewhere.

A page that rebinds its own name to this machine is known by its Host, one that posts across origins by its Origin and
by a content type that browsers send without asking first.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from emulator.errors import ControlRefusedError
from emulator.http.exchange import Request

MIN_TOKEN_LENGTH: Final = 8
MAX_NAME_LENGTH: Final = 64
WHO: Final = b"x-busbar-as"

_HOST: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::\d{1,5})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Guard:
    """What is allowed where the control listens: the name or address of that place, other names for it, the token."""

    host: str = "127.0.0.1"
    names: tuple[str, ...] = ()
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Raise ControlRefusedError for a place open to the network without a token, and for a token too short."""
        if self.token is None and not is_loopback(self.host):
            reason = f"{self.host} is open to the network, so the control needs a token"
            raise ControlRefusedError(reason, "control", ["--control-token", "BUSBAR_EMULATOR_TOKEN", "--no-control"])
        if self.token is not None and not (len(self.token) >= MIN_TOKEN_LENGTH and _is_visible(self.token)):
            possible = [f"{MIN_TOKEN_LENGTH} or more visible ASCII characters"]
            raise ControlRefusedError("the token cannot be used", "control-token", possible)

    def check_host(self, request: Request) -> None:
        """Refuse a Host that is not the control's (421): the request is a browser's that a name has led astray."""
        hosts = [value for name, value in request.headers if name == b"host"]
        found = _HOST.fullmatch(hosts[0].decode("latin-1")) if len(hosts) == 1 else None
        if found is None or not self._is_ours(found[1].strip("[]").lower()):
            shown = hosts[0].decode("latin-1")[:64] if hosts else ""
            possible = ["localhost", "an IP address", *self._named()]
            raise ControlRefusedError(f"the control is not called {shown!r}", "host", possible, 421)

    def check_token(self, request: Request) -> None:
        """Refuse a request without the token (401), where there is one."""
        if self.token is None:
            return
        scheme, _, given = (request.header(b"authorization") or b"").partition(b" ")
        if scheme.lower() != b"bearer" or not hmac.compare_digest(given.strip(), self.token.encode()):
            raise ControlRefusedError("the control's bearer token is needed", "authorization", ["Bearer TOKEN"], 401)

    def check_change(self, request: Request) -> None:
        """Refuse what a page of another origin could send: 403 for its Origin, 415 for its content type."""
        origin = request.header(b"origin")
        if origin is not None and origin.partition(b"://")[2] != request.header(b"host"):
            raise ControlRefusedError("a page of another origin may change nothing", "origin", status=403)
        kind = (request.header(b"content-type") or b"").partition(b";")[0].strip().lower()
        if kind != b"application/json":
            raise ControlRefusedError("a change is told in JSON", "content-type", ["application/json"], 415)

    def _is_ours(self, host: str) -> bool:
        if host in self._named() or host == "localhost":
            return True
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return address.is_loopback or not is_loopback(self.host)

    def _named(self) -> list[str]:
        return [name.lower() for name in (self.host, *self.names)]


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the place; a name that is not localhost may lead anywhere."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def who(request: Request) -> str:
    """The name that the header tells, or the address that the request came from; ControlRefusedError."""
    named = request.header(WHO)
    if named is None:
        return request.address
    name = named.decode("latin-1").strip()
    if not 1 <= len(name) <= MAX_NAME_LENGTH or not _is_visible(name.replace(" ", "_")):
        possible = [f"1 to {MAX_NAME_LENGTH} printable ASCII characters"]
        raise ControlRefusedError("it is no name", WHO.decode(), possible)
    return name


def _is_visible(characters: Iterable[str]) -> bool:
    return all("!" <= character <= "~" for character in characters)
