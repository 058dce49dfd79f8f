"""One way to open a WebSocket: bounded in time and size, without a proxy, and never redirected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from clients.http import MAX_BODY_BYTES

CLOSE_TIMEOUT_S = 1.0


class _Direct(connect):
    """A redirect is an answer like any other, so that a token stays with the server that it was given for."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def open_socket(
    url: str, headers: Mapping[str, str], timeout_s: float, subprotocols: Sequence[Subprotocol] = ()
) -> ClientConnection:
    """Connect to the http or https address within `timeout_s`.

    Raises OSError (TimeoutError among them) and websockets.InvalidHandshake.
    """
    return await _Direct(
        f"ws{url.removeprefix('http')}",
        subprotocols=list(subprotocols) or None,
        compression=None,
        proxy=None,
        additional_headers=headers,
        max_size=MAX_BODY_BYTES,
        open_timeout=timeout_s,
        close_timeout=CLOSE_TIMEOUT_S,
    )
