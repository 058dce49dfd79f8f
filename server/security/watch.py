"""Keeps the door up to date with what `busbar token` writes beside the running server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from server.beside import running
from server.clock import Clock
from server.security.doorkeeper import Doorkeeper
from server.stores.errors import StoreError
from server.stores.tokens import TokenStore

log = structlog.get_logger()
READ_S = 1.0


@asynccontextmanager
async def watched(door: Doorkeeper, store: TokenStore, clock: Clock, every_s: float) -> AsyncIterator[None]:
    """The door knows the tokens from the beginning of the block, and a change after `every_s` seconds at most."""
    door.know(await store.all())
    async with running(_watch(door, store, clock, every_s)):
        yield


async def _watch(door: Doorkeeper, store: TokenStore, clock: Clock, every_s: float) -> None:
    is_read = True
    while True:
        await clock.sleep(every_s)
        try:
            # Beside a store that is slow, the tokens that expire must still end in time.
            async with asyncio.timeout(READ_S):
                door.know(await store.all())
            is_read = True
        except (StoreError, TimeoutError) as error:
            if is_read:
                log.warning("tokens_not_read", reason=str(error) or "the store is busy")
            is_read = False
            door.close_what_ended()
