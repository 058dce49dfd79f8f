"""The lab, opened: its rows, its samples, and how both come in."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from schema import ports
from server.cells.background import Background
from server.cells.documents.catalogue import Catalogue
from server.cells.incoming.confirming import Confirmations
from server.cells.incoming.keeping import Keeper
from server.cells.incoming.staging import Staging
from server.cells.incoming.turns import Turns
from server.cells.incoming.uploads import FileUploads
from server.cells.limits import Limits
from server.cells.live.feed import Feed
from server.cells.live.recordings import LiveRecordings
from server.cells.live.rows import ChunkRows
from server.cells.samples import MeasuredSamples
from server.cells.sweep import Sweep
from server.clock import Clock
from server.events.hub import Hub
from server.stores.blobs import Blobs
from server.stores.sqlite.cells.store import SqliteCellStore
from server.stores.sqlite.database import Database

BLOBS_FOLDER = "cells"


@dataclass(frozen=True, slots=True)
class Lab:
    """The four ports of the lab; and, for what the plant brings in, who digests samples and who holds which."""

    cells: ports.Cells
    samples: ports.Samples
    uploads: ports.Uploads
    recordings: ports.Recordings
    keeper: Keeper
    turns: Turns
    limits: Limits


def _new_id() -> str:
    return str(uuid.uuid4())


@asynccontextmanager
async def opened_lab(
    database: Database, hub: Hub, clock: Clock, data: Path, limits: Limits, *, new_id: Callable[[], str] = _new_id
) -> AsyncIterator[Lab]:
    """Sweep what a crash left behind, then serve; leaving waits for what is being digested. Raises StoreError."""
    store, blobs, turns = SqliteCellStore(database, clock), Blobs(data / BLOBS_FOLDER), Turns()
    staging, rows = Staging(blobs, clock, limits), ChunkRows(store, limits.series_threads)
    keeper, samples = Keeper(blobs, limits, new_id), MeasuredSamples(store, blobs, rows, limits)
    blobs.watch(samples.forget)
    confirmations = Confirmations(store, blobs, keeper, clock, limits)
    feed = Feed(store, blobs, rows, hub)
    sweep = Sweep(store, blobs, staging, turns, clock, limits.sweep_every_s)
    await sweep.restore()
    async with Background.open() as background:
        background.start(sweep.run())
        yield Lab(
            cells=Catalogue(store, blobs, clock, limits, new_id),
            samples=samples,
            uploads=FileUploads(store, staging, confirmations, turns, clock, limits, new_id),
            recordings=LiveRecordings(store, rows, keeper, feed, turns, hub, clock, limits, new_id, background),
            keeper=keeper,
            turns=turns,
            limits=limits,
        )
        await turns.idle()
    samples.close()
