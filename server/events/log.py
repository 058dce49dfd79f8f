"""The one log of what changed: every live feed is a replay from a position, then live. See `schema.ports.Events`."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from operator import itemgetter
from typing import Never

import structlog

from schema.ports import CursorExpiredError, CursorInvalidError, Event, NewEvent, Position, TopicFilter
from server.clock import Clock
from server.events.hub import Hub
from server.stores.errors import StoreError
from server.stores.sqlite.connection import Connection
from server.stores.sqlite.database import Database
from server.stores.sqlite.events import Extent, append, extents, log_id, page, prune

__all__ = ["EventLog", "Retention", "append"]

logger = structlog.get_logger(__name__)

_NOTHING = Extent(topic_id=0, pruned=0, seq=0)


@dataclass(frozen=True, slots=True)
class Retention:
    """How much of each topic is kept; looked after every `prune_every_s`, so a little more is there in between."""

    events: int = 100_000
    age: timedelta = timedelta(days=30)
    prune_every_s: float = 60.0


DEFAULT_RETENTION = Retention()


class EventLog:
    """The log on SQLite. The table remembers, the hub tells: a reader holds one page, however slow it is."""

    def __init__(
        self,
        database: Database,
        hub: Hub,
        clock: Clock,
        *,
        retention: Retention = DEFAULT_RETENTION,
        page_size: int = 500,
    ) -> None:
        self._database = database
        self._hub = hub
        self._clock = clock
        self._retention = retention
        self._page_size = page_size
        database.listen(hub.ring)

    async def append(self, events: Sequence[NewEvent]) -> list[Event]:
        """Add events that change nothing else; they are on stable storage when this answers."""
        at = self._clock.now()
        return await self._database.write(lambda connection: append(connection, events, at))

    async def position(self) -> Position:
        """The end of the log now."""
        return await self._database.read(_end)

    async def since(
        self, after: Position | None, filters: Sequence[TopicFilter], limit: int
    ) -> tuple[list[Event], Position]:
        """See the port; topics are merged in the order of their commits. Without filters there are no events."""
        if limit < 1:
            raise ValueError(f"limit is {limit}; ask for at least one event")
        return await self._database.read(lambda connection: _since(connection, after, filters, limit))

    async def follow(
        self, after: Position | None, filters: Sequence[TopicFilter]
    ) -> AsyncGenerator[tuple[Event, Position], None]:
        """See the port; "now" is when the first event is asked for."""
        with self._hub.bell(each.topic for each in filters) as bell:
            position = await self.position() if after is None else after
            while True:
                bell.clear()
                events, reached = await self.since(position, filters, self._page_size)
                for event in events[:-1]:
                    position = Position(position.log_id, {**position.seqs, event.topic: event.seq})
                    yield event, position
                position = reached
                if events:
                    yield events[-1], position
                if len(events) < self._page_size:
                    await bell.wait()

    async def prune(self) -> Mapping[str, int]:
        """Drop what the retention no longer keeps; how many events of each topic went."""
        before = self._clock.now() - self._retention.age
        return await self._database.write(lambda connection: prune(connection, self._retention.events, before))

    async def run(self) -> Never:
        """Prune now and then, until cancelled."""
        while True:
            try:
                await self.prune()
            except StoreError as error:  # a full disk must not end the pruning that could free it
                logger.warning("events_not_pruned", reason=str(error))
            await self._clock.sleep(self._retention.prune_every_s)


def _end(connection: Connection) -> Position:
    return Position(log_id(connection), {topic: extent.seq for topic, extent in extents(connection).items()})


def _since(
    connection: Connection, after: Position | None, filters: Sequence[TopicFilter], limit: int
) -> tuple[list[Event], Position]:
    mine, kept = log_id(connection), extents(connection)
    if after is not None and after.log_id != mine:
        raise CursorInvalidError("the cursor belongs to another log: read the present state, then follow without one")
    reached = dict(after.seqs) if after else {}
    pages: dict[str, list[tuple[int, Event]]] = {}
    for topic, subjects in _subjects_by_topic(filters).items():
        extent = kept.get(topic, _NOTHING)
        reached[topic] = extent.pruned if after is None else _checked(topic, after.seqs.get(topic, 0), extent)
        pages[topic] = page(connection, topic, extent, reached[topic], subjects, limit)
    chosen = [event for _, event in sorted(chain(*pages.values()), key=itemgetter(0))[:limit]]
    reached |= {event.topic: event.seq for event in chosen}
    taken = Counter(event.topic for event in chosen)
    exhausted = [topic for topic, found in pages.items() if taken[topic] == len(found) < limit]
    return chosen, Position(mine, reached | {topic: kept.get(topic, _NOTHING).seq for topic in exhausted})


def _checked(topic: str, seq: int, extent: Extent) -> int:
    if not 0 <= seq <= extent.seq:
        raise CursorInvalidError(
            f"the cursor is at {seq} in topic {topic!r}, which ends at {extent.seq}:"
            " read the present state, then follow without one"
        )
    if seq < extent.pruned:
        raise CursorExpiredError(topic, seq, extent.pruned + 1)
    return seq


def _subjects_by_topic(filters: Sequence[TopicFilter]) -> dict[str, list[str] | None]:
    """The subjects wanted of each topic; None where one filter wants it whole."""
    wanted: dict[str, list[str] | None] = {}
    for each in filters:
        subjects = wanted.setdefault(each.topic, [])
        if each.subject is None:
            wanted[each.topic] = None
        elif subjects is not None:
            subjects.append(each.subject)
    return wanted
