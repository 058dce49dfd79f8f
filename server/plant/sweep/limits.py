"""What a sweep may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SweepLimits:
    """The most of each; more is refused before anything runs.

    `file_bytes` and `depth` bound the plan's file. `values` are those of one setting, `variants` all combinations,
    `runs` variants x repetitions, `batches` those of one run. `run_s` is wall time: a run that takes longer ends the
    sweep. `cached_runs` are kept in the cache's folder (about 1 kB each); those unused for longest give way.
    """

    file_bytes: int = 65_536
    depth: int = 6
    values: int = 1_000
    variants: int = 1_000
    repetitions: int = 1_000
    runs: int = 20_000
    batches: int = 10_000
    run_s: float = 600.0
    workers: int = 64
    cached_runs: int = 20_000


LIMITS = SweepLimits()
