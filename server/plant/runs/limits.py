"""How much of the plant is kept and taken: every limit of it, by name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Counts and seconds, as the names say.

    `queued_batches` may wait for the mixers. `keep_batches` ended batches and `keep_runs` runs stay; looked after
    every `prune_every_s`. An empty plant that was told `run_commands` things begins a new run, so that a restart has
    little to repeat; one that never gets empty takes `most_commands`. `waiting_commands` may wait at a time, none for
    longer than `command_wait_s`. What happens is written down when it is `events_at_once`, or the plant rests; the
    clock of a plant in which nothing happens every `save_clock_s`. When it cannot be written, it is tried again every
    `retry_s`. Progress is sampled every `sample_s`.
    """

    queued_batches: int = 10_000
    keep_batches: int = 10_000
    keep_runs: int = 10
    prune_every_s: float = 60.0
    run_commands: int = 10_000
    most_commands: int = 50_000
    waiting_commands: int = 256
    command_wait_s: float = 5.0
    events_at_once: int = 500
    save_clock_s: float = 5.0
    retry_s: float = 1.0
    sample_s: float = 0.1
    max_id_characters: int = 100
    max_page: int = 500
