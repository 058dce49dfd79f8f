"""R7 with R8 and R15: followers over WebSockets, while the server they follow is killed and started again.

Each comes back with the cursor of the last event it saw, also when it left of its own accord.
"""

from __future__ import annotations

import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import httpx
import orjson
import pytest
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream
from websockets.exceptions import WebSocketException

from schema.ports import Event, Position, TopicFilter
from schema.scalars import read_cursor, write_cursor
from server.clock import Clock
from server.config import DATABASE_FILE
from server.events.hub import Hub
from server.events.log import EventLog
from server.stores.sqlite.database import Database
from tests.schema.serving import listen
from tests.schema.socket import connect
from tests.server.events.history_checker import check
from tests.server.events.killable_server import TOPICS
from tests.server.events.test_log import NOON

READERS = 4
FOLLOW = """subscription($after: Cursor, $topics: [String!]) {
  events(topics: $topics, after: $after) { topic sequence subject kind data cursor } }"""
ENDLESS = 10_000_000


def told(topic: str, seq: int, subject: str, kind: str, data: dict[str, object]) -> Event:
    return Event(topic, seq, NOON, subject, kind, data)


class Follower:
    """Comes back from where it was, however the connection ended."""

    def __init__(self, address: str, start: str) -> None:
        self.address, self.cursor = address, start
        self.seen: list[Event] = []

    def is_behind(self, end: Position) -> bool:
        reached = read_cursor(self.cursor).seqs
        return any(reached.get(topic, 0) < end.seqs.get(topic, 0) for topic in TOPICS)

    async def run(self, dice: random.Random) -> None:
        while True:
            try:
                await self.follow(dice.randint(1, 2_000))
            except (OSError, WebSocketException):  # the server is dead, or dies
                await anyio.sleep(0.05)

    async def follow(self, count: int) -> None:
        async with connect(self.address) as socket:
            await socket.subscribe("1", FOLLOW, after=self.cursor, topics=TOPICS)
            for _ in range(count):
                message = orjson.loads(await socket.connection.recv())
                assert message["type"] == "next", message
                event = message["payload"]["data"]["events"]
                self.cursor = event.pop("cursor")
                self.seen.append(told(*(event[name] for name in ("topic", "sequence", "subject", "kind", "data"))))
            socket.vanish()


class Life:
    """One run of the server."""

    def __init__(self, process: Process) -> None:
        assert process.stdout is not None
        self.process = process
        self.lines = BufferedByteReceiveStream(process.stdout)
        self.acknowledged: list[Event] = []

    async def write(self, count: int = ENDLESS) -> None:
        """Until this many events are acknowledged, or the server has no more to write."""
        while len(self.acknowledged) < count:
            line = await self.lines.receive_until(b"\n", 1_000_000)
            if line == b"done":
                return
            self.take(line)

    async def kill(self) -> None:
        """What it said before it died counts."""
        self.process.kill()
        try:
            while True:
                self.take(await self.lines.receive_until(b"\n", 1_000_000))
        except (anyio.EndOfStream, anyio.IncompleteRead):
            return

    def take(self, line: bytes) -> None:
        if line != b"ready":
            self.acknowledged += [told(*event) for event in orjson.loads(line)]


@asynccontextmanager
async def living(data: Path, port: int, number: int, turns: int) -> AsyncIterator[Life]:
    words = [str(each) for each in (data, port, number, turns)]
    command = [sys.executable, "-m", "tests.server.events.killable_server", *words]
    async with await anyio.open_process(command, stderr=None) as process:
        yield Life(process)
        with suppress(ProcessLookupError):
            process.terminate()


async def end_of(address: str) -> Position:
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"http://{address}/graphql", json={"query": "{ eventCursor }"})
    return read_cursor(answer.json()["data"]["eventCursor"])


async def caught_up(readers: list[Follower], end: Position) -> None:
    with anyio.fail_after(1_200):
        while any(reader.is_behind(end) for reader in readers):  # noqa: ASYNC110 (they are other people's programs)
            await anyio.sleep(0.05)


async def log_in(data: Path) -> tuple[Position, list[Event]]:
    async with Database.open(data / DATABASE_FILE) as database:
        log = EventLog(database, Hub(), Clock())
        kept, _ = await log.since(None, [TopicFilter(topic) for topic in TOPICS], 1_000_000)
        return await log.position(), kept


async def history_of(data: Path, *, lives: int, events: int) -> None:
    dice, acknowledged = random.Random(7), list[Event]()
    with listen() as taken:
        port = taken.getsockname()[1]
    start = write_cursor((await log_in(data))[0])
    readers = [Follower(f"127.0.0.1:{port}", start) for _ in range(READERS)]
    async with anyio.create_task_group() as reading:
        for number, reader in enumerate(readers):
            reading.start_soon(reader.run, random.Random(number))
        for number in range(lives):
            async with living(data, port, number, ENDLESS) as life:
                await life.write(dice.randint(1, 2 * events // lives))
                await life.kill()
            acknowledged += life.acknowledged
        turns = 1 + max(0, events - len(acknowledged)) // 14
        async with living(data, port, lives, turns) as life:
            await life.write()
            await caught_up(readers, await end_of(readers[0].address))
        acknowledged += life.acknowledged
        reading.cancel_scope.cancel()
    _, kept = await log_in(data)
    assert len(acknowledged) >= events * 0.9
    check(acknowledged, [reader.seen for reader in readers], kept)


async def test_r7_followers_of_a_server_that_is_killed_see_each_event_once_and_in_order(tmp_path):
    await history_of(tmp_path, lives=3, events=4_000)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
async def test_r7_followers_see_200_000_events_of_a_server_killed_50_times(tmp_path):
    await history_of(tmp_path, lives=50, events=200_000)
