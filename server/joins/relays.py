"""The relay of a machine's circuit is the machine's switch: open it stops the machine, closed it lets it go on.

Nothing else stops machines, so a machine that is stopped and hangs on nothing is started.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import Never

import structlog

from clients.panel.models import Circuit, RelayState, Snapshot
from clients.plant.models import MACHINES, MachineKey
from schema.plant.refusals import PlantRefusal
from schema.ports import Availability, Panels, Plant, Wire
from server.clock import Clock
from server.joins.limits import Limits
from server.joins.waiting import rung
from server.joins.wiring import Wires

logger = structlog.get_logger()

ON_BATTERY = "PANEL_BACKUP"
"""How a panel runs that carries its circuits though the main relay is open or the grid is away."""
DARK = "PANEL_OFF_GRID"
LONGEST_NAME = 30
"""Characters of a circuit's name, or of its id, in a reason."""


class Relays:
    """Compares relays and machines whenever a panel was polled or a wire was changed; `run` it once."""

    def __init__(self, plant: Plant, panels: Panels, wires: Wires, clock: Clock, limits: Limits) -> None:
        self._plant, self._panels, self._wires = plant, panels, wires
        self._clock, self._limits = clock, limits
        self._news = asyncio.Event()
        self._followed: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> Never:
        """Until cancelled. One task follows each panel at the other end of a wire: sixteen at most."""
        self._wires.listeners.append(self._news.set)
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    self._news.clear()
                    self._follow(group)
                    try:
                        is_settled = await self.once()
                    except Exception:  # a bug of ours must not leave the machines without switches; it is logged
                        logger.exception("relays_broke")
                        is_settled = False
                    longest_s = None if is_settled and self._all_are_there else self._limits.retry_s
                    await rung(self._news, self._clock, longest_s)
        finally:
            self._wires.listeners.remove(self._news.set)

    async def once(self) -> bool:
        """Stop and start what is to be; False when the plant refused some of it, for now."""
        stopped, settled = self._plant.stopped(), True
        for key in MACHINES:
            reason = self._reason(key, stopped)
            if (reason is None) is (key not in stopped):
                continue
            told = self._plant.start_machine(key) if reason is None else self._plant.stop_machine(key, reason)
            answer = await told
            if isinstance(answer, PlantRefusal):
                logger.warning("relay_not_followed", machine=f"{key.line}/{key.stage}", reason=answer.message)
                settled = False
        return settled

    def _reason(self, key: MachineKey, stopped: Mapping[MachineKey, str]) -> str | None:
        """Why the machine is to stand; as it is now where the panel does not say."""
        wire = self._wires.of_machine(key)
        view = None if wire is None else self._panels.get(wire.serial)
        if wire is None or view is None:
            return None
        if view.snapshot is None or view.availability is not Availability.ONLINE:
            return stopped.get(key)
        circuit = next((each for each in view.snapshot.circuits if each.id == wire.circuit_id), None)
        if circuit is None:
            return stopped.get(key)
        return _without_power(wire, circuit, view.snapshot, stopped.get(key))

    def _follow(self, group: asyncio.TaskGroup) -> None:
        wanted = {wire.serial for wire in self._wires.all()}
        for serial in [each for each, task in self._followed.items() if each not in wanted or task.done()]:
            self._followed.pop(serial).cancel()
        for serial in wanted - set(self._followed):
            if self._panels.get(serial) is not None:
                self._followed[serial] = group.create_task(self._updates(serial))

    async def _updates(self, serial: str) -> None:
        async with aclosing(self._panels.updates(serial)) as views:  # type: ignore[type-var]  # generators, all of them
            async for _ in views:
                self._news.set()
        self._news.set()

    @property
    def _all_are_there(self) -> bool:
        """Whether each panel at the end of a wire is followed; one that is not may be added again."""
        return all(wire.serial in self._followed for wire in self._wires.all())


def _without_power(wire: Wire, circuit: Circuit, snapshot: Snapshot, before: str | None) -> str | None:
    """Why the circuit has none; None when it has, `before` when the panel cannot tell."""
    panel = snapshot.panel
    if circuit.relay_state is RelayState.OPEN:
        return f"circuit {_shown(circuit)} of panel {wire.serial} is open"
    if panel.run_config == DARK or (panel.main_relay_state is RelayState.OPEN and panel.run_config != ON_BATTERY):
        return f"panel {wire.serial} is off grid, and carries nothing"
    return before if circuit.relay_state is RelayState.UNKNOWN else None


def _shown(circuit: Circuit) -> str:
    name = "".join(each for each in circuit.name or "" if each.isprintable())
    return " ".join(name.split())[:LONGEST_NAME].strip() or circuit.id[:LONGEST_NAME]
