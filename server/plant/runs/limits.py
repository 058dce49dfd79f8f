"""How much of the plant is kept and taken: every limit of it, by name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Counts and seconds, as the names say.

    `queued_batches` may wait for the mixers. `keep_batches` ended batches and `keep_runs` runs stay; looked after
    every `prune_every_s`. An empty plant that was told `run_commands` things begins a new run, so that a restart has
    little to repeat; one that never gets empty takes `most_commands`. `waiting_commands` may wait at a time, none for
    longer than `command_wait_s`. What happens is written down when it is `events_at_once`, or the plant rests; its
    clock always `save_clock_s` ahead, so that no progress that was told is taken back. When it cannot be written, it
    is tried again every `retry_s`. Progress is sampled every `sample_s`.

    At /ws/status `sockets` are open at a time. Whoever is `kept_envelopes` behind, or takes nothing for `send_s`, is
    cut off. What comes within `tell_every_s` is sent at once; while the plant wants the processor, telling it takes no
    more than `tell_share` (0 to 1) of the time, and comes later instead.
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
    sockets: int = 1_000
    kept_envelopes: int = 10_000
    send_s: float = 10.0
    tell_every_s: float = 0.02
    tell_share: float = 0.05
