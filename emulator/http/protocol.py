"""uvicorn's HTTP protocol with one write per answer: clients exist that take the first segment for the whole of it.

Each connection is made known to the panel that it is for, and to the requests that come by it, so that faults reach it.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from typing import TYPE_CHECKING, Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from emulator.faults.connections import CONNECTION

if TYPE_CHECKING:
    from emulator.http.app import PanelApp

_CONTINUE = b"HTTP/1.1 100 "
_AT_ONCE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER on, for no time: closing sends RST and forgets what was not sent."""


class JoinedWrites:
    """Holds the head of an answer until the first piece of its body, an empty one included, and writes both at once."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._held = b""
        self._in_body = False
        self.get_extra_info = transport.get_extra_info
        self.is_closing = transport.is_closing
        self.pause_reading = transport.pause_reading
        self.resume_reading = transport.resume_reading
        self.abort = transport.abort

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """The first write of an answer is its head, the others its body; once it is closing they lead nowhere."""
        if self._transport.is_closing():
            return
        if self._in_body:
            self._transport.write(self._held + data if self._held else data)
            self._held = b""
        elif bytes(data[: len(_CONTINUE)]) == _CONTINUE:
            self._transport.write(data)
        else:
            self._held, self._in_body = bytes(data), True

    def end_answer(self) -> None:
        """Write a head that no body followed; what comes next is the head of another answer."""
        if self._held:
            self._transport.write(self._held)
            self._held = b""
        self._in_body = False

    def close(self) -> None:
        """Close once everything is written."""
        self.end_answer()
        self._transport.close()


class SocketConnection:
    """A connection as faults handle it (`emulator.faults.connections.Connection`)."""

    def __init__(self, protocol: OneWriteProtocol) -> None:
        self._protocol = protocol
        self.answered_tick: int | None = None
        self.is_held = False
        self.lost = asyncio.Event()

    def reset(self) -> None:
        """RST: the event loop's own socket object may not be touched, so its twin is told to linger no time."""
        transport = self._protocol.transport
        if not transport.is_closing():
            with socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as twin:
                twin.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self.lost.set()
        transport.abort()

    def close(self) -> None:
        """FIN, once everything is written."""
        self._protocol.transport.close()

    def keep_alive(self, seconds: float) -> None:
        """Shorten what uvicorn waits after an answer."""
        self._protocol.timeout_keep_alive = min(int(seconds), self._protocol.timeout_keep_alive)


class OneWriteProtocol(HttpToolsProtocol):
    """Puts `JoinedWrites` between uvicorn and the socket."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        """Begin with the transport wrapped; a panel that is offline resets it."""
        self._joined = JoinedWrites(transport)
        super().connection_made(cast("Any", self._joined))
        self._connection = SocketConnection(self)
        self._panel_app.connected(self.server[1] if self.server else None, self._connection)

    def connection_lost(self, exc: Exception | None) -> None:
        """End for the panel too."""
        self._connection.lost.set()
        self._panel_app.disconnected(self.server[1] if self.server else None, self._connection)
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Have the request know its connection."""
        super().on_message_begin()
        self.scope["extensions"] = {CONNECTION: cast("Any", self._connection)}

    def on_response_complete(self) -> None:
        """Begin the next answer, of a pipelined request perhaps."""
        self._joined.end_answer()
        super().on_response_complete()

    def shutdown(self) -> None:
        """Stop; nobody waits for a request that a fault holds."""
        if self._connection.is_held:
            self.transport.abort()
        else:
            super().shutdown()

    @property
    def _panel_app(self) -> PanelApp:
        return cast("PanelApp", self.app)
