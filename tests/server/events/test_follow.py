from __future__ import annotations

from contextlib import aclosing
from itertools import pairwise

import anyio
import pytest

from schema.ports import CursorExpiredError, CursorInvalidError, Event, Position, TopicFilter
from server.clock import Clock
from server.events.log import EventLog, Retention, append
from tests.server.events.fakes import WatchedHub
from tests.server.events.test_log import NOON, PANEL, event, numbers


async def take(feed, count: int) -> list[tuple[Event, Position]]:
    return [await anext(feed) for _ in range(count)]


async def test_a_follower_replays_and_then_goes_on_live(log):
    start = await log.position()
    await log.append([event(1), event(2)])

    async with aclosing(log.follow(start, PANEL)) as feed:
        replayed = await take(feed, 2)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(log.append, [event(3)])
            live = await take(feed, 1)

    assert numbers(each for each, _ in replayed + live) == [1, 2, 3]


async def test_a_follower_without_a_cursor_sees_only_what_comes(database):
    hub = WatchedHub()
    log = EventLog(database, hub, Clock())
    await log.append([event(1)])
    async with aclosing(log.follow(None, PANEL)) as feed, anyio.create_task_group() as tasks:
        seen = []

        async def first():
            seen.append((await anext(feed))[0])

        tasks.start_soon(first)
        await hub.somebody_waits.wait()
        await log.append([event(2)])

    assert numbers(seen) == [2]


async def test_each_event_carries_the_position_to_resume_from(log):
    both = [TopicFilter("panel"), TopicFilter("plant")]
    start = await log.position()
    await log.append([event(number, topic) for number, topic in enumerate(["panel", "plant", "panel", "plant"])])

    async with aclosing(log.follow(start, both)) as feed:
        seen = await take(feed, 4)

    for (_, position), (following, _) in pairwise(seen):
        assert (await log.since(position, both, 1))[0] == [following]


async def test_a_follower_reads_pages_however_much_there_is(database, hub):
    log = EventLog(database, hub, Clock(), page_size=7)
    start = await log.position()
    await log.append([event(number) for number in range(50)])

    async with aclosing(log.follow(start, PANEL)) as feed:
        assert numbers(each for each, _ in await take(feed, 50)) == list(range(50))


async def test_a_write_of_another_store_rings_without_being_asked_to(database, log):
    async with aclosing(log.follow(await log.position(), PANEL)) as feed, anyio.create_task_group() as tasks:
        tasks.start_soon(database.write, lambda connection: append(connection, [event(1)], NOON))
        assert numbers([(await anext(feed))[0]]) == [1]


async def test_a_slow_follower_that_falls_behind_the_retention_is_told(database, hub):
    log = EventLog(database, hub, Clock(), retention=Retention(events=2), page_size=2)
    start = await log.position()
    await log.append([event(number) for number in range(4)])
    async with aclosing(log.follow(start, PANEL)) as feed:
        await take(feed, 2)
        await log.append([event(number) for number in range(4, 10)])
        await log.prune()

        with pytest.raises(CursorExpiredError):
            await anext(feed)


async def test_a_bad_cursor_ends_a_feed_before_it_begins(log):
    async with aclosing(log.follow(Position("another", {}), PANEL)) as feed:
        with pytest.raises(CursorInvalidError):
            await anext(feed)


async def test_a_follower_that_leaves_takes_its_bell_along(log, hub):
    await log.append([event()])
    async with aclosing(log.follow(Position((await log.position()).log_id, {}), PANEL)) as feed:
        await anext(feed)
        assert hub.reader_count == 1

    assert hub.reader_count == 0


async def test_an_event_that_is_committed_while_a_page_is_read_is_not_slept_through(database):
    class Hurried(EventLog):
        async def since(self, after, filters, limit):
            answer = await super().since(after, filters, limit)
            if not answer[0]:
                await self.append([event(1)])
            return answer

    hub = WatchedHub()
    log = Hurried(database, hub, Clock())
    async with anyio.create_task_group() as tasks, aclosing(log.follow(await log.position(), PANEL)) as feed:

        async def refuse_to_wait():
            await hub.somebody_waits.wait()
            raise AssertionError("the follower sleeps though there is an event")

        tasks.start_soon(refuse_to_wait)
        assert numbers([(await anext(feed))[0]]) == [1]
        tasks.cancel_scope.cancel()
