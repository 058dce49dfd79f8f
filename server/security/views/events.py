"""The log of what changed, without what happened to panels that a token does not name."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

from schema.feeds import closed_after
from schema.ports import Event, Events, Position, TopicFilter
from server.joins.wiring import TOPIC as JOINS
from server.panel.transitions import TOPIC as PANEL
from server.plant.runs.wording import TOPIC as PLANT
from server.security.views.plant import detail_without_reason

NOBODY = TopicFilter(PANEL, "")
"""A panel that there never was, looked for in place of one that is not seen: the log's page moves on as ever."""
AT_ONCE = 100
"""Read at least so many, that a log full of others' wires is not read one by one."""


class SomeEvents:
    """See `schema.ports.Events`. Sequences and positions count what is left out too."""

    def __init__(self, events: Events, serials: frozenset[str]) -> None:
        self._events = events
        self._serials = serials

    async def position(self) -> Position:
        """See the port."""
        return await self._events.position()

    async def since(
        self, after: Position | None, filters: Sequence[TopicFilter], limit: int
    ) -> tuple[list[Event], Position]:
        """See the port."""
        narrowed, wanted, many = self._narrowed(filters), list[Event](), max(limit, AT_ONCE)
        while True:
            found, end = await self._events.since(after, narrowed, many)
            for place, event in enumerate(found):
                if self._sees(event):
                    wanted.append(_told(event))
                if len(wanted) == limit:
                    return wanted, _before(found[place + 1 :], end)
            if len(found) < many:
                return wanted, end
            after = end

    async def follow(
        self, after: Position | None, filters: Sequence[TopicFilter]
    ) -> AsyncGenerator[tuple[Event, Position], None]:
        """See the port."""
        async with closed_after(self._events.follow(after, self._narrowed(filters))) as feed:
            async for event, behind in feed:
                if self._sees(event):
                    yield _told(event), behind

    def _narrowed(self, filters: Sequence[TopicFilter]) -> list[TopicFilter]:
        """Of the panels' topic, only these panels'."""
        narrowed = [each for each in filters if each.topic != PANEL]
        if asked := [each for each in filters if each.topic == PANEL]:
            subjects = {each.subject for each in asked}
            seen = self._serials if None in subjects else self._serials & subjects
            narrowed += [TopicFilter(PANEL, serial) for serial in sorted(seen)] or [NOBODY]
        return narrowed

    def _sees(self, event: Event) -> bool:
        """Whether it names no other panel."""
        if event.topic == PANEL:
            return event.subject in self._serials
        return event.topic != JOINS or event.data.get("serial") in self._serials


def _told(event: Event) -> Event:
    """A stopped machine's reason names a panel."""
    detail = event.data.get("detail")
    if event.topic != PLANT or not detail:
        return event
    return replace(event, data={**event.data, "detail": detail_without_reason(detail)})


def _before(rest: Sequence[Event], end: Position) -> Position:
    """The place before these events, the last of which stands at the end."""
    seqs = dict(end.seqs)
    for event in reversed(rest):
        seqs[event.topic] = event.seq - 1
    return Position(end.log_id, seqs)
