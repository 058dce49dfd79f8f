"""How sockets end: by the client, by its silence or slowness, by its token; and that nothing is left of any of them."""

from __future__ import annotations

import asyncio
import hashlib
import socket as sockets
import struct
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime

import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from schema.ports import Scope, Viewer
from server.graphql.limits import Limits
from server.security.doorkeeper import Doorkeeper
from server.stores.tokens import TokenRecord
from tests.schema.serving import until
from tests.schema.socket import Socket, connect, raw
from tests.server.graphql.feeds.sources import Tick
from tests.server.graphql.sockets.wires import EVENTS, WATCH, Served, connected

SOON = Limits(socket_init_timeout_s=0.1, socket_ping_s=0.1)
SLOW = Limits(slow_reader_s=0.2)
BIG = "x" * 300_000


def reset(socket: Socket) -> None:
    """As when the client's machine says that it knows of no such connection."""
    found: sockets.socket = socket.connection.transport.get_extra_info("socket")
    found.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
    socket.vanish()


async def test_r30_who_does_not_greet_in_time_is_closed_out():
    async with connected(SOON) as server:
        async with raw(server.address) as socket:
            await socket.send({"type": "ping"})
            assert await socket.receive() == {"type": "pong"}
            assert await socket.closed() == (4408, "Connection initialisation timeout")
        await server.quiet()


async def test_who_answers_pings_stays_and_who_does_not_is_closed_out():
    async with connected(SOON) as server:
        async with connect(server.address) as socket:
            await socket.subscribe("1", WATCH)
            for _ in range(5):
                assert await socket.receive() == {"type": "ping"}
                await socket.send({"type": "pong"})
            assert await socket.receive() == {"type": "ping"}
            assert await socket.closed() == (1001, "no answer to a ping")
        await server.quiet()


async def test_bytes_and_text_that_is_not_utf_8_are_no_messages():
    async with connected() as server:
        for data, text in ((b'{"type":"ping"}', False), (b'{"type":"ping","payload":{"a":"\xff"}}', True)):
            async with connect(server.address) as socket:
                await socket.connection.send(data, text=text)
                assert await socket.closed() == (4400, "messages are text frames, in UTF-8")
        await server.quiet()


async def test_a_reason_is_never_longer_than_a_close_frame():
    async with connected() as server:
        async with connect(server.address) as socket:
            await socket.send({"type": "é" * 5000})
            code, reason = await socket.closed()
        assert (code, reason.startswith("there is no message of type")) == (4400, True)


async def slow(server: Served, socket: Socket) -> None:
    """Returns when the server has written as much as this socket's machine takes, and more waits."""
    open_before = server.meters.operations
    await socket.subscribe("1", WATCH)
    await until(lambda: server.meters.operations == open_before + 1)
    socket.connection.transport.pause_reading()
    for seq in range(200):
        server.plug.tell(Tick(seq=seq, text=BIG))
        await asyncio.sleep(0.01)
        if server.meters.slow_readers:
            return
    raise AssertionError("it was never behind")


async def test_r3_who_reads_too_slowly_is_cut_off_with_a_code_and_the_others_go_on():
    async with connected(SLOW) as server, connect(server.address) as healthy, connect(server.address) as socket:
        healthy_seqs: list[int] = []

        async def read() -> None:
            await healthy.subscribe("h", EVENTS)
            while True:
                healthy_seqs.append((await healthy.next("h"))["every"]["seq"])

        reading = asyncio.create_task(read())
        await until(lambda: server.plug.open)
        await slow(server, socket)
        await until(lambda: server.meters.sockets == 1)
        assert server.meters.operations == 1
        socket.connection.transport.resume_reading()
        with suppress(ConnectionClosedError):
            while True:
                assert (await socket.receive())["type"] == "next"
        assert await socket.closed() == (4410, "reads too slowly")
        told = len(healthy_seqs)
        server.plug.tell(999)
        await until(lambda: len(healthy_seqs) > told and healthy_seqs[-1] == 999)
        reading.cancel()
    assert server.meters.slow_readers == 1


async def test_r3_who_never_reads_again_is_dropped():
    async with connected(SLOW) as server, connect(server.address) as socket:
        await slow(server, socket)
        await server.quiet()
        assert server.meters.events_dropped > 0
        socket.vanish()


async def flood(socket: Socket) -> None:
    while True:
        await socket.send({"type": "ping", "payload": {"a": BIG}})
        await asyncio.sleep(0)


async def test_r3_pongs_that_nobody_reads_do_not_pile_up():
    async with connected(SLOW) as server, connect(server.address) as socket:
        socket.connection.transport.pause_reading()
        flooding = asyncio.create_task(flood(socket))
        await until(lambda: server.meters.slow_readers)
        flooding.cancel()
        assert server.connections[0].transport.get_write_buffer_size() < 10 * len(BIG)
        socket.vanish()
        await server.quiet()


async def test_r4_two_hundred_clients_that_vanish_leave_nothing_behind(caplog):
    async with AsyncExitStack() as stack, connected() as server:
        before = len(server.left())
        for turn in range(4):
            crowd = [await stack.enter_async_context(raw(server.address)) for _ in range(50)]
            for number, socket in enumerate(crowd):
                if number % 5:
                    await socket.send({"type": "connection_init"})
                    await socket.receive()
                    await socket.subscribe("1", (WATCH, "{ wait }", EVENTS, "subscription { own { seq } }")[turn])
            await until(lambda: server.meters.operations + server.plug.waiting == 40)
            server.plug.tell(*range(3))
            for number, socket in enumerate(crowd):
                (reset if number % 2 else Socket.vanish)(socket)
            await server.quiet()
        assert len(server.left()) == before == 0
        assert server.meters.sockets == 0
    assert [record.getMessage() for record in caplog.records if "Cancel 0" not in record.getMessage()] == []


async def test_a_clean_close_ends_everything():
    async with connected() as server:
        async with connect(server.address) as socket:
            await socket.subscribe("1", WATCH)
            await socket.subscribe("2", "{ wait }")
            await until(lambda: server.plug.open and server.plug.waiting)
        await server.quiet()
        assert server.plug.broken_off == 1


async def test_a_cancelled_server_leaves_nothing_behind():
    async with connected() as server:
        async with connect(server.address) as socket:
            await socket.subscribe("1", WATCH)
            await socket.subscribe("2", "mutation { work }")
            await until(lambda: server.plug.open and server.plug.waiting)
            for task in asyncio.all_tasks():
                if "run_asgi" in repr(task.get_coro()):
                    task.cancel()
            await socket.closed()
        await server.quiet()
        assert server.plug.broken_off == 1


async def test_more_sockets_than_there_may_be_are_refused_at_the_handshake():
    async with AsyncExitStack() as stack, connected(Limits(max_sockets=2)) as server:
        async with connect(server.address), connect(server.address):
            with pytest.raises(InvalidStatus) as refused:
                await stack.enter_async_context(raw(server.address))
            assert refused.value.response.status_code == 503
            assert refused.value.response.headers["retry-after"] == "10"
            assert server.meters.over_limit == {"max_sockets": 1}
        await server.quiet()
        async with connect(server.address):
            pass


def record(token: str) -> TokenRecord:
    digest = hashlib.sha256(token.encode()).digest()
    return TokenRecord(token, token, digest, Viewer(Scope.ADMIN, frozenset(["p"])), datetime.now(UTC))


@pytest.fixture
def door():
    door = Doorkeeper()
    door.know([record("good")])
    return door


GOOD = [{"X-API-Key": "good"}, {"authorization": "Bearer good"}]
BAD = [None, {}, {"X-API-Key": "bad"}, {"authorization": "good"}, {"x-api-key": 7}, {"Authorization": ["Bearer good"]}]


@pytest.mark.parametrize("payload", BAD)
async def test_r30_a_wrong_token_or_none_is_closed_out(door, payload):
    async with connected(door=door) as server:
        async with raw(server.address) as socket:
            await socket.send({"type": "connection_init", "payload": payload})
            code, reason = await socket.closed()
        assert (code, reason.startswith("Forbidden: send a token")) == (4403, True)
        await server.quiet()


@pytest.mark.parametrize(("payload", "headers"), [(GOOD[0], {}), (GOOD[1], {}), (None, GOOD[0]), (None, GOOD[1])])
async def test_r30_a_revoked_token_ends_what_it_opened(door, payload, headers):
    async with connected(door=door) as server:
        async with raw(server.address, additional_headers=headers) as socket:
            await socket.send({"type": "connection_init", "payload": payload})
            assert await socket.receive() == {"type": "connection_ack"}
            await socket.subscribe("1", "subscription { newest { seq panels } }")
            await until(lambda: server.plug.open)
            server.plug.tell(1)
            assert (await socket.next("1"))["newest"] == {"seq": 1, "panels": ["p"]}
            door.know([record("another")])
            code, reason = await socket.closed()
        assert (code, reason.startswith("Forbidden: the token was revoked")) == (4403, True)
        await server.quiet()


async def test_r30_who_came_before_the_first_token_has_to_come_again():
    door = Doorkeeper()
    async with connected(door=door) as server:
        async with connect(server.address) as socket:
            door.know([record("good")])
            assert (await socket.closed())[0] == 4403
        await server.quiet()
