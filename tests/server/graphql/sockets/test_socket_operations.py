"""Operations on one socket: each for itself, by its own id, and ended when it is to end."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from server.graphql.limits import Limits
from tests.schema.serving import until
from tests.schema.socket import Socket, connect
from tests.server.graphql.feeds.sources import END
from tests.server.graphql.sockets.wires import EVENTS, WATCH, connected


@pytest.fixture(params=[None, "websockets-sansio"], ids=["frames", "messages"])
async def server(request):
    """With the extension that writes at once, and without."""
    async with connected(Limits(max_operations_per_socket=5), ws=request.param) as server:
        yield server


def codes(message: dict[str, Any], key: str) -> list[str]:
    assert (message["type"], message["id"]) == ("error", key), message
    return [error["extensions"]["code"] for error in message["payload"]]


async def ended(socket: Socket, key: str) -> None:
    assert await socket.receive() == {"type": "complete", "id": key}


async def test_a_query_a_mutation_and_a_feed_share_a_socket(server):
    async with connect(server.address) as socket:
        await socket.subscribe("feed", EVENTS)
        await until(lambda: server.plug.open)
        await socket.subscribe("query", "query ($n: Int!) { again(number: $n) }", n=7)
        assert await socket.next("query") == {"again": 7}
        await ended(socket, "query")
        server.plug.go.set()
        await socket.subscribe("mutation", "mutation { work }")
        assert await socket.next("mutation") == {"work": 1}
        await ended(socket, "mutation")
        server.plug.tell(1, 2, END)
        assert [(await socket.next("feed"))["every"]["seq"] for _ in range(2)] == [1, 2]
        await ended(socket, "feed")
        assert server.meters.requests == {"subscription": 1, "query": 1, "mutation": 1}
        assert server.meters.sockets == 1
    await server.quiet()


REFUSED = {
    "syntax": ("{ again(", "GRAPHQL_PARSE_FAILED"),
    "unknown field": ("{ nobody }", "GRAPHQL_VALIDATION_FAILED"),
    "missing argument": ("{ again }", "GRAPHQL_VALIDATION_FAILED"),
    "missing variable": ("query ($n: Int!) { again(number: $n) }", "GRAPHQL_VALIDATION_FAILED"),
    "nothing": ("", "GRAPHQL_PARSE_FAILED"),
    "two operations and no name": ("query a { __typename } query b { __typename }", None),
    "two feeds": ("subscription { newest { seq } every { seq } }", "GRAPHQL_VALIDATION_FAILED"),
    "refused by the field": ('subscription { newest(about: "nothing") { seq } }', "BAD_USER_INPUT"),
    "broken": ("subscription { broken { seq } }", "INTERNAL"),
    "too deep": ("{ __schema { types { fields { type {" + "ofType {" * 60 + "name" + "}" * 64, None),
}


@pytest.mark.parametrize(("document", "code"), REFUSED.values(), ids=REFUSED.keys())
async def test_what_is_wrong_with_one_ends_that_one_only(server, document, code):
    async with connect(server.address) as socket:
        await socket.subscribe("feed", WATCH)
        await until(lambda: server.plug.open)
        await socket.subscribe("1", document)
        found = codes(await socket.receive(), "1")
        assert code is None or found == [code]
        assert server.meters.refused == Counter(found[:1])
        await socket.subscribe("1", "{ again(number: 1) }")
        assert await socket.next("1") == {"again": 1}
        await ended(socket, "1")
        server.plug.tell(5)
        assert (await socket.next("feed"))["newest"]["seq"] == 5
    await server.quiet()


async def test_an_unknown_operation_name_and_deep_variables_end_that_one_only(server):
    deep: Any = 1
    for _ in range(900):
        deep = [deep]
    async with connect(server.address) as socket:
        named = {"query": "query a { __typename }", "operationName": "b"}
        await socket.send({"type": "subscribe", "id": "1", "payload": named})
        assert len(codes(await socket.receive(), "1")) == 1
        await socket.send({"type": "subscribe", "id": "2", "payload": {"query": WATCH, "variables": {"deep": deep}}})
        await socket.subscribe("3", "query ($n: Int!) { again(number: $n) }", n=deep)
        assert codes(await socket.receive(), "3") == ["GRAPHQL_VALIDATION_FAILED"]
        await until(lambda: server.plug.open)
        server.plug.tell(5)
        assert (await socket.next("2"))["newest"]["seq"] == 5


async def test_r30_too_many_operations_are_refused_one_by_one(server):
    async with connect(server.address) as socket:
        for number in range(5):
            await socket.subscribe(str(number), "{ wait }")
        await until(lambda: server.plug.waiting == 5)
        await socket.subscribe("5", WATCH)
        message = await socket.receive()
        assert codes(message, "5") == ["LIMIT_EXCEEDED"]
        assert message["payload"][0]["extensions"]["limit"] == "max_operations_per_socket"
        assert server.meters.over_limit == {"max_operations_per_socket": 1}
        await socket.send({"type": "complete", "id": "0"})
        await until(lambda: server.plug.broken_off == 1)
        await socket.subscribe("5", WATCH)
        await until(lambda: server.plug.open)
    await server.quiet()


async def test_an_id_that_is_taken_closes_the_socket(server):
    for long in ("1", "é" * 190):
        async with connect(server.address) as socket:
            await socket.subscribe(long, WATCH)
            await socket.subscribe(long, WATCH)
            code, reason = await socket.closed()
        assert (code, reason.startswith(f"Subscriber for {long[:40]}")) == (4409, True)
        assert long != "1" or reason == "Subscriber for 1 already exists"
    await server.quiet()


async def test_complete_stops_an_operation_at_once_and_frees_its_id(server):
    async with connect(server.address) as socket:
        for number in range(20):
            await socket.subscribe("1", WATCH)
            await until(lambda: server.plug.open)
            server.plug.tell(number)
            assert (await socket.next("1"))["newest"]["seq"] == number
            await socket.send({"type": "complete", "id": "1"})
            await until(lambda: not server.plug.open)
        for _ in range(20):
            await socket.subscribe("1", "{ wait }")
            await socket.send({"type": "complete", "id": "1"})
        await socket.send({"type": "complete", "id": "nobody"})
        await socket.subscribe("1", "{ again(number: 1) }")
        assert await socket.next("1") == {"again": 1}
    await server.quiet()


async def test_what_a_mutation_has_begun_it_ends_whoever_leaves(server):
    async with connect(server.address) as socket:
        for number in range(5):
            await socket.subscribe(str(number), "mutation { work }")
        await until(lambda: server.plug.waiting == 5)
        await socket.send({"type": "complete", "id": "0"})
        await socket.subscribe("0", "{ __typename }")
        assert codes(await socket.receive(), "0") == ["LIMIT_EXCEEDED"]
        socket.vanish()
    await until(lambda: server.meters.sockets == 1)
    server.plug.go.set()
    await server.quiet()
    assert (server.plug.done, server.plug.broken_off) == (5, 0)


async def test_a_failing_feed_says_so_in_its_last_word(server):
    async with connect(server.address) as socket:
        await socket.subscribe("1", EVENTS)
        await until(lambda: server.plug.open)
        server.plug.tell(1, OSError("the disk is gone"))
        assert (await socket.next("1"))["every"]["seq"] == 1
        assert codes(await socket.receive(), "1") == ["INTERNAL"]
        await socket.subscribe("1", "{ again(number: 1) }")
        assert await socket.next("1") == {"again": 1}
    await server.quiet()


async def test_many_feeds_on_one_socket_each_tell_everything_in_order(server):
    async with connect(server.address) as socket:
        for number in range(5):
            await socket.subscribe(str(number), f'subscription {{ every(about: "{number}") {{ seq text }} }}')
        await until(lambda: len(server.plug.open) == 5)
        for seq in range(200):
            server.plug.tell(seq)
            if seq % 10 == 0:
                await socket.send({"type": "ping", "payload": {"seq": seq}})
        found: dict[str, list[int]] = {}
        while sum(map(len, found.values())) < 1020:
            message = await socket.receive()
            seq = message["payload"]["seq"] if message["type"] == "pong" else message["payload"]["data"]["every"]["seq"]
            found.setdefault(message.get("id", "pong"), []).append(seq)
    assert found == {"pong": list(range(0, 200, 10))} | {str(number): list(range(200)) for number in range(5)}
    await server.quiet()
