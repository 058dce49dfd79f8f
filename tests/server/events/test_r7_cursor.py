"""R7: eight writers, four tail readers that are restarted at random: each sees every committed event once, in order."""

from __future__ import annotations

import asyncio
import itertools
import random
import threading
from contextlib import aclosing
from functools import partial

import anyio
import pytest

from schema.ports import Event, NewEvent, Position, TopicFilter
from server.clock import Clock
from server.events.log import EventLog, append
from server.stores.sqlite.connection import Connection
from tests.server.events.fakes import WatchedHub
from tests.server.events.history_checker import BrokenHistoryError, check
from tests.server.events.test_log import NOON, PANEL
from tests.server.events.writers import Append, RolledBackError, honest, write

WRITERS, READERS = 8, 4
LONGEST_PEACE_S = 0.03
TOPICS = ("panel", "plant")
FILTERS = [TopicFilter(topic) for topic in TOPICS]
History = tuple[list[Event], list[list[Event]], list[Event]]
"""What was acknowledged, what each reader saw, and what the log holds in the end."""


class Reader:
    """Follows from its last position; leaves after a while or when interrupted, and comes back, as clients do."""

    def __init__(self, log: EventLog, start: Position) -> None:
        self.log, self.position = log, start
        self.seen: list[Event] = []
        self.connection = anyio.CancelScope()
        self._due, self._is_through = float("inf"), anyio.Event()

    async def has_seen(self, count: int) -> None:
        """Wait for it."""
        self._due = count
        if len(self.seen) < count:
            await self._is_through.wait()

    async def run(self, dice: random.Random) -> None:
        while True:
            with anyio.CancelScope() as self.connection:
                async with aclosing(self.log.follow(self.position, FILTERS)) as feed:
                    for _ in range(dice.randint(1, 400)):
                        event, self.position = await anext(feed)
                        self.seen.append(event)
                        if len(self.seen) == self._due:
                            self._is_through.set()


async def interrupt(readers: list[Reader], dice: random.Random) -> None:
    """Sleeps between: a loop that spins keeps the interpreter's lock from the threads that read and write."""
    while True:
        await anyio.sleep(dice.uniform(0, LONGEST_PEACE_S))
        dice.choice(readers).connection.cancel()


async def everything(log: EventLog) -> list[Event]:
    return (await log.since(None, FILTERS, 1_000_000))[0]


async def history_of(database, append: Append, turns: int) -> History:
    log = EventLog(database, WatchedHub(), Clock(), page_size=64)
    readers = [Reader(log, await log.position()) for _ in range(READERS)]
    acknowledged: list[Event] = []
    async with anyio.create_task_group() as reading:
        for number, reader in enumerate(readers):
            reading.start_soon(reader.run, random.Random(1000 + number))
        async with anyio.create_task_group() as trouble:
            trouble.start_soon(interrupt, readers, random.Random(99))
            async with anyio.create_task_group() as writing:
                for number in range(WRITERS):
                    writing.start_soon(
                        partial(write, topics=TOPICS), database, number, turns, append, acknowledged.extend
                    )
            trouble.cancel_scope.cancel()
        for reader in readers:
            await reader.has_seen(len(acknowledged))
        reading.cancel_scope.cancel()
    return acknowledged, [reader.seen for reader in readers], await everything(log)


async def test_r7_every_reader_sees_20_000_events_once_and_in_order(database):
    acknowledged, readers, kept = await history_of(database, honest, turns=1_300)

    assert len(acknowledged) == len(kept) > 18_000
    check(acknowledged, readers, kept)


@pytest.mark.soak
async def test_r7_every_reader_sees_200_000_events_once_and_in_order(database):
    acknowledged, readers, kept = await history_of(database, honest, turns=14_000)

    assert len(acknowledged) >= 200_000
    check(acknowledged, readers, kept)


async def planted(database, mutant: Append, turns: int = 25) -> History:
    """The writers' history under a mutant, and what one reader finds in the table afterwards."""
    acknowledged: list[Event] = []
    async with anyio.create_task_group() as writing:
        for number in range(WRITERS):
            writing.start_soon(partial(write, topics=TOPICS), database, number, turns, mutant, acknowledged.extend)
    found = await everything(EventLog(database, WatchedHub(), Clock()))
    return acknowledged, [found], found


async def test_r7_a_planted_identity_column_is_caught(database):
    """Numbers handed out outside the transaction, as an identity column's are, are not taken back with it."""
    identity = {topic: itertools.count(1) for topic in TOPICS}

    def mutant(connection: Connection, events: list[NewEvent], dice: random.Random) -> list[Event]:
        kept = []
        for event in events:
            seq = next(identity[event.topic])
            (appended,) = append(connection, [event], NOON)
            connection.execute("UPDATE topic SET seq = ? WHERE name = ?", (seq, event.topic))
            connection.execute(
                "UPDATE event SET seq = ? WHERE seq = ? AND topic_id = (SELECT id FROM topic WHERE name = ?)",
                (seq, appended.seq, event.topic),
            )
            kept.append(Event(event.topic, seq, NOON, event.subject, event.kind, event.data))
        if dice.random() < 0.1:
            raise RolledBackError
        return kept

    with pytest.raises(BrokenHistoryError, match="was due"):
        check(*await planted(database, mutant))


async def test_r7_events_that_are_told_before_their_commit_are_caught(database):
    """A feed that hands events on while their transaction is open tells of some that are then taken back."""
    told: list[Event] = []

    def mutant(connection: Connection, events: list[NewEvent], dice: random.Random) -> list[Event]:
        kept = append(connection, events, NOON)
        told.extend(kept)
        if dice.random() < 0.1:
            raise RolledBackError
        return kept

    acknowledged, _, kept = await planted(database, mutant)

    with pytest.raises(BrokenHistoryError, match=r"never committed|was due"):
        check(acknowledged, [told], kept)


async def rung_before_the_commit(database, *, bell_after_commit: bool) -> list[Event]:
    """What a waiting reader has seen once an event is committed whose bell rang while its transaction was open."""
    hub = WatchedHub()
    log = EventLog(database, hub, Clock())
    if not bell_after_commit:
        database._writer.listeners.clear()
    loop_saw_nothing = threading.Event()
    seen: list[Event] = []

    async def reader() -> None:
        async with aclosing(log.follow(None, PANEL)) as feed:
            async for event, _ in feed:
                seen.append(event)

    def command(connection: Connection) -> None:
        append(connection, [NewEvent("panel", "nj-1", "Told", {})], NOON)
        anyio.from_thread.run_sync(hub.ring, ["panel"], token=token)
        loop_saw_nothing.wait()

    token = anyio.lowlevel.current_token()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(reader)
        await hub.somebody_waits.wait()
        hub.somebody_waits = asyncio.Event()
        tasks.start_soon(database.write, command)
        await hub.somebody_waits.wait()
        hub.somebody_waits = asyncio.Event()
        loop_saw_nothing.set()
        await database.write(lambda connection: None)
        if bell_after_commit:
            await hub.somebody_waits.wait()
        await log.position()
        tasks.cancel_scope.cancel()
    return seen


async def test_r7_a_bell_that_rings_only_before_the_commit_is_caught(database):
    assert await rung_before_the_commit(database, bell_after_commit=False) == []


async def test_r7_the_bell_rings_again_after_the_commit(database):
    assert len(await rung_before_the_commit(database, bell_after_commit=True)) == 1


def test_the_checker_notices_what_was_made_up_and_what_was_lost():
    def told(seq: int, kind: str = "Told") -> Event:
        return Event("panel", seq, NOON, "nj-1", kind, {})

    with pytest.raises(BrokenHistoryError, match="'Told', '\\[\\]'\\), which was never committed"):
        check([], [[told(1)]], [told(1, "Other")])
    with pytest.raises(BrokenHistoryError, match="the log has lost"):
        check([told(1)], [[told(1)]], [])


@pytest.mark.parametrize(
    ("seen", "complaint"),
    [([1, 3], "saw 3 where 2 was due"), ([1, 1], "saw 1 where 2"), ([2, 1], "saw 2 where 1"), ([1], "never saw")],
)
def test_the_checker_notices_gaps_repeats_disorder_and_losses(seen, complaint):
    def told(seq: int) -> Event:
        return Event("panel", seq, NOON, "nj-1", "Told", {})

    with pytest.raises(BrokenHistoryError, match=complaint):
        check([told(1), told(2)], [[told(seq) for seq in seen]], [told(1), told(2), told(3)])
