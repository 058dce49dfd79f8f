"""The one simulated clock, in seconds."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from heapq import heapify, heappop
from math import inf

from simpy import Environment, Event


class Clock(Environment):
    """SimPy's, which can also be set to a time at which nothing happens.

    SimPy's own `run(until=...)` leaves an event of its own behind and rounds the time: then a plant that was looked at
    on its way would not repeat to the byte. What a plant needs of SimPy's `step` is repeated here in one loop, and
    `now` is an attribute: a call for each of them takes some per cent of a run.
    """

    now: float = 0.0

    def __init__(self, start_s: float) -> None:
        super().__init__(start_s)
        self.now = start_s

    def run_to(self, time_s: float) -> None:
        """Let everything happen up to `time_s`, that instant included, and set the clock there if it is behind."""
        self._happen(time_s)
        self._now = self.now = max(self.now, time_s)

    def run_out(self) -> None:
        """Let everything happen that will; the clock stops with the last of it."""
        self._happen(inf)

    def hold(self, events: Collection[Event]) -> list[tuple[Event, float]]:
        """Take out those of the events that are to come, in their order, each with the seconds that it was away."""
        wanted, queue = set(events), self._queue
        held = sorted((entry for entry in queue if entry[3] in wanted), key=lambda entry: entry[:3])
        queue[:] = [entry for entry in queue if entry[3] not in wanted]
        heapify(queue)
        return [(event, at_s - self.now) for at_s, _, _, event in held]

    def release(self, held: Iterable[tuple[Event, float]]) -> None:
        """Let what was held come after as many seconds from now, unless nobody waits for it any more."""
        for event, rest_s in held:
            if event.callbacks:
                self.schedule(event, delay=rest_s)

    def _happen(self, until_s: float) -> None:
        queue = self._queue
        while queue and queue[0][0] <= until_s:
            now_s, _, _, event = heappop(queue)
            self._now = self.now = now_s
            callbacks = event.callbacks
            event.callbacks = None  # type: ignore[assignment]  # SimPy's mark of what has happened
            for callback in callbacks:
                callback(event)
            if not event._ok and not event.defused:  # noqa: SLF001 (as SimPy reads it: a property costs a call)
                raise event.value  # type: ignore[misc]  # what a failed process raised
