"""Sends frames over sockets, several at once, and judges what comes back and how the sockets end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from random import Random

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.fuzz.frames import Frames
from tests.fuzz.outcome import Outcome
from tests.fuzz.target import Target

AT_ONCE = 4
PATIENCE_S = 60.0
LOOK_EVERY = 100
INIT = '{"type":"connection_init"}'
ENDS = frozenset({1000, 1001, 1002, 1003, 1005, 1007, 1009, 4400, 4401, 4403, 4406, 4408, 4409, 4410, 4429})
"""Ours and the protocol's; 1005 is a close without a word, which is the client's own. Never 1011, an error of ours."""
VANISHED = 1006
"""No close at all: only where the fuzz itself has cut the connection."""


class SocketCampaign:
    """`on_sent` hears of each frame."""

    def __init__(self, target: Target, frames: Frames, dice: Random, on_sent: Callable[[], None]) -> None:
        self._target, self._frames, self._dice, self._on_sent = target, frames, dice, on_sent
        self._url = f"{target.url.replace('http', 'ws', 1)}/graphql"
        self.outcome = Outcome()

    async def run(self, count: int) -> Outcome:
        """Send that many, over as many sockets as it takes."""
        await asyncio.gather(*(self._send_all(count) for _ in range(AT_ONCE)))
        return self.outcome

    async def _send_all(self, count: int) -> None:
        while self.outcome.sent < count and not self.outcome.is_hopeless:
            try:
                async with connect(
                    self._url, subprotocols=[Subprotocol("graphql-transport-ws")], open_timeout=PATIENCE_S, proxy=None
                ) as socket:
                    await self._converse(socket, min(self._dice.randrange(1, 60), count - self.outcome.sent))
            except (OSError, TimeoutError) as error:
                self.outcome.found("no socket", self._url, repr(error))

    async def _converse(self, socket: ClientConnection, frames: int) -> None:
        sent: list[str | bytes] = [INIT] if self._dice.random() < 0.95 else []
        is_wild = self._dice.random() < 0.3
        hearing = asyncio.create_task(self._hear(socket, sent))
        with suppress(ConnectionClosed):
            for frame in sent[:]:
                await socket.send(frame)
            for _ in range(frames):
                sent.append(self._frames.draw(is_wild=is_wild))
                self._count()
                await socket.send(sent[-1])
                await asyncio.sleep(self._dice.choice((0, 0, 0, 0.001, 0.02)))
            await asyncio.sleep(self._dice.choice((0, 0.1, 0.5)))
        vanishes = self._dice.random() < 0.3
        if vanishes:
            socket.transport.abort()
        else:
            await socket.close()
        await hearing
        self._judge_end(socket, sent, ENDS | {VANISHED} if vanishes else ENDS)

    def _count(self) -> None:
        self.outcome.sent += 1
        if self.outcome.sent % LOOK_EVERY == 0:
            self.outcome.memory_mb.append(self._target.memory_mb())
        self._on_sent()

    async def _hear(self, socket: ClientConnection, sent: list[str | bytes]) -> None:
        with suppress(ConnectionClosed):
            async for frame in socket:
                message = json.loads(frame)
                self.outcome.answers[message["type"]] += 1
                if not isinstance(frame, str) or '"INTERNAL' in frame:
                    self.outcome.found("an error that nobody expected", sent[-6:], frame)

    def _judge_end(self, socket: ClientConnection, sent: list[str | bytes], allowed: frozenset[int]) -> None:
        code = socket.close_code or 1005
        self.outcome.answers[f"closed {code}"] += 1
        if code not in allowed:
            self.outcome.found(f"closed with {code}", sent[-6:], socket.close_reason)
