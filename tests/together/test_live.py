"""How much is being watched, over real sockets and streams: `serverInfo` and /metrics say it alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing

import httpx
import pytest

from emulator.panel import EmulatedPanel
from emulator.testing.panel import SpanPanel
from tests.schema.serving import served
from tests.schema.socket import Socket, connect
from tests.server.metrics.scraping import scraped, value
from tests.together.whole import whole

ASK = "{ serverInfo { liveOperations liveSources liveSockets } }"
POWER = "subscription($serial: String!) { circuitPower(serial: $serial) { gridPowerW } }"
BEAT = "subscription { heartbeat { seq } }"
NAMES = ("busbar_live_operations", "busbar_live_sources", "busbar_live_sockets")


class Served:
    """A server behind a port, and the panel that it polls."""

    def __init__(self, address: str, http: httpx.AsyncClient, serial: str) -> None:
        self.address, self.http, self.serial = address, http, serial

    async def live(self) -> tuple[int, ...]:
        """Operations, sources and sockets, as both ways tell them; the same at once, or they are asked again."""
        answer = (await self.http.post("/graphql", json={"query": ASK})).json()["data"]["serverInfo"]
        found = await scraped(self.http)
        told = tuple(answer.values())
        return told if told == tuple(value(found, name) for name in NAMES) else await self.live()

    async def becomes(self, *wanted: int) -> None:
        async with asyncio.timeout(20):
            while await self.live() != wanted:  # noqa: ASYNC110  # it tells nobody that it has changed
                await asyncio.sleep(0.01)


@pytest.fixture
async def server(tmp_path, span_panel_thread) -> AsyncIterator[Served]:
    panel = EmulatedPanel.create("pilot-plant-40", speed=0.0)
    with closing(SpanPanel(panel, span_panel_thread)) as shown:
        async with (
            whole(tmp_path, shown) as opened,
            served(opened.app) as address,
            httpx.AsyncClient(base_url=f"http://{address}", timeout=20) as http,
        ):
            yield Served(address, http, shown.serial)


async def test_those_who_ask_the_same_share_a_source_and_each_is_counted(server):
    async with connect(server.address) as first, connect(server.address) as second:
        await server.becomes(0, 0, 2)
        for socket in (first, second):
            await socket.subscribe("power", POWER, serial=server.serial)
            await socket.next("power")
        await server.becomes(2, 1, 2)

        await first.subscribe("beat", BEAT)
        await first.next("beat")
        await server.becomes(3, 2, 2)

        await second.send({"type": "complete", "id": "power"})
        await server.becomes(2, 2, 2)
    await server.becomes(0, 0, 0)


async def test_sockets_that_vanish_leave_nothing(server):
    async with AsyncExitStack() as stack:
        sockets: list[Socket] = [await stack.enter_async_context(connect(server.address)) for _ in range(10)]
        for socket in sockets:
            await socket.subscribe("power", POWER, serial=server.serial)
            await socket.next("power")
            await socket.subscribe("beat", BEAT)
        await server.becomes(20, 11, 10)
        for socket in sockets:
            socket.vanish()
        await server.becomes(0, 0, 0)


async def test_event_streams_are_counted_too_and_given_up(server):
    asked = {"query": POWER, "variables": {"serial": server.serial}}
    async with server.http.stream("POST", "/graphql", json=asked, headers={"accept": "text/event-stream"}) as stream:
        async for line in stream.aiter_lines():
            if "gridPowerW" in line:
                break
        await server.becomes(1, 1, 1)
    await server.becomes(0, 0, 0)


async def test_delivered_events_are_counted_for_each_reader(server):
    before = value(await scraped(server.http), "busbar_feed_events_delivered_total")
    async with connect(server.address) as socket:
        await socket.subscribe("beat", "subscription { heartbeat(everyMs: 100, count: 3) { seq } }")
        assert [(await socket.next("beat"))["heartbeat"]["seq"] for _ in range(3)] == [1, 2, 3]
        assert (await socket.receive())["type"] == "complete"

    assert value(await scraped(server.http), "busbar_feed_events_delivered_total") == before + 3
