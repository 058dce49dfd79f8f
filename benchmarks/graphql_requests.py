"""One panel with its 40 circuits, asked for again and again, beside a stock Strawberry app and servers in Node."""

from __future__ import annotations

import asyncio
import gc
import statistics
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, cast

import orjson
import uvicorn
import uvloop
from starlette.types import ASGIApp
from strawberry.asgi import GraphQL

from benchmarks.feeds.node import peer, peers
from benchmarks.load import HOST, hammer
from benchmarks.processes import answer_questions, cpu_s, in_process, process
from benchmarks.report import Row
from schema import build_schema
from schema.context import Context
from schema.ports import EVERYBODY, PanelView
from server.app import create_app
from server.config import Config, ServerSection
from server.http_protocol import http_protocol
from server.lifespan import lifespan
from server.run import bind
from tests.schema.nouns import SERIAL, circuit, snapshot, view

CIRCUITS = 40
CONNECTIONS = 8
SECONDS = 2.0
ROUNDS = 5
QUERY = """query Panel($serial: String!) { panel(serial: $serial) { circuits {
  circuitId name isVirtual relayState priority powerW consumedEnergyWh producedEnergyWh } } }"""


class Found(NamedTuple):
    """Of one round."""

    per_s: float
    cpu_ms: float


class Panels:
    """The port, as far as the query asks it."""

    def __init__(self) -> None:
        circuits = [circuit(f"c{number}", f"Circuit {number}", (number,), 150.25) for number in range(CIRCUITS)]
        self._view = view(snapshot=snapshot(*circuits))

    def get(self, serial: str) -> PanelView | None:
        return self._view if serial == SERIAL else None


def run() -> list[Row]:
    """About a minute."""
    with _server(_busbar) as ours, _server(_stock) as theirs:
        rounds = [(_round(*ours), _round(*theirs)) for _ in range(ROUNDS)]
    per_s, their_per_s = (statistics.median(each.per_s for each in side) for side in zip(*rounds, strict=True))
    cpu_ms, their_cpu_ms = (statistics.median(each.cpu_ms for each in side) for side in zip(*rounds, strict=True))
    what = f"{CIRCUITS} circuits, {CONNECTIONS} connections"
    return [
        Row(what, per_s, "requests/s", f"stock, {their_per_s:,.0f}/s", per_s / their_per_s, "at least 2"),
        Row(f"{what}: processor", cpu_ms, "ms", f"stock, {their_cpu_ms:.2f} ms", cpu_ms / their_cpu_ms, ""),
        *(_beside(what, per_s, name) for name in peers()),
    ]


def _beside(what: str, per_s: float, name: str) -> Row:
    """A server in Node, with a schema of this panel alone."""
    with peer(name) as (port, _):
        theirs = statistics.median(in_process(hammer, port, _request(), CONNECTIONS, SECONDS) for _ in range(ROUNDS))
    return Row(what, per_s, "requests/s", f"{name}, {theirs:,.0f}/s", per_s / theirs, "")


def _round(port: int, server: Connection) -> Found:
    before = cpu_s(server)
    per_s = in_process(hammer, port, _request(), CONNECTIONS, SECONDS)
    # The load runs a quarter longer than it counts.
    return Found(per_s, (cpu_s(server) - before) / (per_s * SECONDS * 1.25) * 1e3)


def _request() -> bytes:
    body = orjson.dumps({"query": QUERY, "variables": {"serial": SERIAL}})
    head = f"POST /graphql HTTP/1.1\r\nHost: {HOST}\r\nAccept: application/json\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@contextmanager
def _server(serve: Callable[[Connection], None]) -> Iterator[tuple[int, Connection]]:
    with process(serve) as found:
        yield found


def _busbar(pipe: Connection) -> None:
    """The whole server, with this one panel."""

    async def serve() -> None:
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            app = create_app(Config(server=ServerSection(data=folder / "data")))
            await stack.enter_async_context(lifespan(app))
            app.state.world = replace(app.state.world, panels=cast("Any", Panels()))
            await _serve(pipe, app, http=http_protocol(10.0))

    uvloop.run(serve())


def _stock(pipe: Connection) -> None:
    """As the manual has it, on the same loop."""
    absent: dict[str, Any] = {**dict.fromkeys(Context.__dataclass_fields__), "loaders": {}}
    context = Context(**{**absent, "panels": Panels(), "viewer": EVERYBODY})

    class Stock(GraphQL[Context, None]):
        async def get_context(self, request: Any, response: Any) -> Context:  # noqa: ANN401, ARG002
            return context

    uvloop.run(_serve(pipe, Stock(build_schema())))


async def _serve(pipe: Connection, app: ASGIApp, **options: Any) -> None:  # noqa: ANN401 (uvicorn's)
    """Says the port once it listens."""
    listening = bind(HOST, 0)
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, proxy_headers=False, **options))
    gc.collect()
    gc.freeze()
    pipe.send(listening.getsockname()[1])
    async with asyncio.TaskGroup() as group:
        group.create_task(answer_questions(pipe))
        group.create_task(server.serve([listening]))
