"""Who comes in: the port that the gate, the sockets and the event streams ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from starlette.types import Scope

from schema.ports import Viewer

ADMITTED = "busbar.admitted"
"""In an ASGI scope: the `Admitted` that the gate let in."""
DOOR = "busbar.door"
"""In the scope of a socket that brought no token in its headers: the `Door` that its `connection_init` must ask."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """Somebody who was let in; `token_id` names the token, None without one."""

    viewer: Viewer
    token_id: str | None = None


def admitted(scope: Scope) -> Admitted:
    """Whom the gate let in. Without a gate before it nothing is served: this raises KeyError."""
    found: Admitted = scope[ADMITTED]
    return found


class Door(Protocol):
    """Asked for each request, and once for each socket and stream."""

    def admit(self, token: str | None, address: str) -> Admitted | None:
        """Who this token is of; None for whoever may not come in. `address` is the client's, for the back-off."""

    async def closed(self, admitted: Admitted) -> None:
        """Answers when the token has been revoked or has expired; never without a token."""
