"""The joins' ports, faked in a few lines each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clients.plant.models import MachineKey
from schema import ports


class FakeProduction:
    """Cells by batch, in lists."""

    def __init__(self) -> None:
        self.made: dict[str, list[ports.MadeCell]] = {}
        self.calls: list[tuple[str, ...]] = []

    async def cells_of(
        self, batch_ids: Sequence[str], limit: int, after: int = 0, *, scrapped: bool | None = None
    ) -> Mapping[str, ports.MadePage]:
        self.calls.append(tuple(batch_ids))
        return {each: self._page(self.made[each], limit, after, scrapped) for each in batch_ids if each in self.made}

    def _page(self, made: list[ports.MadeCell], limit: int, after: int, scrapped: bool | None) -> ports.MadePage:
        wanted = [cell for cell in made if scrapped is None or scrapped == (cell.scrap_cause is not None)]
        rest = [cell for cell in wanted if cell.number > after]
        return ports.MadePage(tuple(rest[:limit]), len(wanted), len(rest) > limit)

    async def made_by(self, instance_ids: Sequence[str]) -> Mapping[str, ports.MadeCell]:
        self.calls.append(tuple(instance_ids))
        return {
            cell.instance_id: cell for made in self.made.values() for cell in made if cell.instance_id in instance_ids
        }


class FakeMetering:
    """What was metered, by batch; what is not in it was not. `calls` are the questions."""

    def __init__(self) -> None:
        self.energies: dict[str, ports.MeteredEnergy] = {}
        self.shared: float | None = None
        self.calls: list[tuple[str, ...]] = []

    async def of_batches(self, batch_ids: Sequence[str]) -> Mapping[str, ports.MeteredEnergy]:
        self.calls.append(tuple(batch_ids))
        nothing = ports.MeteredEnergy(None, "nothing was metered", {})
        return {each: self.energies.get(each, nothing) for each in batch_ids}

    def shared_kwh(self, batch: ports.BatchView) -> float | None:
        return self.shared if batch.steps else None


class FakeWiring:
    """Wires in a list. `answer` is what the next change is answered with; `calls` are the changes asked for."""

    def __init__(self, *wires: ports.Wire) -> None:
        self.wires = list(wires)
        self.answer: Any = None
        self.calls: list[tuple[Any, ...]] = []

    def all(self) -> Sequence[ports.Wire]:
        return self.wires

    def of_machine(self, key: MachineKey) -> ports.Wire | None:
        return next((wire for wire in self.wires if wire.machine == key), None)

    def of_circuit(self, serial: str, circuit_id: str) -> ports.Wire | None:
        return next((wire for wire in self.wires if (wire.serial, wire.circuit_id) == (serial, circuit_id)), None)

    async def wire(self, *asked: Any) -> Any:
        self.calls.append(("wire", *asked))
        return self.answer

    async def unwire(self, *asked: Any) -> Any:
        self.calls.append(("unwire", *asked))
        return self.answer
