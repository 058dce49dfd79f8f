"""Which columns of a file become which of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from server.cells.formats.choices import Sign
from server.cells.formats.errors import FormatError

SHOWN_COLUMNS = 12


@dataclass(frozen=True, slots=True)
class Taken:
    """Our value is the source column's, times `factor`, plus `offset`."""

    source: str
    factor: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Layout:
    """How one file's columns are read.

    `takes` gives our numeric columns, `keeps` the name under which any other column stays as it is. A new step begins
    where the column `steps` changes, a new cycle where `cycles` does; without `steps`, where the current changes its
    direction. `sign` is what the format says of the current, None where it says nothing.
    """

    format: str
    takes: Mapping[str, Taken]
    keeps: Mapping[str, str] = field(default_factory=dict)
    steps: str | None = None
    cycles: str | None = None
    sign: Sign | None = None


def listed(columns: Sequence[str]) -> str:
    """The columns, for a sentence."""
    shown = ", ".join(repr(column[:60]) for column in columns[:SHOWN_COLUMNS])
    more = len(columns) - SHOWN_COLUMNS
    return f"{shown} and {more} more" if more > 0 else shown


def needed(takes: Mapping[str, Taken], names: Mapping[str, str], columns: Sequence[str], format_: str) -> None:
    """Raise FormatError for the first of our columns in `names` that nothing gives; its value is what is missing."""
    for ours, theirs in names.items():
        if ours not in takes:
            raise FormatError(f"{format_} files have the column {theirs!r}; this one has {listed(columns)}")
