"""Lets a plant run at a pace, in slices that never hold the event loop for long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import inf, nextafter
from typing import Never

from server.plant.pacing import Pace
from server.plant.simulation import PlantSimulation


@dataclass(frozen=True, slots=True)
class Slices:
    """A slice ends after `longest_s` on the loop or `most_steps` instants of the plant, whichever is first.

    A plant on its way to the next event is looked at every `look_every_s`, so that its progress shows. When it could
    not keep up with the clock for more than `late_s`, it does not hurry after.
    """

    longest_s: float = 0.002
    most_steps: int = 64
    look_every_s: float = 0.1
    late_s: float = 1.0


class Driver:
    """Event loop only. Whoever commands the plant holds `turn` meanwhile, and calls `changed` afterwards.

    `after` is awaited behind each slice, while the turn is still held: the plant never runs ahead of it. It is told how
    long there is nothing to do then, in seconds; None for ever.
    """

    def __init__(
        self,
        simulation: PlantSimulation,
        pace: Pace,
        monotonic: Callable[[], float],
        after: Callable[[float | None], Awaitable[None]],
        slices: Slices | None = None,
    ) -> None:
        self.simulation, self.pace = simulation, pace
        self.turn = asyncio.Lock()
        self._monotonic, self._after, self._slices = monotonic, after, slices or Slices()
        self._woken = asyncio.Event()
        self._anchor(monotonic())

    def changed(self, pace: Pace | None = None, simulation: PlantSimulation | None = None) -> None:
        """The plant was commanded, goes at another pace, or is another one."""
        self.pace, self.simulation = pace or self.pace, simulation or self.simulation
        self._anchor(self._monotonic())
        self._woken.set()

    def catch_up(self) -> None:
        """Set the plant's clock to where the wall clock has it, if nothing happens before; for a command to come."""
        at_s = self.simulation.next_event_time()
        if self._rate < inf and (at_s is not None or self._goes_on_idle):
            target_s = self._from_s + (self._monotonic() - self._since) * self._rate
            before_s = target_s if at_s is None else min(target_s, at_s)
            if before_s > self.simulation.now_s and before_s != at_s:
                self.simulation.run_until(before_s)

    def reach_s(self, within_s: float) -> float:
        """How far the plant's clock gets in so many seconds, if nothing is commanded: short of the next event."""
        now_s, at_s = self.simulation.now_s, self.simulation.next_event_time()
        if at_s is None and not (self._goes_on_idle and self._rate < inf):
            return now_s
        ahead_s = now_s + within_s * self._rate
        return ahead_s if at_s is None else max(now_s, min(ahead_s, nextafter(at_s, -inf)))

    async def run(self) -> Never:
        """For ever."""
        while True:
            self._woken.clear()
            async with self.turn:
                wait_s = self._slice()
                await self._after(wait_s)
            await self._rest(wait_s)

    def _slice(self) -> float | None:
        """How long nothing is to be done; None until there is a command."""
        ends = self._monotonic() + self._slices.longest_s
        for _ in range(self._slices.most_steps):
            wait_s = self._step()
            if wait_s != 0 or self._monotonic() >= ends:
                return wait_s
        return 0.0

    def _step(self) -> float | None:
        """The next instant if it is due, else how long until the next look."""
        at_s = self.simulation.next_event_time()
        due = None if at_s is None else self._since + (at_s - self._from_s) / self._rate
        if due is None or due > self._monotonic():
            self.catch_up()
            looks = due is not None or self._goes_on_idle
            rest_s = inf if due is None else max(due - self._monotonic(), 1e-6)
            return min(rest_s, self._slices.look_every_s) if looks else None
        self.simulation.step()
        self._anchor(max(due, self._monotonic() - self._slices.late_s))
        return 0.0

    def _anchor(self, since: float) -> None:
        """From here on simulated time goes at the rate of this moment; `since` is what the wall clock said."""
        self._from_s, self._since = self.simulation.now_s, since
        self._rate = self.pace.rate(self.simulation)

    @property
    def _goes_on_idle(self) -> bool:
        return self.pace.goes_on_idle and not self.simulation.paused

    async def _rest(self, wait_s: float | None) -> None:
        """Until it is time, or something was changed; at least a turn of the event loop."""
        if wait_s == 0:
            await asyncio.sleep(0)
            return
        try:
            async with asyncio.timeout(wait_s):
                await self._woken.wait()
        except TimeoutError:
            return
