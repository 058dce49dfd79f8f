"""Who answers, and whether it is still there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

import strawberry

from schema.bounds import MAX_EVERY_MS, MIN_EVERY_MS, within
from schema.context import Info
from schema.delivery import OWN
from schema.errors import BadInputError
from schema.fields import field, subscription

EveryMs = Annotated[
    int, strawberry.argument(description=f"At most one in this many milliseconds, {MIN_EVERY_MS} to {MAX_EVERY_MS:,}.")
]
Count = Annotated[int | None, strawberry.argument(description="End after this many, 1 or more; never without it.")]


@strawberry.type(description="The server that answers.")
class ServerInfo:
    """What a bug report wants to know."""

    name: str = strawberry.field(description="The software's name.")
    version: str = strawberry.field(description="Its version.")
    started_at: datetime = strawberry.field(description="When this process began to serve.")
    now: datetime = strawberry.field(description="The server's time of day.")
    uptime_seconds: float = strawberry.field(description="Seconds since `startedAt`.")
    live_operations: int = strawberry.field(description="Subscriptions that somebody listens to.")
    live_sources: int = strawberry.field(description="Feeds they are served from: those who ask the same share one.")
    live_sockets: int = strawberry.field(description="Connections that carry them: WebSockets and event streams.")


@strawberry.type(description="A sign of life.")
class Heartbeat:
    """Shows that a socket still carries."""

    seq: int = strawberry.field(description="1, 2, 3 ... in this subscription.")
    at: datetime = strawberry.field(description="The server's time of day.")


@strawberry.type
class ServerQueries:
    """The part of Query that is about the server."""

    @field("The server that answers.")
    def server_info(self, info: Info) -> ServerInfo:
        """By its own clock."""
        server, now = info.context.server, info.context.now()
        uptime = max(0.0, (now - server.started_at).total_seconds())
        live = info.context.live
        return ServerInfo(
            name=server.name,
            version=server.version,
            started_at=server.started_at,
            now=now,
            uptime_seconds=uptime,
            live_operations=live.operations,
            live_sources=live.sources,
            live_sockets=live.sockets,
        )


@strawberry.type
class ServerSubscriptions:
    """The part of Subscription that is about the server."""

    @subscription("A sign of life, now and at each interval.", OWN)
    async def heartbeat(self, info: Info, every_ms: EveryMs = 1000, count: Count = None) -> AsyncIterator[Heartbeat]:
        """Raises BadInputError."""
        within("everyMs", every_ms, MIN_EVERY_MS, MAX_EVERY_MS)
        if count is not None and count < 1:
            raise BadInputError("count", f"{count} is less than 1")
        return _beats(info, every_ms / 1000, count)


async def _beats(info: Info, every_s: float, count: int | None) -> AsyncIterator[Heartbeat]:
    seq = 0
    while count is None or seq < count:
        if seq:
            await info.context.sleep(every_s)
        seq += 1
        yield Heartbeat(seq=seq, at=info.context.now())
