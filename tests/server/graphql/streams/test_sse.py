"""Event streams: what is told, in which events, and that nothing is left when somebody ends one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from server.graphql.limits import Limits
from server.security.doorkeeper import Doorkeeper
from tests.schema.serving import until
from tests.server.graphql.feeds.sources import END, Tick
from tests.server.graphql.sockets.test_socket_ends import BIG, record
from tests.server.graphql.sockets.wires import EVENTS, WATCH, Served, connected

ACCEPT = {"accept": "text/event-stream"}
COMPLETE = ("complete", None)


@pytest.fixture
async def server():
    async with connected(Limits(max_sockets=3)) as server:
        yield server


class Events:
    """What comes, event by event, as a browser reads it; comments are counted."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.comments = 0
        self._blocks = self._read()

    async def next(self) -> tuple[str, Any]:
        async with asyncio.timeout(10):
            return await anext(self._blocks)

    async def rest(self) -> list[tuple[str, Any]]:
        return [each async for each in self._blocks]

    async def _read(self) -> AsyncIterator[tuple[str, Any]]:
        event: dict[str, str] = {}
        async for line in self.answer.aiter_lines():
            name, _, value = line.partition(":")
            if not line and event:
                yield event["event"], json.loads(event["data"]) if event["data"] else None
                event = {}
            elif name:
                event[name] = value.removeprefix(" ")
            elif line:
                self.comments += 1


@asynccontextmanager
async def stream(server: Served, document: str, method: str = "POST", **more: Any) -> AsyncIterator[Events]:
    asked: dict[str, Any] = {"json": {"query": document}} if method == "POST" else {"params": {"query": document}}
    async with (
        httpx.AsyncClient(base_url=f"http://{server.address}", timeout=10) as http,
        http.stream(method, "/graphql", headers={**ACCEPT, **more}, **asked) as answer,
    ):
        yield Events(answer)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_feed_is_told_event_by_event_until_it_is_complete(server, method):
    async with stream(server, EVENTS, method) as events:
        assert events.answer.status_code == 200
        assert events.answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert events.answer.headers["cache-control"] == "no-cache"
        assert events.answer.headers["x-accel-buffering"] == "no"
        await until(lambda: server.plug.open)
        assert (server.meters.operations, server.meters.sockets) == (1, 1)
        for seq in range(3):
            server.plug.tell(Tick(seq=seq, text="a\nb\r\n\nevent: complete\n\n"))
            text = "a\nb\r\n\nevent: complete\n\n"
            assert await events.next() == ("next", {"data": {"every": {"seq": seq, "text": text}}})
        server.plug.tell(7, 8, END)
        assert [event for event, _ in await events.rest()] == ["next", "next", "complete"]
    assert server.meters.requests == {"subscription": 1}
    await server.quiet()


async def test_a_query_and_a_mutation_are_told_in_one_event(server):
    server.plug.go.set()
    async with stream(server, "{ again(number: 1) }", "GET") as events:
        assert await events.rest() == [("next", {"data": {"again": 1}}), COMPLETE]
    async with stream(server, "mutation { work }") as events:
        assert await events.rest() == [("next", {"data": {"work": 1}}), COMPLETE]
    assert server.meters.requests == {"query": 1, "mutation": 1}
    await server.quiet()


async def test_r31_a_mutation_by_get_is_refused_and_not_run(server):
    server.plug.go.set()
    async with stream(server, "mutation { work }", "GET") as events:
        assert (events.answer.status_code, events.answer.headers["allow"]) == (405, "POST")
        assert json.loads(await events.answer.aread())["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"
    assert server.plug.done == 0


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{ again(", "GRAPHQL_PARSE_FAILED"), ("{ nobody }", "GRAPHQL_VALIDATION_FAILED"),
        ('subscription { newest(about: "nothing") { seq } }', "BAD_USER_INPUT"),
        ("subscription { broken { seq } }", "INTERNAL"),
    ],
)  # fmt: skip
async def test_what_is_wrong_with_the_document_is_told_in_the_stream(server, document, code):
    async with stream(server, document) as events:
        (event, told), last = await events.rest()
    assert (event, last, list(told)) == ("next", COMPLETE, ["errors"])
    assert [error["extensions"]["code"] for error in told["errors"]] == [code]
    assert server.meters.refused == {code: 1}
    await server.quiet()


async def test_what_is_no_request_is_refused_without_a_stream(server):
    async with httpx.AsyncClient(base_url=f"http://{server.address}") as http:
        for body, status in ((b"null", 400), (b'{"query":7}', 400), (b"{", 400)):
            headers = {**ACCEPT, "content-type": "application/json"}
            answer = await http.post("/graphql", content=body, headers=headers)
            assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")


async def test_a_feed_that_fails_says_so_in_its_last_word(server):
    async with stream(server, EVENTS) as events:
        await until(lambda: server.plug.open)
        server.plug.tell(1, OSError("the disk is gone"))
        first, (_, told), last = await events.rest()
    assert (first[1]["data"]["every"]["seq"], last) == (1, COMPLETE)
    assert told["errors"][0]["extensions"]["code"] == "INTERNAL"
    await server.quiet()


async def test_signs_of_life_come_while_nothing_happens():
    async with connected(Limits(socket_ping_s=0.02)) as server, stream(server, WATCH) as events:
        await until(lambda: server.plug.open)
        waiting = asyncio.create_task(events.next())
        await until(lambda: events.comments > 5)
        server.plug.tell(1)
        assert (await waiting)[1]["data"]["newest"]["seq"] == 1


async def test_r4_readers_that_leave_leave_nothing_behind(server, caplog):
    for turn in range(20):
        async with stream(server, (WATCH, EVENTS, "{ wait }", "subscription { own { seq } }")[turn % 4]):
            await until(lambda: server.plug.open or server.plug.waiting)
            server.plug.tell(*range(turn))
        await server.quiet()
    assert server.plug.broken_off == 5
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_what_a_mutation_has_begun_it_ends_whoever_leaves(server):
    async with stream(server, "mutation { work }"):
        await until(lambda: server.plug.waiting)
    server.plug.go.set()
    await server.quiet()
    assert (server.plug.done, server.plug.broken_off) == (1, 0)


async def test_more_streams_than_there_may_be_are_refused(server):
    async with stream(server, WATCH), stream(server, WATCH), stream(server, WATCH):
        await until(lambda: server.meters.operations == 3)
        async with stream(server, WATCH) as events:
            assert (events.answer.status_code, events.answer.headers["retry-after"]) == (503, "10")
            told = json.loads(await events.answer.aread())["errors"][0]["extensions"]
            assert told == {"code": "LIMIT_EXCEEDED", "limit": "max_sockets"}
    await server.quiet()


async def test_r30_a_revoked_token_ends_what_it_opened():
    door = Doorkeeper()
    door.know([record("good")])
    async with connected(door=door) as server:
        async with stream(server, EVENTS) as events:
            assert events.answer.status_code == 401
        async with stream(server, EVENTS, **{"X-API-Key": "good"}) as events:
            await until(lambda: server.plug.open)
            door.know([record("another")])
            (event, told), last = await events.rest()
        assert (event, last) == ("next", COMPLETE)
        assert told["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        await server.quiet()


async def test_r3_who_reads_too_slowly_is_cut_off(caplog):
    async with connected(Limits(slow_reader_s=0.2)) as server:
        reader, writer = await asyncio.open_connection(*server.address.split(":"))
        body = json.dumps({"query": WATCH})
        head = f"POST /graphql HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\ncontent-length: {len(body)}\r\n"
        writer.write(f"{head}content-type: application/json\r\n\r\n{body}".encode())
        await reader.readuntil(b":\n\n")
        await until(lambda: server.plug.open)
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        for seq in range(200):
            server.plug.tell(Tick(seq=seq, text=BIG))
            await asyncio.sleep(0.01)
            if server.meters.slow_readers:
                break
        await server.quiet()
        assert server.meters.slow_readers == 1
        writer.transport.abort()
    assert [record.getMessage() for record in caplog.records if "Cancel 0" not in record.getMessage()] == []


async def test_r4_a_stream_ends_with_its_connection_whatever_was_asked_behind_it(caplog):
    """Requests that come before an answer is out wait; who breaks off then leaves every one of them."""
    async with connected(Limits(socket_ping_s=0.05)) as server:
        reader, writer = await asyncio.open_connection(*server.address.split(":"))
        asked = "GET /graphql?query=subscription{newest{seq}} HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n\r\n"
        writer.write((asked + 3 * "GET /graphql?query={wait} HTTP/1.1\r\nhost: x\r\n\r\n").encode())
        await reader.readuntil(b":\n\n")
        await until(lambda: server.plug.open)
        writer.transport.abort()
        await server.quiet()
    assert [record.getMessage() for record in caplog.records if "Cancel 0" not in record.getMessage()] == []
