"""The panel's battery: all its battery circuits as one bank, integrated in whole numbers tick by tick.

Stored energy counts in mW s times 10,000: charging at P mW for a second adds P * charge_gain, discharging takes
P * discharge_cost. A stretch that touches no limit is summed at once; any other goes tick by tick, to the same values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emulator.configuration.layout import HOURS_A_DAY, Battery, DispatchMode

Integers = NDArray[np.int64]

SCALE: Final = 10_000
_MWS_PER_WH: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Bank:
    """What the panel can store and how fast, over the batteries at `rows`; ratings in even mW."""

    rows: tuple[int, ...]
    charge_mw: tuple[int, ...]
    discharge_mw: tuple[int, ...]
    capacity: int
    reserve: int
    initial: int
    charge_gain: int
    discharge_cost: int
    mode: DispatchMode
    schedule_mw: tuple[int, ...]

    def charge_room(self, stored: int) -> int:
        """The most, in even mW, that one second can still take."""
        return max(self.capacity - stored, 0) // self.charge_gain // 2 * 2

    def discharge_room(self, stored: int, floor: int) -> int:
        """The most, in even mW, that one second can give without falling below `floor`."""
        return max(stored - floor, 0) // self.discharge_cost // 2 * 2

    def allowed(self, wish: int, stored: int, floor: int) -> int:
        """What of a wish (mW, positive = charge) one second can do."""
        if wish > 0:
            return min(wish, self.charge_room(stored))
        return -min(-wish, self.discharge_room(stored, floor))

    def change(self, power: int) -> int:
        """What a second at `power` mW (positive = charge) does to the stored energy."""
        return power * (self.charge_gain if power > 0 else self.discharge_cost)

    def changes(self, powers: Integers) -> Integers:
        """`change` of many."""
        return powers * np.where(powers > 0, self.charge_gain, self.discharge_cost)


def bank_of(batteries: dict[int, Battery]) -> Bank | None:
    """The batteries by row as one bank: sums, and means by capacity. The first one's mode leads."""
    if not batteries:
        return None
    many = list(batteries.values())
    total = sum(b.capacity_wh for b in many)
    capacity = round(total * _MWS_PER_WH) * SCALE
    return Bank(
        rows=tuple(batteries),
        charge_mw=tuple(_even(b.max_charge_w) for b in many),
        discharge_mw=tuple(_even(b.max_discharge_w) for b in many),
        capacity=capacity,
        reserve=round(capacity * sum(b.reserve * b.capacity_wh for b in many) / total),
        initial=round(capacity * sum(b.initial_soc * b.capacity_wh for b in many) / total),
        charge_gain=round(SCALE * sum(b.charge_efficiency * b.capacity_wh for b in many) / total),
        discharge_cost=round(SCALE / (sum(b.discharge_efficiency * b.capacity_wh for b in many) / total)),
        mode=many[0].mode,
        schedule_mw=tuple(_even(sum(b.schedule_w[hour] for b in many)) for hour in range(HOURS_A_DAY)),
    )


def integrated(bank: Bank, stored: int, wish: Integers, floor: int) -> tuple[Integers, Integers]:
    """What is charged (mW, one per tick) of the wish, and the stored energy before each tick and after the last."""
    levels = np.empty(len(wish) + 1, dtype=np.int64)
    levels[0] = stored
    np.cumsum(bank.changes(wish), out=levels[1:])
    levels[1:] += stored
    wrong = ((wish > 0) & (levels[1:] > bank.capacity)) | ((wish < 0) & (levels[1:] < floor))
    if not wrong.any():
        return wish, levels
    powers, start = wish.copy(), int(wrong.argmax())
    at = int(levels[start])
    rest = wish[start:]
    if _idle(bank, at, rest, floor):
        powers[start:] = 0
        levels[start + 1 :] = at
        return powers, levels
    _walk(bank, powers, levels, start, floor)
    return powers, levels


def split(total: Integers, ratings: tuple[int, ...]) -> Integers:
    """`total` over parts in proportion to their ratings, each even and within its own; a row for each part."""
    halves, sums = np.abs(total) // 2, np.cumsum([0, *ratings]) // 2
    steps = halves * sums[:, None] // max(int(sums[-1]), 1)
    parts: Integers = np.diff(steps, axis=0) * 2 * np.sign(total)
    return parts


def _idle(bank: Bank, stored: int, wish: Integers, floor: int) -> bool:
    """Whether nothing can happen: full and only asked to charge, or empty and only asked to give."""
    full = bank.charge_room(stored) == 0 and not (wish < 0).any()
    return full or (bank.discharge_room(stored, floor) == 0 and not (wish > 0).any())


def _walk(bank: Bank, powers: Integers, levels: Integers, start: int, floor: int) -> None:
    stored, wishes = int(levels[start]), powers[start:].tolist()
    given, held = [], []
    for wish in wishes:
        power = bank.allowed(wish, stored, floor)
        stored += bank.change(power)
        given.append(power)
        held.append(stored)
    powers[start:] = given
    levels[start + 1 :] = held


def _even(power_w: float) -> int:
    return round(power_w * 500) * 2
