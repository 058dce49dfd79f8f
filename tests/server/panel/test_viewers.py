from __future__ import annotations

import asyncio
from contextlib import aclosing
from itertools import pairwise

import pytest

from schema.ports import Availability, PanelView
from server.panel.viewers import Viewers
from tests.fakes import EPOCH, VIRTUAL_TIME, virtual_clock


@pytest.fixture
def anyio_backend():
    return VIRTUAL_TIME


def a_view(sequence: int) -> PanelView:
    return PanelView("nt-0001", "Home", "10.0.0.5", 80, Availability.ONLINE, sequence, EPOCH)


@pytest.fixture
async def viewers() -> Viewers:
    viewers = Viewers(virtual_clock())
    viewers.publish(a_view(1))
    return viewers


async def watch(viewers: Viewers, every_s: float = 0.0) -> list[tuple[float, int]]:
    clock = virtual_clock()
    return [(clock.monotonic(), view.sequence) async for view in viewers.follow(every_s)]


async def test_a_viewer_sees_the_view_now_and_each_newer_one(viewers) -> None:
    watching = asyncio.create_task(watch(viewers))
    for sequence in (2, 3):
        await asyncio.sleep(1)
        viewers.publish(a_view(sequence))
    await asyncio.sleep(1)
    viewers.close()

    assert [sequence for _, sequence in await watching] == [1, 2, 3]


async def test_a_slow_viewer_sees_the_latest_and_skips_the_rest(viewers) -> None:
    async with aclosing(viewers.follow()) as views:
        await anext(views)
        for sequence in range(2, 1_000):
            viewers.publish(a_view(sequence))

        assert (await anext(views)).sequence == 999


async def test_updates_come_at_most_once_in_the_time_asked_for(viewers) -> None:
    watching = asyncio.create_task(watch(viewers, every_s=10))
    for sequence in range(2, 32):
        await asyncio.sleep(1)
        viewers.publish(a_view(sequence))
    await asyncio.sleep(0.5)
    viewers.close()

    times = [time_s for time_s, _ in await watching]
    assert all(later - earlier >= 10 for earlier, later in pairwise(times))
    assert len(times) == 4


async def test_a_throttled_viewer_ends_at_once_when_the_panel_is_removed(viewers) -> None:
    watching = asyncio.create_task(watch(viewers, every_s=3_600))
    await asyncio.sleep(1)
    viewers.close()
    await watching

    assert virtual_clock().monotonic() == 1


async def test_a_thousand_viewers_share_one_slot(viewers) -> None:
    watching = [asyncio.create_task(watch(viewers)) for _ in range(1_000)]
    await asyncio.sleep(1)
    viewers.publish(a_view(2))
    await asyncio.sleep(1)
    viewers.close()

    assert {tuple(seq for _, seq in seen) for seen in await asyncio.gather(*watching)} == {(1, 2)}
