"""The emulated panel's HTTP face: against a bare Starlette route, and as many panels in one process.

Servers and load generator are processes of their own. The two servers take turns, so that both meet the same machine.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, cast

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.report import Row
from emulator import exchange
from emulator.answering import answer
from emulator.panel import EmulatedPanel
from emulator.server import LOOPBACK, listen, serving

CIRCUITS = "/api/v1/circuits"
ROUNDS = 5
ROUND_S = 0.8
CONNECTIONS = 8
PANELS = 200
POLL_S = 1.0
POLLS = 5

_SPAWN = get_context("spawn")


def run() -> list[Row]:
    """A few seconds each."""
    return [_against_starlette(), *_many_panels()]


def _against_starlette() -> Row:
    with _process(_serve_panels, 1) as (panel, _), _process(_serve_ready_bytes) as (bare, _):
        measured: dict[str, list[float]] = {"panel": [], "bare": []}
        for _ in range(ROUNDS):
            measured["panel"].append(_in_process(_hammer, panel["ports"][0], panel["tokens"][0]))
            measured["bare"].append(_in_process(_hammer, bare["ports"][0], ""))
    ours, theirs = (statistics.median(measured[name]) for name in ("panel", "bare"))
    name = "GET /circuits with token and journal"
    return Row(name, ours, "requests/s", f"bare Starlette route, {theirs:,.0f}/s", ours / theirs, "at least 1.0")


def _many_panels() -> list[Row]:
    with _process(_serve_panels, PANELS) as (panels, pipe):
        _in_process(_poll, panels["ports"], panels["tokens"], 1)  # the first answer computes the first block of physics
        before, began = _cpu_s(pipe), time.perf_counter()
        p99_s = _in_process(_poll, panels["ports"], panels["tokens"], POLLS)
        share = (_cpu_s(pipe) - before) / (time.perf_counter() - began)
    name = f"{PANELS} panels in one process, each polled every second"
    return [
        Row(f"{name}: p99", p99_s * 1000, "ms", "", None, "under 20 ms"),
        Row(f"{name}: share of a core", share * 100, "%", "", None, "under 10 %"),
    ]


def _cpu_s(pipe: Connection) -> float:
    """The processor time that the server at the other end has used."""
    pipe.send("cpu")
    return float(pipe.recv())


@contextmanager
def _process(target: Callable[..., None], *arguments: object) -> Iterator[tuple[Any, Connection]]:
    """A server in its own process and the first thing that it says."""
    ours, theirs = _SPAWN.Pipe()
    process = _SPAWN.Process(target=target, args=(theirs, *arguments), daemon=True)
    process.start()
    try:
        yield ours.recv(), ours
    finally:
        process.terminate()
        process.join()


def _in_process(target: Callable[..., Coroutine[Any, Any, float]], *arguments: object) -> float:
    """What a load generator measures in its own process."""
    with _process(_generate, target, arguments) as (measured, _):
        return float(measured)


def _generate(
    pipe: Connection, target: Callable[..., Coroutine[Any, Any, float]], arguments: tuple[object, ...]
) -> None:
    pipe.send(uvloop.run(target(*arguments)))


def _serve_panels(pipe: Connection, count: int) -> None:
    panels = [EmulatedPanel.create("house-32", seed=number) for number in range(count)]
    sockets = listen(LOOPBACK, [0] * count)
    tokens = [panel.clients.register("bench", None, 0).token for panel in panels]
    said = {"ports": [listener.getsockname()[1] for listener in sockets], "tokens": tokens}

    async def serve() -> None:
        async with serving(panels, sockets):
            pipe.send(said)
            await _answer_cpu(pipe)

    uvloop.run(serve())


def _serve_ready_bytes(pipe: Connection) -> None:
    panel = EmulatedPanel.create("house-32")
    ready = _circuits_of(panel)

    async def circuits(_: Request) -> Response:
        return Response(ready, media_type="application/json")

    async def serve() -> None:
        listener = listen(LOOPBACK, [0])
        app = Starlette(routes=[Route(CIRCUITS, circuits)])
        config = uvicorn.Config(app, http="httptools", lifespan="off", access_log=False, log_config=None)
        pipe.send({"ports": [listener[0].getsockname()[1]]})
        await uvicorn.Server(config).serve(sockets=listener)

    uvloop.run(serve())


def _circuits_of(panel: EmulatedPanel) -> bytes:
    client = panel.clients.register("bench", None, 0)
    return answer(panel, exchange.Request("GET", CIRCUITS), client).body


async def _answer_cpu(pipe: Connection) -> None:
    """Say how much processor time was used, whenever asked."""
    loop = asyncio.get_running_loop()
    loop.add_reader(pipe.fileno(), lambda: pipe.send((pipe.recv(), time.process_time())[1]))
    await asyncio.Event().wait()


async def _hammer(port: int, token: str) -> float:
    """Requests per second over some connections, each sending the next request when it has its answer."""
    loop = asyncio.get_running_loop()
    clients = [(await loop.create_connection(lambda: _Hammer(token), LOOPBACK, port))[1] for _ in range(CONNECTIONS)]
    await asyncio.sleep(ROUND_S / 4)
    before, began = sum(client.answers for client in clients), time.perf_counter()
    await asyncio.sleep(ROUND_S)
    return (sum(client.answers for client in clients) - before) / (time.perf_counter() - began)


async def _poll(ports: list[int], tokens: list[str], polls: int) -> float:
    """The 99th percentile in seconds when each panel is asked once a second, spread over the second."""
    waits: list[float] = []

    async def panel(number: int) -> None:
        reader, writer = await asyncio.open_connection(LOOPBACK, ports[number])
        await asyncio.sleep(POLL_S * number / len(ports))
        for _ in range(polls):
            began = time.perf_counter()
            writer.write(_request(tokens[number]))
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(head))
            waits.append(time.perf_counter() - began)
            await asyncio.sleep(POLL_S - (time.perf_counter() - began))
        writer.close()

    await asyncio.gather(*(panel(number) for number in range(len(ports))))
    return statistics.quantiles(waits, n=100)[-1]


class _Hammer(asyncio.Protocol):
    """One connection that always has one request under way."""

    def __init__(self, token: str) -> None:
        self.answers = 0
        self._request = _request(token)
        self._missing: int | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if self._missing is None:
            head, _, body = data.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            self._missing = _length(head) - len(body)
        else:
            self._missing -= len(data)
        if self._missing == 0:
            self.answers += 1
            self._missing = None
            self._transport.write(self._request)


def _request(token: str) -> bytes:
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET {CIRCUITS} HTTP/1.1\r\nHost: {LOOPBACK}\r\nAccept: */*\r\n{bearer}\r\n".encode()


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
