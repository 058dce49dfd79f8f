"""When to poll next: in a jittered rhythm while all is well, at growing random distances while it is not.

No wait is shorter than the normal interval, so that a storm of errors never makes more requests than good weather.
"""

from __future__ import annotations

import random

from server.panel.failures import Failure, Fault
from server.panel.limits import Limits


class Backoff:
    """The rhythm of one panel's polls. Each wait counts from the start of one poll to the start of the next."""

    def __init__(self, limits: Limits, dice: random.Random) -> None:
        self._limits, self._dice = limits, dice
        self._failing_since_s: float | None = None
        self._refusals = 0
        self._long_failures = 0
        self._was_unreachable = False

    def first_s(self) -> float:
        """Seconds before the first poll: panels started together spread over one interval."""
        return self._dice.uniform(0.0, self._limits.poll_s)

    def answered_s(self) -> float:
        """Seconds to wait after a good answer."""
        self._failing_since_s, self._refusals, self._long_failures, self._was_unreachable = None, 0, 0, False
        jitter = self._limits.poll_jitter
        return self._limits.poll_s * self._dice.uniform(1.0 - jitter, 1.0 + jitter)

    def failed_s(self, failure: Failure, now_s: float) -> float:
        """Seconds to wait after a failure: exponential with full jitter, at least what the panel asked for."""
        if self._failing_since_s is None:
            self._failing_since_s = now_s
        if failure.fault is Fault.UNREACHABLE or self._is_stormy(now_s):
            wait_s = self._unreachable_s(now_s)
        else:
            wait_s = self._refused_s()
        if failure.retry_after_s is None:
            return wait_s
        pause_s = min(failure.retry_after_s, self._limits.retry_after_cap_s)
        # All panels behind one proxy are told the same second; spread them after it.
        return max(wait_s, pause_s + self._dice.uniform(0.0, max(self._limits.poll_s, pause_s / 2)))

    def _refused_s(self) -> float:
        """One fresh attempt with the same token, then rarely: asking often does not open the door."""
        self._refusals += 1
        if self._refusals == 1:
            return self._limits.poll_s
        return self._limits.refused_check_s * self._dice.uniform(0.5, 1.0)

    def _unreachable_s(self, now_s: float) -> float:
        self._refusals, self._was_unreachable = 0, True
        limits, dice = self._limits, self._dice
        if self._is_short(now_s):
            return dice.uniform(1.0, 2.0) * limits.poll_s
        self._long_failures = min(self._long_failures + 1, 30)
        ceiling_s = min(limits.backoff_cap_s, limits.poll_s * 2.0**self._long_failures)
        return max(limits.poll_s, dice.uniform(0.0, ceiling_s))

    def _is_short(self, now_s: float) -> bool:
        return now_s - (self._failing_since_s or 0.0) <= self._limits.short_outage_s

    def _is_stormy(self, now_s: float) -> bool:
        """Whether a refusal came amid other failures of a young outage: then it may pass as they do."""
        return self._was_unreachable and self._is_short(now_s)
