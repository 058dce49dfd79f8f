"""What the API asks of the joins: which cells a batch made, which circuit feeds a machine, what the meter said.

Where a method answers for several ids at once, an id that names nothing is simply not in the answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from clients.plant.models import MachineKey
from schema.ports.plant_views import BatchView

if TYPE_CHECKING:
    from schema.joins.refusals import JoinRefusal


@dataclass(frozen=True, slots=True)
class MadeCell:
    """A cell that a batch made. `number` counts the batch's cells from 1; `scrap_cause` is None for a good one."""

    batch_id: str
    number: int
    instance_id: str
    scrap_cause: str | None = None


@dataclass(frozen=True, slots=True)
class MadePage:
    """A batch's cells by their number. `total` counts all that were asked for, on this page or not."""

    items: tuple[MadeCell, ...]
    total: int
    has_more: bool


class Production(Protocol):
    """From a batch to its cells, and back."""

    async def cells_of(
        self, batch_ids: Sequence[str], limit: int, after: int = 0, *, scrapped: bool | None = None
    ) -> Mapping[str, MadePage]:
        """Those with a number above `after`; scrapped ones, good ones, or (None) both. One statement."""

    async def made_by(self, instance_ids: Sequence[str]) -> Mapping[str, MadeCell]:
        """Which batch made each; cells that no batch made are not there. One statement."""


@dataclass(frozen=True, slots=True)
class Wire:
    """A machine and the circuit that feeds it: one circuit for one machine, one machine on one circuit."""

    machine: MachineKey
    serial: str
    circuit_id: str


class Wiring(Protocol):
    """Which machine hangs on which circuit. Reading touches no panel and no disk: there are sixteen at most."""

    def all(self) -> Sequence[Wire]:
        """Every wire, in the order of the material's way."""

    def of_machine(self, key: MachineKey) -> Wire | None:
        """The wire that feeds it."""

    def of_circuit(self, serial: str, circuit_id: str) -> Wire | None:
        """The wire that it feeds."""

    async def wire(self, key: MachineKey, serial: str, circuit_id: str) -> Wire | JoinRefusal:
        """Refuses WiringMachineNotFound, WiringCircuitNotFound, CircuitWired, MachineWired, JoinStorageFull."""

    async def unwire(self, key: MachineKey, among: Collection[str] | None = None) -> Wire | JoinRefusal:
        """The wire that was; what was metered by it stays. Refuses WiringMachineNotFound, MachineNotWired.

        With `among`, a machine on a panel that is none of these serials is one that is not wired.
        """


@dataclass(frozen=True, slots=True)
class MeteredEnergy:
    """What the circuits' energy counters say that a batch took; None with the reason, in a sentence, where they cannot.

    `by_machine` has the machines whose part is known, in kWh.
    """

    kwh: float | None
    reason: str | None
    by_machine: Mapping[MachineKey, float]


class Metering(Protocol):
    """What the wired circuits' own counters said."""

    async def of_batches(self, batch_ids: Sequence[str]) -> Mapping[str, MeteredEnergy]:
        """One statement, whatever the breadth; every id that was asked for is there."""

    def shared_kwh(self, batch: BatchView) -> float | None:
        """What of dry room and building is this batch's, by the model; None until it is wound."""
