"""When busbar may register by itself with a panel once more: rarely, and ever more rarely while it does not help."""

from __future__ import annotations

from server.panel.limits import Limits


class Readmission:
    """A panel may take every registration and refuse every token: each attempt leaves a client behind on it.

    Two attempts are never closer than `refused_check_s`. One that is needed soon after the pause before it doubles the
    pause, up to `registration_cap_s`. Times are seconds of a monotonic clock.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pause_s = 0.0
        self._tried_s: float | None = None

    def is_due(self, now_s: float) -> bool:
        """Whether the pause after the last attempt is over."""
        return self._tried_s is None or now_s - self._tried_s >= self._pause_s

    def tried(self, now_s: float) -> float:
        """An attempt is made now; the pause after it, in seconds."""
        is_again = self._tried_s is not None and now_s - self._tried_s <= 2 * self._pause_s
        longer_s = min(2 * self._pause_s, self._limits.registration_cap_s)
        self._pause_s = max(self._limits.refused_check_s, longer_s if is_again else 0.0)
        self._tried_s = now_s
        return self._pause_s
