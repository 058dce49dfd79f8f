"""The graph over real connections, with feeds that a test speaks through and operations that wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import strawberry
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp
from strawberry.schema.config import StrawberryConfig

from schema.compose import Schema
from schema.context import Context, Info
from schema.delivery import EVERY
from schema.fields import subscription
from schema.ports import Viewer
from schema.scalars import SCALARS
from server.frames import FramesProtocol
from server.graphql.limits import Limits
from server.graphql.meters import Meters
from server.http_protocol import http_protocol
from server.security.doorkeeper import Doorkeeper
from server.security.gate import Gate
from tests.schema.fakes import World
from tests.schema.serving import graph, served, until
from tests.server.graphql.feeds import sources
from tests.server.graphql.feeds.sources import Plug, Tick

TESTS_OWN = ("TestRunner", "Connection")
"""Where the tasks of the test runner and of the sockets' clients begin."""
WATCH = "subscription { newest { seq text } }"
EVENTS = "subscription { every { seq text } }"


@strawberry.type
class Query:
    @strawberry.field
    async def wait(self, info: Info) -> int:
        return await _waited(info)

    @strawberry.field
    def again(self, info: Info, number: int) -> int:
        return number


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def work(self, info: Info) -> int:
        return await _waited(info)


@strawberry.type
class Subscription(sources.Subscription):
    @subscription("", EVERY)
    async def broken(self, info: Info) -> AsyncGenerator[Tick, None]:
        raise OSError("the disk is gone")


async def _waited(info: Info) -> int:
    found: Any = info.context.plant
    return await found.work()  # type: ignore[no-any-return]


class Works(Plug):
    """Counts what waits at `go`, what has come through, and what was broken off there."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()
        self.waiting = self.done = self.broken_off = 0

    async def work(self) -> int:
        self.waiting += 1
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.broken_off += 1
            raise
        finally:
            self.waiting -= 1
        self.done += 1
        return self.done


SCHEMA = Schema(Query, Mutation, Subscription, config=StrawberryConfig(scalar_map=dict(SCALARS)))


class Seen(FramesProtocol):
    """Uvicorn's and ours, seen from the test; gives up a client that does not close after half a second."""

    made: list[Seen]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.close_timeout = 0.5
        self.made.append(self)


@dataclass
class Served:
    """What a test sees of the server."""

    address: str
    plug: Works
    world: World
    meters: Meters
    tasks_before: set[asyncio.Task[Any]]
    connections: list[Seen] = field(default_factory=list)

    def left(self) -> list[asyncio.Task[Any]]:
        """The server's tasks that are there since it began."""
        found = asyncio.all_tasks() - self.tasks_before - {asyncio.current_task()}
        return [each for each in found if getattr(each.get_coro(), "__qualname__", "").split(".")[0] not in TESTS_OWN]

    async def quiet(self) -> None:
        """Returns when nothing is left of any connection: no task, no source, no count."""
        await until(lambda: all(each.disconnected for each in self.connections))
        await until(lambda: not self.left())
        meters = self.meters
        assert (meters.operations, meters.sources, meters.sockets) == (0, 0, 0)
        assert (self.plug.open, self.plug.waiting) == ([], 0)


@asynccontextmanager
async def connected(
    limits: Limits | None = None, door: Doorkeeper | None = None, ws: Any = None
) -> AsyncIterator[Served]:
    meters, world, plug = Meters(), World(), Works()
    world.plant = plug
    connections: list[Seen] = []

    def new_context(_connection: HTTPConnection, viewer: Viewer) -> Context:
        return replace(world.context(), viewer=viewer)

    app: ASGIApp = graph(SCHEMA, new_context, limits=limits or Limits(), meters=meters, door=door)
    if door is not None:
        app = Gate(app, door)
    seen = type("SeenHere", (Seen,), {"made": connections})
    async with served(app, ws=ws or seen, http=http_protocol(5)) as address:
        yield Served(address, plug, world, meters, asyncio.all_tasks(), connections)
