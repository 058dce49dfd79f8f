"""The graph over event streams: graphql-sse in its mode of distinct connections, at the same URL as all else.

Whoever accepts `text/event-stream` is answered by events `next` and a last one, `complete`; errors of the document too,
because a browser's EventSource shows nobody the body of a 400. A stream that ends without `complete` was broken off.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus

from starlette.types import Receive, Scope, Send

from server.graphql.http.entry import check_kind
from server.graphql.http.requests import no_request
from server.graphql.limits import Limits
from server.graphql.operations import Asked, RefusedError
from server.graphql.performer import Performer
from server.graphql.streams.stream import Stream
from server.security.door import Door, admitted

RETRY_AFTER = ((b"retry-after", b"10"),)


class Streams:
    """Answers by event streams; see `server.graphql.http.entry.Streams`."""

    def __init__(self, performer: Performer, limits: Limits, door: Door) -> None:
        self._performer = performer
        self._meters = performer.meters
        self._limits = limits
        self._door = door
        self._open: set[Stream] = set()

    async def __call__(self, asked: Asked, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one stream. Raises NoRequestError, before anything is sent, for what is not streamed."""
        self._check_room()
        admission = admitted(scope)
        context = self._performer.context(scope, admission.viewer)
        stream = Stream(scope, receive, send, self._performer, self._limits)
        try:
            operation = self._performer.prepare(asked, context)
        except RefusedError as refusal:
            with self._counted(stream):
                await stream.refuse(refusal)
            return
        check_kind(scope, operation)
        with self._counted(stream):
            await stream.serve(operation, asked.variables, context, partial(self._door.closed, admission))

    def stop(self) -> None:
        """Break all off that have no end of their own, so that the server's stop need not wait for them."""
        for each in list(self._open):
            each.stop()

    @contextmanager
    def _counted(self, stream: Stream) -> Iterator[None]:
        """Among the sockets: it holds a connection as they do."""
        self._open.add(stream)
        self._meters.sockets += 1
        try:
            yield
        finally:
            self._meters.sockets -= 1
            self._open.discard(stream)

    def _check_room(self) -> None:
        if self._meters.sockets < self._limits.max_sockets:
            return
        self._meters.over_limit["max_sockets"] += 1
        text = "too many sockets and event streams are open; try again later"
        status = HTTPStatus.SERVICE_UNAVAILABLE
        raise no_request(text, "LIMIT_EXCEEDED", status, RETRY_AFTER, limit="max_sockets")
