"""One socket's way out, with a reader that is as slow as the test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from starlette.types import Message

from server.beside import running
from server.frames import FRAMES, OFFER, text_frame
from server.graphql.limits import Limits
from server.graphql.meters import Meters
from server.graphql.sockets.outbox import ClosedError, GoneError, Outbox

LONG = b"x" * 70_000


class Reader:
    """What came, message by message; while it `rests` it takes nothing, and the server knows it when `is_known`."""

    def __init__(self) -> None:
        self.came = b""
        self.takes = asyncio.Event()
        self.takes.set()
        self.is_known = True

    def offer(self, frames: bytes) -> bool:
        if self.is_known and not self.takes.is_set():
            return False
        self.came += frames
        return True

    async def send(self, message: Message) -> None:
        await self.takes.wait()
        self.came += message[FRAMES] if FRAMES in message else text_frame(message["text"].encode())


class Source:
    def __init__(self, *messages: bytes) -> None:
        self.messages = list(messages)

    def take(self) -> bytes | None:
        return self.messages.pop(0) if self.messages else None


@pytest.fixture(params=[True, False], ids=["frames", "messages"])
def scope_of(request):
    def scope(reader: Reader) -> dict[str, Any]:
        return {"extensions": {FRAMES: {OFFER: reader.offer}} if request.param else {}}

    return scope


@asynccontextmanager
async def writing(scope: dict[str, Any], reader: Reader) -> AsyncIterator[Outbox]:
    outbox = Outbox(scope, reader.send, Limits(), Meters())
    async with running(outbox.write()):
        yield outbox


async def settled() -> None:
    for _ in range(20):
        await anyio.lowlevel.checkpoint()


def frames(*messages: bytes) -> bytes:
    return b"".join(map(text_frame, messages))


async def test_what_is_said_comes_in_order_whoever_waits(scope_of):
    reader = Reader()
    async with writing(scope_of(reader), reader) as outbox:
        await outbox.say(b"1")
        await settled()
        reader.takes.clear()
        await outbox.say(b"2")
        outbox.wake(Source(b"3"))
        await settled()
        # The transport has room again before the writer has had its turn: nothing may overtake what it holds.
        reader.is_known = False
        if not outbox.offer(b"4"):
            outbox.wake(Source(b"4"))
        await outbox.say(b"5")
        reader.takes.set()
        await settled()
    assert reader.came in (frames(*b"1 2 3 4 5".split()), frames(*b"1 2 3 5 4".split()))


async def test_sources_have_their_turns(scope_of):
    reader = Reader()
    reader.takes.clear()
    async with writing(scope_of(reader), reader) as outbox:
        outbox.wake(Source(b"a", b"b", b"c"))
        outbox.wake(Source(b"1", b"2"))
        gone = Source(b"never")
        outbox.wake(gone)
        outbox.forget(gone)
        reader.takes.set()
        await settled()
    assert reader.came == frames(b"a", b"1", b"b", b"2", b"c")


async def test_who_says_much_waits_for_the_reader(scope_of):
    reader = Reader()
    reader.takes.clear()
    async with writing(scope_of(reader), reader) as outbox:
        await outbox.say(LONG)
        await settled()
        await outbox.say(LONG)
        more = asyncio.create_task(outbox.say(LONG))
        await settled()
        assert not more.done()
        reader.takes.set()
        await more
        await settled()
    assert reader.came == frames(LONG, LONG, LONG)


async def test_r3_a_reader_that_takes_nothing_ends_the_writer(scope_of):
    reader, meters = Reader(), Meters()
    reader.takes.clear()
    outbox = Outbox(scope_of(reader), reader.send, Limits(slow_reader_s=0.01), meters)
    await outbox.say(b"1")
    with pytest.raises(ClosedError) as closed:
        await outbox.write()
    assert (closed.value.code, closed.value.reason, meters.slow_readers) == (4410, "reads too slowly", 1)
    reader.takes.set()
    assert scope_of(reader)["extensions"] == {} or not outbox.offer(b"2")


@pytest.mark.parametrize("error", [OSError("gone"), RuntimeError("after sending 'websocket.close'")])
async def test_a_reader_that_is_gone_ends_the_writer(scope_of, error):
    reader = Reader()
    reader.takes.clear()

    async def send(_message: Message) -> None:
        raise error

    outbox = Outbox(scope_of(reader), send, Limits(), Meters())
    await outbox.say(b"1")
    with pytest.raises(GoneError):
        await outbox.write()
