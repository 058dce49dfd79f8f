"""The one simulated clock, in seconds."""

from __future__ import annotations

from heapq import heappop
from math import inf

from simpy import Environment


class Clock(Environment):
    """SimPy's, which can also be set to a time at which nothing happens.

    SimPy's own `run(until=...)` leaves an event of its own behind and rounds the time: then a plant that was looked at
    on its way would not repeat to the byte. Of SimPy's `step`, what a plant needs is repeated here, in one loop: a call
    for each event would be a tenth of a run.
    """

    def run_to(self, time_s: float) -> None:
        """Let everything happen up to `time_s`, that instant included, and set the clock there if it is behind."""
        self._happen(time_s)
        self._now = max(self._now, time_s)

    def run_out(self) -> None:
        """Let everything happen that will; the clock stops with the last of it."""
        self._happen(inf)

    def _happen(self, until_s: float) -> None:
        queue = self._queue
        while queue and queue[0][0] <= until_s:
            self._now, _, _, event = heappop(queue)
            callbacks = event.callbacks
            event.callbacks = None  # type: ignore[assignment]  # SimPy's mark of what has happened
            for callback in callbacks:
                callback(event)
            if not event._ok and not event.defused:  # noqa: SLF001 (as SimPy reads it: a property costs a call)
                raise event.value  # type: ignore[misc]  # what a failed process raised
