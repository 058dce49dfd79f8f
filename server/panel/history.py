"""Power and energy of every circuit over time.

A sample is in memory for at most `flush_every_s` (1 s), then on stable storage: that second is what a crash may cost.
After its ten minutes it is packed, beside the telling samples of each minute, which are kept for longer.

Times are the panel's own, to the millisecond; values are kept to 0.1 W and 0.1 Wh. Of two samples at one time the
first stands, so a clock that is put back changes nothing that was recorded; what it tells then fills times not
recorded before. A gap is a gap: nothing is filled in, and a value that is missing or not a number is left out.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Never

import anyio
import numpy as np
import structlog

from clients.panel.models import Snapshot
from schema.ports import Metric, Series
from server.clock import Clock
from server.panel.chunk import Samples
from server.panel.packing import packed
from server.panel.samples import KINDS, circuits_of, readings_of
from server.panel.series import Question, answer
from server.stores.errors import StoreError
from server.stores.sqlite import history as rows
from server.stores.sqlite.connection import Connection
from server.stores.sqlite.database import Database
from server.stores.sqlite.instants import to_us

CHUNK_MS = 600_000
CHUNKS_A_DAY = 144

log = structlog.get_logger()

_Told = tuple[str, int, Snapshot]


@dataclass(frozen=True, slots=True)
class HistoryLimits:
    """How much is kept, and for how long it waits. Days are days of recording; a panel not heard of expires whole."""

    flush_every_s: float = 1.0
    pack_every_s: float = 60.0
    raw_days: int = 7
    minute_days: int = 180
    samples_in_memory: int = 5_000
    """Beyond this, while the disk takes none, the oldest are lost, and said to be."""

    def __post_init__(self) -> None:
        if not 1 <= self.raw_days <= self.minute_days:
            raise ValueError(
                f"raw_days is {self.raw_days} and minute_days is {self.minute_days}:"
                " keep at least one day, and the minutes at least as long as the raw samples"
            )


DEFAULT_LIMITS = HistoryLimits()


class PanelHistory:
    """Implements `schema.ports.History` and the gateway's recorder; does its work while `run` is running."""

    def __init__(self, database: Database, clock: Clock, *, limits: HistoryLimits = DEFAULT_LIMITS) -> None:
        self._database = database
        self._clock = clock
        self._limits = limits
        self._waiting: deque[_Told] = deque()
        self._in_flight: list[_Told] = []
        self._flushing = anyio.Lock()
        self._lost = 0

    def record(self, serial: str, at: datetime, snapshot: Snapshot) -> None:
        """Keep one poll; `at` is the panel's own time. Only remembers: nothing here waits or computes."""
        self._waiting.append((serial, to_us(at) // 1000, snapshot))
        self._lose_the_oldest()

    async def series(
        self,
        serial: str,
        circuit_id: str | None,
        metric: Metric,
        start: datetime,
        end: datetime,
        max_points: int,
    ) -> Series:
        """See the port; nothing is known of an unknown panel or circuit, so its series is empty.

        Every point is a sample that was taken. Spans of `max_points` minutes and more are answered from the lowest,
        highest and last sample of each minute. The one column is named after the metric.
        """
        question = Question.of(serial, circuit_id, metric, (start, end), max_points)
        pending = [_samples(told) for told in (*self._in_flight, *self._waiting) if told[0] == serial]
        return await self._database.read(lambda connection: answer(connection, question, pending, CHUNK_MS))

    async def flush(self) -> None:
        """Bring what waits onto stable storage. What cannot be stored waits on; raises what the store raises."""
        async with self._flushing:
            self._in_flight, self._waiting = list(self._waiting), deque()
            told, now = self._in_flight, self._clock.now()
            try:
                if told:
                    await self._database.write(lambda connection: _keep(connection, told, now))
            except BaseException:  # cancelled too, the samples wait for the next turn
                self._waiting.extendleft(reversed(told))
                self._lose_the_oldest()
                raise
            finally:
                self._in_flight = []

    async def pack(self) -> None:
        """Pack the windows that are over, and forget what is kept no longer. Raises what the store raises."""
        before = self._clock.now() - timedelta(days=self._limits.minute_days)
        await self._database.write(lambda connection: rows.forget_panels(connection, before))
        while windows := await self._database.read(lambda connection: rows.closed_windows(connection, CHUNK_MS)):
            for window in windows:
                await self._pack(window)

    async def run(self) -> Never:
        """Flush and pack until cancelled, then flush once more. Record nothing after that."""
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._flush_for_ever)
                tasks.start_soon(self._pack_for_ever)
        finally:
            with anyio.CancelScope(shield=True):
                await self.flush()
        raise AssertionError("both loops are endless")

    def _lose_the_oldest(self) -> None:
        while len(self._waiting) > self._limits.samples_in_memory:
            self._waiting.popleft()
            self._lost += 1

    async def _pack(self, window: rows.Window) -> None:
        chunk, count = await self._database.read(lambda connection: packed(connection, window))
        raw_chunks, chunk_count = self._limits.raw_days * CHUNKS_A_DAY, self._limits.minute_days * CHUNKS_A_DAY

        def keep(connection: Connection) -> None:
            if rows.keep_chunk(connection, window, chunk, count):
                rows.prune(connection, window.panel_id, raw_chunks, chunk_count)

        await self._database.write(keep)

    async def _flush_for_ever(self) -> Never:
        while True:
            await self._clock.sleep(self._limits.flush_every_s)
            try:
                await self.flush()
            except StoreError as error:  # a full disk has room again one day; until then the newest wait in memory
                log.warning("history_not_stored", reason=str(error), waiting=len(self._waiting))
            if self._lost:
                log.warning("history_lost", samples=self._lost, reason="the store took none for too long")
                self._lost = 0

    async def _pack_for_ever(self) -> Never:
        while True:
            try:
                await self.pack()
            except StoreError as error:  # the samples stay where they are, and are packed in the next round
                log.warning("history_not_packed", reason=str(error))
            await self._clock.sleep(self._limits.pack_every_s)


def _keep(connection: Connection, told: list[_Told], now: datetime) -> None:
    readings = memoryview(readings_of(snapshot for _, _, snapshot in told).astype("<i8").tobytes())
    samples, offset = [], 0
    for serial, at_ms, snapshot in told:
        circuits = circuits_of(snapshot)
        size = len(circuits) * KINDS * 8
        samples.append(rows.Sample(serial, at_ms, circuits, bytes(readings[offset : offset + size])))
        offset += size
    rows.keep_samples(connection, samples, now)


def _samples(told: _Told) -> Samples:
    _, at_ms, snapshot = told
    circuits = circuits_of(snapshot)
    return Samples(np.array([at_ms]), circuits, readings_of([snapshot]).reshape(1, len(circuits), KINDS))
