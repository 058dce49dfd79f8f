"""What every resolver finds in `info.context`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import strawberry
from strawberry.dataloader import DataLoader

from schema import ports


@dataclass(frozen=True, slots=True)
class Server:
    """Who answers: the package's name and version, when this process began to serve (aware UTC), and its log's id.

    The log stays with the data, so its id tells a cursor of this server's lists from one of another server's.
    """

    name: str
    version: str
    started_at: datetime
    log_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The world, as the API knows it. One per operation: sockets carry many, and rows must not outlive one.

    `viewer` asks; what it may not see, the ports do not have. `links` knows the address that it came by. `now` is the
    time of day (aware UTC), `sleep` waits seconds, `new_id` names an unexpected error in log and answer. `level_rows`
    are the rows of tables that the answer has so far.
    """

    panels: ports.Panels
    history: ports.History
    events: ports.Events
    cells: ports.Cells
    samples: ports.Samples
    uploads: ports.Uploads
    recordings: ports.Recordings
    plant: ports.Plant
    production: ports.Production
    wiring: ports.Wiring
    metering: ports.Metering
    search: ports.Search
    links: ports.Links
    live: ports.Live
    viewer: ports.Viewer
    server: Server
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    new_id: Callable[[], str]
    loaders: dict[tuple[int, int], DataLoader[Any, Any]] = field(default_factory=dict)
    level_rows: list[int] = field(default_factory=list)

    def for_operation(self) -> Context:
        """The same world, with loaders and a count of rows of its own."""
        return replace(self, loaders={}, level_rows=[])


Info = strawberry.Info[Context, None]
