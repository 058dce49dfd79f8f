"""What is done to the demo's cells: formation, rate tests, ageing, pulses; and what a cycler writes meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clients.cells import models
from server.cells.demo.model import Cell, Phase

Columns = Mapping[str, NDArray[Any]]
Protocol = Callable[["Cycler"], None]

SWITCHING_S = 0.1
"""A cycler's pause between two steps: the current is off, and no two rows have the same time."""
VOLTAGE_NOISE_V = 1e-4
RATES_C = (0.1, 0.2, 0.5, 1.0, 2.0)
FORMATION_C = (0.05, 0.1, 0.1)


@dataclass(frozen=True, slots=True)
class _Step:
    phase: Phase
    started_s: float
    cycle: int


class Cycler:
    """Does one step after the other to a cell, and writes down what it sees. `dice` is the noise of its voltmeter."""

    def __init__(self, cell: Cell, dice: np.random.Generator) -> None:
        self.cell = cell
        self.rows = 0
        self._dice = dice
        self._steps: list[_Step] = []
        self._now_s = 0.0
        self._cycle = 0

    def discharge(self, rate_c: float, every_s: float) -> None:
        """Constant current to the lower limit; `rate_c` against the nominal capacity."""
        self._keep(self.cell.drive(rate_c * self.cell.chemistry.capacity_a_h, every_s))

    def charge(self, rate_c: float, every_s: float, until_c: float = 0.05) -> None:
        """Constant current to the upper limit, then constant voltage until the current is `until_c`."""
        nominal = self.cell.chemistry.capacity_a_h
        self._keep(self.cell.drive(-rate_c * nominal, every_s))
        self._keep(self.cell.hold(self.cell.chemistry.voltage_max_v, until_c * nominal, every_s))

    def rest(self, for_s: float, every_s: float) -> None:
        """No current."""
        self._keep(self.cell.drive(0.0, every_s, for_s))

    def pulse(self, rate_c: float, for_s: float, every_s: float) -> None:
        """Constant current for so long; negative rates charge."""
        self._keep(self.cell.drive(rate_c * self.cell.chemistry.capacity_a_h, every_s, for_s))

    def next_cycle(self) -> None:
        """What follows belongs to the next cycle, and the cell is one cycle older."""
        self._cycle += 1
        self.cell.cycles += 1

    def columns(self, at_most: int | None = None) -> Columns:
        """All rows, or the first so many, rounded as a cycler rounds."""
        names = [self._columns_of(number, step) for number, step in enumerate(self._steps)]
        whole = {name: np.concatenate([each[name] for each in names])[:at_most] for name in names[0]}
        noise = self._dice.normal(0.0, VOLTAGE_NOISE_V, self.rows)[:at_most]
        whole[models.VOLTAGE] = np.round(whole[models.VOLTAGE] + noise, 4)
        return whole

    def _keep(self, phase: Phase) -> None:
        self._steps.append(_Step(phase, self._now_s, self._cycle))
        self.rows += len(phase.seconds)
        self._now_s += float(phase.seconds[-1]) + SWITCHING_S
        self.cell.drive(0.0, SWITCHING_S, SWITCHING_S)

    def _columns_of(self, number: int, step: _Step) -> dict[str, NDArray[Any]]:
        phase, rows = step.phase, len(step.phase.seconds)
        charges, nothing = phase.current_a[0] < 0, np.zeros(rows)
        passed = np.round(phase.passed_a_h, 6) if phase.current_a[0] else nothing
        return {
            models.TIME: np.round(step.started_s + phase.seconds, 3),
            models.VOLTAGE: phase.voltage_v,
            models.CURRENT: np.round(phase.current_a, 5),
            models.TEMPERATURE: np.round(phase.temperature_deg_c, 2),
            models.STEP_COUNT: np.full(rows, number, np.int64),
            models.CYCLE_COUNT: np.full(rows, step.cycle, np.int64),
            models.CHARGE_CAPACITY: passed if charges else nothing,
            models.DISCHARGE_CAPACITY: nothing if charges else passed,
        }


def formation(cycler: Cycler) -> None:
    """Three slow cycles; the cell ends half full, as it is shipped."""
    for rate_c in FORMATION_C:
        every_s = 3.0 / rate_c
        cycler.charge(rate_c, every_s, until_c=rate_c / 2)
        cycler.rest(1800, 30)
        cycler.discharge(rate_c, every_s)
        cycler.rest(1800, 30)
        cycler.next_cycle()
    cycler.pulse(-0.2, for_s=2.5 * 3600, every_s=15)


def rate_test(cycler: Cycler) -> None:
    """C/10 to 2C: the faster it is emptied, the less comes out."""
    for rate_c in RATES_C:
        cycler.charge(1 / 3, every_s=15)
        cycler.rest(1800, 30)
        cycler.discharge(rate_c, every_s=2.0 / rate_c)
        cycler.rest(1800, 30)
        cycler.next_cycle()


def pulses(cycler: Cycler) -> None:
    """From full to a tenth: 10 s at 1C out, 40 s of rest, 10 s at 0.75C in, then a tenth of the capacity out."""
    cycler.charge(1 / 3, every_s=15)
    cycler.rest(3600, 30)
    for _ in range(8):
        cycler.pulse(1 / 3, for_s=1080, every_s=5)
        cycler.rest(1800, 10)
        cycler.pulse(1.0, for_s=10, every_s=0.1)
        cycler.rest(40, 0.5)
        cycler.pulse(-0.75, for_s=10, every_s=0.1)
        cycler.rest(600, 5)
    cycler.discharge(1 / 3, every_s=5)
    cycler.rest(1800, 30)
    cycler.next_cycle()


def ageing(cycles: int, every_s: float) -> Protocol:
    """So many cycles of 1C in and out, seen so often."""

    def age(cycler: Cycler) -> None:
        for _ in range(cycles):
            _age_once(cycler, every_s)

    return age


def ageing_of(rows: int, every_s: float) -> Protocol:
    """Cycles of 1C in and out until there are at least so many rows."""

    def age(cycler: Cycler) -> None:
        while cycler.rows < rows:
            _age_once(cycler, every_s)

    return age


def _age_once(cycler: Cycler, every_s: float) -> None:
    cycler.charge(1.0, every_s)
    cycler.rest(600, every_s)
    cycler.discharge(1.0, every_s)
    cycler.rest(600, every_s)
    cycler.next_cycle()
