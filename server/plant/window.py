"""Key figures over the last while of a run, beside those of the whole of it: the difference of two totals.

Between two events every total grows evenly, so the totals that stood behind an event tell of each time up to the next.
They are kept for each time that something happened, the more thinly the longer ago: the n-th, where n has t trailing
zero bits, until FINE x 2^t more have come. So of the newest FINE / 2 such times any window is exact; a longer one
begins at most about 2 / FINE of the times in it earlier than was asked for, and of a run of whatever length no more
than MOST totals are kept.
"""

from __future__ import annotations

from collections import deque

from clients.plant.models import MachineFigures, MachineKey, PlantFigures
from server.plant.events import PlantEvent
from server.plant.kpi import Kpis
from server.plant.totals import NOTHING, PlantTotals

FINE = 64
LEVELS = 24
MOST = (LEVELS + 1) * (FINE // 2 + 1)
"""About 800. What is older than the last level reaches (500 million times) is told of with the whole run."""


class Windows:
    """Listens to a run in the place of its Kpis, which hear of each event from here."""

    def __init__(self, kpis: Kpis) -> None:
        self._kpis = kpis
        self._kept: tuple[deque[tuple[int, float, float, PlantTotals]], ...] = tuple(deque() for _ in range(LEVELS))
        self._number, self._event_s = 0, 0.0

    def __len__(self) -> int:
        return sum(map(len, self._kept))

    def take(self, event: PlantEvent) -> None:
        """Count one event; they come in their order, from the first."""
        if event.time_s > self._event_s:
            self._keep(event.time_s)
            self._event_s = event.time_s
        self._kpis.take(event)

    def figures(self, now_s: float, window_s: float | None = None) -> PlantFigures:
        """Over about the last `window_s` seconds before `now_s` (`since_s` says from when on); None: the whole run."""
        return self._kpis.figures(now_s, NOTHING if window_s is None else self._before(now_s - window_s))

    def machine(self, key: MachineKey, now_s: float) -> MachineFigures:
        """Of one machine over the whole run, up to `now_s`."""
        return self._kpis.machine(key, now_s)

    def _keep(self, until_s: float) -> None:
        """The present totals hold from the newest event up to another time's events."""
        self._number += 1
        level = min((self._number & -self._number).bit_length(), LEVELS) - 1
        self._kept[level].append((self._number, self._event_s, until_s, self._kpis.totals()))
        for each, kept in enumerate(self._kept[: self._number.bit_length()]):
            if kept and kept[0][0] <= self._number - (FINE << each):
                kept.popleft()

    def _before(self, wanted_s: float) -> PlantTotals:
        """The totals of the latest time up to the wanted one that they are known of; what happens then comes after."""
        if wanted_s > self._event_s:
            return self._kpis.totals().until(wanted_s)
        earlier = [place for kept in self._kept for place in kept if place[1] < wanted_s]
        if not earlier:
            return NOTHING
        _, _, until_s, totals = max(earlier)
        return totals.until(min(wanted_s, until_s))
