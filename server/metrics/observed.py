"""The state of the server that `/metrics` is made of, taken at one moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import TypeVar

from schema.ports import Availability, PlantView
from server.bootstrap import World
from server.graphql.meters import Meters
from server.stores.errors import StoreError
from server.stores.sqlite.events import Extent, extents
from server.stores.sqlite.tally import Tally

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Observed:
    """Copies: nothing in it changes any more, so that a worker thread may read it.

    `plant` and `events`, which is what each topic of the log keeps, are None when the store could not be read.
    """

    version: str
    started_at: datetime
    meters: Meters
    panels: Mapping[Availability, int]
    plant: PlantView | None
    store: Tally
    queued_writes: int
    database: Path
    events: Mapping[str, Extent] | None


async def observed(world: World) -> Observed:
    """What there is to tell now; it never fails for a store that does."""
    return Observed(
        version=metadata.version("busbar"),
        started_at=world.started_at,
        meters=deepcopy(world.meters),
        panels=Counter(panel.availability for panel in world.panels.all()),
        plant=await _if_readable(world.plant.view()),
        store=replace(world.database.tally),
        queued_writes=world.database.queued_writes,
        database=world.database.path,
        events=await _if_readable(world.database.read(extents)),
    )


async def _if_readable(asked: Awaitable[T]) -> T | None:
    try:
        return await asked
    except StoreError:
        return None
