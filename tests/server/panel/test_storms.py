"""R17, mixed: our gateway and our client before the emulated panel, in weather that changes with every request."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import structlog

from clients.panel.client import SpanPanelClient
from emulator import EmulatedPanel
from schema.ports import Availability
from server.panel.gateway import Gateway
from server.panel.limits import Limits
from tests.fakes import VIRTUAL_TIME, virtual_clock
from tests.server.panel.weather import DROPS, STATUSES, Weather
from tests.server.panel.world import Street

HALF_AN_HOUR_S = 1_800
SOME_SEEDS = range(3)


@pytest.fixture
def anyio_backend():
    return VIRTUAL_TIME


@asynccontextmanager
async def at_home(seed: int, longest_pause_s: int = 90) -> AsyncIterator[tuple[Gateway, Weather]]:
    """A gateway that has polled an emulated panel for twenty seconds of good weather; odd ones are unlocked."""
    clock, dice = virtual_clock(), random.Random(seed)
    panel = EmulatedPanel.create("workshop-8", seed=seed, unlocked=bool(seed % 2), monotonic=clock.monotonic)
    weather, street = Weather(panel, dice, longest_pause_s), Street(clock)
    token = panel.clients.register("busbar-0", None, 0).token
    client = SpanPanelClient(
        "10.0.0.5", timeout=5.0, cache_window=0, access_token=token, transport=weather, monotonic=clock.monotonic
    )
    gateway = Gateway(street.record(panel.device.serial, access_token=token), client, street.world)
    task = asyncio.create_task(gateway.run())
    await asyncio.sleep(20)
    yield gateway, weather
    task.cancel()
    await asyncio.wait([task])
    await gateway.close()


async def storm(weather: Weather, seconds: float) -> None:
    weather.is_stormy = True
    await asyncio.sleep(seconds)
    weather.is_stormy = False


def busiest(asked_s: list[float], window_s: int = 10) -> int:
    return max(Counter(int(at_s // window_s) for at_s in asked_s).values())


@pytest.fixture
def lines():
    with structlog.testing.capture_logs() as captured:
        yield captured


@pytest.mark.parametrize("seed", SOME_SEEDS)
async def test_r17_a_mixed_storm_makes_no_more_requests_than_good_weather(seed) -> None:
    async with at_home(seed, longest_pause_s=1) as (_, weather):
        normal = busiest(weather.asked_s)
        weather.asked_s.clear()
        await storm(weather, HALF_AN_HOUR_S)

        assert weather.met == {*STATUSES, *DROPS, "hang"}
        assert busiest(weather.asked_s) <= normal
        assert len(weather.asked_s) <= HALF_AN_HOUR_S * normal / 10 / 10


@pytest.mark.parametrize("seed", SOME_SEEDS)
async def test_r17_a_mixed_storm_is_one_line_when_lost_and_one_when_back(lines, seed) -> None:
    async with at_home(seed) as (gateway, weather):
        await storm(weather, HALF_AN_HOUR_S)
        during = gateway.view
        await asyncio.sleep(2 * Limits().refused_check_s + 1.5 * weather.longest_pause_s)

        assert during.availability in (Availability.OFFLINE, Availability.UNAUTHORIZED)
        assert during.snapshot is not None
        assert gateway.view.availability is Availability.ONLINE
        told = [line["event"] for line in lines if line["event"] != "panel.registered_again"]
        assert told == ["panel.lost", "panel.back"]


@pytest.mark.parametrize("seed", SOME_SEEDS)
async def test_r17_no_request_comes_before_the_pause_that_was_asked_for_is_over(seed) -> None:
    async with at_home(seed) as (_, weather):
        await storm(weather, HALF_AN_HOUR_S)

        assert len(weather.pauses) > 5
        for asked_at_s, pause_s in weather.pauses:
            early = [at_s for at_s in weather.asked_s if asked_at_s < at_s < asked_at_s + pause_s]
            assert early == []


@pytest.mark.parametrize("seed", range(6))
async def test_r17_after_a_short_mixed_storm_it_is_back_within_two_intervals(seed) -> None:
    async with at_home(seed, longest_pause_s=3) as (gateway, weather):
        await storm(weather, 25)
        ended_s = virtual_clock().monotonic()
        pause_ends_s = max((at_s + pause_s + max(1.0, pause_s / 2) for at_s, pause_s in weather.pauses), default=0.0)
        ready_s = max(ended_s, pause_ends_s, weather.hung_until_s)
        await asyncio.sleep(ready_s + 2 * Limits().poll_s - ended_s)

        assert gateway.view.availability is Availability.ONLINE
        assert gateway.view.observed_at is not None


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 200))
async def test_r17_a_hundred_mixed_storms(lines, seed) -> None:
    async with at_home(seed) as (gateway, weather):
        normal = busiest(weather.asked_s)
        weather.asked_s.clear()
        await storm(weather, HALF_AN_HOUR_S)
        await asyncio.sleep(2 * Limits().refused_check_s + 1.5 * weather.longest_pause_s)

        assert busiest(weather.asked_s) <= normal + 4
        assert gateway.view.availability is Availability.ONLINE
        assert [line["event"] for line in lines].count("panel.lost") == 1
