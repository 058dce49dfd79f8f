"""How a viewer that catches up from a cursor comes to be served with all the others: exactly where it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from schema.delivery import Place
from server.graphql.limits import Limits


class Overlap:
    """What two sources tell, which tell the same events in the same order: a viewer's own, and the shared one.

    The viewer is told by its own, and what the shared one tells is kept. As soon as the last event of its own is among
    those kept, `on_met` is called with the payloads behind that event, and the shared source goes on from there: none
    is lost, and none told twice. A source of its own that is ahead waits for that. Kept are as many as a mailbox holds;
    one more, and they are forgotten, because the viewer has far to go still.
    """

    def __init__(self, place: Callable[[Any], Place], limits: Limits, can_move: Callable[[], bool]) -> None:
        self._place, self._limits, self._can_move = place, limits, can_move
        self._on_met: Callable[[Sequence[bytes]], None] | None = None
        self._on_end: Callable[[], None] | None = None
        self._last: Place | None = None
        self._told: dict[str, int] = {}
        self._kept: dict[Place, bytes] = {}
        self._bytes = 0
        self._changed = asyncio.Event()

    def begin(
        self, on_met: Callable[[Sequence[bytes]], None], on_end: Callable[[], None], newest: object | None
    ) -> None:
        """From now on the shared source is kept; `newest` is what it told last. `on_end` is called once."""
        self._on_met, self._on_end = on_met, on_end
        if newest is not None:
            self._kept[self._place(newest)] = b""
            self._meet()

    def tell(self, event: object) -> None:
        """The viewer has been told this by its own source."""
        self._last = topic, sequence = self._place(event)
        self._told[topic] = sequence
        self._meet()

    def keep(self, event: object, payload: bytes) -> None:
        """The shared source tells this."""
        limits = self._limits
        if len(self._kept) >= limits.mailbox_events or self._bytes + len(payload) > limits.mailbox_bytes:
            self._forget()
        self._kept[self._place(event)] = payload
        self._bytes += len(payload)
        self._changed.set()
        self._meet()

    def end(self) -> None:
        """They have met, or one of the two is no more; may be repeated."""
        on_end, self._on_end, self._on_met = self._on_end, None, None
        self._forget()
        self._changed.set()
        if on_end is not None:
            on_end()

    async def until_met(self) -> None:
        """Wait while the own source is ahead of the shared one."""
        while self._is_ahead:
            self._changed.clear()
            await self._changed.wait()

    @property
    def _is_ahead(self) -> bool:
        return self._last not in self._kept and any(self._told.get(topic, 0) >= seq for topic, seq in self._kept)

    def _forget(self) -> None:
        self._kept.clear()
        self._bytes = 0

    def _meet(self) -> None:
        if self._on_met is None or self._last not in self._kept or not self._can_move():
            return
        places = list(self._kept)
        behind = [self._kept[each] for each in places[places.index(self._last) + 1 :]]
        on_met, self._on_met = self._on_met, None
        on_met(behind)
        self.end()
