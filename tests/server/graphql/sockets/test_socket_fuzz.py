"""Sockets under whatever bytes there are: no traceback, no 1006 or 1011 of ours, and the others go on."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import AsyncIterator
from contextlib import suppress

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from tests.schema.serving import until
from tests.schema.socket import connect
from tests.server.graphql.sockets.test_messages import JSON, NEARLY
from tests.server.graphql.sockets.wires import EVENTS, Served, connected

EXAMPLES = int(os.environ.get("BUSBAR_FUZZ_SOCKETS", "40"))
"""Sockets that are opened; each sends up to eight frames."""
MINE = range(4400, 4500)
BY_RFC_6455 = (1000, 1001, 1002, 1003, 1005, 1007, 1009)
"""Close codes for what breaks the protocol below ours, and for a client that closes by itself."""
DOCUMENTS = st.sampled_from(
    [
        "{ again(number: 1) }",
        "{ wait }",
        EVENTS,
        "mutation { __typename }",
        "{",
        "{ no }",
        "subscription { own { seq } }",
    ]
)
WELL_MADE = st.builds(
    lambda key, document, variables: {
        "type": "subscribe", "id": key, "payload": {"query": document, "variables": variables},
    },
    st.text(min_size=1, max_size=3), DOCUMENTS, st.none() | st.dictionaries(st.text(max_size=3), JSON, max_size=3),
)  # fmt: skip
TEXTS = (WELL_MADE | NEARLY | JSON).map(json.dumps).map(str.encode) | st.binary(max_size=40)


def framed(payload: bytes, opcode: int = 1, *, is_last: bool = True, is_masked: bool = True) -> bytes:
    """RFC 6455, 5.2; masked with zeros."""
    mask, size = 0x80 if is_masked else 0, len(payload)
    length = bytes([mask | size]) if size < 126 else struct.pack("!BH", mask | 126, size)
    return bytes([(0x80 if is_last else 0) | opcode]) + length + (bytes(4) if is_masked else b"") + payload


def cut(text: bytes, at: int) -> bytes:
    """One message in two frames."""
    return framed(text[:at], is_last=False) + framed(text[at:], opcode=0)


FRAMES = (
    TEXTS.map(framed)
    | TEXTS.map(framed)
    | st.builds(cut, TEXTS, st.integers(0, 30))
    | st.builds(framed, st.binary(max_size=20), st.integers(0, 15), is_last=st.booleans(), is_masked=st.booleans())
    | st.binary(max_size=20)
)


@pytest.fixture
async def server() -> AsyncIterator[Served]:
    async with connected() as server:
        yield server


async def ending(server: Served, frames: list[bytes]) -> int | None:
    """The code that the socket was closed with; 1006 if the server went without one, None if it did not go."""
    async with connect(server.address) as socket:
        socket.connection.transport.write(b"".join(frames) + framed(b'{"type":"ping","payload":{"last":1}}'))
        with anyio.move_on_after(0.3), suppress(ConnectionClosed):  # what was cut short has no answer
            async for text in socket.connection:
                if json.loads(text) == {"type": "pong", "payload": {"last": 1}}:
                    break
        code = socket.connection.close_code
        socket.vanish()
    return code


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(frames=st.lists(FRAMES, max_size=8))
async def test_r28_frames_of_any_kind_end_their_own_socket_at_most(server, caplog, frames):
    async with connect(server.address) as healthy:
        await healthy.subscribe("healthy", EVENTS)
        await until(lambda: server.plug.open)
        code = await ending(server, frames)
        assert code is None or code in MINE or code in BY_RFC_6455, code
        server.plug.tell(999_999)
        while (await healthy.next("healthy"))["every"]["seq"] != 999_999:
            pass
    await server.quiet()
    assert [each.getMessage() for each in caplog.records if each.levelname in ("ERROR", "CRITICAL")] == []
    assert server.meters.failed == 0
