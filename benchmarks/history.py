"""A day of a panel with 32 circuits at 1 Hz: what it weighs, and how fast a chart of it is, against naive rows."""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tsdownsample import MinMaxLTTBDownsampler

from benchmarks.report import Row
from clients.panel.models import Circuit, DoorState, Energy, PanelState, Priority, RelayState, Snapshot, Status, Storage
from schema.ports import Metric
from server.clock import Clock
from server.panel.history import PanelHistory
from server.stores.sqlite.connection import connect
from server.stores.sqlite.database import Database

CIRCUITS = 32
SECONDS = 86_400
POINTS = 1_000
ROUNDS = 9
MIDNIGHT = datetime(2026, 6, 21, tzinfo=UTC)
SERIAL = "nj-2316-00042"

Columns = NDArray[np.float64]


def run() -> list[Row]:
    """Half a minute: a day has many polls."""
    with TemporaryDirectory() as folder:
        return asyncio.run(_rows(Path(folder)))


async def _rows(folder: Path) -> list[Row]:
    powers_w, energies_wh = _day()
    with closing(_naive(folder / "naive.db", powers_w, energies_wh)) as naive:
        naive_bytes = _bytes(naive)
        async with Database.open(folder / "ours.db") as database:
            history = PanelHistory(database, Clock())
            empty = await database.read(_bytes)
            record_us, store_us = await _fill(history, _polls(powers_w, energies_wh))
            size = await database.read(_bytes) - empty
            chart = await _median_ms(lambda: _chart(history, POINTS))
            raw = await _median_ms(lambda: _chart(history, SECONDS // 60 + 1))
        plain = await _median_ms(lambda: asyncio.to_thread(_plain_chart, naive))
    return [
        Row(
            "a day kept",
            size / 1e6,
            "MB",
            f"naive rows, {naive_bytes / 1e6:.0f} MB",
            size / naive_bytes,
            "at most 7 MB",
        ),
        Row("remember a poll, on the loop", record_us, "us", "", None, "5 us"),
        Row("store and pack a poll, in threads", store_us, "us", "", None, ""),
        Row(f"24 h to {POINTS:,} points", chart, "ms", f"naive rows, {plain:.1f} ms", chart / plain, "under 20 ms"),
        Row("24 h to 1,441 points, from every sample", raw, "ms", f"naive rows, {plain:.1f} ms", raw / plain, ""),
    ]


def _day() -> tuple[Columns, Columns]:
    """Loads that switch on and off with a few percent of noise, and two solar circuits; power and energy by second."""
    dice = np.random.default_rng(0)
    second = np.arange(SECONDS)
    powers = []
    for circuit in range(CIRCUITS):
        load_w = dice.choice([15, 60, 120, 200, 700, 1500, 3000])
        is_on = (second + dice.integers(0, 5000)) % dice.integers(900, 7200) < dice.integers(300, 5000)
        power_w = np.where(is_on, load_w * (1 + 0.02 * dice.standard_normal(SECONDS)), 0.0)
        if circuit >= CIRCUITS - 2:
            sun = np.clip(np.sin((second / SECONDS - 0.25) * 2 * np.pi), 0, 1)
            power_w = -1800 * sun * (1 + 0.01 * dice.standard_normal(SECONDS))
        powers.append(power_w)
    powers_w = np.array(powers).T
    return powers_w, 1e6 + np.cumsum(np.abs(powers_w), axis=0) / 3600


def _polls(powers_w: Columns, energies_wh: Columns) -> Iterator[tuple[datetime, Snapshot]]:
    status = Status(SERIAL, "SPAN", "00200", "r1", "", "", DoorState.CLOSED, False, 1, True, True, False)  # noqa: FBT003
    closed = RelayState.CLOSED
    for second in range(SECONDS):
        at = MIDNIGHT + timedelta(seconds=second)
        told = zip(powers_w[second].tolist(), energies_wh[second].tolist(), strict=True)
        circuits = tuple(
            Circuit(
                id=f"{number:032x}",
                name=None,
                relay_state=closed,
                priority=Priority.MUST_HAVE,
                power_w=power_w,
                power_at=at,
                consumed_energy_wh=energy_wh,
                produced_energy_wh=0.0,
                energy_at=at,
                tabs=(number + 1,),
                is_user_controllable=True,
                is_sheddable=False,
                is_never_backup=False,
            )
            for number, (power_w, energy_wh) in enumerate(told)
        )
        meter = Energy(float(energies_wh[second].sum()), 0.0)
        panel = PanelState(closed, float(powers_w[second].sum()), 0.0, meter, Energy(0.0, 0.0), 0, 0, "", "", "", ())
        yield at, Snapshot(status, panel, circuits, Storage(None))


async def _fill(history: PanelHistory, polls: Iterator[tuple[datetime, Snapshot]]) -> tuple[float, float]:
    """Microseconds a poll: to remember it, and to store and pack it. Flushed by the minute, to be done today."""
    remembering = storing = 0.0
    for number, (at, snapshot) in enumerate(polls, 1):
        began = time.perf_counter()
        history.record(SERIAL, at, snapshot)
        remembered = time.perf_counter()
        remembering += remembered - began
        if number % 60 == 0:
            await history.flush()
            storing += time.perf_counter() - remembered
    began = time.perf_counter()
    await history.pack()
    storing += time.perf_counter() - began
    return remembering / SECONDS * 1e6, storing / SECONDS * 1e6


async def _chart(history: PanelHistory, points: int) -> None:
    await history.series(SERIAL, f"{3:032x}", Metric.POWER_W, MIDNIGHT, MIDNIGHT + timedelta(days=1), points)


def _naive(path: Path, powers_w: Columns, energies_wh: Columns) -> sqlite3.Connection:
    """A row for each circuit and second."""
    path.touch()
    connection = connect(path, busy_timeout_s=5.0)
    connection.execute(
        "CREATE TABLE sample (circuit INTEGER, at INTEGER, power REAL, consumed REAL, produced REAL,"
        " PRIMARY KEY (circuit, at)) WITHOUT ROWID"
    )
    connection.execute("BEGIN")
    for circuit in range(CIRCUITS):
        told = zip(powers_w[:, circuit].tolist(), energies_wh[:, circuit].tolist(), strict=True)
        rows = ((circuit, at, power, energy, 0.0) for at, (power, energy) in enumerate(told))
        connection.executemany("INSERT INTO sample VALUES (?, ?, ?, ?, ?)", rows)
    connection.execute("COMMIT")
    return connection


def _plain_chart(naive: sqlite3.Connection) -> None:
    rows = np.array(naive.execute("SELECT at, power FROM sample WHERE circuit = 3 ORDER BY at").fetchall())
    times, powers = np.ascontiguousarray(rows[:, 0]), np.ascontiguousarray(rows[:, 1])
    MinMaxLTTBDownsampler().downsample(times, powers, n_out=POINTS)  # type: ignore[no-untyped-call]


def _bytes(connection: sqlite3.Connection) -> int:
    """Of the pages in use."""
    pages = "SELECT (SELECT * FROM pragma_page_count()) - (SELECT * FROM pragma_freelist_count())"
    return int(connection.execute(pages).fetchone()[0]) * 4096


async def _median_ms(chart: Callable[[], Any]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await chart()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000
