"""When the panel measured what: milliseconds since its boot, as a function of the tick alone.

A real panel samples adjacent branches in pairs, (1, 2), (3, 4) and so on, each for 22 to 28 ms, one sweep a second.
"""

from __future__ import annotations

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
    pairs = (branches + 1) // 2
    samples = [_sample(uptime_s, pair, pairs) for pair in range(pairs)]
    return [samples[branch // 2] for branch in range(branches)]


def at_once(uptime_s: int, branches: int) -> list[Sample]:
    """One sample per branch in the ideal panel: all of them through the whole second."""
    return [sweep(uptime_s)] * branches


def _sample(uptime_s: int, pair: int, pairs: int) -> Sample:
    """The pairs share the second evenly; the length wanders from sweep to sweep without any state."""
    spread = LONGEST_SAMPLE_MS - SHORTEST_SAMPLE_MS + 1
    wandering = ((uptime_s * 0x9E3779B1 + pair * 0x85EBCA6B) & 0xFFFFFFFF) >> 16
    return Sample(uptime_s * 1000 + pair * SWEEP_MS // pairs, SHORTEST_SAMPLE_MS + wandering % spread)
