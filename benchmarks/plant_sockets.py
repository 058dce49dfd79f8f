"""What a hundred readers of /ws/status cost the plant, and how long a running plant holds up the event loop."""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import astuple, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import uvicorn
import uvloop

from benchmarks.processes import process
from benchmarks.report import Row
from schema.ports import Plant, PlantState
from server.app import create_app
from server.config import Config, PlantSection, ServerSection
from server.frames import FramesProtocol
from server.lifespan import lifespan
from server.run import bind

CLIENTS = 100
BATCHES = 150
ROUNDS = 3
QUIET = 4
SMALL = 20_000
"""Bytes: the first message of a socket is shorter, the batches are longer."""
ASKED = (
    b"GET /ws/status HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one server did: `cpu_ms` a batch until the last had ended, `told_ms` until every socket had heard of it."""

    rate: float
    cpu_ms: float
    told_ms: float
    lag_ms: float


def run() -> list[Row]:
    """Turn by turn with and without readers; each turn a server on fresh data."""
    turns = [(_measured(0), _measured(CLIENTS)) for _ in range(ROUNDS)]
    alone, heard = (_median(found) for found in zip(*turns, strict=True))
    who = f"{CLIENTS} sockets on /ws/status"
    plain, cheap = f"nobody listening, {alone.rate:,.1f} batches/s", f"nobody listening, {alone.cpu_ms:.2f} ms"
    return [
        Row(who, heard.rate, "batches/s", plain, heard.rate / alone.rate, "0.95 of it"),
        Row(f"{who}: processor", heard.cpu_ms, "ms/batch", cheap, heard.cpu_ms / alone.cpu_ms, "1.05 of it"),
        Row("the same, until all was told", heard.told_ms, "ms/batch", cheap, heard.told_ms / alone.cpu_ms, ""),
        Row("worst event loop lag, plant at max", alone.lag_ms, "ms", "", None, "under 20 ms"),
        Row(f"the same with {CLIENTS} sockets", heard.lag_ms, "ms", "", None, ""),
    ]


def _median(turns: Iterable[Turn]) -> Turn:
    return Turn(*(statistics.median(each) for each in zip(*(astuple(turn) for turn in turns), strict=True)))


def _measured(clients: int) -> Turn:
    with TemporaryDirectory() as folder, process(_serve, folder) as (port, server), ExitStack() as stack:
        listeners = stack.enter_context(process(_listen, port, clients))[1] if clients else None
        server.send("go")
        rate, cpu_ms, lag_ms = server.recv()
        if listeners is not None:
            listeners.recv()
        server.send("cpu")
        return Turn(rate, cpu_ms, server.recv(), lag_ms)


def _serve(pipe: Connection, folder: str) -> None:
    async def serve() -> None:
        config = Config(server=ServerSection(data=Path(folder) / "data"), plant=PlantSection(speed="max", seed=7))
        app, listening = create_app(config), bind("127.0.0.1", 0)
        options = uvicorn.Config(app, lifespan="off", log_config=None, ws=FramesProtocol, ws_per_message_deflate=False)
        async with lifespan(app):
            gc.collect()
            gc.freeze()
            serving = asyncio.create_task(uvicorn.Server(options).serve([listening]))
            port = listening.getsockname()[1]
            pipe.send(port)
            await asyncio.to_thread(pipe.recv)
            began_s, *told = await _pace(app.state.world.plant)
            pipe.send(told)
            await asyncio.to_thread(pipe.recv)
            pipe.send((time.process_time() - began_s) / BATCHES * 1000)
            await serving

    uvloop.run(serve())


async def _pace(plant: Plant) -> tuple[float, float, float, float]:
    """All batches wait in a paused plant, then go: what is measured is the plant, not the adding."""
    late: list[float] = []
    await asyncio.sleep(1)  # until the configured speed is set, which would let the plant go on
    await plant.pause()
    for number in range(BATCHES):
        await plant.add_batch(f"b{number}")
    await asyncio.sleep(1)
    watch = asyncio.create_task(_watch(late))
    began, cpu_s = time.perf_counter(), time.process_time()
    await plant.resume()
    while (await plant.view()).state is not PlantState.IDLE:  # noqa: ASYNC110 (following it would be work of the server's)
        await asyncio.sleep(0.05)
    taken_s, used_s = time.perf_counter() - began, time.process_time() - cpu_s
    watch.cancel()
    return cpu_s, BATCHES / taken_s, used_s / BATCHES * 1000, max(late) * 1000


async def _watch(late: list[float]) -> None:
    while True:
        due = time.perf_counter() + 0.001
        await asyncio.sleep(0.001)
        late.append(time.perf_counter() - due)


def _listen(pipe: Connection, port: int, clients: int) -> None:
    """Open them, and say when for a while nothing came to any. They read and drop; a ping is not answered."""

    async def listen() -> None:
        loop = asyncio.get_running_loop()
        readers = [(await loop.create_connection(Reader, "127.0.0.1", port))[1] for _ in range(clients)]
        for reader in readers:
            await reader.opened.wait()
        pipe.send("listening")
        heard, quiet = 0, 0
        while quiet < QUIET:
            await asyncio.sleep(0.25)
            before, heard = heard, sum(reader.heard for reader in readers)
            quiet = quiet + 1 if heard == before > SMALL * clients else 0
        pipe.send(heard)

    uvloop.run(listen())


class Reader(asyncio.Protocol):
    """Counts the bytes that come, as cheaply as can be: the readers shall not slow the server by work of their own."""

    def __init__(self) -> None:
        self.heard, self.opened = 0, asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).write(ASKED)

    def data_received(self, data: bytes) -> None:
        self.heard += len(data)
        self.opened.set()
