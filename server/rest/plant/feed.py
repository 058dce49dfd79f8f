"""What happens in the plant, read and encoded once for all sockets: the newest of it, to be taken from at any pace."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice

import structlog

from schema.ports import BatchProgress, Events, Plant, PlantEntry, Position, TopicFilter
from server.graphql.encoding import encode
from server.plant.runs.feeds import LAST
from server.plant.runs.wording import entry_of
from server.rest.plant.nouns import TOPIC, entry_told, sample_told

logger = structlog.get_logger()
KEPT = 10_000
"""Envelopes: a socket that is further behind is too slow."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message as it is sent; `sequence` is the newest transition's by then, its own where it is one."""

    sequence: int
    is_transition: bool
    text: str

    def follows(self, sequence: int) -> bool:
        """Whether it is news to whoever was told the transitions up to this one."""
        return self.sequence > sequence or (self.sequence == sequence and not self.is_transition)


class FeedLostError(Exception):
    """What should come next is no longer kept, or the feed failed; the text says which. Follow anew."""


class Feed:
    """Works while somebody follows. Event loop only."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept: deque[Envelope] = deque(maxlen=kept)
        self._news = asyncio.Event()
        self._work: _Work | None = None
        self._furthest: dict[str, float] = {}
        self.position = Position("", {})
        """Of the newest transition."""
        self.end = 0
        """The number of the envelope that comes next."""

    @asynccontextmanager
    async def followed(self, plant: Plant, events: Events) -> AsyncIterator[None]:
        """Keep it going as long as the body does."""
        work = self._work
        if work is None or work.task.done():
            work = self._work = _Work(asyncio.create_task(self._run(plant, events)), asyncio.Event())
        work.followers += 1
        try:
            await work.began.wait()
            yield
        finally:
            work.followers -= 1
            if not work.followers:
                work.task.cancel()
                self._work = None if self._work is work else self._work

    @property
    def sequence(self) -> int:
        """Of the newest transition."""
        return self.position.seqs.get(TOPIC, 0)

    async def since(self, number: int) -> list[Envelope]:
        """The envelopes from this number on, as soon as there are any. Raises FeedLostError."""
        while number == self.end and self._is_working:
            await self._news.wait()
        first = self.end - len(self._kept)
        if number < first:
            raise FeedLostError("this reader is too slow; go on behind the last cursor")
        if number == self.end:
            raise FeedLostError("the feed was interrupted; go on behind the last cursor")
        return list(islice(self._kept, number - first, None))

    @property
    def _is_working(self) -> bool:
        return self._work is not None and not self._work.task.done()

    async def _run(self, plant: Plant, events: Events) -> None:
        work = self._work
        assert work is not None  # noqa: S101 (a task begins after its caller went on)
        try:
            self._kept.clear()
            self._furthest.clear()
            self.position = await events.position()
            work.began.set()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._transitions(events))
                group.create_task(self._samples(plant))
        except Exception as error:  # whatever it is, those who follow must hear of it
            logger.warning("plant_feed_failed", exc_info=error)
        finally:
            work.began.set()
            asyncio.get_running_loop().call_soon(self._ring)

    async def _transitions(self, events: Events) -> None:
        async for event, position in events.follow(self.position, [TopicFilter(TOPIC)]):
            entry = entry_of(event, position)
            self._note(entry)
            self.position = entry.position
            self._add(encode(entry_told(entry)), is_transition=True)

    def _note(self, entry: PlantEntry) -> None:
        if entry.batch_id is not None and entry.progress is not None:
            self._furthest[entry.batch_id] = entry.progress
        if entry.batch_id is not None and entry.kind in LAST:
            self._furthest.pop(entry.batch_id, None)

    async def _samples(self, plant: Plant) -> None:
        async for told in plant.progress(None, self.position):
            if told.entry is None and self._is_further(told):
                self._furthest[told.batch_id] = told.progress
                self._add(encode(sample_told(told)), is_transition=False)

    def _is_further(self, told: BatchProgress) -> bool:
        """Whether it may be told: of where the transitions have come to, and no step back."""
        is_now = told.position.seqs.get(TOPIC, 0) == self.sequence
        return is_now and told.progress > self._furthest.get(told.batch_id, 0.0)

    def _add(self, text: bytes, *, is_transition: bool) -> None:
        self._kept.append(Envelope(self.sequence, is_transition, text.decode()))
        self.end += 1
        self._ring()

    def _ring(self) -> None:
        rung, self._news = self._news, asyncio.Event()
        rung.set()


@dataclass(slots=True)
class _Work:
    """The one task, and who keeps it going."""

    task: asyncio.Task[None]
    began: asyncio.Event
    followers: int = 0
