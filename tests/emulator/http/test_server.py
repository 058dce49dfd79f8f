from __future__ import annotations

import asyncio
import json
import socket
from typing import Any, cast

import httpx
import pytest

from emulator.cli import emulate
from emulator.errors import CannotListenError
from emulator.http.protocol import JoinedWrites
from emulator.http.server import LOOPBACK, MAX_LAG_S, listen, serving
from emulator.panel import EmulatedPanel

STATUS = b"GET /api/v1/status HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
async def port(panel):
    """The panel on a socket, with the shortest keep-alive there is."""
    sockets = listen(LOOPBACK, [0])
    async with serving([panel], sockets, keep_alive_s=1):
        yield sockets[0].getsockname()[1]


async def ask(port: int, request: bytes) -> tuple[bytes, bytes]:
    """Head and body of the answer to one request on a connection of its own."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    writer.write(request)
    answer = await read_answer(reader)
    writer.close()
    await writer.wait_closed()
    return answer


async def read_answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    return head, await reader.readexactly(length)


async def test_many_panels_answer_each_on_its_own_port(wall):
    panels = [EmulatedPanel.create("workshop-8", seed=seed, monotonic=wall) for seed in range(20)]
    for number, panel in enumerate(panels):
        panel.clients.register(f"client-{number}", None, 0)
    sockets = listen(LOOPBACK, [0] * len(panels))

    async with serving(panels, sockets), httpx.AsyncClient(trust_env=False) as client:
        for number, (panel, listener) in enumerate(zip(panels, sockets, strict=True)):
            token = next(iter(panel.clients)).token
            url = f"http://{LOOPBACK}:{listener.getsockname()[1]}/api/v1/auth/clients"
            answer = await client.get(url, headers={"Authorization": f"Bearer {token}"})
            assert list(answer.json()["clients"]) == [f"client-{number}"]


async def test_an_answer_is_one_write(port, monkeypatch):
    writes: list[bytes] = []
    made = JoinedWrites.__init__

    class Counting:
        def __init__(self, transport) -> None:
            self._transport = transport

        def __getattr__(self, name: str):
            return getattr(self._transport, name)

        def write(self, data: bytes) -> None:
            writes.append(bytes(data))
            self._transport.write(data)

    monkeypatch.setattr(JoinedWrites, "__init__", lambda self, transport: made(self, cast("Any", Counting(transport))))

    head, body = await ask(port, STATUS)

    assert writes == [head + body]


async def test_small_packets_are_not_held_back(port, monkeypatch):
    seen: list[int] = []
    made = JoinedWrites.__init__

    def look(self, transport) -> None:
        seen.append(transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        made(self, transport)

    monkeypatch.setattr(JoinedWrites, "__init__", look)

    await ask(port, STATUS)

    assert seen
    assert all(seen)


async def test_an_idle_connection_is_closed_after_its_time(port):
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    writer.write(STATUS)
    head, _ = await read_answer(reader)

    assert b"keep-alive: timeout=1\r\n" in head
    assert await reader.read() == b""
    writer.close()


async def test_pipelined_requests_are_answered_in_order(port):
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    writer.write(STATUS + STATUS.replace(b"status", b"panel") + STATUS)

    statuses = [(await read_answer(reader))[0].split(b" ")[1] for _ in range(3)]

    assert statuses == [b"200", b"401", b"200"]
    writer.close()


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01\x00", b"GET\r\n\r\n", b"GET /\xff HTTP/1.1\r\n\r\n", b"\r\n" * 5 + b"x" * 999]
)
async def test_garbage_ends_its_connection_and_nothing_else(port, garbage):
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    writer.write(garbage + b"\r\n\r\n")
    writer.write_eof()
    await reader.read()
    writer.close()

    head, _ = await ask(port, STATUS)

    assert head.startswith(b"HTTP/1.1 200 ")


async def test_a_client_that_waits_for_continue_gets_it(port):
    body = b'{"name": "x"}'
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    head = b"POST /api/v1/auth/register HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
    writer.write(head % len(body))

    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(body)
    assert (await read_answer(reader))[0].startswith(b"HTTP/1.1 403 ")
    writer.close()


async def test_the_end_closes_ports_and_connections(panel):
    sockets = listen(LOOPBACK, [0])
    port = sockets[0].getsockname()[1]
    async with serving([panel], sockets):
        reader, writer = await asyncio.open_connection(LOOPBACK, port)

    assert await reader.read() == b""
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(LOOPBACK, port)


async def test_a_panel_that_nobody_asks_is_kept_up_to_date(panel, wall):
    looked = asyncio.Event()

    async def pause(_: float) -> None:
        if wall.now_s > 1000:
            looked.set()
            await asyncio.Event().wait()
        wall.now_s += MAX_LAG_S + 1

    async with serving([panel], listen(LOOPBACK, [0]), pause=pause):
        await looked.wait()

    assert panel.lag_s() == 0


def test_a_taken_port_is_refused_in_one_line_and_the_others_are_let_go():
    with listen(LOOPBACK, [0])[0] as taken:
        port = taken.getsockname()[1]
        with listen(LOOPBACK, [0])[0] as probe:
            free = probe.getsockname()[1]

        with pytest.raises(CannotListenError, match=f"port {port} of {LOOPBACK} is taken"):
            listen(LOOPBACK, [free, port])

        listen(LOOPBACK, [free])[0].close()


@pytest.mark.parametrize("host", ["203.0.113.1", "a" * 300])
def test_a_host_that_is_not_ours_is_refused(host):
    with pytest.raises(CannotListenError):
        listen(host, [0])


async def test_r38_the_emulator_listens_on_loopback_unless_told_otherwise():
    default = next(option.default for option in emulate.params if option.name == "host")

    assert default == LOOPBACK == "127.0.0.1"


async def test_the_answer_is_json_over_a_real_socket_too(port, panel):
    _, body = await ask(port, STATUS)

    assert json.loads(body)["system"]["serial"] == panel.device.serial
