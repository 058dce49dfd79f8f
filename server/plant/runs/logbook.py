"""The plant's transitions as the log keeps them, by the page."""

from __future__ import annotations

from collections.abc import Sequence

from clients.plant.models import MachineKey
from schema.ports import CursorExpiredError, Event, Events, PlantEntry, Position, TopicFilter
from server.plant.runs.wording import TOPIC, entry_of, subject_of


class Logbook:
    """Reads the one log; keeps nothing."""

    def __init__(self, events: Events) -> None:
        self._events = events

    async def read(
        self, after: Position | None, limit: int, batch_id: str | None, machine: MachineKey | None
    ) -> tuple[Sequence[PlantEntry], Position]:
        """See the port."""
        if after is None:
            found, start, behind = await self._newest(limit)
        else:
            start = after
            found, behind = await self._events.since(after, [TopicFilter(TOPIC)], limit)
        subject = None if batch_id is None else subject_of(batch_id, None)
        entries = [entry_of(event, start) for event in found if subject in (None, event.subject)]
        return [entry for entry in entries if machine in (None, entry.machine)], behind

    async def _newest(self, limit: int) -> tuple[list[Event], Position, Position]:
        """The last so many, or as many as are kept."""
        end = await self._events.position()
        start = _moved(end, max(0, end.seqs.get(TOPIC, 0) - limit))
        try:
            found, behind = await self._events.since(start, [TopicFilter(TOPIC)], limit)
        except CursorExpiredError as expired:
            start = _moved(end, expired.oldest - 1)
            found, behind = await self._events.since(start, [TopicFilter(TOPIC)], limit)
        return found, start, behind


def _moved(position: Position, sequence: int) -> Position:
    return Position(position.log_id, {**position.seqs, TOPIC: sequence})
