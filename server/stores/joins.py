"""The port of the joins' store: wires, which cells a batch made, and what the meters showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from clients.cells.models import CellInstance, CellMeasurement, CellSpecification
from schema.ports import MadeCell, MadePage, NewEvent, Wire
from server.stores.cells import Digest


@dataclass(frozen=True, slots=True)
class MadeBatch:
    """All that one batch brings into the lab: one transaction.

    `specification` is added unless one of its name is there already; then that one's id takes its place everywhere.
    Each measurement comes with what was made of its samples, if it has any.
    """

    batch_id: str
    specification: CellSpecification
    cells: Sequence[tuple[MadeCell, CellInstance]]
    measurements: Sequence[tuple[CellMeasurement, Digest | None]]


class ProductionStore(Protocol):
    """Raises StoreError (StorageFullError where there is no room); nothing of the write is kept then."""

    async def unmade(self, limit: int) -> list[str]:
        """Completed batches whose cells are not in the lab yet, in the order of their coming."""

    async def make(self, made: MadeBatch, events: Sequence[NewEvent] = ()) -> bool:
        """Bring it all into the lab; False, and nothing is written, when that was done before. See MadeBatch."""

    async def cells_of(
        self, batch_ids: Sequence[str], limit: int, after: int, *, scrapped: bool | None
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
