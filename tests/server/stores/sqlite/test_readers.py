"""Reads whose callers give up: their threads go on, and nobody else is the worse for it."""

from __future__ import annotations

import asyncio
from threading import Event

import pytest

from server.stores.errors import StoreClosedError
from server.stores.sqlite.connection import Connection
from server.stores.sqlite.database import Database, Limits


class Slow:
    """A read that lasts until it is let go."""

    def __init__(self) -> None:
        self.begun, self.may_end = Event(), Event()
        self.answer: object = None

    def __call__(self, connection: Connection) -> object:
        self.begun.set()
        assert self.may_end.wait(30)
        self.answer = connection.execute("SELECT 41 + 1").fetchone()[0]
        return self.answer


def one(connection: Connection) -> object:
    return connection.execute("SELECT 1").fetchone()[0]


async def given_up(database: Database, slow: Slow) -> None:
    """As asyncio's time-outs do it, and whoever cancels a task."""
    task = asyncio.create_task(database.read(slow))
    await asyncio.to_thread(slow.begun.wait, 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_those_who_come_after_reads_that_were_given_up_wait_for_a_connection(tmp_path):
    async with Database.open(tmp_path / "busbar.db", limits=Limits(reader_threads=2)) as database:
        slow = [Slow(), Slow()]
        for each in slow:
            await given_up(database, each)

        waiting = [asyncio.create_task(database.read(one)) for _ in range(5)]
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in waiting)
        for each in slow:
            each.may_end.set()

        assert await asyncio.gather(*waiting) == [1] * 5


async def test_closing_waits_for_a_read_that_was_given_up(tmp_path):
    slow = Slow()
    async with Database.open(tmp_path / "busbar.db", limits=Limits(reader_threads=1)) as database:
        await given_up(database, slow)
        asyncio.get_running_loop().call_later(0.05, slow.may_end.set)

    assert slow.answer == 42


async def test_reads_that_still_wait_when_it_closes_are_told_so(tmp_path):
    slow = Slow()
    async with Database.open(tmp_path / "busbar.db", limits=Limits(reader_threads=1)) as database:
        first = asyncio.create_task(database.read(slow))
        await asyncio.to_thread(slow.begun.wait, 30)
        late = [asyncio.create_task(database.read(one)) for _ in range(3)]
        await asyncio.sleep(0.05)
        asyncio.get_running_loop().call_later(0.05, slow.may_end.set)

    assert await first == 42
    outcomes = await asyncio.gather(*late, return_exceptions=True)
    assert [each for each in outcomes if each != 1 and not isinstance(each, StoreClosedError)] == []
