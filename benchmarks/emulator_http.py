"""The emulated panel's HTTP face: against a bare Starlette route, and a thousand panels against bare ports.

Servers and load generator are processes of their own. Two servers take turns, so that both meet the same machine.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Awaitable, Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any, TypeAlias

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.load import HOST, Polled, hammer, poll, request
from benchmarks.processes import answer_questions, cpu_s, in_process, memory_mb, process
from benchmarks.report import Row
from emulator.fleet import Fleet
from emulator.http import exchange
from emulator.http.answering import answer
from emulator.http.server import listen, serving
from emulator.journal import Entry
from emulator.panel import DEFAULT_START, EmulatedPanel

CIRCUITS = "/api/v1/circuits"
PANEL = "/api/v1/panel"
HOUSE = "house-32"
ROUNDS = 5
ROUND_S = 0.8
CONNECTIONS = 8
FEW, MANY = 100, 1000
POLLS_S = 15

Serve: TypeAlias = Callable[..., None]


def run() -> list[Row]:
    """About a minute and a half."""
    return [_against_starlette(), *_many_panels()]


def _against_starlette() -> Row:
    with process(_serve_panels, 1) as (panel, _), process(_serve_ready_bytes) as (bare, _):
        measured: dict[str, list[float]] = {"panel": [], "bare": []}
        for _ in range(ROUNDS):
            for name, server in (("panel", panel), ("bare", bare)):
                asked = request(CIRCUITS, server["tokens"][0])
                measured[name].append(in_process(hammer, server["ports"][0], asked, CONNECTIONS, ROUND_S))
    ours, theirs = (statistics.median(measured[name]) for name in ("panel", "bare"))
    name = "GET /circuits with token and journal"
    return Row(name, ours, "requests/s", f"bare Starlette route, {theirs:,.0f}/s", ours / theirs, "at least 1.0")


def _many_panels() -> list[Row]:
    few_mb, _, _ = _polled(_serve_panels, FEW, 2)
    bare_mb, bare, bare_share = _polled(_serve_bare_ports, MANY, POLLS_S)
    bare_few_mb, _, _ = _polled(_serve_bare_ports, FEW, 2)
    many_mb, ours, share = _polled(_serve_panels, MANY, POLLS_S)
    each_mb, bare_each_mb = (many_mb - few_mb) / (MANY - FEW), (bare_mb - bare_few_mb) / (MANY - FEW)
    name = f"{MANY:,} panels, /circuits and /panel each second"
    late = f"; {ours.late} polls late" if ours.late else ""
    peer = f"{MANY:,} bare ports of one uvicorn server"
    return [
        Row(f"{name}: p99{late}", ours.p99_s * 1e3, "ms", peer, ours.p99_s / bare.p99_s, "under 20 ms"),
        Row("... median", ours.median_s * 1e3, "ms", peer, ours.median_s / bare.median_s, ""),
        Row("... share of a core", share * 100, "%", peer, share / bare_share, "under 50 %"),
        Row("... memory each, journal full", each_mb, "MB", peer, each_mb / bare_each_mb, "at most 0.2 MB"),
        Row("... the load generator itself", ours.own_cpu * 100, "% of a core", peer, ours.own_cpu / bare.own_cpu, ""),
    ]


def _polled(server: Serve, count: int, seconds: int) -> tuple[float, Polled, float]:
    """Memory in MB at the end, what the load generator found, and the server's share of a core."""
    with process(server, count) as (said, pipe):
        asked = [[request(path, token) for path in (CIRCUITS, PANEL)] for token in said["tokens"]]
        in_process(poll, said["ports"], asked, 1)  # the first answer computes the first block of physics
        before = cpu_s(pipe)
        polled = in_process(poll, said["ports"], asked, seconds)
        return memory_mb(pipe), polled, (cpu_s(pipe) - before) / seconds


def _serve_panels(pipe: Connection, count: int) -> None:
    panels = Fleet([HOUSE], count).panels(DEFAULT_START)
    for panel in panels:
        _fill_journal(panel)
    sockets = listen(HOST, [0] * count)
    tokens = [panel.clients.register("bench", None, 0).token for panel in panels]
    said = {"ports": [listener.getsockname()[1] for listener in sockets], "tokens": tokens}

    async def serve() -> None:
        async with serving(panels, sockets):
            pipe.send(said)
            await answer_questions(pipe)

    uvloop.run(serve())


def _fill_journal(panel: EmulatedPanel) -> None:
    """So that the panel weighs now what it will after hours of polling."""
    while panel.journal.seen == len(panel.journal):
        tick, path = panel.clock.tick() - panel.journal.seen, CIRCUITS.encode().decode()  # each request has its own
        panel.journal.record(Entry(tick, "bench", HOST, "GET", path, 200, 1 / tick))


def _serve_ready_bytes(pipe: Connection) -> None:
    ready = _answers()[CIRCUITS]

    async def circuits(_: Request) -> Response:
        return Response(ready, media_type="application/json")

    _serve_bare(pipe, Starlette(routes=[Route(CIRCUITS, circuits)]), 1)


def _serve_bare_ports(pipe: Connection, count: int) -> None:
    answers = _answers()

    async def app(scope: Mapping[str, Any], _: object, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        body = answers[scope["path"]]
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    _serve_bare(pipe, app, count)


def _serve_bare(pipe: Connection, app: Any, count: int) -> None:  # noqa: ANN401  # any ASGI application
    listeners = listen(HOST, [0] * count)
    config = uvicorn.Config(app, http="httptools", lifespan="off", access_log=False, log_config=None)

    async def serve() -> None:
        pipe.send({"ports": [listener.getsockname()[1] for listener in listeners], "tokens": [""] * count})
        questions = asyncio.create_task(answer_questions(pipe))
        await uvicorn.Server(config).serve(sockets=listeners)
        questions.cancel()

    uvloop.run(serve())


def _answers() -> dict[str, bytes]:
    """What a panel answers."""
    panel = EmulatedPanel.create(HOUSE)
    client = panel.clients.register("bench", None, 0)
    return {path: answer(panel, exchange.Request("GET", path), client).body for path in (CIRCUITS, PANEL)}
