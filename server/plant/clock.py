"""The one simulated clock, in seconds."""

from __future__ import annotations

from heapq import heappop
from math import inf

from simpy import Environment


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
