"""WS /ws/status: what happens in the plant as one JSON envelope a message, replayed from a cursor, then live.

The first envelope is of kind `status`: the plant now, and the place that is followed from. With `?after=CURSOR` (or a
sequence number) every transition behind it comes, once and in order; samples of the progress come between.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Never

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from schema.ports import CursorExpiredError, CursorInvalidError, Position
from schema.scalars import write_cursor
from server.frames import FRAMES
from server.graphql.encoding import encode
from server.plant.runs.limits import Limits
from server.rest.answers import Refused
from server.rest.plant.feed import Feed, FeedLostError
from server.rest.plant.nouns import TOPIC, entry_told, status_told
from server.rest.plant.queries import given, lost, place
from server.rest.plant.world import events_of, plant_of
from server.security.door import ADMITTED, DOOR, Door, address_of, admitted, viewer_of
from server.security.tokens import given_token
from server.stores.errors import StoreError

PAGE = 100
PROOF_S = 10.0
CLOSE_S = 1.0
AT_ONCE = 50
"""Messages to one socket before others have their turn."""
WRITE_S = 0.001
"""More than it takes to hand a socket its frames: what is beyond it was spent in waiting."""
BAD_REQUEST, UNAUTHORISED, TRY_AGAIN, ABNORMAL = 4400, 4401, 1013, 1006


class Sockets:
    """The ASGI endpoint: all sockets of one server share a feed."""

    def __init__(self, limits: Limits) -> None:
        self._feed, self._silent, self._limits = Feed(limits), Feed(limits), limits
        self.count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until it goes, or is cut off."""
        websocket = WebSocket(scope, receive, send)
        if self.count >= self._limits.sockets:
            await websocket.close(TRY_AGAIN, "too many sockets")
            return
        self.count += 1
        try:
            await self._serve(websocket)
        except* WebSocketDisconnect:
            pass  # it went, at whatever moment
        finally:
            self.count -= 1

    async def _serve(self, websocket: WebSocket) -> None:
        await websocket.accept()
        if not await _is_welcome(websocket):
            await websocket.close(UNAUTHORISED, "Unauthorized")
            return
        async with anyio.create_task_group() as group:
            group.start_soon(_until_gone, websocket, group.cancel_scope)
            code, reason = UNAUTHORISED, "Unauthorized"
            with anyio.CancelScope() as telling:
                group.start_soon(_until_closed, websocket, telling)
                code, reason = await self._told(websocket)
            with anyio.move_on_after(CLOSE_S), suppress(WebSocketDisconnect, RuntimeError):
                await websocket.close(code, reason)
            group.cancel_scope.cancel()

    async def _told(self, websocket: WebSocket) -> tuple[int, str]:
        """Tell until it cannot go on; why, as a close code and a reason."""
        try:
            await self._follow(websocket)
        except Refused as refused:
            body = {"kind": "error", "error_code": refused.code, "message": refused.message, "detail": refused.detail}
            await self._send(websocket, encode(body).decode())
            return BAD_REQUEST, refused.code
        except TimeoutError:
            return TRY_AGAIN, "too slow; go on behind the last cursor"
        except (FeedLostError, StoreError) as error:
            return TRY_AGAIN, str(error)[:100]

    async def _follow(self, websocket: WebSocket) -> Never:
        plant, events, feed = plant_of(websocket), events_of(websocket), self._feed_of(websocket)
        after = place(given(websocket, ("after",)), await events.position())
        if after is not None:
            await self._page(websocket, after, 1)
        async with feed.followed(plant, events):
            number, at = feed.end, after or feed.position
            status = status_told(await plant.view(), _sequence(at), write_cursor(at))
            await self._send(websocket, encode(status).decode())
            while _sequence(at) < feed.sequence:
                number, entries, at = feed.end, *await self._page(websocket, at, PAGE)
                await self._send(websocket, *entries)
            await self._live(websocket, feed, number, _sequence(at))

    def _feed_of(self, websocket: WebSocket) -> Feed:
        """Those who do not see every panel share a feed of their own: it keeps silent on the same things for all."""
        return self._feed if viewer_of(websocket.scope).panels is None else self._silent

    async def _live(self, websocket: WebSocket, feed: Feed, number: int, sequence: int) -> Never:
        """From the first envelope on that is news to it; those behind one that is are too."""
        takes_frames = FRAMES in websocket.scope.get("extensions", {})
        while True:
            await feed.reach(number)
            envelopes = feed.kept(number)
            if not envelopes[0].follows(sequence):
                number += 1
            elif takes_frames:
                number += len(envelopes)
                await self._write(websocket, feed, feed.framed(number - len(envelopes)))
            else:
                number += len(envelopes)
                await self._send(websocket, *(each.text.decode() for each in envelopes))

    async def _write(self, websocket: WebSocket, feed: Feed, frames: bytes) -> None:
        """Raises TimeoutError when they are not taken."""
        with feed.pacing.work(WRITE_S):
            await self._hand(websocket, {"type": "websocket.send", FRAMES: frames})

    async def _page(self, websocket: WebSocket, after: Position, limit: int) -> tuple[list[str], Position]:
        """Transitions behind the place, and where they end; raises Refused for a place that the log does not take."""
        try:
            entries, behind = await plant_of(websocket).log(after, limit)
        except CursorExpiredError as error:
            raise Refused(400, f"after: {error}", {"oldest": error.oldest}, code="CURSOR_EXPIRED") from None
        except CursorInvalidError as error:
            raise lost(error) from None
        return [encode(entry_told(entry)).decode() for entry in entries], behind

    async def _send(self, websocket: WebSocket, *texts: str) -> None:
        """Raises TimeoutError when one of them is not taken."""
        for count, text in enumerate(texts):
            await self._hand(websocket, {"type": "websocket.send", "text": text})
            if count % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)

    async def _hand(self, websocket: WebSocket, message: Message) -> None:
        try:
            async with asyncio.timeout(self._limits.send_s):
                await websocket.send(message)
        except RuntimeError:  # the server had closed it by itself, as when a ping was not answered
            raise WebSocketDisconnect(ABNORMAL) from None


async def upgrade_required(_request: Request) -> Response:
    """GET /ws/status without asking for a socket. Raises Refused."""
    headers = {"upgrade": "websocket", "connection": "upgrade"}
    raise Refused(426, "this path is a WebSocket: connect to it as ws://", code="UPGRADE_REQUIRED", headers=headers)


def _sequence(position: Position) -> int:
    return position.seqs.get(TOPIC, 0)


async def _until_gone(websocket: WebSocket, scope: anyio.CancelScope) -> None:
    """Clients have nothing to say here; what they send is read and dropped."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass
    scope.cancel()


async def _until_closed(websocket: WebSocket, scope: anyio.CancelScope) -> None:
    """Its token may be revoked or expire, and whoever came without one goes when the first token exists."""
    door: Door = websocket.app.state.door
    await door.closed(admitted(websocket.scope))
    scope.cancel()


async def _is_welcome(websocket: WebSocket) -> bool:
    """Whoever brought no token in a header brings it in the first message, as in `{"X-API-Key": "TOKEN"}`."""
    door: Door | None = websocket.scope.get(DOOR)
    if door is None:
        return True
    try:
        async with asyncio.timeout(PROOF_S):
            proof = json.loads(await websocket.receive_text())
    except (TimeoutError, ValueError, KeyError, RecursionError):
        return False
    token = given_token(proof if isinstance(proof, dict) else {})
    found = door.admit(token, address_of(websocket.scope))
    if found is not None:
        websocket.scope[ADMITTED] = found
    return found is not None
