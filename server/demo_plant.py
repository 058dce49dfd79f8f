"""The demo's first batches, so that something moves at the first look."""

from __future__ import annotations

from schema.plant.refusals import BatchIdTaken, PlantRefusal
from schema.ports import Plant

SEED = 7
BATCHES = ("demo_001", "demo_002", "demo_003")


class DemoBatchError(Exception):
    """The plant would not take a batch of the demo's; the text is the plant's."""


async def start_batches(plant: Plant) -> None:
    """Add those of them that are not there yet, unless somebody has had the plant make others.

    Raises DemoBatchError.
    """
    page = await plant.batches(limit=len(BATCHES) + 1)
    if any(batch.id not in BATCHES for batch in page.items):
        return
    for batch_id in BATCHES:
        answer = await plant.add_batch(batch_id)
        if isinstance(answer, PlantRefusal) and not isinstance(answer, BatchIdTaken):
            raise DemoBatchError(answer.message)
