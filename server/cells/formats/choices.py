"""What a caller may choose: how a file is read, and what is written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Format(StrEnum):
    """What a file is. AUTO finds out by name and content."""

    AUTO = "auto"
    BDF = "bdf"
    IONWORKS = "ionworks"
    CSV = "csv"
    NEWARE = "neware"


class Sign(StrEnum):
    """Which way positive current flows."""

    CHARGE_POSITIVE = "charge-positive"
    DISCHARGE_POSITIVE = "discharge-positive"

    @property
    def factor(self) -> float:
        """What makes it ours, where positive discharges."""
        return -1.0 if self is Sign.CHARGE_POSITIVE else 1.0

    @property
    def other(self) -> Sign:
        """The opposite."""
        return Sign.DISCHARGE_POSITIVE if self is Sign.CHARGE_POSITIVE else Sign.CHARGE_POSITIVE


class Target(StrEnum):
    """What can be written."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    ARROW = "arrow"
    BDF_CSV = "bdf-csv"
    BDF_PARQUET = "bdf-parquet"

    @property
    def is_bdf(self) -> bool:
        """Whether columns are named, and current is turned, as in BDF."""
        return self in (Target.BDF_CSV, Target.BDF_PARQUET)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which samples: these columns (None: all), `start_s` <= time < `end_s`. A text may name several, by commas.

    `escapes_formulas` puts an apostrophe before text, names of columns included, that a spreadsheet would calculate.
    """

    columns: tuple[str, ...] | None = None
    start_s: float | None = None
    end_s: float | None = None
    escapes_formulas: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self.columns is None and self.start_s is None and self.end_s is None
