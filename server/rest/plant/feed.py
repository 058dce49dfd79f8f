"""What happens in the plant, read and framed once for all sockets: the newest of it, to be taken from at any pace."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import islice

import structlog

from schema.ports import BatchProgress, Event, Events, Plant, PlantEntry, Position, TopicFilter
from server.frames import text_frame
from server.graphql.encoding import encode
from server.plant.runs.feeds import LAST
from server.plant.runs.limits import Limits
from server.plant.runs.wording import entry_of
from server.rest.plant.nouns import TOPIC, entry_told, sample_told
from server.rest.plant.pacing import Pacing

logger = structlog.get_logger()
AT_ONCE = 200
"""Transitions that are framed before others have their turn: a few milliseconds."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message as it is sent; `sequence` is the newest transition's by then, its own where it is one."""

    sequence: int
    is_transition: bool
    text: bytes

    def follows(self, sequence: int) -> bool:
        """Whether it is news to whoever was told the transitions up to this one."""
        return self.sequence > sequence or (self.sequence == sequence and not self.is_transition)


class FeedLostError(Exception):
    """What should come next is no longer kept, or the feed failed; the text says which. Follow anew."""


class Feed:
    """Works while somebody follows, and never so much that the plant is held up. Event loop only."""

    def __init__(self, limits: Limits) -> None:
        self.pacing = Pacing(limits.tell_every_s, limits.tell_share)
        self._kept: deque[Envelope] = deque(maxlen=limits.kept_envelopes)
        self._frames: dict[int, bytes] = {}
        self._news = asyncio.Event()
        self._has_news = False
        self._work: _Work | None = None
        self._furthest: dict[str, float] = {}
        self._samples: Sequence[BatchProgress] = ()
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

    async def reach(self, number: int) -> None:
        """Return as soon as the envelope of this number has come. Raises FeedLostError."""
        while number == self.end and self._is_working:
            await self._news.wait()
        first = self.end - len(self._kept)
        if number < first:
            raise FeedLostError("this reader is too slow; go on behind the last cursor")
        if number == self.end:
            raise FeedLostError("the feed was interrupted; go on behind the last cursor")

    def kept(self, number: int) -> list[Envelope]:
        """The envelopes from this number on, a few hundred at most; to be asked for behind `reach`."""
        first = number - (self.end - len(self._kept))
        return list(islice(self._kept, first, first + AT_ONCE))

    def framed(self, number: int) -> bytes:
        """The same as frames, made once for all who have come as far."""
        found = self._frames.get(number)
        if found is None:
            found = self._frames[number] = b"".join([text_frame(each.text) for each in self.kept(number)])
        return found

    @property
    def _is_working(self) -> bool:
        return self._work is not None and not self._work.task.done()

    async def _run(self, plant: Plant, events: Events) -> None:
        work = self._work
        assert work is not None  # noqa: S101 (a task begins after its caller went on)
        try:
            self._kept.clear()
            self._furthest.clear()
            self._samples = ()
            self.position = await events.position()
            work.began.set()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._transitions(events))
                group.create_task(self._sampled(plant))
        except Exception as error:  # whatever it is, those who follow must hear of it
            logger.warning("plant_feed_failed", exc_info=error)
        finally:
            work.began.set()
            asyncio.get_running_loop().call_soon(self._ring)

    async def _transitions(self, events: Events) -> None:
        count, rung = 0, self._news
        async for event, position in events.follow(self.position, [TopicFilter(TOPIC)]):
            if count == AT_ONCE or rung is not self._news:
                await self.pacing.rest()
                count, rung = 0, self._news
            count += 1
            with self.pacing.work():
                self._tell(event, position)

    def _tell(self, event: Event, position: Position) -> None:
        entry = entry_of(event, position)
        self._note(entry)
        self.position = entry.position
        self._add(encode(entry_told(entry)), is_transition=True)

    def _note(self, entry: PlantEntry) -> None:
        if entry.batch_id is not None and entry.progress is not None:
            self._furthest[entry.batch_id] = entry.progress
        if entry.batch_id is not None and entry.kind in LAST:
            self._furthest.pop(entry.batch_id, None)

    async def _sampled(self, plant: Plant) -> None:
        async for self._samples in plant.samples():
            self._tell_samples()

    def _tell_samples(self) -> None:
        """Those of where the transitions have come to, unless they are a step back; earlier ones are outdated."""
        for told in self._samples:
            is_now = told.position.seqs.get(TOPIC, 0) == self.sequence
            if is_now and told.progress > self._furthest.get(told.batch_id, 0.0):
                self._furthest[told.batch_id] = told.progress
                self._add(encode(sample_told(replace(told, position=self.position))), is_transition=False)

    def _add(self, text: bytes, *, is_transition: bool) -> None:
        self._kept.append(Envelope(self.sequence, is_transition, text))
        self._frames.clear()
        self.end += 1
        if not self._has_news:
            self._has_news = True
            asyncio.get_running_loop().call_soon(self._ring)

    def _ring(self) -> None:
        """Behind all that came at once."""
        self._tell_samples()
        self._has_news = False
        rung, self._news = self._news, asyncio.Event()
        rung.set()


@dataclass(slots=True)
class _Work:
    """The one task, and who keeps it going."""

    task: asyncio.Task[None]
    began: asyncio.Event
    followers: int = 0
