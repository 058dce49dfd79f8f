"""The graph's sockets alone, served over real ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.requests import HTTPConnection

from schema.context import Context
from schema.ports import Viewer
from server.frames import FramesProtocol
from server.graphql.cohorts import Cohorts
from server.graphql.engine import Engine
from server.graphql.limits import Limits
from server.graphql.meters import Meters
from server.graphql.performer import Performer
from server.graphql.sockets import Sockets
from server.security.doorkeeper import Doorkeeper
from tests.schema.fakes import World
from tests.schema.serving import served
from tests.server.graphql.feeds import SCHEMA, Plug


@dataclass
class Served:
    """What a test sees of the sockets that it opened."""

    address: str
    plug: Plug
    world: World
    meters: Meters
    cohorts: Cohorts
    errors: list[Exception] = field(default_factory=list)


@asynccontextmanager
async def sockets(
    schema: Any = SCHEMA, limits: Limits | None = None, door: Doorkeeper | None = None, ws: Any = FramesProtocol
) -> AsyncIterator[Served]:
    limits, meters, world, plug = limits or Limits(), Meters(), World(), Plug()
    world.plant = plug
    engine = Engine(schema, limits, meters)
    cohorts = Cohorts(engine, limits, meters)

    def new_context(_connection: HTTPConnection, viewer: Viewer) -> Context:
        return replace(world.context(), viewer=viewer)

    app = Sockets(Performer(engine, cohorts, new_context), limits, door or Doorkeeper())
    async with served(app, ws=ws) as address:
        yield Served(address, plug, world, meters, cohorts)
    await cohorts.close()
