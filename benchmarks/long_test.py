"""The samples of a long test: six columns, rounded as a cycler rounds them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

STEP_S = 2_000


def write(path: Path, rows: int, group_rows: int = 1_048_576) -> Path:
    """A sample a second; as pandas and pyarrow write it, unless asked for smaller row groups."""
    dice = np.random.default_rng(0)
    writer = None
    for first in range(0, rows, group_rows):
        table = _samples(np.arange(first, min(first + group_rows, rows)), dice).to_arrow()
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    if writer is not None:
        writer.close()
    return path


def _samples(second: np.ndarray[tuple[int], np.dtype[np.int64]], dice: np.random.Generator) -> pl.DataFrame:
    """Discharge, charge and rest by turns."""
    step = second // STEP_S
    within = second % STEP_S / STEP_S
    is_discharge, is_charge = step % 3 == 0, step % 3 == 1
    current_a = np.where(is_discharge, 1.0, np.where(is_charge, -1.0, 0.0))
    charge = np.where(is_discharge, 1 - within, np.where(is_charge, within, 1.0))
    noise = dice.standard_normal((3, len(second)))
    return pl.DataFrame(
        {
            "Time [s]": second.astype(np.float64),
            "Voltage [V]": (3.0 + 1.1 * charge - 0.05 * current_a + 1e-3 * noise[0]).round(4),
            "Current [A]": (current_a + 1e-3 * noise[1] * (current_a != 0)).round(4),
            "Temperature [degC]": (25 + 0.1 * noise[2]).round(2),
            "Step count": step,
            "Cycle count": step // 3,
        }
    )
