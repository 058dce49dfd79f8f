"""The port of the joins' store: wires, and which cells a batch made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from clients.cells.models import CellInstance, CellMeasurement, CellSpecification
from schema.ports import MadeCell, MadePage, NewEvent, Table, Wire
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
