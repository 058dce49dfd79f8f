"""What a hundred readers of /ws/status cost the plant, and how long a running plant holds up the event loop."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import uvicorn
import uvloop
from websockets.asyncio.client import connect

from benchmarks.processes import process
from benchmarks.report import Row
from server.app import create_app
from server.config import Config, PlantSection, ServerSection
from server.lifespan import lifespan
from server.run import bind

CLIENTS = 100
BATCHES = 150
ROUNDS = 3
ENDED = ("completed", "scrapped")


def run() -> list[Row]:
    """Turn by turn with and without readers; each turn a server on fresh data."""
    alone, watched = zip(*((_measured(0), _measured(CLIENTS)) for _ in range(ROUNDS)), strict=True)
    plain, heard = (statistics.median(rate for rate, _ in found) for found in (alone, watched))
    lag_ms = statistics.median(worst for _, worst in alone) * 1000
    lag_heard_ms = statistics.median(worst for _, worst in watched) * 1000
    peer = f"nobody listening, {plain:,.1f} batches/s"
    return [
        Row(f"{CLIENTS} sockets on /ws/status", heard, "batches/s", peer, heard / plain, "0.95 of it"),
        Row("worst event loop lag, plant at max", lag_ms, "ms", "", None, "under 20 ms"),
        Row(f"the same with {CLIENTS} sockets", lag_heard_ms, "ms", "", None, ""),
    ]


def _measured(clients: int) -> tuple[float, float]:
    """Batches a second, and the worst lag in seconds."""
    with TemporaryDirectory() as folder, process(_serve, folder) as (port, server), ExitStack() as stack:
        if clients:
            stack.enter_context(process(_listen, port, clients))
        server.send("go")
        rate, worst = server.recv()
        return rate, worst


def _serve(pipe: Connection, folder: str) -> None:
    async def serve() -> None:
        config = Config(server=ServerSection(data=Path(folder) / "data"), plant=PlantSection(speed="max", seed=7))
        app, listening = create_app(config), bind("127.0.0.1", 0)
        options = uvicorn.Config(
            app, lifespan="off", log_config=None, ws="websockets-sansio", ws_per_message_deflate=False
        )
        async with lifespan(app):
            serving = asyncio.create_task(uvicorn.Server(options).serve([listening]))
            port = listening.getsockname()[1]
            pipe.send(port)
            await asyncio.to_thread(pipe.recv)
            pipe.send(await _pace(port))
            await serving

    uvloop.run(serve())


async def _pace(port: int) -> tuple[float, float]:
    late: list[float] = []
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
        await _until(http, lambda status: status["speed"] == "max")
        watch = asyncio.create_task(_watch(late))
        began = time.perf_counter()
        for number in range(BATCHES):
            (await http.post("/factory/start", json={"id": f"b{number}"})).raise_for_status()
        await _until(http, lambda status: status["batches"][0]["state"] in ENDED)
        taken_s = time.perf_counter() - began
        watch.cancel()
    return BATCHES / taken_s, max(late)


async def _until(http: httpx.AsyncClient, holds: Callable[[Any], bool]) -> None:
    while True:
        if holds((await http.get("/factory/status?limit=1")).json()):
            return
        await asyncio.sleep(0.02)


async def _watch(late: list[float]) -> None:
    while True:
        due = time.perf_counter() + 0.001
        await asyncio.sleep(0.001)
        late.append(time.perf_counter() - due)


def _listen(pipe: Connection, port: int, clients: int) -> None:
    async def listen() -> None:
        opened = [await connect(f"ws://127.0.0.1:{port}/ws/status", compression=None) for _ in range(clients)]
        pipe.send("listening")

        async def read(socket: object) -> None:
            async for _ in socket:  # type: ignore[attr-defined]  # a websockets ClientConnection
                pass

        await asyncio.gather(*(read(each) for each in opened))

    uvloop.run(listen())
