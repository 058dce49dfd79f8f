"""A scenario being played on a panel: what is due, in order, each at its own tick however late anybody looks."""

from __future__ import annotations

import heapq
import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from emulator.errors import EmulatorError
from emulator.physics import noise
from emulator.scenarios.action import Occasion
from emulator.scenarios.scenario import Scenario, Step

if TYPE_CHECKING:
    from emulator.panel import EmulatedPanel

MAX_SKIPPED: Final = 100
"""Refusals that are remembered of what could not be done when its time had come."""


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """Step `row` for the `number`-th time; endings come before beginnings of the same tick."""

    tick: int
    begins: bool
    row: int
    number: int
    occasion: Occasion = field(compare=False)


class Play:
    """One scenario on one panel from tick `began` on. ScenarioRefusedError when the panel lacks what it needs."""

    def __init__(self, scenario: Scenario, panel: EmulatedPanel, began: int) -> None:
        self.scenario, self.began = scenario, began
        self.skipped: deque[str] = deque(maxlen=MAX_SKIPPED)
        self.done = 0
        self._panel = panel
        self._present: int | None = None
        self._streams = [noise.key(panel.seed, "scenario", scenario.name, row) for row in range(len(scenario.steps))]
        firsts = scenario.beginnings(panel, began)
        self._due = [self._beginning(row, 0, first) for row, first in enumerate(firsts)]
        heapq.heapify(self._due)

    @property
    def name(self) -> str:
        """The scenario's."""
        return self.scenario.name

    @property
    def next_tick(self) -> int | None:
        """When something happens next; None when all has."""
        return self._due[0].tick if self._due else None

    def caught_up(self, tick: int) -> int:
        """Do all that is due until `tick`, and return it; while a thing is done, the tick at which it is due."""
        if self._present is not None:
            return self._present
        while self._due and self._due[0].tick <= tick:
            self._happen(heapq.heappop(self._due))
        return tick

    def stop(self, tick: int) -> None:
        """Undo at `tick` what is held for a time, and take all of its faults away."""
        held = sorted(due for due in self._due if not due.begins)
        self._due.clear()
        for due in held:
            self._perform(due, tick)
        self._panel.faults.clear(f"{self.name}/")

    def as_json(self) -> dict[str, object]:
        """What is played, how far it is, and what could not be done."""
        return {
            "name": self.name,
            "description": self.scenario.description,
            "good_client": self.scenario.good_client,
            "began_tick": self.began,
            "done": self.done,
            "next_tick": self.next_tick,
            "skipped": list(self.skipped),
        }

    def _happen(self, due: Due) -> None:
        step = self.scenario.steps[due.row]
        if due.begins:
            self._plan_on(due, step)
        self._perform(due, due.tick)

    def _plan_on(self, due: Due, step: Step) -> None:
        if step.lasts_s is not None:
            end = Due(due.tick + step.lasts_s, False, due.row, due.number, due.occasion)  # noqa: FBT003  # it ends
            heapq.heappush(self._due, end)
        if step.every_s is not None and due.number + 1 < step.times:
            swing = 2 * noise.chance(self._streams[due.row], due.number) - 1
            after = due.tick + step.every_s + math.floor(step.jitter_s * swing + 0.5)
            heapq.heappush(self._due, self._beginning(due.row, due.number + 1, after))

    def _perform(self, due: Due, tick: int) -> None:
        action = self.scenario.steps[due.row].action
        self._present = tick
        try:
            (action.do if due.begins else action.undo)(self._panel, due.occasion)
            self.done += 1
        except EmulatorError as error:  # the world has changed since it was checked: a client did something, say
            self.skipped.append(f"{tick}: step {due.row + 1}: {error}")
        finally:
            self._present = None

    def _beginning(self, row: int, number: int, tick: int) -> Due:
        step = self.scenario.steps[row]
        occasion = Occasion(self.scenario.by, f"{self.name}/{row + 1}.{number + 1}", step.lasts_s)
        return Due(tick, True, row, number, occasion)  # noqa: FBT003  # it begins
