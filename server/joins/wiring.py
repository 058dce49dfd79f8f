"""Which machine hangs on which circuit: see the port, `schema.ports.joins.Wiring`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Self

from clients.plant.models import MACHINES, MachineKey
from schema.joins.refusals import (
    CircuitWired,
    JoinRefusal,
    JoinStorageFull,
    MachineNotWired,
    MachineWired,
    WiringCircuitNotFound,
    WiringMachineNotFound,
)
from schema.ports import NewEvent, Panels, Wire
from server.stores.errors import StorageFullError
from server.stores.joins import WiringStore

TOPIC = "joins"
Listener = Callable[[], None]


class Wires:
    """All of them in memory, as the store has them; one change at a time. `listeners` hear of each change."""

    def __init__(self, store: WiringStore, panels: Panels, wires: Sequence[Wire]) -> None:
        self._store, self._panels = store, panels
        self._by_machine = {wire.machine: wire for wire in wires}
        self._changing = asyncio.Lock()
        self.listeners: list[Listener] = []

    @classmethod
    async def opened(cls, store: WiringStore, panels: Panels) -> Self:
        """As they were left. Raises StoreError."""
        return cls(store, panels, await store.wires())

    def all(self) -> Sequence[Wire]:
        """See the port."""
        return [self._by_machine[key] for key in MACHINES if key in self._by_machine]

    def of_machine(self, key: MachineKey) -> Wire | None:
        """See the port."""
        return self._by_machine.get(key)

    def of_circuit(self, serial: str, circuit_id: str) -> Wire | None:
        """See the port."""
        here = (serial, circuit_id)
        return next((wire for wire in self._by_machine.values() if (wire.serial, wire.circuit_id) == here), None)

    async def wire(self, key: MachineKey, serial: str, circuit_id: str) -> Wire | JoinRefusal:
        """See the port. Wiring again what is wired so already changes nothing."""
        wire = Wire(key, serial, circuit_id)
        async with self._changing:
            if self._by_machine.get(key) == wire:
                return wire
            refusal = no_machine(key) or self._no_circuit(serial, circuit_id) or self._taken(wire)
            return refusal or await self._kept(wire)

    async def unwire(self, key: MachineKey, among: Collection[str] | None = None) -> Wire | JoinRefusal:
        """See the port."""
        async with self._changing:
            wire = self._by_machine.get(key)
            if wire is None or (among is not None and wire.serial not in among):
                message = f"{name_of(key)} hangs on no circuit; wire it first"
                return no_machine(key) or MachineNotWired(message=message)
            try:
                await self._store.remove_wire(wire, [_told("MachineUnwired", wire)])
            except StorageFullError as error:
                return JoinStorageFull(message=str(error))
            del self._by_machine[key]
        self._tell()
        return wire

    def _no_circuit(self, serial: str, circuit_id: str) -> JoinRefusal | None:
        panel = self._panels.get(serial)
        if panel is None:
            return no_panel(serial)
        circuits = () if panel.snapshot is None else panel.snapshot.circuits
        if any(each.id == circuit_id and not each.is_virtual for each in circuits):
            return None
        message = f"panel {serial} has no circuit {circuit_id[:60]!r}, as of its last poll; ask for its `circuits`"
        return WiringCircuitNotFound(message=message)

    def _taken(self, wire: Wire) -> JoinRefusal | None:
        before = self.of_circuit(wire.serial, wire.circuit_id)
        if before is not None:
            line, stage = before.machine.line, before.machine.stage
            message = (
                f"circuit {wire.circuit_id} of panel {wire.serial} feeds {name_of(before.machine)}; unwire that first"
            )
            return CircuitWired(message=message, line=line, stage=stage)
        there = self._by_machine.get(wire.machine)
        if there is None:
            return None
        message = (
            f"{name_of(wire.machine)} hangs on circuit {there.circuit_id} of panel {there.serial}; unwire it first"
        )
        return MachineWired(message=message, serial=there.serial, circuit_id=there.circuit_id)

    async def _kept(self, wire: Wire) -> Wire | JoinRefusal:
        try:
            await self._store.add_wire(wire, [_told("MachineWired", wire)])
        except StorageFullError as error:
            return JoinStorageFull(message=str(error))
        self._by_machine[wire.machine] = wire
        self._tell()
        return wire

    def _tell(self) -> None:
        for listener in self.listeners:
            listener()


def name_of(key: MachineKey) -> str:
    """`anode/mixing`."""
    return f"{key.line}/{key.stage}"


def no_machine(key: MachineKey) -> WiringMachineNotFound | None:
    """The refusal of a machine that the plant does not have; None of one that it has."""
    if key in MACHINES:
        return None
    here = ", ".join(each.stage for each in MACHINES if each.line is key.line)
    return WiringMachineNotFound(message=f"there is no {key.stage} on the {key.line} line; it has {here}")


def no_panel(serial: str) -> WiringCircuitNotFound:
    """The refusal of a circuit whose panel is not there."""
    message = f"busbar has no panel {serial[:60]!r}; add it, or ask `panels` for those it has"
    return WiringCircuitNotFound(message=message)


def _told(kind: str, wire: Wire) -> NewEvent:
    data = {"serial": wire.serial, "circuitId": wire.circuit_id}
    return NewEvent(TOPIC, f"machine/{name_of(wire.machine)}", kind, data)
