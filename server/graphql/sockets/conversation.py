"""What is said on one socket, from its greeting to its end; nothing that it began outlives it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Never

from starlette.types import Receive, Scope, Send

from schema.context import Context
from schema.ports import Viewer
from server.graphql.limits import Limits
from server.graphql.performer import Performer
from server.graphql.sockets.messages import ACK, PING, Complete, Init, MalformedError, Message, Ping, Subscribe, parsed
from server.graphql.sockets.outbox import ClosedError, GoneError, Outbox
from server.graphql.sockets.socket_operations import SocketOperations
from server.security.door import ADMITTED, NO_MORE, Admitted, Door, address_of
from server.security.tokens import given_token
from server.turned_away import Reason

AWAY, MALFORMED, UNAUTHORISED, FORBIDDEN, TOO_LATE, TOO_OFTEN = 1001, 4400, 4401, 4403, 4408, 4429
NO_TOKEN = "Forbidden: send a token in the payload of connection_init, as `X-API-Key` or `Authorization`"  # noqa: S105
CLOSE_S = 1.0
MAX_REASON_BYTES = 123
"""RFC 6455, 5.5: a control frame carries 125 bytes, two of which are the code."""


class Conversation:
    """One for each socket; `serve` is the whole of it."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, performer: Performer, limits: Limits, door: Door
    ) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._performer = performer
        self._limits = limits
        self._door = door
        self._viewer: Viewer | None = None
        self._outbox = Outbox(scope, send, limits, performer.meters)
        self._operations = SocketOperations(performer, limits, self._outbox, self._context)

    async def serve(self) -> None:
        """Listen and answer, until the client leaves or is closed out."""
        is_over = False
        try:
            try:
                await self._talk()
            except* GoneError:
                pass
            except* ClosedError as closed:
                await self._close(closed)
            is_over = True
        finally:
            await self._operations.end(at_once=not is_over)

    async def _talk(self) -> Never:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._outbox.write())
            admitted = await self._greeted()
            group.create_task(self._until_no_more(admitted))
            while True:
                await self._heed(await self._message_or_ping())

    async def _greeted(self) -> Admitted:
        """Who it is, once it has said so."""
        try:
            async with asyncio.timeout(self._limits.socket_init_timeout_s):
                while not isinstance(message := await self._message(), Init):
                    await self._heed(message)
        except TimeoutError:
            raise ClosedError(TOO_LATE, "Connection initialisation timeout") from None
        known: Admitted | None = self._scope.get(ADMITTED)
        token = given_token(message.payload)
        admitted = known or self._door.admit(token, address_of(self._scope))
        if admitted is None:
            self._performer.meters.turned_away[Reason.TOKEN_WRONG if token else Reason.TOKEN_MISSING] += 1
            raise ClosedError(FORBIDDEN, NO_TOKEN)
        self._viewer = admitted.viewer
        await self._outbox.say(ACK)
        return admitted

    async def _heed(self, message: Message) -> None:
        if isinstance(message, Subscribe):
            if self._viewer is None:
                raise ClosedError(UNAUTHORISED, "Unauthorized: send connection_init first")
            await self._operations.begin(message.id, message.asked)
        elif isinstance(message, Complete):
            self._operations.complete(message.id)
        elif isinstance(message, Ping):
            await self._outbox.say(message.pong)
        elif isinstance(message, Init):
            raise ClosedError(TOO_OFTEN, "Too many initialisation requests")

    async def _message_or_ping(self) -> Message:
        """The next message. Whoever says nothing is asked whether it is there, and has as long again to answer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.socket_ping_s):
                return await self._message()
        await self._outbox.say(PING)
        try:
            async with asyncio.timeout(self._limits.socket_ping_s):
                return await self._message()
        except TimeoutError:
            raise ClosedError(AWAY, "no answer to a ping") from None

    async def _message(self) -> Message:
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            raise GoneError
        text = event.get("text")
        if text is None:
            raise ClosedError(MALFORMED, "messages are text frames, in UTF-8")
        try:
            return parsed(text)
        except MalformedError as error:
            raise ClosedError(MALFORMED, str(error)) from None

    async def _until_no_more(self, admitted: Admitted) -> None:
        await self._door.closed(admitted)
        raise ClosedError(FORBIDDEN, f"Forbidden: {NO_MORE}")

    async def _close(self, group: ExceptionGroup[ClosedError]) -> None:
        closed = group.exceptions[0]
        assert isinstance(closed, ClosedError)  # noqa: S101 (a task group's own group is flat)
        reason = closed.reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
        with suppress(TimeoutError, OSError, RuntimeError):
            async with asyncio.timeout(CLOSE_S):
                await self._send({"type": "websocket.close", "code": closed.code, "reason": reason})

    def _context(self) -> Context:
        assert self._viewer is not None  # noqa: S101 (nothing runs before the greeting)
        return self._performer.context(self._scope, self._viewer)
