"""The one simulated clock, in seconds."""

from __future__ import annotations

from simpy import Environment


class Clock(Environment):
    """SimPy's, which can also be set to a time at which nothing happens.

    SimPy's own `run(until=...)` leaves an event of its own behind and rounds the time: then a plant that was looked at
    on its way would not repeat to the byte.
    """

    def run_to(self, time_s: float) -> None:
        """Let everything happen up to `time_s`, that instant included, and set the clock there if it is behind."""
        queue, step = self._queue, self.step
        while queue and queue[0][0] <= time_s:
            step()
        self._now = max(self._now, time_s)
