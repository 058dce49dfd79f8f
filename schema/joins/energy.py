"""The edges between a batch and what the meters counted for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import strawberry
from strawberry.dataloader import DataLoader

from clients.plant.models import MachineKey
from schema.context import Info
from schema.ports import MeteredEnergy

if TYPE_CHECKING:
    from schema.plant.batches import Batch, BatchStep


async def metered_of(parents: strawberry.Parent[list[Batch]], info: Info) -> list[float | None]:
    """What the meters counted for each, in kWh."""
    found = await _energies(info, (str(each.batch_id) for each in parents))
    return [found[str(each.batch_id)].kwh for each in parents]


async def missing_of(parents: strawberry.Parent[list[Batch]], info: Info) -> list[str | None]:
    """Why they say nothing of each."""
    found = await _energies(info, (str(each.batch_id) for each in parents))
    return [found[str(each.batch_id)].reason for each in parents]


async def metered_of_steps(parents: strawberry.Parent[list[BatchStep]], info: Info) -> list[float | None]:
    """What the meter of each step's machine counted for its batch, in kWh."""
    found = await _energies(info, (each.batch_id for each in parents))
    keys = [(each.batch_id, MachineKey(each.line, each.stage)) for each in parents]
    return [found[batch_id].by_machine.get(key) for batch_id, key in keys]


def shared_of(parent: strawberry.Parent[Batch], info: Info) -> float | None:
    """The batch's part of what all share, in kWh."""
    return info.context.metering.shared_kwh(parent.view)


async def _energies(info: Info, batch_ids: Iterable[str]) -> Mapping[str, MeteredEnergy]:
    """One question for all fields that ask at once, or before it is answered; then it is forgotten, as in `batch`."""
    metering, loaders, ids = info.context.metering, info.context.loaders, list(dict.fromkeys(batch_ids))
    key = (id(_energies), id(metering))

    async def load(wanted: list[str]) -> list[MeteredEnergy]:
        try:
            found = await metering.of_batches(wanted)
        finally:
            loaders[key].clear_many(wanted)
        return [found[each] for each in wanted]

    if key not in loaders:
        loaders[key] = DataLoader(load)
    return dict(zip(ids, await loaders[key].load_many(ids), strict=True))
