"""The panel's own time: whole epoch seconds that run at a speed, stand still, step and jump, and never go back."""

from __future__ import annotations

import math
from collections.abc import Callable

from emulator.errors import ClockRefusedError

MAX_SPEED = 3600.0
"""Simulated seconds per second, at most: one hour per second."""

EARLIEST_TICK = 0
LATEST_TICK = 4_102_444_800
"""2100-01-01T00:00Z: the farthest a panel may be started at, stepped or jumped to."""


class PanelClock:
    """`tick()` = start + speed x the seconds of `monotonic` since, rounded down; speed 0 is a frozen clock."""

    def __init__(self, start: int, *, speed: float = 1.0, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._tick = _within_calendar(start)
        self._fraction = 0.0
        self._speed = _allowed_speed(speed)
        self._anchor = monotonic()

    def tick(self) -> int:
        """The panel's time in epoch seconds."""
        return self._tick + int(self._fraction + self._speed * (self._monotonic() - self._anchor))

    @property
    def speed(self) -> float:
        """Simulated seconds per second of `monotonic`, 0 to 3600."""
        return self._speed

    def set_speed(self, speed: float) -> None:
        """Go on from the present tick at `speed`; ClockRefusedError outside 0 to 3600."""
        allowed = _allowed_speed(speed)
        self._settle()
        self._speed = allowed

    def freeze(self) -> None:
        """Stand still until `set_speed`, `step` or `jump`."""
        self.set_speed(0.0)

    def step(self, seconds: int) -> int:
        """Go `seconds` ahead at once and return the new tick; ClockRefusedError when negative or beyond 2100."""
        return self.jump(self.tick() + _whole(seconds))

    def jump(self, tick: int) -> int:
        """Go to `tick` at once and return it; ClockRefusedError when that is in the panel's past or beyond 2100."""
        self._settle()
        if _whole(tick) < self._tick:
            raise ClockRefusedError(f"the panel's time never goes back: it is {self._tick}, {tick} is earlier")
        self._tick, self._fraction = _within_calendar(tick), 0.0
        return self._tick

    def _settle(self) -> None:
        """Move the anchor to now, keeping the part of a second that has passed."""
        now = self._monotonic()
        passed = self._fraction + self._speed * (now - self._anchor)
        self._tick, self._fraction, self._anchor = self._tick + int(passed), passed % 1.0, now


def _allowed_speed(speed: float) -> float:
    if isinstance(speed, bool) or not math.isfinite(speed) or not 0.0 <= speed <= MAX_SPEED:
        raise ClockRefusedError(f"speed {speed!r} is not a number from 0 (frozen) to {MAX_SPEED:g}")
    return float(speed)


def _whole(seconds: int) -> int:
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        raise ClockRefusedError(f"{seconds!r} is not a whole number of seconds")
    return seconds


def _within_calendar(tick: int) -> int:
    if not EARLIEST_TICK <= _whole(tick) <= LATEST_TICK:
        raise ClockRefusedError(f"{tick} is not between {EARLIEST_TICK} (1970) and {LATEST_TICK} (2100) epoch seconds")
    return tick
