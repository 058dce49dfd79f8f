"""What the app opens when it starts, it closes when it stops."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from server.bootstrap import opened
from server.security.watch import watched
from server.stores.sqlite.tokens.store import SqliteTokenStore


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Hold the world open as `app.state.world`."""
    async with opened(app.state.config, app.state.clock, app.state.dice, app.state.meters) as world:
        app.state.world = world
        store, every_s = SqliteTokenStore(world.database), app.state.config.security.look_every_s
        async with watched(app.state.door, store, app.state.clock, every_s):
            try:
                yield
            finally:
                await app.state.cohorts.close()
