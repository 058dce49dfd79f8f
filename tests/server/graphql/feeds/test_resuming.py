"""Viewers that go on from a cursor: caught up, they are served with all the others, and notice nothing of it."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig

from schema.compose import Schema
from schema.context import Context
from schema.events import EventSubscriptions, filters
from schema.ports import NewEvent, Position
from schema.scalars import SCALARS, read_cursor, write_cursor
from server.clock import Clock
from server.events.hub import Hub
from server.events.log import EventLog
from server.graphql.engine import Engine
from server.graphql.feeds.cohorts import Cohorts
from server.graphql.feeds.mailbox import Mailbox
from server.graphql.limits import Limits
from server.graphql.meters import Meters
from server.stores.sqlite.database import Database
from tests.schema.fakes import World
from tests.schema.serving import until
from tests.server.graphql.feeds.sources import Query, Reader, operation, settled

SCHEMA = Schema(query=Query, subscription=EventSubscriptions, config=StrawberryConfig(scalar_map=dict(SCALARS)))
FOLLOW = """subscription ($topics: [String!], $after: Cursor) {
  events(topics: $topics, after: $after) { topic sequence cursor }
}"""
SOME = ["panel/mine", "plant"]
EVERYTHING = 10_000


@dataclass
class Following:
    """An edge over a real log."""

    log: EventLog
    meters: Meters
    cohorts: Cohorts
    context: Context

    async def follow(self, after: Position | None, text: str = FOLLOW, *, is_slow: bool = False) -> Reader:
        reader = Reader(is_slow=is_slow)
        variables: dict[str, Any] = {"topics": SOME} if "$topics" in text else {}
        if after is not None:
            variables["after"] = write_cursor(after)
        reader.membership = await self.cohorts.join(operation(text), variables, self.context, reader)
        return reader

    async def happen(self, *names: str) -> None:
        """`topic/subject` each."""
        parts = [name.split("/") for name in names]
        await self.log.append([NewEvent(topic, subject, "Happened", {}) for topic, subject in parts])

    async def behind(self, after: Position | None) -> list[tuple[str, int]]:
        found, _ = await self.log.since(after, filters(SOME), EVERYTHING)
        return [(each.topic, each.seq) for each in found]


@asynccontextmanager
async def following(limits: Limits | None = None) -> AsyncIterator[Following]:
    meters, limits = Meters(), limits or Limits()
    with tempfile.TemporaryDirectory() as folder:
        async with Database.open(Path(folder) / "busbar.db") as database:
            log = EventLog(database, Hub(), Clock(), page_size=3)
            cohorts = Cohorts(Engine(SCHEMA, limits, meters), limits, meters)
            yield Following(log, meters, cohorts, replace(World().context(), events=log))
            await cohorts.close()
            assert (meters.operations, meters.sources) == (0, 0)


def told(reader: Reader) -> list[tuple[str, int]]:
    events = [answer["data"]["events"] for answer in reader.answers]
    return [(each["topic"], each["sequence"]) for each in events]


def cursors(reader: Reader) -> list[Position]:
    return [read_cursor(answer["data"]["events"]["cursor"]) for answer in reader.answers]


def _has(reader: Reader, many: int) -> bool:
    return len(told(reader)) >= many


async def all_told(one: Following, readers: Sequence[tuple[Position | None, Reader]]) -> None:
    """Each is told all behind its cursor, once and in order; and could go on from any of its cursors."""
    for after, reader in readers:
        wanted = await one.behind(after)
        await until(partial(_has, reader, len(wanted)))
        await settled()
        assert told(reader) == wanted
        assert reader.codes == []
        places = cursors(reader)
        for number in {0, len(places) // 2, len(places) - 1} & set(range(len(places))):
            assert await one.behind(places[number]) == wanted[number + 1 :]
        for before, place, (topic, seq) in zip([after, *places], places, wanted, strict=False):
            assert (before.seqs.get(topic, 0) if before else 0) < seq <= place.seqs[topic]


async def all_share(one: Following) -> None:
    """Let it happen that both sources tell the same; the shared one may open behind an event that the others tell."""
    while one.meters.sources != 1:
        await one.happen("plant/x")
        await settled(200)


async def test_a_viewer_that_has_caught_up_shares_the_source() -> None:
    async with following() as one:
        start = await one.log.position()
        await one.happen(*["panel/mine", "panel/other", "plant/x"] * 5)
        readers = [(start, await one.follow(start)) for _ in range(20)]
        await until(lambda: all(len(told(reader)) == 10 for _, reader in readers))
        await all_share(one)
        await one.happen("panel/other", "panel/mine")
        await all_told(one, readers)
        assert (one.meters.sources, one.meters.operations, len(one.cohorts._all)) == (1, 20, 1)


async def test_whoever_missed_what_the_others_were_told_last_shares_at_once() -> None:
    async with following() as one:
        first = await one.follow(None)
        start = await one.log.position()
        await settled(200)
        await one.happen("plant/x", "plant/y", "panel/other")
        await until(lambda: len(told(first)) == 2)
        late = await one.follow(start)
        await until(lambda: len(told(late)) == 2 and one.meters.sources == 1)
        await one.happen("panel/mine")
        await all_told(one, [(start, late)])
        assert told(first) == told(late)


async def test_the_last_one_of_all_closes_the_shared_source() -> None:
    async with following() as one:
        start = await one.log.position()
        await one.happen("plant/x")
        own, moved = await one.follow(start), await one.follow(start)
        await all_share(one)
        own.leave()
        await settled()
        assert one.meters.sources == 1
        moved.leave()
        await until(lambda: one.meters.sources == 0)
        assert (one.meters.operations, one.cohorts._shared) == (0, {})


async def test_who_leaves_while_catching_up_leaves_no_source_behind() -> None:
    async with following() as one:
        start = await one.log.position()
        for turns in range(0, 60, 7):
            await one.happen("plant/x")
            reader = await one.follow(start)
            await settled(turns)
            reader.leave()
            await until(lambda: one.meters.sources == 0)
            assert (one.meters.operations, one.cohorts._shared, one.cohorts._all) == (0, {}, set())


@pytest.mark.parametrize(
    "text",
    [
        "subscription ($after: Cursor!) { events(after: $after) { topic sequence cursor } }",
        'subscription ($after: Cursor = "CURSOR") { events(after: $after) { topic sequence cursor } }',
        'subscription { events(after: "CURSOR") { topic sequence cursor } }',
    ],
)
async def test_what_cannot_be_asked_without_its_cursor_keeps_a_source_of_its_own(text: str) -> None:
    async with following() as one:
        start = await one.log.position()
        await one.happen("plant/x")
        given = start if "!" in text else None
        reader = await one.follow(given, text.replace("CURSOR", write_cursor(start)))
        for _ in range(3):
            await one.happen("plant/x")
        await all_told(one, [(start, reader)])
        assert (one.meters.sources, one.cohorts._shared) == (1, {})


async def test_a_reader_that_is_behind_keeps_its_own_source_until_it_reads() -> None:
    async with following(Limits(mailbox_events=3)) as one:
        start = await one.log.position()
        await one.happen(*["plant/x"] * 20)
        slow = await one.follow(start, is_slow=True)
        for _ in range(10):
            await one.happen("plant/x", "panel/mine")
            await settled(100)
        slow.hurry()
        await until(lambda: len(told(slow)) == 40)
        await one.happen("plant/x")
        await until(lambda: one.meters.sources == 1)
        await all_told(one, [(start, slow)])


def _holds(mailbox: Mailbox, many: int) -> bool:
    return len(mailbox) >= many


async def test_a_reader_that_is_behind_at_the_tip_of_the_log_is_waited_for() -> None:
    async with following(Limits(mailbox_events=3)) as one:
        start = await one.log.position()
        slow = await one.follow(start, is_slow=True)
        assert slow.membership is not None
        mailbox = slow.membership.mailbox
        for number in range(1, 8):
            await one.happen("plant/x")
            await until(partial(_holds, mailbox, min(number, 3)))
            await asyncio.sleep(0.01)
        slow.hurry()
        await until(lambda: len(told(slow)) == 7)
        await one.happen("plant/x")
        await until(lambda: one.meters.sources == 1)
        await all_told(one, [(start, slow)])


NAMES = st.sampled_from(["panel/mine", "panel/other", "plant/x", "cells/x"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("happen"), st.lists(NAMES, min_size=1, max_size=6)),
        st.tuples(st.just("follow"), st.floats(0, 1)),
        st.tuples(st.just("slow"), st.integers(0, 9)),
        st.tuples(st.just("hurry"), st.integers(0, 9)),
        st.tuples(st.just("turns"), st.integers(0, 60)),
        st.tuples(st.just("wait"), st.integers(1, 3)),
    ),
    min_size=5,
    max_size=40,
)


@given(steps=STEPS, seed=st.integers(0, 1000))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_happens_each_is_told_each_event_once_and_in_order(steps: list[tuple[str, Any]], seed: int) -> None:
    asyncio.run(_whatever_happens(steps, random.Random(seed)))


async def _whatever_happens(steps: list[tuple[str, Any]], dice: random.Random) -> None:
    async with following(Limits(mailbox_events=4)) as one:
        places = [await one.log.position()]
        readers: list[tuple[Position | None, Reader]] = []
        for kind, much in steps:
            if kind == "happen":
                await one.happen(*much)
                places.append(await one.log.position())
            elif kind == "follow":
                after = places[int(much * (len(places) - 1))]
                readers.append((after, await one.follow(after)))
            elif kind == "turns":
                await settled(much)
            elif kind == "wait":
                await asyncio.sleep(much / 500)
            elif readers:
                _go(readers[much % len(readers)][1], is_slow=kind == "slow" and one.meters.sources > 1)
        await _ends_well(one, readers, dice)


def _go(reader: Reader, *, is_slow: bool) -> None:
    reader.is_slow = is_slow
    if not is_slow:
        reader.drain()


async def _ends_well(one: Following, readers: Sequence[tuple[Position | None, Reader]], dice: random.Random) -> None:
    for _, reader in readers:
        reader.hurry()
    for _ in range(3):
        await one.happen("plant/x", dice.choice(["panel/mine", "panel/other"]))
        await asyncio.sleep(0.01)
    await all_told(one, [each for each in readers if not each[1].codes])
    for after, reader in readers:
        wanted = await one.behind(after)
        assert reader.codes in ([], ["SLOW_READER"])
        assert told(reader) == wanted[: len(told(reader))]
    await until(lambda: one.meters.sources <= 1)
