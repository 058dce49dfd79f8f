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

from schema.ports import Availability, PlantView, Viewer
from server.bootstrap import World
from server.graphql.meters import Meters
from server.joins.wiring import TOPIC as JOINS
from server.panel.transitions import TOPIC as PANEL
from server.stores.errors import StoreError
from server.stores.sqlite.events import Extent, extents
from server.stores.sqlite.tally import Tally

T = TypeVar("T")
OF_PANELS = (PANEL, JOINS)
"""Topics of the log whose events name panels."""


@dataclass(frozen=True, slots=True)
class Observed:
    """Copies: nothing in it changes any more, so that a worker thread may read it.

    `plant` and `events`, which is what each topic of the log keeps, are None when the store could not be read. Unless
    it `is_whole`, some panels are not to be told of: `panels` and `events` are without them, and so must each sum be.
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
    is_whole: bool


async def observed(world: World, viewer: Viewer) -> Observed:
    """What there is to tell this viewer now; it never fails for a store that does."""
    sight, is_whole = world.seen_by(viewer), viewer.panels is None
    return Observed(
        version=metadata.version("busbar"),
        started_at=world.started_at,
        meters=deepcopy(world.meters),
        panels=Counter(panel.availability for panel in sight.panels.all()),
        plant=await _if_readable(sight.plant.view()),
        store=replace(world.database.tally),
        queued_writes=world.database.queued_writes,
        database=world.database.path,
        events=await _if_readable(_events(world, is_whole=is_whole)),
        is_whole=is_whole,
    )


async def _events(world: World, *, is_whole: bool) -> Mapping[str, Extent]:
    kept = await world.database.read(extents)
    return kept if is_whole else {topic: extent for topic, extent in kept.items() if topic not in OF_PANELS}


async def _if_readable(asked: Awaitable[T]) -> T | None:
    try:
        return await asked
    except StoreError:
        return None
