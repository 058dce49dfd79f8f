"""Uvicorn's HTTP for requests that come before those before them are answered, and for a server that stops.

Uvicorn makes all requests of whatever it has read, and reads on with each answer: who sends without end fills the
memory. What it refuses it refuses at once, amid the answers to what came before.
"""

from __future__ import annotations

import asyncio
from collections import deque

from starlette.responses import PlainTextResponse, Response
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from schema.ports import StoppingError
from server.security.headers import ALWAYS
from server.security.refusals import unavailable
from server.turned_away import Reason, Tally

SLICE_BYTES = 4096
"""Read into requests at a time; the next slice has to wait while any of them waits for another's answer."""
CLOSE = (b"connection", b"close")


class HoldingFlow(FlowControl):
    """Reads nothing while something is held back, whoever asks for more."""

    is_held = False

    def hold(self, is_held: bool) -> None:  # noqa: FBT001 (its name says it)
        """Begin to, or end it."""
        if is_held:
            self.is_held = True
            self.pause_reading()
        elif self.is_held:
            self.is_held = False
            self.resume_reading()

    def resume_reading(self) -> None:
        """Read on, unless something is held back."""
        if not self.is_held:
            super().resume_reading()


class PipelineProtocol(HttpToolsProtocol):
    """Answers in order, with one slice of requests and one read of bytes in memory; what is wrong is refused last."""

    turned_away: Tally
    flow: HoldingFlow

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Begin."""
        super().connection_made(transport)
        self.flow = HoldingFlow(transport)
        self._held = bytearray()
        self._earlier: deque[RequestResponseCycle] = deque()
        self._last_word: Response | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell every request; uvicorn tells the last one only."""
        for each in self._unanswered():
            _leave(each)
        self._held.clear()
        self.pipeline.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, as far as no request of it has to wait."""
        if self._may_take and not self._held and len(data) <= SLICE_BYTES:
            self.take(data)
            return
        self._held += data
        self._take_held()

    def take(self, piece: bytes) -> None:
        """Make requests of a slice."""
        super().data_received(piece)

    def on_headers_complete(self) -> None:
        """Make a request."""
        if not self.is_idle:
            self._unanswered().append(self.cycle)
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Go on to what waited for the answer."""
        super().on_response_complete()
        self._say_last_word()
        self._take_held()

    def handle_websocket_upgrade(self) -> None:
        """Open the socket, unless an answer is still to be given: it would go to the socket."""
        if self.is_idle:
            super().handle_websocket_upgrade()
        else:
            self.send_400_response("A socket is opened behind the last answer, not before it.")

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self.refuse(Reason.NOT_HTTP, msg)

    def refuse(self, reason: Reason, message: str) -> None:
        """Answer 400, behind all other answers."""
        self._end(reason, PlainTextResponse(message, 400))

    def shutdown(self) -> None:
        """Let what is whole be answered. A body that is still to come may never come: the stop does not wait for it."""
        super().shutdown()
        if not self.is_idle and self.cycle.more_body:
            self._end(Reason.STOPPING, unavailable(self.cycle.scope, str(StoppingError())))  # type: ignore[arg-type]

    @property
    def is_idle(self) -> bool:
        """Whether no request is being answered, and none waits."""
        return self.cycle is None or self.cycle.response_complete  # type: ignore[redundant-expr]  # None at first

    @property
    def _may_take(self) -> bool:
        return not self.pipeline and self._last_word is None

    def _take_held(self) -> None:
        while self._held and self._may_take and self._is_ours:
            piece = bytes(self._held[:SLICE_BYTES])
            del self._held[:SLICE_BYTES]
            self.take(piece)
        if self._last_word is not None or not self._is_ours:
            self._held.clear()
        self.flow.hold(bool(self._held))

    @property
    def _is_ours(self) -> bool:
        """Whether the connection is open, and has not become a socket."""
        return not self.transport.is_closing() and self.transport.get_protocol() is self

    def _unanswered(self) -> deque[RequestResponseCycle]:
        """Requests with others behind them that came before their answer was out; answers go out in order."""
        while self._earlier and self._earlier[0].response_complete:
            self._earlier.popleft()
        return self._earlier

    def _end(self, reason: Reason, response: Response) -> None:
        """Let this be the last answer. Of a request whose body is not whole it is the answer: nothing else comes."""
        if self._last_word is not None or self.transport.is_closing():
            return
        self.turned_away[reason] += 1
        self._last_word = response
        if not self.is_idle and self.cycle.more_body:
            if self.pipeline and self.pipeline[0][0] is self.cycle:
                self.pipeline.popleft()
            _leave(self.cycle)
        self._say_last_word()

    def _say_last_word(self) -> None:
        word = self._last_word
        if word is None or self._unanswered() or not (self.is_idle or self.cycle.disconnected):
            return
        if not self.transport.is_closing() and (self.is_idle or not self.cycle.response_started):
            headers = (*self.server_state.default_headers, *word.raw_headers, *ALWAYS, CLOSE)
            lines = b"".join(b"%b: %b\r\n" % each for each in headers)
            self.transport.write(b"%b%b\r\n%b" % (STATUS_LINE[word.status_code], lines, bytes(word.body)))
        self.transport.close()


def _leave(cycle: RequestResponseCycle) -> None:
    """Tell whoever answers that nobody waits for it."""
    cycle.disconnected = True
    cycle.message_event.set()
