"""The button in the panel's door: pressed three times it opens a quarter of an hour for registering clients."""

from __future__ import annotations

from typing import Literal

PRESSES_TO_UNLOCK = 3
UNLOCKED_S = 15 * 60
"""How long the third press unlocks, in seconds of the panel's own time: shorter for you on a fast clock."""


class Door:
    """Locked until used. The presses may be any time apart; three more while it is unlocked begin the time again."""

    def __init__(self, *, always_unlocked: bool = False) -> None:
        self._always_unlocked = always_unlocked
        self._presses = 0
        self._pressed_tick: int | None = None
        self._locks_tick = 0

    def unused(self) -> Door:
        """Another door as good as new, unlocked for good where this one is."""
        return Door(always_unlocked=self._always_unlocked)

    def press(self, tick: int) -> str:
        """Press the button once and say what that did."""
        self._presses += 1
        self._pressed_tick = tick
        if self._presses == PRESSES_TO_UNLOCK:
            self._presses = 0
            self._locks_tick = tick + UNLOCKED_S
        return self.describe(tick)

    def lock(self) -> None:
        """Lock at once, also a door that was unlocked for good."""
        self._always_unlocked, self._presses, self._locks_tick = False, 0, 0

    def is_unlocked(self, tick: int) -> bool:
        """Whether a client may register now; /status calls it proximityProven."""
        return self._always_unlocked or tick < self._locks_tick

    def state(self, tick: int) -> Literal["UNKNOWN", "OPEN", "CLOSED"]:
        """UNKNOWN until the door was used; OPEN for a quarter of an hour from the last press; then CLOSED."""
        if self._pressed_tick is None:
            return "UNKNOWN"
        return "OPEN" if tick < self._pressed_tick + UNLOCKED_S else "CLOSED"

    def describe(self, tick: int) -> str:
        """A short line for people: locked or not, and what changes it."""
        if self._always_unlocked:
            return "unlocked for good"
        if tick < self._locks_tick:
            left_s = self._locks_tick - tick
            return f"unlocked for {left_s // 60}:{left_s % 60:02} min of the panel's time"
        left = PRESSES_TO_UNLOCK - self._presses
        return f"locked, {left} more press{'es' if left > 1 else ''} to unlock"
