from __future__ import annotations

from contextlib import suppress

import anyio
import pytest
from structlog.testing import capture_logs

from server.clock import Clock
from server.panel.history import HistoryLimits, PanelHistory
from server.stores.errors import StorageFullError
from tests.server.panel.histories import MANY, record, seconds_of, series
from tests.server.panel.snapshots import NOON, after


async def test_raw_samples_go_first_and_their_minutes_stay(database):
    history = PanelHistory(database, Clock(now=lambda: NOON), limits=HistoryLimits(raw_days=1, minute_days=2))
    record(history, range(0, 600 * 300, 60))
    await history.flush()
    await history.pack()

    kept = seconds_of(await series(history, end=after(days=9), points=100_000))

    # 299 windows are packed and one waits: the newest 144 are whole, the minutes of the newest 288 are there.
    assert kept[0] == 600 * 11
    assert len(kept) == 289 * 10
    chunks = "SELECT count(*), count(raw) FROM history_chunk"
    assert await database.read(lambda connection: connection.execute(chunks).fetchone()) == (288, 144)


async def test_a_panel_not_heard_of_expires_whole(database):
    now = NOON
    history = PanelHistory(database, Clock(now=lambda: now))
    record(history, range(1300), serial="nj-1")
    await history.flush()
    await history.pack()
    now = after(days=181)
    record(history, [1], serial="nj-2")
    await history.flush()
    await history.pack()

    assert seconds_of(await series(history, serial="nj-1")) == []
    assert seconds_of(await series(history, serial="nj-2")) == [1]
    left = "SELECT (SELECT count(*) FROM history_chunk), (SELECT count(*) FROM history_layout)"
    assert await database.read(lambda connection: connection.execute(left).fetchone()) == (0, 1)


async def test_a_panel_that_invents_circuits_all_the_time_is_kept_within_bounds(history, database):
    for second in range(700):
        record(history, [second], circuit=f"circuit {second}")
    await history.flush()
    await history.pack()

    assert seconds_of(await series(history, circuit=None)) == list(range(700))
    assert seconds_of(await series(history, circuit="circuit 0")) == [0]
    assert seconds_of(await series(history, circuit="circuit 599")) == []
    layouts = await database.read(
        lambda connection: connection.execute("SELECT count(*) FROM history_layout").fetchone()
    )
    assert layouts == (101,)


@pytest.mark.parametrize(("raw", "minutes"), [(0, 5), (8, 7)])
def test_limits_that_make_no_sense_are_refused(raw, minutes):
    with pytest.raises(ValueError, match="keep at least one day"):
        HistoryLimits(raw_days=raw, minute_days=minutes)


async def test_while_the_disk_is_full_the_newest_samples_wait_and_nothing_grows(database):
    history = PanelHistory(database, Clock(now=lambda: NOON), limits=HistoryLimits(samples_in_memory=5))
    pages = await database.write(lambda connection: connection.execute("PRAGMA page_count").fetchone()[0])
    await database.write(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}"))
    for begin in (0, 100, 200):
        record(history, range(begin, begin + 50), others=MANY)
        with suppress(StorageFullError):
            await history.flush()
    assert seconds_of(await series(history)) == [245, 246, 247, 248, 249]

    await database.write(lambda connection: connection.execute("PRAGMA max_page_count = 1000000"))
    await history.flush()
    assert seconds_of(await series(history)) == [245, 246, 247, 248, 249]


class Ticks:
    """A clock whose sleepers wake when the test says so."""

    def __init__(self) -> None:
        self.sleepers: list[tuple[float, anyio.Event]] = []
        self.clock = Clock(now=lambda: NOON, sleep=self.sleep)

    async def sleep(self, duration_s: float) -> None:
        wake = anyio.Event()
        self.sleepers.append((duration_s, wake))
        await wake.wait()

    async def tick(self, duration_s: float) -> None:
        """Wake those who sleep this long, and wait until they sleep again."""
        woken = [each for each in self.sleepers if each[0] == duration_s]
        self.sleepers = [each for each in self.sleepers if each[0] != duration_s]
        for _, wake in woken:
            wake.set()
        await self.until_asleep(duration_s)

    async def until_asleep(self, duration_s: float) -> None:
        while all(each[0] != duration_s for each in self.sleepers):
            await anyio.lowlevel.checkpoint()


async def rows(database, table: str) -> int:
    query = f"SELECT count(*) FROM {table}"
    return int(await database.read(lambda connection: connection.execute(query).fetchone()[0]))


async def test_while_it_runs_it_flushes_each_second_packs_each_minute_and_flushes_at_the_end(database):
    ticks = Ticks()
    history = PanelHistory(database, ticks.clock)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(history.run)
        await ticks.until_asleep(60)
        await ticks.until_asleep(1)
        record(history, range(601))
        await ticks.tick(1)
        assert await rows(database, "history_tail") == 601
        await ticks.tick(60)
        assert (await rows(database, "history_chunk"), await rows(database, "history_tail")) == (1, 1)
        record(history, [601])
        tasks.cancel_scope.cancel()

    assert await rows(database, "history_tail") == 2


async def test_a_full_disk_does_not_end_the_run_and_what_is_lost_is_said(database):
    ticks = Ticks()
    history = PanelHistory(database, ticks.clock, limits=HistoryLimits(samples_in_memory=5))
    pages = await database.write(lambda connection: connection.execute("PRAGMA page_count").fetchone()[0])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(history.run)
        await ticks.until_asleep(1)
        await database.write(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}"))
        with capture_logs() as logs:
            record(history, range(50), others=MANY)
            await ticks.tick(1)
            record(history, range(50, 100), others=MANY)
            await ticks.tick(1)
        await database.write(lambda connection: connection.execute("PRAGMA max_page_count = 1000000"))
        await ticks.tick(1)
        tasks.cancel_scope.cancel()

    assert {entry["event"] for entry in logs} == {"history_lost", "history_not_stored"}
    assert seconds_of(await series(history)) == [95, 96, 97, 98, 99]
