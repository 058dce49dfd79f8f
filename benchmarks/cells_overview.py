"""Charts of a test with ten million rows: all of it, and any part of it, at 2,000 points."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from benchmarks import long_test
from benchmarks.report import Row
from clients.cells.models import CURRENT, VOLTAGE
from schema.ports import SeriesWish
from server.cells.charts.series import SeriesReader
from server.cells.digest.ingest import Digested, digest
from server.cells.limits import Limits

ROWS = 10_000_000
NESTED_ROWS = 100_000
POINTS = 2_000
ROUNDS = 9
WIDTHS = (1_000, 2_000, 10_000, 30_000, 60_000, 100_000, 200_000, 1_000_000, 5_000_000)
PLACES = (0.013, 0.31, 0.4999)


def run() -> list[Row]:
    """Half a minute: the files are large."""
    with TemporaryDirectory() as folder:
        return [*_long(Path(folder)), _nested(Path(folder))]


def _long(folder: Path) -> Iterator[Row]:
    large = long_test.write(folder / "large.parquet", ROWS)
    small = folder / "small.parquet"
    pl.scan_parquet(large).sink_parquet(small, compression="zstd")
    digested = digest(large, folder, Limits())
    reader = SeriesReader(4)
    column_ms = _median_ms(lambda: pl.read_parquet(large, columns=[VOLTAGE]))
    peer = f"reading the column from Parquet, {column_ms:.0f} ms"
    whole = SeriesWish((VOLTAGE,), max_points=POINTS)
    for name, ms in (
        ("10 million rows, warm", _median_ms(lambda: reader.read(digested.overview, large, whole))),
        ("10 million rows, not opened yet", _median_ms(lambda: SeriesReader(1).read(digested.overview, large, whole))),
    ):
        yield Row(f"{name}, to {POINTS:,} points", ms, "ms", peer, ms / column_ms, "at most 0.01, under 1 ms warm")
    yield _worst_zoom(reader, digested, large, "row groups of 1,048,576 rows")
    yield _worst_zoom(reader, digested, small, "row groups as polars makes them")


def _worst_zoom(reader: SeriesReader, digested: Digested, windows: Path, groups: str) -> Row:
    found = []
    for width in WIDTHS:
        for place in PLACES:
            start_s = float(int(ROWS * place))
            wish = SeriesWish((VOLTAGE, CURRENT), start_s, start_s + width, POINTS)
            found.append((_median_ms(lambda w=wish: reader.read(digested.overview, windows, w)), width))  # type: ignore[misc]
    worst_ms, width = max(found)
    typical_ms = statistics.median(ms for ms, _ in found)
    name = f"worst zoom of {len(found)}, two columns, {width:,} rows wide, {groups}"
    return Row(name, worst_ms, "ms", f"the median zoom, {typical_ms:.1f} ms", worst_ms / typical_ms, "under 15 ms")


def _nested(folder: Path) -> Row:
    source = long_test.write(folder / "nested.parquet", NESTED_ROWS)
    digested = digest(source, folder, Limits())
    reader = SeriesReader(4)
    wish = SeriesWish((VOLTAGE, CURRENT), max_points=POINTS)
    ms = _median_ms(lambda: reader.read(digested.overview, source, wish))
    read_ms = _median_ms(lambda: pl.read_parquet(source, columns=[VOLTAGE, CURRENT]))
    peer = f"reading two columns from Parquet, {read_ms:.1f} ms"
    return Row("100,000 rows, two columns, warm", ms, "ms", peer, ms / read_ms, "well under 0.5 ms")


def _median_ms(read: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        read()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e3
