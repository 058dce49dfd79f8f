"""A cell as an equivalent circuit, for data that looks and behaves like a cycler's and belongs to nobody.

An open-circuit voltage over state of charge, a series resistance and one RC pair, after G. L. Plett, Journal of Power
Sources 134 (2004) 262-276; a lumped heat balance; capacity that falls with the square root of the cycles and resistance
that rises with them. The numbers of each chemistry are of the right size and of no particular product.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

AMBIENT_DEG_C = 25.0
SECONDS_PER_HOUR = 3600.0
HOLD_AT_MOST_S = 4 * SECONDS_PER_HOUR
HOLD_STEP_S = 4.0
"""Well below the time in which any of these cells' current answers a change of its charge, so that it settles."""


@dataclass(frozen=True, slots=True)
class Chemistry:
    """A cell's make-up.

    The open-circuit voltage at state of charge z (0 to 1) is

    `base_v + slope_v z - foot_v exp(-foot_rate z) + head_v exp(-head_rate (1 - z))`,

    and lies outside the voltage limits at both ends, so that every full charge and discharge ends at a limit.
    `fade_per_root_cycle` and `growth_per_cycle` are fractions of the new cell's capacity and resistances.
    """

    name: str
    capacity_a_h: float
    voltage_min_v: float
    voltage_max_v: float
    base_v: float
    slope_v: float
    foot_v: float
    foot_rate: float
    head_v: float
    head_rate: float
    series_ohm: float
    pair_ohm: float
    pair_s: float
    heat_j_per_k: float
    cooling_w_per_k: float
    fade_per_root_cycle: float
    growth_per_cycle: float

    def open_circuit_v(self, soc: Values) -> Values:
        """The voltage at rest, for each state of charge."""
        foot = self.foot_v * np.exp(-self.foot_rate * soc)
        head = self.head_v * np.exp(-self.head_rate * (1.0 - soc))
        return np.asarray(self.base_v + self.slope_v * soc - foot + head)

    def open_circuit_v_at(self, soc: float) -> float:
        """The same for one state of charge, without the cost of an array."""
        foot = self.foot_v * math.exp(-self.foot_rate * soc)
        return self.base_v + self.slope_v * soc - foot + self.head_v * math.exp(-self.head_rate * (1.0 - soc))


LFP = Chemistry("LFP", 2.5, 2.5, 3.65, 3.26, 0.07, 0.86, 28.0, 0.34, 22.0, 0.012, 0.010, 30.0, 76.0, 0.10, 0.004, 2e-4)
NMC811 = Chemistry(
    "NMC811", 5.0, 2.8, 4.2, 3.44, 0.70, 0.72, 16.0, 0.08, 18.0, 0.020, 0.014, 40.0, 68.0, 0.11, 0.011, 9e-4
)
LCO = Chemistry("LCO", 3.0, 3.0, 4.2, 3.66, 0.48, 0.70, 26.0, 0.08, 20.0, 0.028, 0.018, 35.0, 42.0, 0.09, 0.014, 12e-4)


@dataclass(frozen=True, slots=True)
class Phase:
    """What a cycler would have seen while it did one thing. `seconds` begin at 0; positive current discharges.

    `passed_a_h` is the charge that went through since the phase began, whichever way, 0 or more.
    """

    seconds: Values
    voltage_v: Values
    current_a: Values
    temperature_deg_c: Values
    passed_a_h: Values


class Cell:
    """One cell of a chemistry: `scale` is its capacity against the nominal one. Starts empty and at ambient."""

    def __init__(self, chemistry: Chemistry, scale: float = 1.0) -> None:
        self.chemistry = chemistry
        self.cycles = 0.0
        self._new_a_h = chemistry.capacity_a_h * scale
        self._soc = 0.02
        self._pair_v = 0.0
        self._temperature = AMBIENT_DEG_C

    @property
    def capacity_a_h(self) -> float:
        """What it holds at its present age."""
        return self._new_a_h * (1.0 - self.chemistry.fade_per_root_cycle * math.sqrt(self.cycles))

    @property
    def soc(self) -> float:
        """How full it is, 0 to 1."""
        return self._soc

    def drive(self, current_a: float, every_s: float, for_s: float = math.inf) -> Phase:
        """Constant current (positive discharges, 0 rests) until a voltage limit is met, or for so long."""
        seconds = self._sampled(current_a, every_s, for_s)
        voltage = self._under(current_a, seconds)[0]
        end = self._meets_limit(current_a, seconds, voltage)
        if end is not None:
            seconds = np.append(seconds[seconds < end], end)
        voltage, soc, pair, temperature = self._under(current_a, seconds)
        self._soc, self._pair_v, self._temperature = float(soc[-1]), float(pair[-1]), float(temperature[-1])
        passed = abs(current_a) * seconds / SECONDS_PER_HOUR
        return Phase(seconds, voltage, np.full(len(seconds), current_a), temperature, passed)

    def hold(self, voltage_v: float, until_a: float, every_s: float) -> Phase:
        """Constant voltage while charging, until the current has fallen to `until_a`.

        Raises ValueError when the cell would discharge at this voltage.
        """
        current = self._current_at(voltage_v, self._soc, self._pair_v)
        if current >= 0.0:
            raise ValueError(f"a cell at {self._soc:.0%} does not charge at {voltage_v} V")
        rows = [(0.0, current, self._temperature, 0.0)]
        while -current > until_a and rows[-1][0] < HOLD_AT_MOST_S:
            soc = self._soc
            current = self._held(voltage_v, current, every_s)
            seconds, _, _, passed = rows[-1]
            passed += (self._soc - soc) * self.capacity_a_h
            rows.append((seconds + every_s, current, self._temperature, passed))
        seconds_, currents, temperatures, passed_ = np.array(rows).T
        return Phase(seconds_, np.full(len(rows), voltage_v), currents, temperatures, passed_)

    def _held(self, voltage_v: float, current_a: float, for_s: float) -> float:
        """Go on at constant voltage, by Heun's method; the current at the end."""
        steps = math.ceil(for_s / HOLD_STEP_S)
        for _ in range(steps):
            soc, pair_v, _ = self._after(current_a, for_s / steps)
            mean = (current_a + self._current_at(voltage_v, soc, pair_v)) / 2
            self._soc, self._pair_v, self._temperature = self._after(mean, for_s / steps)
            current_a = min(self._current_at(voltage_v, self._soc, self._pair_v), 0.0)
        return current_a

    def _resistances(self) -> tuple[float, float]:
        growth = 1.0 + self.chemistry.growth_per_cycle * self.cycles
        return self.chemistry.series_ohm * growth, self.chemistry.pair_ohm * growth

    def _sampled(self, current_a: float, every_s: float, for_s: float) -> Values:
        """When it is looked at, no longer than the charge lasts that is left to take or give."""
        left = (self._soc if current_a > 0 else 1.0 - self._soc) * self.capacity_a_h * SECONDS_PER_HOUR
        longest = min(for_s, left / abs(current_a) if current_a else math.inf)
        return np.append(np.arange(0.0, longest - every_s * 1e-3, every_s), longest)

    def _under(self, current_a: float, seconds: Values) -> tuple[Values, Values, Values, Values]:
        """Voltage, state of charge, the RC pair's voltage and temperature, so long after constant current began.

        The heat is taken as that of the settled circuit, I^2 (R0 + R1).
        """
        series, pair = self._resistances()
        chemistry = self.chemistry
        soc = self._soc - current_a * seconds / (SECONDS_PER_HOUR * self.capacity_a_h)
        settled_v = current_a * pair
        pair_v = settled_v + (self._pair_v - settled_v) * np.exp(-seconds / chemistry.pair_s)
        settled_deg_c = AMBIENT_DEG_C + current_a**2 * (series + pair) / chemistry.cooling_w_per_k
        cooling = np.exp(-seconds * chemistry.cooling_w_per_k / chemistry.heat_j_per_k)
        temperature = settled_deg_c + (self._temperature - settled_deg_c) * cooling
        return chemistry.open_circuit_v(soc) - current_a * series - pair_v, soc, pair_v, temperature

    def _meets_limit(self, current_a: float, seconds: Values, voltage_v: Values) -> float | None:
        """When the limit that this current leads to is met, between two samples; None when it is not."""
        if not current_a:
            return None
        low, high = self.chemistry.voltage_min_v, self.chemistry.voltage_max_v
        beyond = low - voltage_v if current_a > 0 else voltage_v - high
        at = int(np.argmax(beyond >= 0.0))
        if beyond[at] < 0.0:
            return None
        return float(np.interp(0.0, beyond[at - 1 : at + 1], seconds[at - 1 : at + 1])) if at else 0.0

    def _current_at(self, voltage_v: float, soc: float, pair_v: float) -> float:
        return (self.chemistry.open_circuit_v_at(soc) - pair_v - voltage_v) / self._resistances()[0]

    def _after(self, current_a: float, every_s: float) -> tuple[float, float, float]:
        """State of charge, the pair's voltage and temperature after a short while of this current."""
        series, pair = self._resistances()
        soc = self._soc - current_a * every_s / (SECONDS_PER_HOUR * self.capacity_a_h)
        settled_v = current_a * pair
        pair_v = settled_v + (self._pair_v - settled_v) * math.exp(-every_s / self.chemistry.pair_s)
        settled_deg_c = AMBIENT_DEG_C + current_a**2 * (series + pair) / self.chemistry.cooling_w_per_k
        cooling = math.exp(-every_s * self.chemistry.cooling_w_per_k / self.chemistry.heat_j_per_k)
        return soc, pair_v, settled_deg_c + (self._temperature - settled_deg_c) * cooling
