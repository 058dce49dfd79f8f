"""What a benchmark tells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Row:
    """One measurement: `ratio` is `value` against the same of `peer`, where there is one; `aim` is said in words."""

    name: str
    value: float
    unit: str
    peer: str
    ratio: float | None
    aim: str
