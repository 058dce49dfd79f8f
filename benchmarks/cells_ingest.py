"""Taking in a long test: checks, steps, cycles and overview, beside polars reading and writing the same file."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from benchmarks import long_test
from benchmarks.processes import process
from benchmarks.report import Row
from server.cells.digest.ingest import digest
from server.cells.limits import Limits

ROWS = 1_000_000
MANY_ROWS = 10_000_000
ROUNDS = 5


def run() -> list[Row]:
    """Half a minute. The long one once in large row groups, which are copied, and once in small ones."""
    with TemporaryDirectory() as folder:
        return [_beside_polars(Path(folder)), *_large(Path(folder), 5_000_000), *_large(Path(folder), 131_072)]


def _beside_polars(folder: Path) -> Row:
    source = long_test.write(folder / "million.parquet", ROWS)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(_timed_s(lambda: digest(source, folder, Limits())))
        theirs.append(
            _timed_s(lambda: pl.read_parquet(source).write_parquet(folder / "copy.parquet", compression="zstd"))
        )
    ours_s, theirs_s = statistics.median(ours), statistics.median(theirs)
    peer = f"polars reading and writing it, {theirs_s:.2f} s"
    return Row("1 million rows, 6 columns", ours_s, "s", peer, ours_s / theirs_s, "at most 2.5")


def _large(folder: Path, group_rows: int) -> list[Row]:
    source = long_test.write(folder / "many.parquet", MANY_ROWS, group_rows)
    with process(_digest, source, folder) as ((seconds, before_mb, peak_mb), _):
        what = f"10 million rows in groups of {group_rows:,}"
        rows_per_s = MANY_ROWS / seconds
        return [
            Row(what, rows_per_s / 1e3, "thousand rows/s", "200,000 rows/s", rows_per_s / 2e5, "at least 1"),
            Row(
                f"{what}, at most in memory",
                peak_mb,
                "MB",
                f"before, {before_mb:.0f} MB",
                peak_mb / before_mb,
                "400 MB",
            ),
        ]


def _digest(pipe: Connection, source: Path, folder: Path) -> None:
    before_mb = _peak_mb()
    seconds = _timed_s(lambda: digest(source, folder, Limits()))
    pipe.send((seconds, before_mb, _peak_mb()))


def _peak_mb() -> float:
    """The most memory that this process had in use; a child's own, which `getrusage` is not."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return float(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024 / 1e6


def _timed_s(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
