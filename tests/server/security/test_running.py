"""R30: tokens that come, go and expire while the server runs and feeds are open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from clients.errors import ClientAuthError
from clients.graphql import GraphQLClient, GraphQLRefusedError
from clients.plant.client import PlantClient
from clients.plant.exceptions import PlantAuthError
from schema.ports import Scope
from tests.server.security.whole import ENDLESS, Server, following

PATIENCE_S = 60.0
GRAPH_CLOSES, PLANT_CLOSES = 4403, 4401


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path / "data")


async def closing(socket: Any) -> int:
    """Read on until it is closed from there; with which code."""
    async with asyncio.timeout(PATIENCE_S):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return int(closed.rcvd.code) if closed.rcvd else 0


async def read_out(feed: AsyncIterator[object]) -> None:
    async for _ in feed:
        pass


async def streamed(http: httpx.AsyncClient, headers: dict[str, str], begun: asyncio.Event) -> None:
    """Follow the feed as server-sent events until it ends from there."""
    headers = {"accept": "text/event-stream", "content-type": "application/json", **headers}
    async with http.stream("POST", "/graphql", json={"query": ENDLESS}, headers=headers) as answer:
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            if line.startswith("data"):
                begun.set()


async def answered(http: httpx.AsyncClient, status: int, **headers: str) -> None:
    """Ask until the running server has noticed."""
    async with asyncio.timeout(PATIENCE_S):
        while (answer := await http.get("/factory/status", headers=headers)).status_code != status:
            assert answer.status_code in (200, 401)


async def test_the_first_token_closes_the_door_behind_everybody(server: Server) -> None:
    async with server.running() as http, server.graph() as feed, server.plant() as socket:
        await following(feed)
        await socket.recv()
        begun = asyncio.Event()
        stream = asyncio.create_task(streamed(http, {}, begun))
        await begun.wait()

        token = (await server.command("create", "first", "--scope", "read"))["token"]

        assert await closing(feed) == GRAPH_CLOSES
        assert await closing(socket) == PLANT_CLOSES
        async with asyncio.timeout(PATIENCE_S):
            await stream
        await answered(http, 401)
        await answered(http, 200, authorization=f"Bearer {token}")
        async with server.graph() as again:
            await following(again, {"Authorization": f"Bearer {token}"})


async def test_a_revoked_token_ends_its_feeds_and_no_others(server: Server) -> None:
    going, staying = server.made("going"), server.made("staying")
    async with server.running() as http, server.graph(staying) as kept:
        await following(kept)
        async with server.graph(going) as by_header, server.graph() as by_greeting, server.plant(going) as socket:
            await following(by_header)
            await following(by_greeting, {"X-API-Key": going})
            await socket.recv()
            begun = asyncio.Event()
            stream = asyncio.create_task(streamed(http, {"x-api-key": going}, begun))
            await begun.wait()

            await server.command("revoke", "going")

            assert await closing(by_header) == GRAPH_CLOSES
            assert await closing(by_greeting) == GRAPH_CLOSES
            assert await closing(socket) == PLANT_CLOSES
            async with asyncio.timeout(PATIENCE_S):
                await stream
        await answered(http, 401, **{"x-api-key": going})
        assert await kept.recv()
        assert (await server.command("list"))["name"] == "staying"


async def test_a_token_that_expires_ends_its_feeds_and_opens_nothing(server: Server) -> None:
    token = server.made("short", expires_s=3600)
    async with server.running() as http, server.graph(token) as feed, server.plant(token) as socket:
        await following(feed)
        await socket.recv()
        server.later = timedelta(minutes=59)
        assert await feed.recv()
        await answered(http, 200, **{"x-api-key": token})

        server.later = timedelta(minutes=61)

        assert await closing(feed) == GRAPH_CLOSES
        assert await closing(socket) == PLANT_CLOSES
        assert (await http.get("/factory/status", headers={"x-api-key": token})).status_code == 401
        assert (await http.get("/factory/status")).status_code == 401


async def test_the_last_token_revoked_opens_the_door_of_this_machine(server: Server) -> None:
    server.made("only")
    async with server.running() as http:
        await answered(http, 401)
        server.revoked("only")
        await answered(http, 200)


async def test_elsewhere_it_does_not(server: Server) -> None:
    server.made("only")
    async with server.running("0.0.0.0") as http:
        token = server.made("second")
        await answered(http, 200, **{"x-api-key": token})
        server.revoked("only")
        server.revoked("second")
        await answered(http, 401, **{"x-api-key": token})
        assert (await http.get("/factory/status")).status_code == 401


async def test_our_clients_say_which_scope_is_needed(server: Server) -> None:
    reader, switcher = server.made("a-reader"), server.made("a-switcher", Scope.CONTROL)
    async with server.running():
        url = f"http://{server.at}"
        async with PlantClient(url, reader) as plant:
            assert (await plant.status()).batches.items == ()
            with pytest.raises(PlantAuthError, match="needs scope control"):
                await plant.add_batch("b-1")
        async with PlantClient(url, switcher) as plant:
            await plant.add_batch("b-1")
        async with GraphQLClient(f"{url}/graphql", token=reader) as graph:
            assert await anext(graph.subscribe(ENDLESS))
            with pytest.raises(GraphQLRefusedError, match="scope 'control'"):
                await graph.query("mutation {pausePlant {__typename}}")
        async with GraphQLClient(f"{url}/graphql", token=switcher) as graph:
            assert await graph.query("mutation {pausePlant {__typename}}")


async def test_a_client_is_told_when_its_token_is_revoked(server: Server) -> None:
    token = server.made("going")
    async with server.running(), GraphQLClient(f"http://{server.at}/graphql", token=token) as graph:
        feed = graph.subscribe(ENDLESS)
        assert await anext(feed)
        server.revoked("going")
        with pytest.raises(ClientAuthError, match="BUSBAR_TOKEN"):
            await read_out(feed)
