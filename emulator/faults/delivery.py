"""Acting an outcome out on a real connection: waiting, dripping, cutting, closing and resetting."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any, Final, TypeAlias

from emulator.faults.connections import Connection
from emulator.faults.outcome import Outcome
from emulator.http.exchange import Response

Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

DRIPS_A_SECOND: Final = 10
"""Writes per second of a body that drips faster than as many bytes."""


class Delivery:
    """One answer, or none, by one connection; `sleep` lets real seconds pass. It ends early when the client leaves.

    A server insists on a complete answer to each request: what the client is not to have is sent when the connection
    is closing already, which leads nowhere.
    """

    def __init__(self, connection: Connection, send: Send, sleep: Callable[[float], Awaitable[object]]) -> None:
        self._connection, self._send, self._sleep = connection, send, sleep

    async def make(self, outcome: Outcome) -> None:
        """Act it out until the answer is complete or the connection is gone."""
        self._connection.is_held = True
        try:
            if outcome.keep_alive_s is not None:
                self._connection.keep_alive(outcome.keep_alive_s)
            await self._stays(outcome.wait_s)
            await self._end(outcome)
        finally:
            self._connection.is_held = False

    async def _end(self, outcome: Outcome) -> None:
        response = outcome.response
        if outcome.ending == "answer":
            await self._answer(response, outcome)
            return
        if outcome.ending in ("reset", "offline"):
            self._connection.reset()
        elif outcome.ending == "close" or await self._stays(outcome.hang_s):
            self._connection.close()
        await self._send(response.start_message)
        await self._send(response.body_message)

    async def _answer(self, response: Response, outcome: Outcome) -> None:
        await self._send(response.start_message)
        whole = response.body if outcome.cut_at is None else response.body[: outcome.cut_at]
        for piece, pause_s in pieces(whole, outcome.bytes_per_s):
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})
            await self._stays(pause_s)
        if outcome.cut_at is not None:
            self._connection.close()
        await self._send({"type": "http.response.body", "body": response.body[len(whole) :]})

    async def _stays(self, seconds: float) -> bool:
        """Let time pass unless the client leaves, and say whether it is still there."""
        if seconds > 0 and not self._connection.lost.is_set():
            both = [asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._connection.lost.wait())]
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in both:
                    one.cancel()
        return not self._connection.lost.is_set()


def pieces(body: bytes, bytes_per_s: float | None) -> Iterator[tuple[bytes, float]]:
    """A body in pieces, and how long to wait after each; whole and at once without a pace."""
    if bytes_per_s is None:
        yield body, 0.0
        return
    size = max(1, round(bytes_per_s / DRIPS_A_SECOND))
    for begin in range(0, len(body), size):
        piece = body[begin : begin + size]
        yield piece, len(piece) / bytes_per_s
