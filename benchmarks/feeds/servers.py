"""Busbar, and a stock Strawberry app over the same resolvers, each in a process of its own on the same ticks."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from contextlib import AsyncExitStack
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import uvicorn
import uvloop
from starlette.types import ASGIApp
from strawberry.asgi import GraphQL

from benchmarks.feeds.ticking import Ticking
from schema import build_schema
from schema.context import Context
from schema.ports import EVERYBODY
from server.app import create_app
from server.config import Config, ServerSection
from server.frames import FramesProtocol
from server.lifespan import lifespan
from server.run import bind


def busbar(pipe: Connection) -> None:
    """The whole server, with this one panel."""

    async def serve() -> None:
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            app, panels = create_app(Config(server=ServerSection(data=folder / "data"))), Ticking()
            await stack.enter_async_context(lifespan(app))
            app.state.world = replace(app.state.world, panels=cast("Any", panels))
            await _serve(pipe, app, panels, ws=FramesProtocol, ws_per_message_deflate=False, ws_ping_interval=None)

    uvloop.run(serve())


def stock(pipe: Connection) -> None:
    """As the manual has it, on the same loop."""
    logging.disable()  # it logs a traceback for each client that leaves in the middle

    async def serve() -> None:
        panels = Ticking()

        class Stock(GraphQL[Context, None]):
            async def get_context(self, request: Any, response: Any) -> Context:  # noqa: ANN401, ARG002
                return _context(panels)

        await _serve(pipe, Stock(build_schema()), panels, ws_ping_interval=None)

    uvloop.run(serve())


def _context(panels: Ticking) -> Context:
    absent: dict[str, Any] = dict.fromkeys(Context.__dataclass_fields__)
    del absent["loaders"]
    return Context(**{**absent, "panels": panels, "viewer": EVERYBODY})


async def _serve(pipe: Connection, app: ASGIApp, panels: Ticking, **options: Any) -> None:  # noqa: ANN401 (uvicorn's)
    """Says the port and the process id once it listens."""
    listening = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, **options))
    gc.collect()
    gc.freeze()
    pipe.send((listening.getsockname()[1], os.getpid()))
    async with asyncio.TaskGroup() as group:
        group.create_task(panels.tick())
        group.create_task(server.serve([listening]))
