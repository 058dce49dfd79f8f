"""Blobs that no row names: what a crash, or a client that did not come back, left behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Never

import structlog

from server.cells.incoming.keeping import MEASUREMENTS
from server.cells.incoming.staging import UPLOADS, Staging
from server.cells.incoming.turns import Turns
from server.clock import Clock
from server.stores.blobs import WORK, Blobs
from server.stores.cells import CellStore
from server.stores.errors import StoreError
from server.threads import in_thread

logger = structlog.get_logger()


class Sweep:
    """Safe beside everything else that goes on, by its order: look at the files, then at what is open, then at rows."""

    def __init__(
        self, store: CellStore, blobs: Blobs, staging: Staging, turns: Turns, clock: Clock, every_s: float
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._staging = staging
        self._turns = turns
        self._clock = clock
        self._every_s = every_s

    async def restore(self) -> None:
        """At start, before anything comes in: take up the open uploads, and drop everything else that is not named.

        Whatever was in the making, as obstore's own `key#1`, is for nobody now.
        """
        sizes = await in_thread(self._blobs.sizes)
        await in_thread(self._staging.restore, sizes)
        await self._blobs_gone(name for name in sizes if name.startswith(f"{WORK}/") or "#" in name)
        await self._close_uploads()
        await self._drop_unnamed(await in_thread(self._blobs.sizes), frozenset())
        await in_thread(self._blobs.tidy)

    async def once(self) -> None:
        """Forget the uploads that are late or confirmed, and delete what no row and no open upload names.

        Rows that are deleted and still there go first: they name blobs.
        """
        await self._store.clear_deleted()
        await self._close_uploads()
        found = await in_thread(self._blobs.sizes)
        # What is held now may be about to be named; what is held later was not among the files that we saw.
        await self._drop_unnamed(found, self._turns.held() | self._staging.open_ids())

    async def run(self) -> Never:
        """Clear away what was deleted when the server was stopped; then sweep now and then, until cancelled."""
        await self._done(self._store.clear_deleted)
        while True:
            await self._clock.sleep(self._every_s)
            await self._done(self.once)

    async def _done(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except (StoreError, OSError) as error:
            logger.warning("blobs_not_swept", reason=str(error))

    async def _drop_unnamed(self, found: Iterable[str], in_the_making: frozenset[str]) -> None:
        uploads = in_the_making | self._staging.open_ids()
        named = await self._store.keys()
        await self._blobs_gone(
            name for name in found if name not in named and not _belongs(name, uploads, in_the_making)
        )

    async def _close_uploads(self) -> None:
        confirmed = await self._store.measurements_by_id(sorted(self._staging.new_ids()))
        for measurement_id in (self._staging.late() | confirmed.keys()) - self._turns.held():
            await self._staging.close(measurement_id)

    async def _blobs_gone(self, names: Iterable[str]) -> None:
        gone = list(names)
        if gone:
            logger.info("blobs_swept", count=len(gone), first=gone[0])
        await in_thread(self._blobs.remove, gone)


def _belongs(name: str, uploads: frozenset[str], in_the_making: frozenset[str]) -> bool:
    """Whether the file is in the making, was put for one of these uploads, or made for one of these measurements."""
    folder, _, rest = name.partition("/")
    owners = {UPLOADS: uploads, MEASUREMENTS: in_the_making}.get(folder, frozenset[str]())
    return folder == WORK or rest.partition("/")[0] in owners
