"""Small measurements in files, and what reading them gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from server.cells.demo.model import NMC811, Cell
from server.cells.demo.protocols import Cycler
from server.cells.formats.files import open_regular
from server.cells.formats.reading import Read, Wish, read
from server.cells.limits import Limits


def measured() -> pl.DataFrame:
    """Two cycles of a cell, in our own columns."""
    cycler = Cycler(Cell(NMC811), np.random.default_rng(3))
    for _ in range(2):
        cycler.charge(1.0, every_s=30)
        cycler.rest(600, every_s=60)
        cycler.discharge(1.0, every_s=30)
        cycler.rest(600, every_s=60)
        cycler.next_cycle()
    return pl.DataFrame(dict(cycler.columns()))


def as_bdf(frame: pl.DataFrame) -> pl.DataFrame:
    """The same as a BDF file has it: other names, charge positive, steps and cycles from 1."""
    return frame.select(
        pl.col("Time [s]").alias("Test Time / s"),
        pl.col("Voltage [V]").alias("Voltage / V"),
        (-pl.col("Current [A]")).alias("Current / A"),
        (pl.col("Cycle count") + 1).alias("Cycle Count / 1"),
        (pl.col("Step count") + 1).alias("Step Count / 1"),
        pl.lit(25.0).alias("Ambient Temperature / degC"),
    )


def text(path: Path, body: str | bytes) -> Path:
    """A file with this in it."""
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    return path


def reading(path: Path, *, limits: Limits | None = None, **wish: Any) -> tuple[Read, pl.DataFrame]:
    """What became of the file, and the rows that would be uploaded."""
    target = path.parent / "converted.parquet"
    target.unlink(missing_ok=True)
    with open_regular(path) as stream:
        outcome = read(stream, path.name, target, Wish(**wish), limits or Limits(), lambda _rows: None)
    assert outcome.is_original is not target.exists()
    return outcome, pl.read_parquet(path if outcome.is_original else target)
