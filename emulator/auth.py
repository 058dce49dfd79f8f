"""Who may ask: the clients a panel has registered and the tokens it gave them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from emulator.errors import ClientNameTakenError, TooManyClientsError

MAX_CLIENTS = 1_000
"""Clients one panel remembers."""

MAX_CHANGES = 10_000
"""Registrations and deletions that a panel's register remembers; the oldest fall out first."""

_BEARER = b"bearer"


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client; its token works until the client is deleted or the panel replaced."""

    name: str
    description: str | None
    issued_tick: int
    token: str = field(repr=False)


class ClientChange(NamedTuple):
    """A client came or went, when the device had obeyed so many commands."""

    tick: int
    commands: int
    name: str
    description: str | None
    is_registered: bool


class Clients:
    """The panel's register. Tokens look like JWTs and follow from (key, number of registrations) alone.

    `changes` are the registrations and deletions, oldest first; `changed` counts those that fell out too.
    """

    def __init__(
        self, *, seed: int, serial: str, limit: int = MAX_CLIENTS, commands: Callable[[], int] = lambda: 0
    ) -> None:
        """`commands` says how many the device has obeyed: so `changes` tells what came before what."""
        self._key = hashlib.sha256(f"{seed}/{serial}".encode()).digest()
        self._serial = serial
        self._limit = limit
        self._commands = commands
        self._issued = 0
        self.changed = 0
        self.changes: deque[ClientChange] = deque(maxlen=MAX_CHANGES)
        self._by_name: dict[str, Client] = {}
        self._by_token: dict[bytes, Client] = {}

    def __iter__(self) -> Iterator[Client]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    @property
    def is_full(self) -> bool:
        """Whether one must be deleted before another is registered."""
        return len(self._by_name) >= self._limit

    def register(self, name: str, description: str | None, tick: int) -> Client:
        """A new client with its token; ClientNameTakenError, TooManyClientsError."""
        if name in self._by_name:
            raise ClientNameTakenError(f"a client named {name!r} is registered already; choose another name")
        if self.is_full:
            raise TooManyClientsError(f"the panel remembers {self._limit} clients; delete one first")
        self._issued += 1
        client = Client(name, description, tick, _token(self._key, self._serial, self._issued))
        self._by_name[name] = client
        self._by_token[client.token.encode()] = client
        self._changed(ClientChange(tick, self._commands(), name, description, is_registered=True))
        return client

    def get(self, name: str) -> Client | None:
        """The client registered under exactly this name."""
        return self._by_name.get(name)

    def delete(self, name: str, tick: int = 0) -> Client | None:
        """Forget the client and refuse its token from now on; None when there is no such client."""
        client = self._by_name.pop(name, None)
        if client is not None:
            del self._by_token[client.token.encode()]
            self._changed(ClientChange(tick, self._commands(), name, None, is_registered=False))
        return client

    def authorized(self, authorization: bytes) -> Client | None:
        """The client that an Authorization header (`Bearer <token>`, scheme in any case) speaks for."""
        scheme, _, token = authorization.partition(b" ")
        return self._by_token.get(token.strip()) if scheme.lower() == _BEARER else None

    def _changed(self, change: ClientChange) -> None:
        self.changes.append(change)
        self.changed += 1


def _token(key: bytes, serial: str, number: int) -> str:
    """Three base64url parts as a real panel's tokens have, signed with HS256."""
    head = _base64url(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    claims = _base64url(json.dumps({"iss": serial, "jti": number}).encode())
    signature = hmac.digest(key, f"{head}.{claims}".encode(), "sha256")
    return f"{head}.{claims}.{_base64url(signature)}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
