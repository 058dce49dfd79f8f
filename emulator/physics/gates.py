"""When a load runs: the stretches of time that its gate is open, each a pure function of (stream, local time)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from emulator.configuration.layout import Climate, Cycle, Gate, Sessions
from emulator.physics.local_time import Span
from emulator.physics.noise import chance

Stretch = tuple[int, int]
"""Ticks, the end excluded."""

_JITTER: Final = 0.3
"""How much one run's length differs from the next, of its length, from shortest to longest."""
_WARMEST_DAY: Final = 202
_WARMEST_HOUR: Final = 15.0
_YEAR_DAYS: Final = 365.25


def stretches(gate: Gate, stream: int, span: Span, first: int, last: int, latitude: float) -> list[Stretch]:
    """The open stretches that touch `first`..`last` (excluded), all within one span."""
    if isinstance(gate, Sessions):
        return list(_sessions(gate, stream, span))
    period = gate.period_s if isinstance(gate, Climate) else gate.on_s + gate.off_s
    phase = int(chance(stream, 0) * period)
    cycles = range((first + phase) // period, (last - 1 + phase) // period + 1)
    starts = (cycle * period - phase for cycle in cycles)
    if isinstance(gate, Climate):
        return [_run(start, duty(gate, span, start, latitude) * period, period, stream) for start in starts]
    return [_run(start, float(gate.on_s), period, stream) for start in starts]


def duty(gate: Climate, span: Span, tick: int, latitude: float) -> float:
    """The share of time (0..1) that the machine runs: how far outdoors is from comfort, of `span_c`."""
    outdoors = outdoors_c(gate, span, tick, latitude)
    beyond = max(gate.comfort_low_c - outdoors, outdoors - gate.comfort_high_c, 0.0)
    return min(beyond / gate.span_c, 1.0)


def outdoors_c(gate: Climate, span: Span, tick: int, latitude: float) -> float:
    """Outdoor temperature: a yearly and a daily cosine, warmest in late July (north) and at three in the afternoon."""
    season = math.cos(2 * math.pi * (span.date.timetuple().tm_yday - _WARMEST_DAY) / _YEAR_DAYS)
    hour = math.cos(2 * math.pi * ((tick - span.zero) / 3600 - _WARMEST_HOUR) / 24)
    return gate.mean_c + math.copysign(gate.season_c, latitude) * season + gate.day_c * hour


def mean_duty(gate: Gate | None) -> float:
    """About what share of a year the gate is open; only for plausible counters of a panel that is years old."""
    if isinstance(gate, Cycle):
        return gate.on_s / (gate.on_s + gate.off_s)
    if isinstance(gate, Sessions):
        return min(gate.per_day * (gate.min_s + gate.max_s) / 2 / 86_400, 1.0)
    return 0.25 if gate is not None else 1.0


def _run(start: int, length: float, period: int, stream: int) -> Stretch:
    """One run inside its cycle: a little longer or shorter than the last, somewhere in the cycle's first half."""
    varied = length * (1 + _JITTER * (chance(stream, start) - 0.5)) if 0 < length < period else length
    kept = min(round(varied), period)
    begin = start + int((period - kept) * 0.5 * chance(stream, start + 1))
    return begin, begin + kept


def _sessions(gate: Sessions, stream: int, span: Span) -> Iterator[Stretch]:
    """Today's sessions and those of the days before, which may still last."""
    for back, midnight in enumerate(span.midnights):
        day = (span.date.toordinal() - back) * 256
        for index in range(int(gate.per_day + chance(stream, day))):
            place = gate.from_hour + (gate.to_hour - gate.from_hour) * chance(stream, day + 4 * index + 1)
            length = gate.min_s + (gate.max_s - gate.min_s) * chance(stream, day + 4 * index + 2)
            begin = midnight + int(3600 * place)
            yield begin, begin + int(length)
