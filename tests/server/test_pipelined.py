"""Requests that are sent without waiting for answers: each is answered, in their order, and little of them is kept."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from server.http_pipeline import SLICE_BYTES
from server.http_protocol import MAX_HEADER_BYTES, PatientProtocol, http_protocol
from tests.schema.serving import served, until
from tests.server.raw_http import answer, raw

HEAD = b"GET /x HTTP/1.1\r\nhost: x\r\n"
SHORTEST = b"GET / HTTP/1.1\r\n\r\n"
MUCH = 20_000_000
READ_BYTES = 262_144
"""What asyncio reads at a time."""


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    return "asyncio", {"use_uvloop": request.param}


class Echo:
    """Answers with the path and the length of the body; /gate waits until it may, /watched looks who is there."""

    def __init__(self) -> None:
        self.gate, self.look = asyncio.Event(), asyncio.Event()
        self.begun = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.begun += 1
        length, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            length, more = length + len(message["body"]), message["more_body"]
        if scope["path"] == "/watched":
            await self.look.wait()
            looking = asyncio.ensure_future(receive())
            await self.gate.wait()
            looking.cancel()
        if scope["path"] == "/gate":
            await self.gate.wait()
        body = f"{scope['path']} {length}".encode()
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def seen() -> list[PatientProtocol]:
    return []


@pytest.fixture
async def address(echo: Echo, seen: list[PatientProtocol]) -> AsyncIterator[str]:
    class Seen(http_protocol(20.0)):  # type: ignore[misc]
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            seen.append(self)

    async with served(echo, http=Seen) as address:
        yield address


def got(number: int) -> bytes:
    return b"GET /%d HTTP/1.1\r\nhost: x\r\n\r\n" % number


async def bodies(reader: asyncio.StreamReader, count: int) -> list[bytes]:
    found = []
    for _ in range(count):
        status, _headers, body = await answer(reader)
        assert status == 200
        found.append(body)
    return found


async def test_thousands_that_come_at_once_are_answered_in_their_order(address):
    async with raw(address) as (reader, writer):
        writer.write(b"".join(got(number) for number in range(6000)))
        assert await bodies(reader, 6000) == [b"/%d 0" % number for number in range(6000)]


async def test_of_those_that_wait_little_is_kept_and_the_rest_is_not_taken(address, echo, seen):
    async with raw(address) as (reader, writer):
        writer.write(b"GET /watched HTTP/1.1\r\nhost: x\r\n\r\n" + SHORTEST * (MUCH // len(SHORTEST)))
        await until(lambda: seen and seen[0].flow.read_paused)
        await asyncio.sleep(0.1)
        before = len(seen[0]._held)
        echo.look.set()
        await asyncio.sleep(0.1)
        assert len(seen[0]._held) == before
        assert len(seen[0].pipeline) <= SLICE_BYTES // len(SHORTEST) + 1
        assert len(seen[0]._held) <= READ_BYTES
        assert writer.transport.get_write_buffer_size() > MUCH / 2
        assert echo.begun == 1
        echo.gate.set()
        assert await bodies(reader, 1001) == [b"/watched 0", *[b"/ 0"] * 1000]
        assert len(seen[0].pipeline) <= SLICE_BYTES // len(SHORTEST) + 1
        assert len(seen[0]._held) <= READ_BYTES


@pytest.mark.parametrize("seed", range(8))
async def test_wherever_they_are_cut_and_whatever_bodies_they_have(address, seed):
    dice = random.Random(seed)
    sent, expected = bytearray(), []
    for number in range(60):
        length = dice.choice([0, 1, 100, SLICE_BYTES, 70_000])
        if dice.random() < 0.5:
            sent += b"POST /%d HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % (number, length)
            sent += b"\r\n\r\n"[:length].ljust(length, b"b")
        else:
            sent += b"POST /%d HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n" % number
            sent += b"%x\r\n%s\r\n" % (length, b"b" * length) if length else b""
            sent += b"0\r\n\r\n"
        expected.append(b"/%d %d" % (number, length))
    async with raw(address) as (reader, writer):
        answers = asyncio.create_task(bodies(reader, len(expected)))
        while sent:
            cut = dice.choice([1, 17, 1000, SLICE_BYTES, 300_000])
            writer.write(bytes(sent[:cut]))
            del sent[:cut]
            await asyncio.sleep(0)
        assert await answers == expected


@pytest.mark.parametrize("wrong", [b"no HTTP at all\r\n\r\n", HEAD + b"a: " + b"b" * (MAX_HEADER_BYTES + SLICE_BYTES)])
async def test_what_is_wrong_is_refused_behind_the_answers_to_what_was_right(address, echo, wrong):
    async with raw(address) as (reader, writer):
        writer.write(got(1) + b"GET /gate HTTP/1.1\r\nhost: x\r\n\r\n" + got(2) + wrong)
        assert await bodies(reader, 1) == [b"/1 0"]
        await until(lambda: echo.begun == 2)
        echo.gate.set()
        assert await bodies(reader, 2) == [b"/gate 0", b"/2 0"]
        status, headers, _ = await answer(reader)
        assert (status, headers["connection"]) == (400, "close")
        assert await reader.read() == b""


async def test_what_comes_behind_a_last_request_is_not_answered(address):
    async with raw(address) as (reader, writer):
        writer.write(got(1) + HEAD + b"connection: close\r\n\r\n" + got(2) * 10_000)
        assert await bodies(reader, 1) == [b"/1 0"]
        _, headers, body = await answer(reader)
        assert (headers["connection"], body) == ("close", b"/x 0")


async def test_who_leaves_with_requests_unanswered_leaves_nothing_behind(address, echo, seen):
    async with raw(address) as (_, writer):
        writer.write(b"GET /gate HTTP/1.1\r\nhost: x\r\n\r\n" + SHORTEST * 100_000)
        await until(lambda: echo.begun)
        await until(lambda: seen[0].flow.read_paused)
        writer.transport.abort()
    echo.gate.set()
    await until(lambda: not seen[0].connections)
    assert (len(seen[0].pipeline), len(seen[0]._held)) == (0, 0)


HALF = b"POST /half HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n12345"
GATE = b"GET /gate HTTP/1.1\r\nhost: x\r\n\r\n"


async def test_a_stop_ends_a_half_sent_body_at_once(address, echo, seen):
    async with raw(address) as (reader, writer):
        writer.write(HALF)
        await until(lambda: echo.begun)
        seen[0].shutdown()
        status, headers, body = await answer(reader)
        assert (status, headers["connection"], b"stopping" in body) == (503, "close", True)
        assert await reader.read() == b""
        await until(lambda: not seen[0].tasks)


async def test_a_stop_answers_what_is_whole_before_it_ends_a_half_sent_body(address, echo, seen):
    async with raw(address) as (reader, writer):
        writer.write(GATE + got(1) + HALF)
        await until(lambda: echo.begun)
        seen[0].shutdown()
        echo.gate.set()
        assert await bodies(reader, 2) == [b"/gate 0", b"/1 0"]
        assert (await answer(reader))[0] == 503
        assert await reader.read() == b""
        assert echo.begun == 2


async def test_a_stop_waits_for_what_is_being_answered(address, echo, seen):
    async with raw(address) as (reader, writer):
        writer.write(GATE)
        await until(lambda: echo.begun)
        seen[0].shutdown()
        echo.gate.set()
        _, headers, body = await answer(reader)
        assert (headers["connection"], body) == ("close", b"/gate 0")
        assert await reader.read() == b""


async def test_a_body_that_breaks_off_in_nonsense_is_refused_at_once(address, echo, seen):
    async with raw(address) as (reader, writer):
        writer.write(b"POST /chunks HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await until(lambda: echo.begun)
        writer.write(b"no length\r\n")
        assert (await answer(reader))[0] == 400
        assert await reader.read() == b""
        await until(lambda: not seen[0].tasks)


async def test_a_socket_is_not_opened_amid_answers(address, echo):
    key = b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n"
    async with raw(address) as (reader, writer):
        writer.write(GATE + HEAD + b"connection: upgrade\r\nupgrade: websocket\r\n" + key + b"\r\n")
        await until(lambda: echo.begun)
        echo.gate.set()
        assert await bodies(reader, 1) == [b"/gate 0"]
        assert (await answer(reader))[0] == 400
