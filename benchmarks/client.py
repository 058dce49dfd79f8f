"""The panel client's own cost: `get_circuits` against the emulator, beside bare httpx GETs of the same bytes."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection

import httpx
import orjson

from benchmarks.report import Row
from clients.panel import SpanPanelClient, wire
from clients.panel.models import PanelState
from clients.panel.virtual import with_unmapped_tabs
from emulator.http.server import LOOPBACK, listen, serving
from emulator.panel import DEFAULT_START, EmulatedPanel

ROUNDS = 5
CALLS = 100
PARSES = 300
API = "/api/v1"


def run() -> list[Row]:
    """About five seconds."""
    with _emulator() as (port, token):
        return asyncio.run(_measure(port, token))


async def _measure(port: int, token: str) -> list[Row]:
    headers = {"authorization": f"Bearer {token}"}
    base_url = f"http://{LOOPBACK}:{port}{API}"
    async with (
        httpx.AsyncClient(base_url=base_url, headers=headers, trust_env=False) as bare,
        SpanPanelClient(LOOPBACK, port, access_token=token, cache_window=0) as client,
    ):

        async def bare_gets() -> None:
            await bare.get("/circuits")
            await bare.get("/panel")

        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(await _seconds(client.get_circuits))
            theirs.append(await _seconds(bare_gets))
        parse_s = _parse_seconds((await bare.get("/circuits")).content, await client.get_panel_state())
    ours_s, theirs_s = statistics.median(ours), statistics.median(theirs)
    peer = f"2 bare httpx GETs of the same bytes, {theirs_s * 1e3:.2f} ms"
    return [
        Row("get_circuits, 32 tabs, nothing kept", ours_s * 1e3, "ms", peer, ours_s / theirs_s, "at most 1.5"),
        Row("of this, bytes of /circuits to nouns", parse_s * 1e3, "ms", "", None, "well under 2 ms"),
    ]


async def _seconds(call: Callable[[], Awaitable[object]]) -> float:
    """The mean time of one call, one after the other."""
    began = time.perf_counter()
    for _ in range(CALLS):
        await call()
    return (time.perf_counter() - began) / CALLS


def _parse_seconds(body: bytes, panel: PanelState) -> float:
    began = time.perf_counter()
    for _ in range(PARSES):
        with_unmapped_tabs(wire.circuits(orjson.loads(body)), panel.branches, DEFAULT_START)
    return (time.perf_counter() - began) / PARSES


@contextmanager
def _emulator() -> Iterator[tuple[int, str]]:
    """The port and a token of a frozen 32-tab panel in a process of its own."""
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Connection) -> None:
    async def serve() -> None:
        panel = EmulatedPanel.create("house-32", speed=0.0)
        (listener,) = listen(LOOPBACK, [0])
        async with serving([panel], [listener]):
            pipe.send((listener.getsockname()[1], panel.clients.register("bench", None, 0).token))
            await asyncio.Event().wait()

    asyncio.run(serve())
