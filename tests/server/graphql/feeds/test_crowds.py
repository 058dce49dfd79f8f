"""R3 and R4: some of many who stop reading, and many who vanish. `make soak` runs the full numbers."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from itertools import cycle, islice

import pytest

from server.frames import FramesProtocol
from server.graphql.limits import Limits
from tests.schema.serving import until
from tests.server.graphql.feeds.crowds import Watcher, descriptors, resident_mb, watch
from tests.server.graphql.feeds.sources import Tick
from tests.server.graphql.sockets.wires import EVENTS, WATCH, Served, connected

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
WARM = 20
MOST_EVENTS = 2_000
MOST_MB = 20.0
TEXT = "x" * 20_000
OWN = "subscription { own { seq text } }"


async def tell(server: Served, healthy: Sequence[Watcher], every_s: float) -> float:
    """One event, which all who read have before the next one comes; the memory in use by then, in MB."""
    seq = healthy[0].told
    server.plug.tell(Tick(seq=seq, text=TEXT))
    await until(lambda: all(each.told > seq for each in healthy))
    await asyncio.sleep(every_s)
    return resident_mb()


async def tell_until_gone(server: Served, healthy: Sequence[Watcher], lazy: Sequence[Watcher], every_s: float) -> float:
    """The lazy ones stop; the others are told more until none of the lazy is served any more. Those find out why.

    Returns the most memory that was in use meanwhile, in MB.
    """
    most_mb = 0.0
    for each in lazy:
        each.transport.pause_reading()
    while server.meters.sockets > len(healthy):
        assert healthy[0].told < MOST_EVENTS, "those who read nothing are still served"
        most_mb = max(most_mb, await tell(server, healthy, every_s))
    for each in lazy:
        each.transport.resume_reading()
    await until(lambda: all(each.close_frame or each.has_gone for each in lazy))
    assert {each.close_frame for each in lazy} == {(4410, b"reads too slowly")}
    assert server.meters.slow_readers >= len(lazy)
    return most_mb


async def stop_reading(many: int, stuck: int, limits: Limits, seconds: float, every_s: float) -> None:
    """`stuck` of `many` stop; the others are told more until they are gone, and then for `seconds`."""
    async with connected(limits, ws=FramesProtocol) as server:
        everyone = [await watch(server.address, EVENTS) for _ in range(many - stuck)]
        asked = islice(cycle((EVENTS, WATCH)), stuck)
        lazy = [await watch(server.address, query, takes_little=True) for query in asked]
        await until(lambda: server.meters.operations == many)
        for _ in range(WARM):
            before_mb = await tell(server, [*everyone, *lazy], 0)
        most_mb = await tell_until_gone(server, everyone, lazy, every_s)
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            most_mb = max(most_mb, await tell(server, everyone, every_s))
        assert most_mb - before_mb < MOST_MB
        assert len({each.told for each in everyone}) == 1
        assert not any(each.missed for each in everyone)
        assert server.meters.operations == many - stuck
        for each in (*everyone, *lazy):
            each.transport.abort()
        await server.quiet()


async def test_r3_some_of_a_few_dozen_that_stop_reading_are_closed_out_and_the_others_miss_nothing():
    await stop_reading(36, 6, Limits(slow_reader_s=0.3), seconds=0.5, every_s=0.002)


@pytest.mark.soak
async def test_r3_fifty_of_a_thousand_that_stop_reading_for_ten_minutes_cost_nobody_anything():
    await stop_reading(1_000, 50, Limits(), seconds=600, every_s=0.05)


async def vanish(server: Served, number: int) -> None:
    """One cycle: leave while being let in, right behind the subscription, or with an event that is not read."""
    watcher = await watch(server.address, (WATCH, EVENTS, OWN)[number % 3])
    if number % 5:
        await until(lambda: watcher.is_let_in)
    if number % 5 > 2:
        server.plug.tell(number)
        await asyncio.sleep(0)
    if number % 2:
        watcher.reset()
    else:
        watcher.transport.abort()


async def churn(cycles: int, at_once: int) -> None:
    async with connected(ws=FramesProtocol) as server:

        async def turn(start: int) -> None:
            await asyncio.gather(*(vanish(server, start + each) for each in range(at_once)))
            await until(lambda: server.meters.sockets == 0 and not server.left())

        await turn(0)
        await server.quiet()
        before, halfway_mb = descriptors(), 0.0
        for start in range(0, cycles, at_once):
            await turn(start)
            if start <= cycles // 2:
                halfway_mb = resident_mb()
        await server.quiet()
        await until(lambda: descriptors() <= before)
        assert resident_mb() - halfway_mb < MOST_MB / 4


async def test_r4_some_hundred_clients_that_vanish_leave_nothing_behind(caplog):
    await churn(400, at_once=20)
    assert [record.getMessage() for record in caplog.records if "Cancel 0" not in record.getMessage()] == []


@pytest.mark.soak
async def test_r4_fifty_thousand_clients_that_vanish_leave_nothing_behind(caplog):
    await churn(50_000, at_once=50)
    assert [record.getMessage() for record in caplog.records if "Cancel 0" not in record.getMessage()] == []
