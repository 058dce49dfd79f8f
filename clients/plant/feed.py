"""Following what happens over any number of connections: every transition once and in order, progress never falling."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, replace

from clients.plant import wire
from clients.plant.answers import Place, Progress, Transition, Update
from clients.plant.exceptions import (
    PlantBusyError,
    PlantConnectionError,
    PlantProtocolError,
    PlantTimeoutError,
)
from clients.plant.link import Link, Socket

HEALED = (PlantConnectionError, PlantTimeoutError, PlantBusyError)
"""What another connection, behind the last cursor, can make good."""
MOST_BATCHES = 10_000
"""Batches under way whose progress is remembered; the plant has far fewer."""


@dataclass(frozen=True, slots=True)
class Patience:
    """The pause before each new connection: doubling from `shortest_s` to `longest_s`, less up to half by the dice."""

    shortest_s: float = 0.25
    longest_s: float = 10.0
    first_message_s: float = 10.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    dice: random.Random = random.Random()  # noqa: RUF009, S311 (shared on purpose; spreads clients, hides nothing)

    def pause_s(self, attempt: int) -> float:
        """Before the attempt, counted from 0 since the last news."""
        full_s = min(self.longest_s, self.shortest_s * 2.0 ** min(attempt, 60))
        return full_s * self.dice.uniform(0.5, 1.0)


class Trail:
    """How far a follower has come. `cursor` is where to go on, None before the server said where that is."""

    def __init__(self, after: str | int | None, batch_id: str | None) -> None:
        self.cursor = after
        self._batch_id = batch_id
        self._sequence: int | None = None
        self._furthest: dict[str, float] = {}

    def admit(self, update: Update | Place) -> Update | None:
        """What of it is news, for this batch. Raises PlantProtocolError when a transition is missing."""
        if isinstance(update, Place):
            self._begin(update)
            return None
        if self._sequence is None:
            raise PlantProtocolError("the socket did not begin with the plant's status")
        news = self._transition(update) if isinstance(update, Transition) else self._sample(update)
        return news if news and self._batch_id in (None, news.batch_id) else None

    def is_over(self, update: Update) -> bool:
        """Whether this ends the one batch that is followed."""
        return self._batch_id is not None and isinstance(update, Transition) and update.is_last

    def _begin(self, place: Place) -> None:
        if self._sequence is None:
            self.cursor, self._sequence = place.cursor, place.sequence

    def _transition(self, update: Transition) -> Transition | None:
        assert self._sequence is not None  # noqa: S101 (admit looked)
        if update.sequence <= self._sequence:
            return None
        if update.sequence > self._sequence + 1:
            raise PlantProtocolError(f"transition {update.sequence} came after {self._sequence}: some are missing")
        self.cursor, self._sequence = update.cursor, update.sequence
        if update.batch_id is None or update.progress is None:
            return update
        progress = max(update.progress, self._furthest.get(update.batch_id, 0.0))
        self._note(update.batch_id, None if update.is_last else progress)
        return replace(update, progress=progress)

    def _sample(self, update: Progress) -> Progress | None:
        is_further = update.progress > self._furthest.get(update.batch_id, 0.0)
        if update.sequence != self._sequence or not is_further:
            return None
        self._note(update.batch_id, update.progress)
        return update

    def _note(self, batch_id: str, progress: float | None) -> None:
        self._furthest.pop(batch_id, None)
        if progress is not None:
            self._furthest[batch_id] = progress
        if len(self._furthest) > MOST_BATCHES:
            del self._furthest[next(iter(self._furthest))]


async def followed(
    link: Link, trail: Trail, patience: Patience, on_lost: Callable[[str], None] | None
) -> AsyncGenerator[Update, None]:
    """Updates without end, or to the end of the one batch. Raises PlantError for what no reconnecting heals."""
    attempt, has_begun = 0, False
    while True:
        try:
            socket = await link.socket(trail.cursor)
            try:
                trail.admit(wire.envelope(await _first(socket, patience)))
                has_begun = True
                while True:
                    news = trail.admit(wire.envelope(await socket.receive()))
                    if news is not None:
                        attempt = 0
                        yield news
                        if trail.is_over(news):
                            return
            finally:
                await socket.close()
        except HEALED as lost:
            if not has_begun:
                raise
            if on_lost:
                on_lost(str(lost))
        await patience.sleep(patience.pause_s(attempt))
        attempt += 1


async def _first(socket: Socket, patience: Patience) -> object:
    try:
        async with asyncio.timeout(patience.first_message_s):
            return await socket.receive()
    except TimeoutError:
        raise PlantTimeoutError(f"the plant's socket said nothing within {patience.first_message_s:g} s") from None
