"""How the demo's pilot plant hangs on its panel, the emulator's `pilot-plant-40`: a circuit for each machine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing

import structlog

from clients.panel.models import Snapshot
from clients.plant.models import MACHINES, MachineKey, Stage
from schema.joins.refusals import JoinRefusal
from schema.ports import Panels
from server.joins.wiring import Wires

logger = structlog.get_logger()

ANSWERS_IN_S = 10.0
ASKED_EVERY_S = 0.2
"""While the panel is not added yet."""
_WORDS: Mapping[Stage, str] = {
    Stage.MIXING: "mixing",
    Stage.COATING: "coating",
    Stage.DRYING: "drying",
    Stage.CALENDERING: "calendering",
    Stage.SLITTING: "slitting",
    Stage.INSPECTION: "inspection",
    Stage.REWINDING: "rewinding",
    Stage.ELECTROLYTE_FILLING: "electrolyte filling",
    Stage.FORMATION_CYCLING: "formation",
    Stage.AGING: "ageing",
}
CIRCUITS: Mapping[MachineKey, str] = {key: f"{key.line.capitalize()} {_WORDS[key.stage]}" for key in MACHINES}
"""The name of the circuit that feeds each machine."""


async def wire_pilot(wires: Wires, panels: Panels, serial: str) -> int:
    """Once the panel answers, wire each machine that hangs on nothing to its circuit, if that is free; how many.

    What somebody wired otherwise stays so, and whoever renamed a circuit wires its machine himself.
    """
    snapshot = await _first_answer(panels, serial)
    if snapshot is None:
        logger.warning("the plant is not wired: its panel does not answer", panel=serial)
        return 0
    ids = {circuit.name: circuit.id for circuit in snapshot.circuits if not circuit.is_virtual}
    made = 0
    for key, name in CIRCUITS.items():
        circuit_id = ids.get(name)
        if circuit_id is None or wires.of_machine(key) or wires.of_circuit(serial, circuit_id):
            continue
        answer = await wires.wire(key, serial, circuit_id)
        if isinstance(answer, JoinRefusal):
            logger.warning("a machine is not wired", machine=f"{key.line}/{key.stage}", reason=answer.message)
        else:
            made += 1
    return made


async def _first_answer(panels: Panels, serial: str) -> Snapshot | None:
    try:
        async with asyncio.timeout(ANSWERS_IN_S):
            while True:
                async with aclosing(panels.updates(serial)) as views:  # type: ignore[type-var]  # generators, all of them
                    async for view in views:
                        if view.snapshot is not None:
                            return view.snapshot
                await asyncio.sleep(ASKED_EVERY_S)
    except TimeoutError:
        return None
