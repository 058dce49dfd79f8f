"""Whoever is turned away before a face sees it is counted by the reason, once, and the rest is not."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from schema.ports import Scope
from server.http_pipeline import SLICE_BYTES
from server.http_protocol import MAX_HEADER_BYTES
from server.turned_away import Reason
from tests.server.metrics.scraping import scraped, values
from tests.server.raw_http import answer, raw
from tests.server.security.whole import Server

GOOD = {"x-api-key": "good"}
HEAD = b"GET /graphql HTTP/1.1\r\nhost: localhost\r\n"


class Asking:
    """A server with a token that may read, and somebody at its address."""

    def __init__(self, server: Server, http: httpx.AsyncClient) -> None:
        self.server, self.http = server, http

    async def counted(self) -> dict[str, float]:
        self.http.headers.update(GOOD)
        found = values(await scraped(self.http))
        del self.http.headers["x-api-key"]
        return {dict(labels)["reason"]: n for (name, labels), n in found.items() if name == "busbar_turned_away_total"}

    async def get(self, status: int, method: str = "GET", path: str = "/metrics", **headers: str) -> None:
        given = [(name.replace("_", "-"), value) for name, value in headers.items()]
        assert (await self.http.request(method, path, headers=given)).status_code == status

    async def says(self, text: bytes, status: int | None) -> None:
        """Over a connection of its own, which must end with this answer, or without any."""
        async with raw(self.server.at) as (reader, writer):
            writer.write(text)
            if status is not None:
                assert (await answer(reader))[0] == status
            with suppress(ConnectionError):
                assert await reader.read() == b""

    async def idles(self) -> None:
        async with raw(self.server.at) as (reader, writer):
            writer.write(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert (await answer(reader))[0] == 200
            assert await reader.read() == b""

    async def greets(self, payload: dict[str, str]) -> None:
        async with self.server.graph() as wire:
            await wire.send(json.dumps({"type": "connection_init", "payload": payload}))
            with pytest.raises(ConnectionClosed):
                await wire.recv()
            assert wire.close_code == 4403

    async def many_wrong(self) -> None:
        for _ in range(5):
            await self.get(401, x_api_key="wrong")
        await self.get(429, x_api_key="wrong")


@pytest.fixture
async def asking(tmp_path) -> AsyncIterator[Asking]:
    server = Server(tmp_path, header_timeout_s=0.5)
    server.made("good", Scope.READ)
    async with server.running() as http:
        yield Asking(server, http)


Does = Callable[[Asking], Awaitable[None]]
CASES: list[tuple[str, Does, dict[Reason, int]]] = [
    ("silent", lambda it: it.says(b"", None), {Reason.HEADER_TIMEOUT: 1}),
    ("unfinished", lambda it: it.says(HEAD, None), {Reason.HEADER_TIMEOUT: 1}),
    ("long", lambda it: it.says(HEAD + b"a" * (MAX_HEADER_BYTES + 2 * SLICE_BYTES), 400), {Reason.HEADER_TOO_LONG: 1}),
    ("nonsense", lambda it: it.says(b"nonsense\r\n\r\n", 400), {Reason.NOT_HTTP: 1}),
    ("no host", lambda it: it.says(b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n", 400), {Reason.HOST_MALFORMED: 1}),
    ("foreign host", lambda it: it.get(421, host="evil.example"), {Reason.HOST_FOREIGN: 1}),
    ("foreign page", lambda it: it.get(403, origin="https://evil.example"), {Reason.ORIGIN_FOREIGN: 1}),
    ("no token", lambda it: it.get(401), {Reason.TOKEN_MISSING: 1}),
    ("wrong token", lambda it: it.get(401, x_api_key="wrong"), {Reason.TOKEN_WRONG: 1}),
    ("many", lambda it: it.many_wrong(), {Reason.TOKEN_WRONG: 5, Reason.TOO_MANY_ATTEMPTS: 1}),
    ("greeting", lambda it: it.greets({}), {Reason.TOKEN_MISSING: 1}),
    ("wrong greeting", lambda it: it.greets({"X-API-Key": "wrong"}), {Reason.TOKEN_WRONG: 1}),
    ("scope", lambda it: it.get(403, "POST", "/factory/start", **GOOD), {Reason.SCOPE_TOO_SMALL: 1}),
    ("idle", lambda it: it.idles(), {}),
    ("good", lambda it: it.get(200, **GOOD), {}),
    ("nowhere", lambda it: it.get(404, path="/nowhere", **GOOD), {}),
    ("open", lambda it: it.get(200, path="/healthz", x_api_key="wrong"), {}),
]


@pytest.mark.parametrize(("does", "reasons"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
async def test_each_is_counted_once_by_its_reason(asking: Asking, does: Does, reasons: dict[Reason, int]) -> None:
    assert await asking.counted() == dict.fromkeys(Reason, 0)
    await does(asking)
    assert await asking.counted() == {**dict.fromkeys(Reason, 0), **reasons}


async def test_names_that_clients_make_up_make_no_series(asking: Asking) -> None:
    for number in range(20):
        await asking.get(421, host=f"evil{number}.example")
        await asking.get(403, origin=f"https://evil{number}.example")
    counted = await asking.counted()
    assert counted.keys() == set(Reason)
    assert (counted[Reason.HOST_FOREIGN], counted[Reason.ORIGIN_FOREIGN]) == (20, 20)
