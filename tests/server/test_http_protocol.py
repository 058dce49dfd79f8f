"""Headers that do not come, over raw sockets: the connection ends, and whoever is served goes on."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import connect

from server.http_pipeline import SLICE_BYTES
from server.http_protocol import MAX_HEADER_BYTES, PatientProtocol, http_protocol
from server.turned_away import Reason, Tally
from tests.schema.serving import served, until
from tests.server.raw_http import raw

SHORT_S = 0.4
HEAD = b"GET / HTTP/1.1\r\nhost: x\r\n"
ASKED = HEAD + b"\r\n"
MUCH = b"x" * 20_000_000


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with what the path says, late where it says so, and never reads a body; repeats what a socket says."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        await receive()
        await send({"type": "websocket.send", "text": (await receive())["text"]})
        return
    if scope["path"] == "/late":
        await asyncio.sleep(SHORT_S * 0.75)
    if scope["path"] == "/later":
        await asyncio.sleep(SHORT_S * 3)
    body = MUCH if scope["path"] == "/much" else b"here"
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
async def address(tally: Tally) -> AsyncIterator[str]:
    async with served(app, http=http_protocol(SHORT_S, tally)) as address:
        yield address
    assert timers() == []


def timers() -> list[Any]:
    """Those of connections that are still to be looked at."""
    scheduled: list[asyncio.TimerHandle] = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
    owners = [getattr(each._callback, "__self__", None) for each in scheduled if not each.cancelled()]  # type: ignore[attr-defined]
    return [owner for owner in owners if isinstance(owner, PatientProtocol)]


async def answered(reader: asyncio.StreamReader) -> None:
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
    assert await reader.readexactly(4) == b"here"


async def dribbled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, text: bytes) -> bytes:
    """Sends the text for ever, a byte at a time, until the server has had enough of it; returns what it said."""
    with suppress(ConnectionError):
        while not reader.at_eof():
            for byte in text:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.001)
                if reader.at_eof():
                    break
    with suppress(ConnectionError):
        return await reader.read()
    return b""


async def test_a_connection_that_says_nothing_ends(address):
    async with raw(address) as (reader, _):
        assert await reader.read() == b""


@pytest.mark.parametrize("text", [HEAD, b"GET /" + b"a" * 500, b"G", b"\r\n", HEAD + b"a: b\r\n"])
async def test_a_header_that_stays_unfinished_ends_the_connection(address, text):
    async with raw(address) as (reader, writer):
        writer.write(text)
        assert await reader.read() == b""


async def test_r37_a_header_that_dribbles_for_ever_ends(address):
    async with raw(address) as (reader, writer):
        writer.write(HEAD)
        assert await dribbled(reader, writer, b"a: b\r\n") == b""


async def test_r37_a_second_header_that_dribbles_for_ever_ends(address):
    async with raw(address) as (reader, writer):
        writer.write(ASKED + HEAD)
        await answered(reader)
        assert await dribbled(reader, writer, b"a: b\r\n") == b""


async def test_a_connection_on_which_requests_come_in_time_goes_on(address):
    async with raw(address) as (reader, writer):
        for _ in range(4):
            writer.write(b"GET /late HTTP/1.1\r\nhost: x\r\n\r\n")
            await answered(reader)


async def test_the_time_begins_anew_behind_each_answer():
    async with served(app, http=http_protocol(2.0)) as address, raw(address) as (reader, writer):
        for _ in range(2):
            await asyncio.sleep(1.2)
            writer.write(ASKED)
            await answered(reader)


async def test_requests_that_come_together_are_all_answered(address):
    async with raw(address) as (reader, writer):
        writer.write(b"GET /late HTTP/1.1\r\nhost: x\r\n\r\n" * 4)
        for _ in range(4):
            await answered(reader)
        assert await reader.read() == b""


async def test_an_answer_may_take_longer_than_a_header(address):
    async with raw(address) as (reader, writer):
        writer.write(b"GET /later HTTP/1.1\r\nhost: x\r\n\r\n")
        await answered(reader)


async def test_a_socket_stays_open_and_no_timer_knows_of_it(address):
    async with connect(f"ws://{address}/") as socket:
        assert timers() == []
        await asyncio.sleep(SHORT_S * 2)
        await socket.send("still here")
        assert await socket.recv() == "still here"


async def test_an_upgrade_to_nothing_that_we_speak_is_an_ordinary_request(address):
    async with raw(address) as (reader, writer):
        writer.write(HEAD + b"connection: upgrade\r\nupgrade: h2c\r\n\r\n")
        await answered(reader)
        assert await reader.read() == b""


async def test_a_header_that_is_too_long_is_refused_before_it_ends(address):
    async with raw(address) as (reader, writer):
        writer.write(HEAD + b"a: " + b"b" * (MAX_HEADER_BYTES + SLICE_BYTES))
        assert (await reader.readline()).startswith(b"HTTP/1.1 400")


async def test_a_body_that_nobody_reads_is_not_taken_for_a_header(address):
    async with raw(address) as (reader, writer):
        length = 5 * MAX_HEADER_BYTES
        writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % length)
        await answered(reader)
        writer.write(b"b" * length + ASKED)
        await answered(reader)


async def test_a_body_that_dribbles_behind_its_answer_ends(address):
    async with raw(address) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n")
        await answered(reader)
        assert await dribbled(reader, writer, b"b") == b""


async def test_who_takes_nothing_of_its_answer_is_not_waited_for(address, tally):
    host, port = address.split(":")
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect((host, int(port)))
        client.setblocking(False)
        client.send(b"GET /much HTTP/1.1\r\nhost: x\r\n\r\n")
        await until(timers)
        await until(lambda: timers() == [])
        await asyncio.sleep(0)
        client.setblocking(True)
        client.settimeout(10)
        got = 0
        with suppress(ConnectionResetError):
            while chunk := client.recv(1_000_000):
                got += len(chunk)
    assert got < len(MUCH)
    assert tally == {Reason.ANSWER_NOT_TAKEN: 1}
