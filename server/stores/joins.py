"""The ports of the joins' store: wires, which cells a batch made, and what its machines' circuits counted for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from clients.cells.models import CellInstance, CellMeasurement, CellSpecification
from clients.plant.models import MachineKey
from schema.ports import MadeCell, MadePage, NewEvent, Position, Table, Wire
from server.stores.cells import Digest


@dataclass(frozen=True, slots=True)
class Unmade:
    """A completed batch whose cells are not in the lab yet, and the seed of its run (empty where that is forgotten)."""

    batch_id: str
    seed: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a series would say, without it."""

    steps: Table
    cycles: Table


@dataclass(frozen=True, slots=True)
class Run:
    """A cell's formation as a measurement: with samples and what was made of them, or its steps and cycles alone."""

    measurement: CellMeasurement
    made: Digest | Summary


@dataclass(frozen=True, slots=True)
class NewCell:
    """A cell for the lab; a good one with its formation."""

    number: int
    instance: CellInstance
    scrap_cause: str | None
    formation: Run | None = None


@dataclass(frozen=True, slots=True)
class MadeBatch:
    """All that one batch brings into the lab: one transaction.

    `specification` is added unless there is one of its name; then the instances are that one's. Cells are named after
    the batch and their number; where the lab has cells so named already, `(2)` and so on follows the batch.
    """

    batch_id: str
    specification: CellSpecification
    cells: Sequence[NewCell]


class ProductionStore(Protocol):
    """Raises StoreError (StorageFullError where there is no room); nothing of the write is kept then."""

    async def unmade(self, limit: int) -> list[Unmade]:
        """In the order of their coming."""

    async def make(self, made: MadeBatch, events: Sequence[NewEvent] = ()) -> bool:
        """Bring it all into the lab; False, and nothing is written, when that was done before."""

    async def give_up(self, batch_id: str) -> None:
        """Its cells cannot be made, now or later."""

    async def cells_of(
        self, batch_ids: Sequence[str], limit: int, after: int = 0, *, scrapped: bool | None = None
    ) -> Mapping[str, MadePage]:
        """See `schema.ports.Production`."""

    async def made_by(self, instance_ids: Sequence[str]) -> Mapping[str, MadeCell]:
        """See `schema.ports.Production`."""


class WiringStore(Protocol):
    """Raises StoreError, as above."""

    async def wires(self) -> list[Wire]:
        """All of them."""

    async def add_wire(self, wire: Wire, events: Sequence[NewEvent]) -> None:
        """Neither its machine nor its circuit may have one: the caller looks, and takes turns."""

    async def remove_wire(self, wire: Wire, events: Sequence[NewEvent]) -> None:
        """Nothing happens when it is not there."""


@dataclass(frozen=True, slots=True)
class MeterPart:
    """What a machine's circuit counted for a batch in one interval, in Wh; `reason` says why that is not known."""

    batch_id: str
    machine: MachineKey
    energy_wh: float
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class MeteredStep:
    """A batch at one machine: `finished_s` (simulated) once its work is done, `energy_wh` once anything was booked."""

    machine: MachineKey
    finished_s: float | None
    energy_wh: float | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class MeteredBatch:
    """All that was booked for a batch, which ended at `ended_s` (simulated); `sequence` is the plant's last event."""

    ended_s: float | None
    sequence: int
    steps: tuple[MeteredStep, ...]


class MeterStore(Protocol):
    """Raises StoreError, as above."""

    async def state(self) -> tuple[Position, Mapping[str, Any]] | None:
        """How far the log was followed, and the follower's own notes; None when it never was."""

    async def keep(self, position: Position | None, notes: Mapping[str, Any], parts: Sequence[MeterPart]) -> None:
        """All of it in one transaction. Parts add up; a reason stays. Those of forgotten batches are dropped."""

    async def of_batches(self, batch_ids: Sequence[str]) -> Mapping[str, MeteredBatch]:
        """Those that are there. One statement."""
