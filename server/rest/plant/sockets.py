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
from starlette.websockets import WebSocket, WebSocketDisconnect

from schema.ports import CursorExpiredError, CursorInvalidError, Position
from schema.scalars import write_cursor
from server.graphql.encoding import encode
from server.rest.answers import Refused
from server.rest.plant.feed import Feed, FeedLostError
from server.rest.plant.nouns import TOPIC, entry_told, status_told
from server.rest.plant.queries import given, lost, place
from server.rest.plant.world import events_of, plant_of
from server.security.gate import TOKENS_TO_PROVE
from server.security.tokens import given_token
from server.stores.errors import StoreError

MAX_SOCKETS = 1_000
PAGE = 500
SEND_S = 10.0
"""Whoever does not take a message for so long is cut off."""
PROOF_S = 10.0
CLOSE_S = 1.0
AT_ONCE = 50
"""Messages to one socket before others have their turn."""
BAD_REQUEST, UNAUTHORISED, TRY_AGAIN = 4400, 4401, 1013


class Sockets:
    """The ASGI endpoint: all sockets of one server share a feed."""

    def __init__(self, feed: Feed, send_s: float = SEND_S, most: int = MAX_SOCKETS) -> None:
        self._feed, self._send_s, self._most = feed, send_s, most
        self.count = 0

    async def __call__(self, scope: object, receive: object, send: object) -> None:
        """Serve one socket until it goes, or is cut off."""
        websocket = WebSocket(scope, receive, send)  # type: ignore[arg-type]  # ASGI's own three
        if self.count >= self._most:
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
        plant, events, feed = plant_of(websocket), events_of(websocket), self._feed
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
            await self._live(websocket, number, _sequence(at))

    async def _live(self, websocket: WebSocket, number: int, sequence: int) -> Never:
        while True:
            envelopes = await self._feed.since(number)
            number += len(envelopes)
            await self._send(websocket, *(each.text for each in envelopes if each.follows(sequence)))

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
            async with asyncio.timeout(self._send_s):
                await websocket.send_text(text)
            if count % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)


def _sequence(position: Position) -> int:
    return position.seqs.get(TOPIC, 0)


async def _until_gone(websocket: WebSocket, scope: anyio.CancelScope) -> None:
    """Clients have nothing to say here; what they send is read and dropped."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass
    scope.cancel()


async def _is_welcome(websocket: WebSocket) -> bool:
    """Whoever brought no token in a header brings it in the first message, as in `{"X-API-Key": "TOKEN"}`."""
    tokens = websocket.scope.get(TOKENS_TO_PROVE)
    if tokens is None:
        return True
    try:
        async with asyncio.timeout(PROOF_S):
            proof = json.loads(await websocket.receive_text())
    except (TimeoutError, ValueError, KeyError, RecursionError):
        return False
    return bool(tokens.admit(given_token(proof if isinstance(proof, dict) else {})))
