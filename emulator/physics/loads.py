"""What every load would draw, tick by tick, if all relays were closed and the grid were up.

A block is table look-ups (24 factors or the sun, as a row of minutes per load and day), gates that cut stretches out,
and noise by counter: no sine, exponential or state per tick. Tables hold no chance, so panels of one layout share them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emulator.configuration.layout import Battery, Demand, Gate, PanelConfig, Placement, Sessions, Source
from emulator.physics import noise
from emulator.physics.gates import Stretch, stretches
from emulator.physics.local_time import Span, span_at
from emulator.physics.sun import MINUTES_A_DAY, clear_sky

Floats = NDArray[np.float64]
Milliwatts = NDArray[np.int64]

_DRIFT_SHIFT: Final = 6
"""Loads wander from one level to the next within 64 s ..."""
_CLOUD_SHIFT: Final = 9
"""... and clouds within 512 s."""
_BEYOND: Final = 1e12
"""Makes a limit that nothing reaches of any power, and 0 of 0."""
_STEP_MW: Final = 2
"""Powers are even milliwatts, so that each leg of a two-pole load carries exactly half."""
_SPLIT_STEP_MW: Final = 200
"""Loads split by percentages carry whole even milliwatts on both legs."""

_AHEAD: Final = 8
"""Gates are worked out for so many blocks at once: most runs outlast a block."""
_WORK: Final = noise.Workspace()
TABLES: Final = 32
"""Layouts times days whose tables are kept, 0.3 MB each: around midnight, panels of one layout are in two days."""


class Loads:
    """The loads of one panel under one seed; `natural` is a pure function of the ticks asked for."""

    def __init__(self, config: PanelConfig, seed: int) -> None:
        self._layout = config.placements, config.time_zone, config.latitude, config.longitude
        placements = config.placements
        names = [f"{index}:{placement.tabs}" for index, placement in enumerate(placements)]
        self._fast = noise.keys(seed, [*names, "lugs"], "flicker")
        self._slow = noise.keys(seed, names, "drift")
        self._clouds = noise.keys(seed, ["sky"], "clouds")
        self._days = noise.key(seed, "sky", "days")
        self._gates: list[tuple[int, Gate, int]] = [
            (row, placement.load.gate, noise.key(seed, names[row], "gate"))
            for row, placement in enumerate(placements)
            if isinstance(placement.load, Demand) and placement.load.gate is not None
        ]
        self._suns = [row for row, placement in enumerate(placements) if isinstance(placement.load, Source)]
        self._cloudiness = _column([p.load.cloudiness for p in placements if isinstance(p.load, Source)])
        self._traits = np.array([_traits(placement) for placement in placements], dtype=np.float64).reshape(-1, 6)
        self._enter(span_at(config.time_zone, 0))

    def span(self, tick: int) -> Span:
        """The run of one local date and offset that `tick` is in; a block must not leave it."""
        if not self._span.start <= tick < self._span.end:
            self._enter(span_at(self._layout[1], tick))
        return self._span

    def _enter(self, span: Span) -> None:
        self._span = span
        self._tables = minute_tables(*self._layout, span)
        self._opened: dict[int, tuple[int, int, list[Stretch]]] = {}

    def natural(self, first: int, count: int) -> tuple[Milliwatts, Floats]:
        """Power in mW, positive = consumption: a row per load, a column per tick; batteries 0. Within one span.

        With it comes the flicker (-1..1) of what the feed-through lugs pass on.
        """
        span = self.span(first)
        base = _per_tick(self._tables, span, first, count)
        self._close_gates(base, span, first, count)
        self._pass_clouds(base, span, first, count)
        running = np.flatnonzero(base.any(axis=1))  # most loads are off most of the time: their noise is not heard
        flicker = noise.flicker(self._fast[np.append(running, -1)], first, count, _WORK)
        power = np.zeros(base.shape, dtype=np.int64)
        power[running] = self._wavering(base[running], running, flicker[:-1], first)
        return power, flicker[-1]

    def _wavering(self, base: Floats, rows: NDArray[np.intp], flicker: Floats, first: int) -> Milliwatts:
        """What those rows draw about their `base`; overwrites that and the flicker."""
        noisy, variation, low, high, per_step, step = self._traits[rows].T[:, :, None]
        power = flicker
        power *= noisy
        power += 1.0
        power += noise.drift(self._slow[rows], variation, _DRIFT_SHIFT, first, base.shape[1], _WORK)
        power *= base
        np.maximum(power, low, out=power)
        np.minimum(power, high, out=power)
        base *= _BEYOND
        np.minimum(power, base, out=power)  # what its hour or gate has switched off draws nothing, not its least
        power *= per_step
        np.floor(power, out=power)
        power *= step
        return power.astype(np.int64)

    def _close_gates(self, base: Floats, span: Span, first: int, count: int) -> None:
        for row, gate, stream in self._gates:
            known_from, known_to, opened = self._opened.get(row, (0, 0, []))
            if not known_from <= first <= first + count <= known_to:
                begin, end = (span.start, span.end) if isinstance(gate, Sessions) else (first, first + _AHEAD * count)
                opened = sorted(stretches(gate, stream, span, begin, end, self._layout[2]))
                self._opened[row] = begin, end, opened
            _keep(base[row], opened, first)

    def _pass_clouds(self, base: Floats, span: Span, first: int, count: int) -> None:
        """One sky for all sources: how overcast the day is, times clouds that come and go."""
        lit = base[self._suns]
        if not lit.any():
            return
        overcast = noise.chance(self._days, span.date.toordinal())
        cover = noise.drift(self._clouds, np.array([[1.2]]), _CLOUD_SHIFT, first, count)[0]
        cover += 0.2 + overcast
        cover = np.minimum(np.maximum(cover, 0.0), 1.0)
        base[self._suns] = lit * (1.0 - self._cloudiness * (overcast * cover))


def _keep(row: Floats, opened: list[Stretch], first: int) -> None:
    """Zero what lies between the stretches, which come in order of their beginnings."""
    until, last = first, first + len(row)
    for begin, end in opened:
        if end <= until:
            continue
        if begin >= last:
            break
        if begin > until:
            row[until - first : begin - first] = 0.0
        until = end
    if until < last:
        row[until - first :] = 0.0


def step_mw(placement: Placement) -> int:
    """What the powers of this load are multiples of, in mW."""
    return _STEP_MW if set(placement.shares) <= {0, 50, 100} else _SPLIT_STEP_MW


def _traits(placement: Placement) -> tuple[float, ...]:
    """Noise, variation, least and most mW, and the step of its powers: how many to the mW, and how many mW, signed."""
    load, step = placement.load, float(step_mw(placement))
    if isinstance(load, Source):
        return load.noise, 0.0, 0.0, load.nameplate_w * 1000, 1.0 / step, -step
    if isinstance(load, Demand):
        return load.noise, load.variation, load.low_w * 1000, load.high_w * 1000, 1.0 / step, step
    return 0.0, 0.0, 0.0, 0.0, 1.0 / step, step


def _column(values: list[float]) -> Floats:
    return np.array(values, dtype=np.float64).reshape(-1, 1)


def _per_tick(tables: Floats, span: Span, first: int, count: int) -> Floats:
    """Each minute of the tables as often as its seconds are asked for."""
    begin = first - span.zero
    low, high = begin // 60, (begin + count - 1) // 60
    edges = np.arange(low, high + 2) * 60
    edges[0], edges[-1] = begin, begin + count
    rows = _WORK.floats("base", len(tables), count)
    return np.take(tables, np.repeat(np.arange(low, high + 1), np.diff(edges)), axis=1, out=rows, mode="clip")


@lru_cache(maxsize=TABLES)
def minute_tables(
    placements: tuple[Placement, ...], _zone: str, latitude: float, longitude: float | None, span: Span
) -> Floats:
    """Typical power in mW for each minute of the span's date: a row per load, never negative."""
    rows = [_minutes(placement, span, latitude, longitude) for placement in placements]
    return np.array(rows, dtype=np.float64).reshape(-1, MINUTES_A_DAY)


def _minutes(placement: Placement, span: Span, latitude: float, longitude: float | None) -> Floats:
    load = placement.load
    if isinstance(load, Battery):
        return np.zeros(MINUTES_A_DAY)
    if isinstance(load, Demand):
        return np.repeat(np.array(load.hours) * load.typical_w * 1000.0, 60)
    shape = clear_sky(span, latitude, longitude) if load.hours is None else np.repeat(np.array(load.hours), 60)
    return np.minimum(np.rint(shape * load.peak_w * 1000.0), load.nameplate_w * 1000.0)
