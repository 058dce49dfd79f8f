"""Uvicorn's HTTP, with an end for whoever begins a request and does not finish it, or never begins one."""

from __future__ import annotations

import asyncio

from server.http_pipeline import SLICE_BYTES, PipelineProtocol
from server.turned_away import Reason, Tally

CUT = "busbar.cut"
ABORT = "abort"
"""In the extension of the scope: drops the connection, with what its reader has not taken."""
MAX_HEADER_BYTES = 65_536
"""Of one request; as much as uvicorn's other protocol allows. What is less than a slice longer may pass."""


class PatientProtocol(PipelineProtocol):
    """Closes a connection on which no whole request header came for `header_timeout_s`, counted since it was due.

    A header is due as soon as the connection is made, and again as soon as the answer before it is out. One timer
    serves the whole connection: it is not moved for each request, but looks what time it is when it is up.
    """

    header_timeout_s: float

    _due_s: float | None = None
    _timer: asyncio.TimerHandle | None = None
    _is_in_header = False
    _header_bytes = 0
    _unsent_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Begin to wait."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop()
        super().connection_lost(exc)

    def take(self, piece: bytes) -> None:
        """Take a slice, unless it makes the header too long. Where in a slice a header began, nobody knows."""
        super().take(piece)
        if not self._is_in_header or self.transport.is_closing():
            return
        self._header_bytes += len(piece)
        if self._header_bytes > MAX_HEADER_BYTES + SLICE_BYTES:
            message = f"The header of the request is longer than {MAX_HEADER_BYTES:,} bytes."
            self.refuse(Reason.HEADER_TOO_LONG, message)

    def on_message_begin(self) -> None:
        """Count from here: what is left of the request before is not of this header."""
        self._is_in_header, self._header_bytes = True, 0
        super().on_message_begin()
        self.scope["extensions"] = {CUT: {ABORT: self.transport.abort}}

    def on_headers_complete(self) -> None:
        """Stop waiting; a socket that begins here has time-outs of its own."""
        self._is_in_header, self._due_s = False, None
        if self.parser.should_upgrade():
            self._stop()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, unless it is here already."""
        super().on_response_complete()
        if self.is_idle and not self.transport.is_closing():
            self._wait()

    def _wait(self) -> None:
        self._due_s = self.loop.time() + self.header_timeout_s
        if self._timer is None:
            self._timer = self.loop.call_at(self._due_s, self._look)

    def _stop(self) -> None:
        self._due_s = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if self._due_s is None:
            return
        if self.loop.time() < self._due_s:
            self._timer = self.loop.call_at(self._due_s, self._look)
            return
        self._give_up()

    def _give_up(self) -> None:
        """Close; a client that takes none of what it was sent is not waited for."""
        unsent_bytes = self.transport.get_write_buffer_size()
        if unsent_bytes and unsent_bytes == self._unsent_bytes:
            self.turned_away[Reason.ANSWER_NOT_TAKEN] += 1
            self.transport.abort()
            return
        self._unsent_bytes = unsent_bytes
        if unsent_bytes:
            self._wait()
        elif self._is_in_header or self.cycle is None:  # and not a client that had its answers and wants no more
            self.turned_away[Reason.HEADER_TIMEOUT] += 1
        self.transport.close()


def http_protocol(timeout_s: float, tally: Tally | None = None) -> type[PatientProtocol]:
    """The protocol with this many seconds for a request's header; `tally` counts whom it turns away."""

    class Timed(PatientProtocol):
        """See above."""

        header_timeout_s = timeout_s
        turned_away = Tally() if tally is None else tally

    return Timed
