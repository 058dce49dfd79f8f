from __future__ import annotations

import sqlite3
import stat
import threading
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
import pytest

from schema.ports import NewEvent
from server.stores.errors import StorageFullError, StoreClosedError, StoreError, StoreHeldError
from server.stores.sqlite.database import Database, Limits
from server.stores.sqlite.events import append
from tests.server.events.test_log import NOON


def told(number: int) -> NewEvent:
    return NewEvent("panel", "nj-1", "Told", {"number": number})


def count(connection) -> int:
    return int(connection.execute("SELECT count(*) FROM event").fetchone()[0])


async def all_at_once(*calls) -> list[Any]:
    """Outcomes of the calls, each an answer or an exception, in their order."""
    outcomes: list[Any] = [None] * len(calls)

    async def run(place, call):
        try:
            outcomes[place] = await call()
        except Exception as error:  # noqa: BLE001 - the tests look at it
            outcomes[place] = error

    async with anyio.create_task_group() as tasks:
        for place, call in enumerate(calls):
            tasks.start_soon(run, place, call)
    return outcomes


async def test_a_write_answers_what_its_command_answered(database):
    assert await database.write(lambda connection: connection.execute("SELECT 41 + 1").fetchone()) == (42,)


async def test_only_the_owner_can_read_the_file(database, path):
    await database.write(lambda connection: append(connection, [told(1)], NOON))

    for file in path.parent.glob("busbar.db*"):
        if not file.name.endswith(".lock"):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


async def test_each_commit_is_synced_to_the_disk_in_wal_mode(database):
    def settings(connection):
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    assert await database.write(settings) == ["wal", 2, 1]


def save(number: int, connection):
    return append(connection, [told(number)], NOON)


async def test_commands_that_wait_together_share_a_commit_and_fail_alone(path):
    gate = threading.Event()
    commits: list[set[str]] = []

    def fail(connection):
        append(connection, [told(2)], NOON)
        raise ValueError("changed my mind")

    async with Database.open(path) as database:
        database.listen(commits.append)
        saves = [partial(database.write, partial(save, number)) for number in (1, 3)]
        outcomes = await all_at_once(
            partial(database.write, lambda connection: gate.wait()),
            saves[0],
            partial(database.write, fail),
            saves[1],
            partial(anyio.to_thread.run_sync, gate.set),
        )
        sequences = [outcome[0].seq if isinstance(outcome, list) else str(outcome) for outcome in outcomes[1:4]]

    assert sequences == [1, "changed my mind", 2]
    assert commits == [{"panel"}]


async def test_a_caller_that_gives_up_while_waiting_leaves_no_trace(path):
    gate = threading.Event()
    async with Database.open(path) as database, anyio.create_task_group() as tasks:
        tasks.start_soon(database.write, lambda connection: gate.wait())
        await anyio.wait_all_tasks_blocked()
        with anyio.CancelScope() as impatient:
            impatient.cancel()
            await database.write(lambda connection: append(connection, [told(1)], NOON))
        gate.set()
        assert await database.read(count) == 0


async def test_a_full_queue_makes_callers_wait_instead_of_growing(path):
    gate = threading.Event()
    begun: list[int] = []
    limits = Limits(queued_writes=3)
    async with Database.open(path, limits=limits) as database, anyio.create_task_group() as tasks:
        tasks.start_soon(database.write, lambda connection: gate.wait())
        await anyio.wait_all_tasks_blocked()
        for number in range(20):
            tasks.start_soon(database.write, lambda connection, number=number: begun.append(number))
        await anyio.wait_all_tasks_blocked()
        waiting = database._writer._queue.qsize()
        gate.set()

    assert waiting <= 3
    assert begun == list(range(20))


async def test_a_full_disk_is_said_and_survived(database):
    pages = await database.write(lambda connection: connection.execute("PRAGMA page_count").fetchone()[0])
    await database.write(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages + 4}"))
    big = NewEvent("panel", "nj-1", "Told", {"text": "x" * 60_000})

    outcomes = await all_at_once(*[lambda: database.write(lambda c: append(c, [big], NOON)) for _ in range(3)])

    assert all(isinstance(outcome, StorageFullError) for outcome in outcomes)
    assert "free some space" in str(outcomes[0])
    assert await database.read(count) == 0
    await database.write(lambda connection: connection.execute("PRAGMA max_page_count = 1000000"))
    assert (await database.write(lambda c: append(c, [big], NOON)))[0].seq == 1


async def test_a_command_that_ends_the_transaction_itself_fails_and_the_next_one_works(database):
    with pytest.raises(Exception, match="no such savepoint"):
        await database.write(lambda connection: connection.execute("COMMIT"))

    assert (await database.write(lambda connection: append(connection, [told(1)], NOON)))[0].seq == 1


async def test_a_command_that_stops_its_iteration_is_not_lost(database):
    with pytest.raises(StoreError, match="row that is not there"):
        await database.write(lambda connection: next(iter([])))


async def test_a_read_cannot_write(database):
    with pytest.raises(Exception, match="readonly"):
        await database.read(lambda connection: append(connection, [told(1)], NOON))


async def test_a_read_sees_one_moment_however_long_it_takes(database):
    halfway, go_on = threading.Event(), threading.Event()

    def twice(connection):
        before = count(connection)
        halfway.set()
        go_on.wait()
        return before, count(connection)

    async def write_meanwhile():
        await anyio.to_thread.run_sync(halfway.wait)
        await database.write(partial(save, 1))
        go_on.set()

    outcomes = await all_at_once(partial(database.read, twice), write_meanwhile)

    assert outcomes[0] == (0, 0)


async def test_closing_writes_what_was_given_and_refuses_the_rest(path):
    async with anyio.create_task_group() as tasks, Database.open(path) as database:
        for number in range(50):
            tasks.start_soon(database.write, partial(save, number))
        await anyio.wait_all_tasks_blocked()
    with pytest.raises(StoreClosedError):
        await database.write(count)
    with pytest.raises(StoreClosedError):
        await database.read(count)
    async with Database.open(path) as again:
        assert await again.read(count) == 50


async def test_a_second_holder_is_told_whose_the_file_is(database, path):
    with pytest.raises(StoreHeldError, match=r"in use by process \d+: stop that one first"):
        async with Database.open(path):
            pass


async def test_a_file_another_program_keeps_locked_is_said_to_be(path):
    async with Database.open(path, limits=Limits(busy_timeout_s=0.01)) as database:
        other = sqlite3.connect(path)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreHeldError, match="locked by another program"):
            await database.write(count)
        other.close()
        assert await database.write(count) == 0


async def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError, match="choose another data directory"):
        async with Database.open(tmp_path / "file" / "data" / "busbar.db"):
            pass
