"""Every kind of fault as a client meets it on a real connection, on both of the event loops that the panels run on."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import orjson
import pytest

from emulator.http.server import LOOPBACK, listen, serving
from emulator.scenarios import load_scenario

STATUS = b"GET /api/v1/status HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request) -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": request.param}


async def never(_: float) -> None:
    """No look at a panel that nobody asks: what is tested happens by itself."""
    await asyncio.Event().wait()


@pytest.fixture
async def port(panel, naps):
    sockets = listen(LOOPBACK, [0])
    async with serving([panel], sockets, sleep=naps, pause=never, keep_alive_s=60):
        yield sockets[0].getsockname()[1]


class Client:
    """One raw connection to the panel."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, request: bytes = STATUS) -> tuple[int, dict[str, str], bytes]:
        self.writer.write(request)
        return await self.answer()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ") for line in head[1:] if line)
        body = await self.reader.readexactly(int(headers["content-length"]))
        return int(head[0].split()[1]), headers, body

    async def rest(self, request: bytes = STATUS) -> bytes:
        self.writer.write(request)
        return await self.reader.read()


@contextlib.asynccontextmanager
async def connected(port: int):
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def test_a_status_keeps_the_connection(panel, port):
    panel.faults.add({"kind": "status", "status": 502, "count": 1})
    async with connected(port) as client:
        assert (await client.ask())[0] == 502
        assert (await client.ask())[0] == 200


async def test_a_latency_passes_by_the_injected_sleep(panel, port, naps):
    panel.faults.add({"kind": "latency", "seconds": 3})
    async with connected(port) as client:
        assert (await client.ask())[0] == 200

    assert naps.seconds == [3]


async def test_a_reset_is_rst(panel, port):
    panel.faults.add({"kind": "reset", "count": 1})
    async with connected(port) as client:
        with pytest.raises(ConnectionResetError):
            await client.rest()
    async with connected(port) as client:
        assert (await client.ask())[0] == 200


async def test_a_close_is_fin_without_a_byte(panel, port):
    panel.faults.add({"kind": "close"})
    async with connected(port) as client:
        assert await client.rest() == b""


async def test_a_hang_ends_without_a_byte_when_its_time_is_over(panel, port, naps):
    panel.faults.add({"kind": "hang", "seconds": 30})
    async with connected(port) as client:
        assert await client.rest() == b""

    assert naps.seconds == [30]


async def test_a_truncated_body_ends_with_its_connection(panel, port):
    panel.faults.add({"kind": "truncated", "share": 0.5, "count": 1})
    async with connected(port) as client:
        head, _, body = (await client.rest()).partition(b"\r\n\r\n")
    async with connected(port) as client:
        _, headers, whole = await client.ask()

    assert b"content-length: " + headers["content-length"].encode() in head.lower()
    assert body == whole[: len(whole) // 2]


async def test_a_body_cut_to_nothing_still_has_its_head(panel, port):
    panel.faults.add({"kind": "truncated", "share": 0})
    async with connected(port) as client:
        head, _, body = (await client.rest()).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 200 OK")
    assert body == b""


async def test_a_drip_is_whole_in_the_end_and_keeps_the_connection(panel, port, naps):
    async with connected(port) as client:
        whole = (await client.ask())[2]
        panel.faults.add({"kind": "drip", "bytes_per_s": 100, "count": 1})
        assert (await client.ask())[2] == whole
        assert sum(naps.seconds) == pytest.approx(len(whole) / 100)
        assert (await client.ask())[2] == whole


@pytest.mark.parametrize("kind", ["invalid_json", "wrong_types", "unknown_states"])
async def test_spoiled_content_has_the_right_length(panel, port, kind):
    panel.press_door()
    panel.faults.add({"kind": kind, "count": 1})
    async with connected(port) as client:
        spoiled = (await client.ask())[2]
        good = (await client.ask())[2]

    assert spoiled != good
    assert orjson.loads(good)["system"]["serial"] == panel.device.serial


async def test_a_missing_circuit_and_an_energy_dip_come_over_the_wire(panel, port, token):
    panel.faults.add({"kind": "missing_circuit"})
    panel.faults.add({"kind": "energy_dip"})
    request = b"GET /api/v1/circuits HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n" % token.encode()
    async with connected(port) as client:
        circuits = orjson.loads((await client.ask(request))[2])["circuits"]

    assert len(circuits) == len(panel.reading().circuits) - 1


async def test_an_idle_connection_is_cut_as_the_next_request_arrives(panel, port):
    panel.faults.add({"kind": "keep_alive", "idle_s": 5})
    async with connected(port) as client:
        assert (await client.ask())[0] == 200
        panel.clock.step(6)
        assert await client.rest() == b""
    async with connected(port) as client:
        assert (await client.ask())[0] == 200


async def test_an_idle_connection_is_closed_by_itself_too(panel, port):
    panel.faults.add({"kind": "keep_alive", "idle_s": 1})
    async with connected(port) as client:
        await client.ask()

        assert await asyncio.wait_for(client.reader.read(), 30) == b""  # the port alone would keep it for a minute


async def test_an_offline_panel_resets_connections_old_and_new(panel, port):
    async with connected(port) as client:
        await client.ask()
        panel.go_offline(90)
        with pytest.raises(ConnectionResetError):
            await client.reader.read()
    with pytest.raises(ConnectionResetError):
        async with connected(port) as client:
            await asyncio.wait_for(client.reader.read(), 10)  # before it has asked anything
    panel.clock.step(90)
    async with connected(port) as client:
        assert (await client.ask())[0] == 200


@pytest.mark.parametrize("happening", [lambda panel: panel.reboot(), lambda panel: panel.swap("other")])
async def test_a_reboot_and_a_swap_drop_connections(panel, port, happening):
    async with connected(port) as client:
        await client.ask()
        happening(panel)
        with pytest.raises(ConnectionResetError):
            await client.reader.read()
    async with connected(port) as client:
        assert (await client.ask())[0] == 200
    assert len(panel.connections) <= 1


async def test_a_connection_that_a_scenario_dropped_in_the_meantime_obeys_nothing_more(panel, port, token):
    panel.play(load_scenario("energy-dip"))  # restarts after a quarter of an hour
    head = b"POST /api/v1/panel/emergency-reconnect HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
    async with connected(port) as client:
        await client.ask()
        panel.clock.step(3600)
        with pytest.raises(ConnectionResetError):
            await client.rest(head % token.encode() + b"Content-Length: 0\r\n\r\n")

    assert len(panel.journal) == 1
    assert [type(one.command).__name__ for one in panel.device.commands] == ["Reboot"]


async def test_a_panel_that_nobody_asks_drops_its_connections_when_its_time_comes(panel):
    passed = asyncio.Event()

    async def pause(_: float) -> None:
        await passed.wait()
        await asyncio.sleep(0)

    panel.faults.add({"kind": "offline", "from": 60, "for": 60})
    sockets = listen(LOOPBACK, [0])
    async with serving([panel], sockets, pause=pause), connected(sockets[0].getsockname()[1]) as client:
        await client.ask()
        panel.clock.step(60)
        passed.set()
        with pytest.raises(ConnectionResetError):
            await client.reader.read()


async def test_pipelined_requests_end_with_the_first_that_is_reset(panel, port, caplog):
    panel.faults.add({"kind": "reset", "count": 1})
    async with connected(port) as client:
        with pytest.raises(ConnectionResetError):
            await client.rest(STATUS * 3)
    await asyncio.sleep(0)

    assert caplog.records == []
    assert len(panel.journal) == 1


@pytest.mark.parametrize(
    "spec", [{"kind": "hang"}, {"kind": "latency", "seconds": 99}, {"kind": "drip", "bytes_per_s": 1}]
)
async def test_the_server_stops_at_once_though_a_fault_holds_a_request(panel, spec, caplog):
    waiting = asyncio.Event()

    async def sleep(_: float) -> None:
        waiting.set()
        await asyncio.Event().wait()

    panel.faults.add(spec)
    sockets = listen(LOOPBACK, [0])
    async with serving([panel], sockets, sleep=sleep):
        reader, writer = await asyncio.open_connection(LOOPBACK, sockets[0].getsockname()[1])
        writer.write(STATUS)
        await waiting.wait()
    with contextlib.suppress(ConnectionResetError):
        await reader.read()
    writer.close()

    assert caplog.records == []


async def test_a_client_that_leaves_ends_what_waits_for_it(panel, caplog):
    waiting, cancelled = asyncio.Event(), asyncio.Event()

    async def sleep(_: float) -> None:
        waiting.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    panel.faults.add({"kind": "hang"})
    sockets = listen(LOOPBACK, [0])
    async with serving([panel], sockets, sleep=sleep):
        async with connected(sockets[0].getsockname()[1]) as client:
            client.writer.write(STATUS)
            await waiting.wait()
        await cancelled.wait()

    assert caplog.records == []
