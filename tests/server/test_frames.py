"""Frames made once for all: as the library reads them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, connect
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from server.frames import FRAMES, OFFER, FramesProtocol, text_frame
from tests.schema.serving import served, until

HIGH_WATER_BYTES = 65_536
"""Of both loops' transports: beyond it, writing is paused."""


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    return "asyncio", {"use_uvloop": request.param}


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_frame_is_the_librarys(length: int) -> None:
    payload = ("é" * length).encode()[:length] if length % 2 == 0 else b"x" * length
    assert text_frame(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)


def test_frames_one_behind_the_other_are_read_as_messages_of_their_own() -> None:
    client = ClientProtocol(parse_uri("ws://x/"))
    client.send_request(client.connect())
    client.data_to_send()
    client.reader.feed_data(b"".join(map(text_frame, (b"one", b"", b"3" * 70_000))))
    client.state = type(client.state).OPEN
    client.parser = client.parse()
    next(client.parser)
    assert [frame.data for frame in client.events_received() if isinstance(frame, Frame)] == [
        b"one",
        b"",
        b"3" * 70_000,
    ]


class Server:
    """An app that accepts a socket and leaves it to the test; `offers` is what was offered at each stage."""

    def __init__(self) -> None:
        self.offer: Callable[[bytes], bool] = lambda _: False
        self.offered_early: bool | None = None
        self.done = asyncio.Event()
        self.send: Send | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        self.offer = scope["extensions"][FRAMES][OFFER]
        self.offered_early = self.offer(text_frame(b"too early"))
        await send({"type": "websocket.accept"})
        self.send = send
        await self.done.wait()

    @property
    def waiting_bytes(self) -> int:
        """What the transport holds."""
        protocol: Any = self.offer
        return int(protocol.__self__.transport.get_write_buffer_size())


@asynccontextmanager
async def opened(**options: Any) -> AsyncIterator[tuple[Server, ClientConnection]]:
    server = Server()
    async with served(server, ws=FramesProtocol) as address, connect(f"ws://{address}/", **options) as client:
        await until(lambda: server.send)
        try:
            yield server, client
        finally:
            server.done.set()


async def test_what_is_offered_comes_in_order_with_what_is_sent():
    async with opened() as (server, client):
        assert server.offered_early is False
        assert server.offer(text_frame(b"1") + text_frame(b"2"))
        assert server.send is not None
        await server.send({"type": "websocket.send", "text": "3"})
        assert server.offer(text_frame(b"4"))
        assert [await client.recv() for _ in range(4)] == ["1", "2", "3", "4"]


async def test_r3_a_reader_that_does_not_read_is_offered_no_more_than_the_transport_holds():
    async with opened(max_queue=1) as (server, client):
        size, taken = 10_000, 0
        client.transport.pause_reading()
        while server.offer(text_frame(b"%05d" % taken + b"x" * size)):
            taken += 1
            assert server.waiting_bytes <= HIGH_WATER_BYTES + size + 16
            await asyncio.sleep(0.001)  # so that what the kernel takes is gone
        for _ in range(100):
            assert not server.offer(text_frame(b"refused"))
        client.transport.resume_reading()
        assert [int((await client.recv())[:5]) for _ in range(taken)] == list(range(taken))
        await until(lambda: server.offer(text_frame(b"again")))
        assert await client.recv() == "again"


async def test_nothing_is_offered_to_one_that_was_told_to_go():
    async with opened() as (server, client):
        assert server.send is not None
        await server.send({"type": "websocket.close", "code": 4400})
        assert not server.offer(text_frame(b"too late"))
        with pytest.raises(ConnectionClosedError):
            await client.recv()
        assert client.close_code == 4400


@pytest.mark.parametrize("how", ["closes", "vanishes"])
async def test_nothing_is_offered_to_one_that_has_gone(how: str):
    async with opened() as (server, client):
        if how == "closes":
            await client.close()
        else:
            client.transport.abort()
        await until(lambda: not server.offer(text_frame(b"anybody?")))
        assert server.waiting_bytes == 0
