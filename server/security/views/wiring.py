"""The wires to the panels that a token names: a machine on another panel's circuit hangs on none."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from clients.plant.models import MachineKey
from schema.errors import ForbiddenError
from schema.joins.refusals import JoinRefusal, MachineWired
from schema.ports import Wire, Wiring
from server.joins.wiring import name_of, no_machine, no_panel


class SomeWiring:
    """See `schema.ports.Wiring`."""

    def __init__(self, wiring: Wiring, serials: frozenset[str]) -> None:
        self._wiring = wiring
        self._serials = serials

    def all(self) -> Sequence[Wire]:
        """See the port."""
        return [wire for wire in self._wiring.all() if wire.serial in self._serials]

    def of_machine(self, key: MachineKey) -> Wire | None:
        """See the port."""
        wire = self._wiring.of_machine(key)
        return wire if wire is not None and wire.serial in self._serials else None

    def of_circuit(self, serial: str, circuit_id: str) -> Wire | None:
        """See the port."""
        return self._wiring.of_circuit(serial, circuit_id) if serial in self._serials else None

    async def wire(self, key: MachineKey, serial: str, circuit_id: str) -> Wire | JoinRefusal:
        """See the port. Raises ForbiddenError where the machine hangs on a panel that is not seen."""
        if serial not in self._serials:
            return no_machine(key) or no_panel(serial)
        answer = await self._wiring.wire(key, serial, circuit_id)
        if isinstance(answer, MachineWired) and answer.serial not in self._serials:
            raise ForbiddenError(
                f"{name_of(key)} hangs on a panel that this token does not see; one that does frees it"
            )
        return answer

    async def unwire(self, key: MachineKey, among: Collection[str] | None = None) -> Wire | JoinRefusal:
        """See the port."""
        return await self._wiring.unwire(key, self._serials if among is None else self._serials & set(among))
