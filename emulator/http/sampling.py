"""When the panel measured what: milliseconds since its boot, as a function of the tick alone.

A real panel samples adjacent branches in pairs, (1, 2), (3, 4) and so on, each for 22 to 28 ms, one sweep a second.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

SWEEP_MS = 1000
SHORTEST_SAMPLE_MS = 22
LONGEST_SAMPLE_MS = 28


class Sample(NamedTuple):
    """Start in milliseconds since boot, and length."""

    start_ms: int
    duration_ms: int


def sweep(uptime_s: int) -> Sample:
    """The second in which all branches were sampled."""
    return Sample(uptime_s * 1000, SWEEP_MS)


def pairwise(uptime_s: int, branches: int) -> list[Sample]:
    """One sample per branch as a real panel takes them: both of a pair at once, the pairs one after the other."""
    start_ms, turn = uptime_s * 1000, uptime_s * 0x9E3779B1
    spread = LONGEST_SAMPLE_MS - SHORTEST_SAMPLE_MS + 1
    samples: list[Sample] = []
    for offset_ms, salt in _pairs((branches + 1) // 2):
        wandering = ((turn + salt) & 0xFFFFFFFF) >> 16  # the length differs from sweep to sweep without any state
        sample = Sample(start_ms + offset_ms, SHORTEST_SAMPLE_MS + wandering % spread)
        samples += (sample, sample)
    return samples[:branches]


def at_once(uptime_s: int, branches: int) -> list[Sample]:
    """One sample per branch in the ideal panel: all of them through the whole second."""
    return [sweep(uptime_s)] * branches


@lru_cache(maxsize=128)
def _pairs(pairs: int) -> list[tuple[int, int]]:
    """Where in the second each pair begins, as they share it evenly, and what tells its lengths from the others'."""
    return [(pair * SWEEP_MS // pairs, pair * 0x85EBCA6B) for pair in range(pairs)]
