"""The plant without the reasons that its machines are stopped for: each names a panel and a circuit of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from clients.plant.models import MachineKey
from schema.feeds import closed_after
from schema.plant.refusals import PlantRefusal
from schema.ports import (
    BatchProgress,
    MachineView,
    ParametersChanged,
    Plant,
    PlantEntry,
    PlantView,
    Position,
    Speed,
)
from schema.ports.plant import Changes

UNSAID = "its circuit carries no power"
"""What is told instead; who sees the machine's `circuit` finds there what it is."""


class ReticentPlant:
    """See `schema.ports.Plant`. What tells of no machine and no transition is the plant's own, as it is."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self.batch, self.batches_by_id, self.batches = plant.batch, plant.batches_by_id, plant.batches
        self.add_batch, self.cancel_batch = plant.add_batch, plant.cancel_batch
        self.readings, self.figures = plant.readings, plant.figures
        self.samples = plant.samples

    async def view(self) -> PlantView:
        """See the port."""
        return _plant(await self._plant.view())

    async def machine(self, key: MachineKey) -> MachineView | None:
        """See the port."""
        found = await self._plant.machine(key)
        return None if found is None else _machine(found)

    async def log(
        self,
        after: Position | None = None,
        limit: int = 100,
        batch_id: str | None = None,
        machine: MachineKey | None = None,
    ) -> tuple[Sequence[PlantEntry], Position]:
        """See the port."""
        entries, behind = await self._plant.log(after, limit, batch_id, machine)
        return [_entry(each) for each in entries], behind

    async def update_parameters(self, key: MachineKey, changes: Changes) -> ParametersChanged | PlantRefusal:
        """See the port."""
        answer = await self._plant.update_parameters(key, changes)
        return answer if isinstance(answer, PlantRefusal) else replace(answer, machine=_machine(answer.machine))

    async def stop_machine(self, key: MachineKey, reason: str) -> MachineView | PlantRefusal:
        """See the port."""
        answer = await self._plant.stop_machine(key, reason)
        return answer if isinstance(answer, PlantRefusal) else _machine(answer)

    async def start_machine(self, key: MachineKey) -> MachineView | PlantRefusal:
        """See the port."""
        answer = await self._plant.start_machine(key)
        return answer if isinstance(answer, PlantRefusal) else _machine(answer)

    def stopped(self) -> Mapping[MachineKey, str]:
        """See the port."""
        return dict.fromkeys(self._plant.stopped(), UNSAID)

    async def pause(self) -> PlantView | PlantRefusal:
        """See the port."""
        return _plant_or(await self._plant.pause())

    async def resume(self) -> PlantView | PlantRefusal:
        """See the port."""
        return _plant_or(await self._plant.resume())

    async def set_speed(self, speed: Speed | None) -> PlantView | PlantRefusal:
        """See the port."""
        return _plant_or(await self._plant.set_speed(speed))

    async def reset(self) -> PlantView | PlantRefusal:
        """See the port."""
        return _plant_or(await self._plant.reset())

    async def progress(
        self, batch_id: str | None = None, after: Position | None = None
    ) -> AsyncIterator[BatchProgress]:
        """See the port."""
        async with closed_after(self._plant.progress(batch_id, after)) as feed:
            async for told in feed:
                yield told if told.entry is None else replace(told, entry=_entry(told.entry))

    async def machine_updates(
        self, key: MachineKey | None = None, after: Position | None = None
    ) -> AsyncIterator[tuple[MachineView, PlantEntry]]:
        """See the port."""
        async with closed_after(self._plant.machine_updates(key, after)) as feed:
            async for view, entry in feed:
                yield _machine(view), _entry(entry)


def detail_without_reason(detail: Mapping[str, Any]) -> Mapping[str, Any]:
    """What goes with a transition; of a stopped machine, that it was stopped."""
    return {**detail, "reason": UNSAID} if detail.get("cause") == "stopped" else detail


def _entry(entry: PlantEntry) -> PlantEntry:
    return replace(entry, detail=detail_without_reason(entry.detail))


def _machine(view: MachineView) -> MachineView:
    return view if view.stopped_because is None else replace(view, stopped_because=UNSAID)


def _plant(view: PlantView) -> PlantView:
    return replace(view, machines=tuple(_machine(each) for each in view.machines))


def _plant_or(answer: PlantView | PlantRefusal) -> PlantView | PlantRefusal:
    return answer if isinstance(answer, PlantRefusal) else _plant(answer)
