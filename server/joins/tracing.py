"""Brings the cells of each finished batch into the lab, with the formation of the good ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Never

import structlog

from clients.cells.models import CellMeasurement
from clients.plant.models import Stage
from schema.ports import BatchView, NewEvent, Plant, StoppingError
from server.cells.demo.seeding import parquet
from server.cells.lab import Lab
from server.clock import Clock
from server.events.hub import Hub
from server.joins.documents import Papers
from server.joins.formation import Formation, summaries
from server.joins.formed import FormedCell, NoCellsError, formed_cells, readings_of
from server.joins.limits import Limits
from server.stores.errors import StoreError
from server.stores.joins import MadeBatch, NewCell, ProductionStore, Run, Summary, Unmade
from server.threads import in_thread

logger = structlog.get_logger()

PLANT_TOPIC, CELLS_TOPIC = "plant", "cells"
BATCHES_AT_ONCE = 10
SERIES = "formation.parquet"


class Tracer:
    """Works beside the plant, batch after batch in the order of their coming; what a crash leaves, the next start does.

    A batch whose results say too little about its cells is given up, and said so.
    """

    def __init__(
        self,
        plant: Plant,
        store: ProductionStore,
        lab: Lab,
        hub: Hub,
        clock: Clock,
        limits: Limits,
        new_id: Callable[[], str],
    ) -> None:
        self._plant, self._store, self._lab, self._hub = plant, store, lab, hub
        self._clock, self._limits, self._new_id = clock, limits, new_id

    async def run(self) -> Never:
        """Until cancelled. The bell only says when to look; what there is to do is in the store."""
        with self._hub.bell([PLANT_TOPIC]) as bell:
            while True:
                bell.clear()
                try:
                    if await self.once():
                        continue
                except (StoreError, StoppingError) as error:
                    logger.warning("cells_not_made", reason=str(error))
                    await self._clock.sleep(self._limits.retry_s)
                    continue
                except Exception:  # a bug of ours, or a full disk, must not end the tracing for good; it is logged
                    logger.exception("tracing_broke")
                    await self._clock.sleep(self._limits.retry_s)
                    continue
                await bell.wait()

    async def once(self) -> int:
        """Bring in the cells of what is finished, a few batches at most; how many batches there were.

        Raises StoreError and StoppingError at once; whatever else a batch failed with, behind the others.
        """
        found, failed = await self._store.unmade(BATCHES_AT_ONCE), list[Exception]()
        for unmade in found:
            try:
                await self._trace(unmade)
            except NoCellsError as error:
                logger.warning("cells_given_up", batch=unmade.batch_id, reason=str(error))
                await self._store.give_up(unmade.batch_id)
            except (StoreError, StoppingError):
                raise
            except Exception as error:  # noqa: BLE001 (the others need not wait for its mending)
                failed.append(error)
        if failed:
            raise failed[0]
        return len(found)

    async def _trace(self, unmade: Unmade) -> None:
        batch = await self._plant.batch(unmade.batch_id)
        if batch is None:
            return
        cells = formed_cells(batch, unmade.seed, self._limits.cells_per_batch)
        formation = Formation.of(readings_of(batch, Stage.FORMATION_CYCLING))
        papers = Papers(batch, unmade.seed, formation, self._clock.now())
        async with AsyncExitStack() as blobs:
            made = await self._cells(papers, cells, blobs)
            specification = papers.specification(self._new_id())
            await self._store.make(MadeBatch(batch.id, specification, made), [_told(batch, cells)])

    async def _cells(self, papers: Papers, formed: Sequence[FormedCell], blobs: AsyncExitStack) -> list[NewCell]:
        """With the blobs of their samples, which stay if the stack is left without an exception."""
        cells = await in_thread(_summed, papers, formed, self._new_id, self._limits.series_every_s)
        for place, (cell, new) in enumerate(zip(formed, cells[: self._limits.series_per_batch], strict=False)):
            if new.formation is not None:
                run = await self._with_series(new.formation.measurement, papers.formation, cell.share, blobs)
                cells[place] = replace(new, formation=run)
        return cells

    async def _with_series(
        self, measurement: CellMeasurement, formation: Formation, share: float, blobs: AsyncExitStack
    ) -> Run:
        blobs.enter_context(self._lab.turns.taken(measurement.id))
        source = blobs.enter_context(self._lab.keeper.scratch()) / SERIES
        await in_thread(_write, source, formation, share, self._limits.series_every_s)
        made, digest = await blobs.enter_async_context(self._lab.keeper.digested(measurement.id, source))
        shape = made.shape
        kept = replace(measurement, row_count=shape.rows, columns=shape.columns, content_sha256=made.sha256)
        return Run(kept, digest)


def _summed(papers: Papers, formed: Sequence[FormedCell], new_id: Callable[[], str], every_s: float) -> list[NewCell]:
    """All cells, good ones with the summary of their formation."""
    shares = [cell.share for cell in formed if cell.scrap_cause is None]
    told = (Summary(*tables) for tables in summaries(papers.formation, shares, every_s))
    cells = []
    for cell in formed:
        instance = papers.instance(new_id(), cell)
        is_good = cell.scrap_cause is None
        run = Run(papers.measurement(new_id(), instance.id), next(told)) if is_good else None
        cells.append(NewCell(cell.number, instance, cell.scrap_cause, run))
    return cells


def _write(target: Path, formation: Formation, share: float, every_s: float) -> None:
    target.write_bytes(parquet(formation.series(share, every_s)))


def _told(batch: BatchView, cells: Sequence[FormedCell]) -> NewEvent:
    good = sum(cell.scrap_cause is None for cell in cells)
    data = {"recipe": batch.recipe, "cells": good, "scrapped": len(cells) - good}
    return NewEvent(CELLS_TOPIC, f"batch/{batch.id}", "BatchCellsMade", data)
