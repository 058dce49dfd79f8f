"""Who comes in: the port that the gate, the sockets and the event streams ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from starlette.types import Scope

from schema.ports import Scope as Level
from schema.ports import Viewer

ADMITTED = "busbar.admitted"
"""In an ASGI scope: the `Admitted` that the gate let in. Missing on open paths, and where `DOOR` is."""
DOOR = "busbar.door"
"""In the scope of a socket that brought no token in its headers: the `Door` that its `connection_init` must ask."""
NO_MORE = "the token was revoked or has expired, or one is needed now"
"""What whoever is served is told when `Door.closed` answers."""


STRANGER = Viewer(Level.READ, frozenset())
"""Whoever has not shown a token yet."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """Somebody who was let in; `token_id` names the token, None without one."""

    viewer: Viewer
    token_id: str | None = None


def admitted(scope: Scope) -> Admitted:
    """Whom the gate let in. Without a gate before it nothing is served: this raises KeyError."""
    found: Admitted = scope[ADMITTED]
    return found


def viewer_of(scope: Scope) -> Viewer:
    """Who asks. Of a socket that has yet to greet nobody knows: it sees nothing, and is answered nothing."""
    return admitted(scope).viewer if ADMITTED in scope else STRANGER


def address_of(scope: Scope) -> str:
    """The client's address, for `Door.admit`."""
    client = scope.get("client")
    return str(client[0]) if client else ""


class Door(Protocol):
    """Asked for each request, and once for each socket and stream."""

    def admit(self, token: str | None, address: str) -> Admitted | None:
        """Who this token is of; None for whoever may not come in. `address` is the client's, for the back-off."""

    def pause_s(self, address: str) -> float:
        """Seconds for which wrong tokens from this address are not even looked at; 0 when they are."""

    async def closed(self, admitted: Admitted) -> None:
        """Answers when the token has been revoked or has expired; without one, when the first token exists."""
