"""How fast simulated time goes at this moment, in simulated seconds a second. What happens does not depend on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Protocol

from clients.plant.models import MACHINES
from server.plant.batch import VisitState
from server.plant.simulation import PlantSimulation

SHOWN_S, SHORTEST_S = 1.2, 0.3
"""How long the longest work under way shall show, and the shortest must."""
SETUP_SHOWN_S = 0.15
WAITING_SHOWN_S = 0.3
"""Where nothing is worked at (a repair, or a batch that waits): until the next thing happens."""


class Pace(Protocol):
    """`goes_on_idle`: whether the clock runs on in a plant in which nothing will happen."""

    @property
    def goes_on_idle(self) -> bool:
        """See above."""

    def rate(self, simulation: PlantSimulation) -> float:
        """From now to the next event, in simulated seconds a second: above 0, infinite for as fast as possible."""


class Fastest:
    """As fast as possible."""

    goes_on_idle = False

    def rate(self, simulation: PlantSimulation) -> float:  # noqa: ARG002 (a Pace is given it)
        """Nothing is waited for."""
        return inf


@dataclass(frozen=True, slots=True)
class Steady:
    """So many simulated seconds a second, above 0."""

    factor: float
    goes_on_idle = True

    def rate(self, simulation: PlantSimulation) -> float:  # noqa: ARG002 (likewise)
        """Always the same."""
        return self.factor


class Visible:
    """So that people can watch: the longest work under way takes SHOWN_S, unless the shortest then went too quickly.

    One batch alone is thus seen at every machine, and is through the plant in 10 to 20 seconds. In a full plant mixers
    take hours and the store ten days: then the mixers' SHORTEST_S counts, and the store takes as long as it must.
    """

    goes_on_idle = False

    def rate(self, simulation: PlantSimulation) -> float:
        """See above."""
        longest = shortest = 0.0
        for work_s, shown_s, least_s in _under_way(simulation):
            longest = max(longest, work_s / shown_s)
            shortest = min(shortest or inf, work_s / least_s)
        if longest > 0:
            return min(longest, shortest)
        at_s = simulation.next_event_time()
        wait_s = 0.0 if at_s is None else at_s - simulation.now_s
        return wait_s / WAITING_SHOWN_S if wait_s > 0 else inf


def _under_way(simulation: PlantSimulation) -> Iterator[tuple[float, float, float]]:
    """Of each piece of work: its simulated length, how long it shall show and how long it must."""
    for key in MACHINES:
        machine, setup_s = simulation.machine(key), simulation.configuration.machines[key].setup_s
        for batch in machine.inside:
            visit = batch.visits[machine.index]
            if visit is not None and visit.state is VisitState.WORKING:
                yield visit.duration_s, SHOWN_S, SHORTEST_S
            elif visit is not None and visit.state is VisitState.SETUP and setup_s > 0:
                yield setup_s, SETUP_SHOWN_S, SETUP_SHOWN_S / 2
