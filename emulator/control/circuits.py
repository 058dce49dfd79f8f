"""The circuits and unmapped tabs: holding their powers, switching, renaming, and letting go again."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.commands import ClearOverrides, Command, OverridePower, RenameCircuit, SetFlags, SetPriority, SetRelay
from emulator.control.controlled import Controlled
from emulator.control.plan import Plan
from emulator.control.values import CircuitId, Multiplier, Name, PowerW, PriorityIn, RelayPosition, Target
from emulator.control.verbs import change
from emulator.errors import ControlRefusedError


class Circuits(Controlled):
    """Verbs of circuits."""

    @change("power")
    def power(self, target: Target = None, power_w: PowerW | None = None, multiplier: Multiplier | None = None) -> Plan:
        """Hold a circuit, an unmapped tab or every load at a power, or scale what it draws, until `clear`."""
        if (power_w is None) == (multiplier is None):
            raise ControlRefusedError("give exactly one of them", "power", ["power_w", "multiplier"])
        return self.obeying(OverridePower(self.target(target), power_w, multiplier))

    @change("relay")
    def relay(self, circuit: CircuitId, position: RelayPosition) -> Plan:
        """Open or close a circuit's relay; refused where the panel lets nobody do that, see `flags`."""
        return self.obeying(SetRelay(self.circuit_id(circuit), closed=position == "CLOSED"))

    @change("priority")
    def priority(self, circuit: CircuitId, priority: PriorityIn) -> Plan:
        """Say what becomes of a circuit off grid."""
        return self.obeying(SetPriority(self.circuit_id(circuit), priority))

    @change("rename")
    def rename(self, circuit: CircuitId, name: Name) -> Plan:
        """Give a circuit another name."""
        return self.obeying(RenameCircuit(self.circuit_id(circuit), name))

    @change("flags")
    def flags(
        self,
        circuit: CircuitId,
        *,
        user_controllable: bool | None = None,
        sheddable: bool | None = None,
        never_backup: bool | None = None,
    ) -> Plan:
        """Change a circuit's flags; one that is left out stays."""
        return self.obeying(SetFlags(self.circuit_id(circuit), user_controllable, sheddable, never_backup))

    @change("clear")
    def clear(self, target: Target = None, power_only: bool = False) -> Plan:  # noqa: FBT001, FBT002  # named on every face
        """Let a circuit, a tab or everything go: its own power again, its relay closed, its configured priority."""
        chosen = self.target(target)
        power = ClearOverrides() if chosen is None else OverridePower(chosen)
        return self.obeying(power, *(() if power_only else self._back_to_configured(chosen)))

    def _back_to_configured(self, chosen: str | int | None) -> Iterator[Command]:
        device = self.panel.device
        for config, now in zip(device.config.circuits, device.settings.circuits, strict=True):
            if chosen in (None, config.id):
                if not now.is_closed:
                    yield SetRelay(config.id, closed=True)
                if now.priority != config.priority:
                    yield SetPriority(config.id, config.priority)
