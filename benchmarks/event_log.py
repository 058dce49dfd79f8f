"""The event log against plain sqlite3, at equal batch sizes, and what it costs the event loop."""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from benchmarks.report import Row
from schema.ports import NewEvent, TopicFilter
from server.clock import Clock
from server.events.hub import Hub
from server.events.log import EventLog
from server.stores.sqlite.connection import connect
from server.stores.sqlite.database import Database

ROUNDS = 5
SINGLE = 1_000
WRITERS = 64
EACH = 150
PAGE = 5_000
EVENT = NewEvent(
    "panel", "nj-2316-00042", "RelayOpened", {"circuit": "0dad2f16cd514812ae1807b0457d473e", "tabs": [5, 7]}
)
BODY = '{"circuit":"0dad2f16cd514812ae1807b0457d473e","tabs":[5,7]}'


def run() -> list[Row]:
    """The peer takes its turns between ours, on the same disk and with the same durability."""
    with TemporaryDirectory() as folder:
        return uvloop.run(_rows(Path(folder)))


async def _rows(folder: Path) -> list[Row]:
    async with Database.open(folder / "ours.db") as database:
        log = EventLog(database, Hub(), Clock())
        with closing(_peer(folder / "peer.db")) as peer:
            single, plain, many, plain_many, lags = [], [], [], [], []
            for _ in range(ROUNDS):
                single.append(await _single(log))
                plain.append(_plain(peer, SINGLE, batch=1))
                rate, worst = await _many(log)
                many.append(rate)
                lags.append(worst)
                plain_many.append(_plain(peer, WRITERS * EACH, batch=WRITERS))
        read_ms = await _read(log)
    one, bare, all_of_them, bare_batches = map(statistics.median, (single, plain, many, plain_many))
    return [
        Row("one writer", one, "appends/s", f"plain sqlite3, {bare:,.0f}/s", one / bare, "0.7"),
        Row(
            f"{WRITERS} writers at once",
            all_of_them,
            "appends/s",
            f"one writer, {one:,.0f}/s",
            all_of_them / one,
            "at least 5",
        ),
        Row(
            f"{WRITERS} writers at once",
            all_of_them,
            "appends/s",
            f"plain sqlite3, {WRITERS} a commit, {bare_batches:,.0f}/s",
            all_of_them / bare_batches,
            "",
        ),
        Row("event loop lag meanwhile, p99", statistics.median(lags) * 1000, "ms", "", None, "under 5 ms"),
        Row(f"read {PAGE:,} events after a cursor", read_ms, "ms", "", None, ""),
    ]


def _peer(path: Path) -> sqlite3.Connection:
    """The same two tables: a counter for each topic, and the events."""
    path.touch()
    connection = connect(path, busy_timeout_s=5.0)
    connection.execute("CREATE TABLE topic (id INTEGER PRIMARY KEY, seq)")
    connection.execute("INSERT INTO topic VALUES (1, 0)")
    connection.execute(
        "CREATE TABLE event (id INTEGER PRIMARY KEY, topic, seq, at, subject, kind, data, UNIQUE (topic, seq))"
    )
    return connection


def _plain(peer: sqlite3.Connection, count: int, *, batch: int) -> float:
    count_on = "UPDATE topic SET seq = seq + 1 WHERE id = 1 RETURNING seq"
    insert = "INSERT INTO event (topic, seq, at, subject, kind, data) VALUES (1, ?, ?, ?, ?, ?)"
    began = time.perf_counter()
    for _ in range(count // batch):
        peer.execute("BEGIN IMMEDIATE")
        for _ in range(batch):
            (seq,) = peer.execute(count_on).fetchone()
            peer.execute(insert, (seq, time.time_ns(), EVENT.subject, EVENT.kind, BODY))
        peer.execute("COMMIT")
    return count / (time.perf_counter() - began)


async def _single(log: EventLog) -> float:
    began = time.perf_counter()
    for _ in range(SINGLE):
        await log.append([EVENT])
    return SINGLE / (time.perf_counter() - began)


async def _many(log: EventLog) -> tuple[float, float]:
    """Appends per second, and by how much a 1 ms timer came late in the worst of 100 cases."""
    late: list[float] = []
    watch = asyncio.create_task(_watch(late))
    began = time.perf_counter()

    async def write() -> None:
        for _ in range(EACH):
            await log.append([EVENT])

    await asyncio.gather(*(write() for _ in range(WRITERS)))
    rate = WRITERS * EACH / (time.perf_counter() - began)
    watch.cancel()
    return rate, sorted(late)[int(len(late) * 0.99)]


async def _watch(late: list[float]) -> None:
    while True:
        due = time.perf_counter() + 0.001
        await asyncio.sleep(0.001)
        late.append(time.perf_counter() - due)


async def _read(log: EventLog) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await log.since(None, [TopicFilter("panel")], PAGE)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000
