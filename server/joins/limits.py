"""How much the joins keep and do: every limit of them, by name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Counts and seconds, as the names say.

    Of the first `series_per_batch` good cells of a batch the formation is kept as a series with a sample every
    `series_every_s`; of all others its steps and cycles alone. A batch has at most `cells_per_batch` cells as
    instances. What could not be written, or a panel that did not answer, is tried again every `retry_s`; its counters
    `meter_tries` times.
    """

    series_per_batch: int = 4
    series_every_s: float = 60.0
    cells_per_batch: int = 10_000
    retry_s: float = 1.0
    meter_tries: int = 5
