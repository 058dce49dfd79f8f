"""From samples in a file to blobs that a row can name; they go again when the row does not come."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from schema.ports import Table
from server.cells.limits import Limits
from server.stores.blobs import Blobs
from server.stores.cells import Content, Digest
from server.threads import in_thread

if TYPE_CHECKING:
    from server.cells.digest.ingest import Digested

MEASUREMENTS = "measurements"
SAMPLES, WINDOWS, OVERVIEW = "time_series.parquet", "windows.parquet", "overview.arrow"


class Keeper:
    """Every version of a measurement's blobs has a folder of its own, so what a row names is never written again."""

    def __init__(self, blobs: Blobs, limits: Limits, new_id: Callable[[], str]) -> None:
        self._blobs = blobs
        self._limits = limits
        self._new_id = new_id
        self.limiter = anyio.CapacityLimiter(limits.ingest_threads)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for files in the making."""
        with self._blobs.scratch(self._new_id()) as folder:
            yield folder

    @asynccontextmanager
    async def digested(
        self, measurement_id: str, source: Path, given_steps: Table | None = None, *, with_sign: bool = True
    ) -> AsyncIterator[tuple[Digested, Digest]]:
        """What was made of the samples at `source`, in the blob folder, for the block to commit.

        When the block raises, the blobs go. Raises SeriesError.
        """
        with self.scratch() as folder:
            digest = partial(self._digest, source, folder, given_steps, with_sign=with_sign)
            made = await in_thread(digest, limiter=self.limiter)
            place = self.place(measurement_id)
            samples, overview = f"{place}/{SAMPLES}", f"{place}/{OVERVIEW}"
            links = {samples: source, overview: made.overview}
            windows = samples if made.windows == source else f"{place}/{WINDOWS}"
            links.setdefault(windows, made.windows)
            async with self.linked({key: self._blobs.key(path) for key, path in links.items()}):
                yield made, Digest(Content(samples, windows, overview), made.steps, made.cycles)

    @asynccontextmanager
    async def linked(self, links: dict[str, str]) -> AsyncIterator[None]:
        """Give blobs new keys (new by old) for the block to commit; they go when it raises.

        Cancelled is not refused: the commit may come yet, so the blobs are left for the sweep, which looks.
        """
        try:
            for key, source in links.items():
                await self._blobs.link(source, key)
            yield
        except Exception:  # whatever the block raised, its row did not come
            await self._blobs.delete(links)
            raise

    def place(self, measurement_id: str) -> str:
        """The start of new keys."""
        return f"{MEASUREMENTS}/{measurement_id}/{self._new_id()}"

    def _digest(self, source: Path, folder: Path, given_steps: Table | None, *, with_sign: bool) -> Digested:
        from server.cells.digest.ingest import digest  # noqa: PLC0415 (polars is slow to import)

        return digest(source, folder, self._limits, given_steps, with_sign=with_sign)
