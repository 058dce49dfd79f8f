"""uvicorn's HTTP protocol with one write per answer: clients exist that take the first segment for the whole of it."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_CONTINUE = b"HTTP/1.1 100 "


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
        """The first write of an answer is its head, the others its body."""
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


class OneWriteProtocol(HttpToolsProtocol):
    """Puts `JoinedWrites` between uvicorn and the socket."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        """Begin with the transport wrapped."""
        self._joined = JoinedWrites(transport)
        super().connection_made(cast("Any", self._joined))

    def on_response_complete(self) -> None:
        """Begin the next answer, of a pipelined request perhaps."""
        self._joined.end_answer()
        super().on_response_complete()
