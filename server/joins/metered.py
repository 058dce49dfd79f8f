"""What the wired circuits' meters said of batches: see the port, `schema.ports.joins.Metering`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clients.plant.models import MACHINES, MachineKey, Stage
from schema.ports import BatchView, MeteredEnergy
from server.joins.meter_state import UNWIRED
from server.joins.metering import Metering
from server.plant.energy import BUILDING_SHARE, JOULE_PER_KWH, dry_room_j
from server.plant.runs.wording import name_of
from server.stores.joins import MeteredBatch, MeteredStep, MeterStore

WH_PER_KWH = 1000.0


class Metered:
    """Reads what was booked, and says why anything is not, with what the metering knows of itself."""

    def __init__(self, store: MeterStore, metering: Metering) -> None:
        self._store, self._metering = store, metering

    async def of_batches(self, batch_ids: Sequence[str]) -> Mapping[str, MeteredEnergy]:
        """See the port."""
        found = await self._store.of_batches(batch_ids)
        return {each: self._energy(each, found.get(each)) for each in batch_ids}

    def shared_kwh(self, batch: BatchView) -> float | None:
        """See the port."""
        wound = (step.result for step in batch.steps if step.machine.stage is Stage.REWINDING)
        result = next(wound, None)
        if result is None:
            return None
        dry_kwh = dry_room_j(result.duration_s) / JOULE_PER_KWH
        return dry_kwh + BUILDING_SHARE * (batch.energy_kwh + dry_kwh)

    def _energy(self, batch_id: str, batch: MeteredBatch | None) -> MeteredEnergy:
        if batch is None:
            return MeteredEnergy(None, f"the plant has no batch {batch_id[:60]!r}", {})
        reasons = [self._missing(step, batch) for step in batch.steps]
        known: dict[MachineKey, float] = {
            step.machine: (step.energy_wh or 0.0) / WH_PER_KWH
            for step, reason in zip(batch.steps, reasons, strict=True)
            if reason is None
        }
        reason = next((each for each in reasons if each is not None), None) or self._unended(batch)
        return MeteredEnergy(sum(known.values()) if reason is None else None, reason, known)

    def _unended(self, batch: MeteredBatch) -> str | None:
        """Of a batch that ended before its work was done: how far any machine is behind that in which it may be."""
        done = {step.machine for step in batch.steps if step.finished_s is not None}
        behind = (self._behind(key, batch.ended_s, batch) for key in MACHINES if key not in done)
        return next((each for each in behind if each is not None), None)

    def _missing(self, step: MeteredStep, batch: MeteredBatch) -> str | None:
        """Why a machine's part is not known; None where it is."""
        name, behind = name_of(step.machine), self._behind(step.machine, step.finished_s, batch)
        if behind is not None:
            return behind
        if step.energy_wh is None:
            return f"{name}: nothing was metered while it worked"
        if step.reason == UNWIRED:
            return f"{name} hung on no circuit while it worked; wire it for the batches to come"
        return None if step.reason is None else f"{name}: {step.reason}"

    def _behind(self, machine: MachineKey, at_s: float | None, batch: MeteredBatch) -> str | None:
        """How far the machine's meter is behind what happened at that time; None when it is not."""
        if at_s is None or at_s <= (progress := self._metering.of(machine)).at_s:
            return None
        said = f"the meters are {batch.sequence - progress.sequence} transitions behind the plant, and follow"
        return said if progress.trouble is None else f"{said}: {progress.trouble}"
