"""How much the joins keep and do: every limit of them, by name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Counts and seconds, as the names say.

    Of the first `series_per_batch` good cells of a batch the formation is kept as a series with a sample every
    `series_every_s`; of all others its steps and cycles alone. A batch has at most `cells_per_batch` cells as
    instances. What could not be written is tried again every `retry_s`. A panel's control has `control_timeout_s` to
    answer, for which it may have to simulate days; when it does not, it is asked again after `retry_s`, then ever later
    up to `retry_cap_s`. A panel's counters are asked for `meter_tries` times.
    """

    series_per_batch: int = 4
    series_every_s: float = 60.0
    cells_per_batch: int = 10_000
    retry_s: float = 1.0
    retry_cap_s: float = 15.0
    control_timeout_s: float = 15.0
    meter_tries: int = 5
