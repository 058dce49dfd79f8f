"""How much of the event loop's time a work beside it may take while others want it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf

BUSY = 0.3
"""From this share of a rest on that the loop worked for others, it is wanted by them."""


class Pacing:
    """Counts the processor time of the work, and has it rest in return. Event loop only.

    After each turn it rests `rest_s`, and as long as the loop is wanted by others until its work was no more than
    `share` (0 to 1) of the time. `thread_s` tells the processor time of the loop's thread, so that neither a wait nor
    another process counts as work.
    """

    def __init__(self, rest_s: float, share: float, thread_s: Callable[[], float] = time.thread_time) -> None:
        self._rest_s, self._share, self._thread_s = rest_s, share, thread_s
        self._worked_s = 0.0

    @contextmanager
    def work(self, most_s: float = inf) -> Iterator[None]:
        """Count what the body takes. One that awaits gives `most_s`, lest what others did meanwhile is counted."""
        began = self._thread_s()
        try:
            yield
        finally:
            self._worked_s += min(self._thread_s() - began, most_s)

    async def rest(self) -> None:
        """Leave the loop to others."""
        rested_s, is_wanted = 0.0, True
        while is_wanted and (not rested_s or rested_s < self._owed_s):
            began, worked_s = self._thread_s(), self._worked_s
            await asyncio.sleep(self._rest_s)
            rested_s += self._rest_s
            others_s = self._thread_s() - began - (self._worked_s - worked_s)
            is_wanted = others_s > BUSY * self._rest_s
        self._worked_s = 0.0

    @property
    def _owed_s(self) -> float:
        return self._worked_s * (1 / self._share - 1)
