"""How much a panel's last values are worth: the time since its last answer, and what went wrong since."""

from __future__ import annotations

from schema.ports import Availability
from server.panel.failures import Failure, Fault
from server.panel.limits import Limits

UNHEARD = "busbar has just started and waits for the panel's first answer"
REFUSALS_BEFORE_TELLING = 2
MOMENT_S = 0.001


class Contact:
    """ONLINE turns STALE and later OFFLINE by age alone; a token refused twice running, or an impostor, tells at once.

    Times are seconds of a monotonic clock.
    """

    def __init__(self, limits: Limits, started_s: float) -> None:
        self._limits = limits
        self._heard_s = started_s
        self._heard = False
        self._refusals = 0
        self._failure: Failure | None = None

    def answered(self, now_s: float) -> None:
        """A good answer came."""
        self._heard_s, self._heard, self._refusals, self._failure = now_s, True, 0, None

    def failed(self, failure: Failure) -> None:
        """A poll failed."""
        self._refusals = self._refusals + 1 if failure.fault is Fault.UNAUTHORIZED else 0
        self._failure = failure

    def availability(self, now_s: float) -> Availability:
        """What the age of the last answer and the last failure make of it."""
        age_s = now_s - self._heard_s
        if self._failure is not None and self._failure.fault is Fault.IMPOSTOR:
            return Availability.OFFLINE
        if self._refusals >= REFUSALS_BEFORE_TELLING:
            return Availability.UNAUTHORIZED
        if age_s >= self._limits.offline_after_s:
            return Availability.OFFLINE
        if age_s >= self._limits.stale_after_s or not self._heard:
            return Availability.STALE
        return Availability.ONLINE

    def reason(self, now_s: float) -> str | None:
        """Why it is not ONLINE, or None while it is."""
        if self.availability(now_s) is Availability.ONLINE:
            return None
        if self._failure is not None:
            return self._failure.reason
        return f"no answer for {now_s - self._heard_s:.0f} s; a poll is under way" if self._heard else UNHEARD

    def is_settled(self, now_s: float) -> bool:
        """Whether the availability is worth telling: not while the first answer is still awaited after a start."""
        if self._heard or now_s - self._heard_s >= self._limits.stale_after_s:
            return True
        return self.availability(now_s) is not Availability.STALE

    def is_impostor(self) -> bool:
        """Whether another panel answered last: then nothing may be sent there."""
        return self._failure is not None and self._failure.fault is Fault.IMPOSTOR

    def next_change_s(self, now_s: float) -> float:
        """Seconds until age alone may change the availability; never so few that a clock may not show them."""
        age_s = now_s - self._heard_s
        graces = (self._limits.stale_after_s, self._limits.offline_after_s)
        wait_s = next((grace - age_s for grace in graces if grace > age_s), self._limits.stale_after_s)
        return max(wait_s, MOMENT_S)
