"""A plant whose machines take exactly as long as a test says, and pass their material on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from clients.plant.models import MACHINES, Line, MachineKey, Stage
from server.plant.cell import Cells
from server.plant.commands import AddBatch
from server.plant.configuration import MachineSettings, PlantConfiguration
from server.plant.events import PlantEvent
from server.plant.machine import Step
from server.plant.material import Material
from server.plant.outcome import Outcome
from server.plant.simulation import PlantSimulation

WEB_KG = 10.0
CELLS = 8
CELL = Cells(solid_kg=2 * WEB_KG / CELLS, capacity_a_h=5.0)
POWER_W = 100.0


def key(name: str) -> MachineKey:
    line, stage = name.split("/")
    return MachineKey(Line(line), Stage(stage))


ANODE_MIXER, CATHODE_MIXER, WINDER = key("anode/mixing"), key("cathode/mixing"), key("cell/rewinding")
FORMATION, STORE, COATER = key("cell/formation_cycling"), key("cell/aging"), key("anode/coating")


@dataclass(frozen=True)
class Given:
    """What a double machine is set to."""

    duration_s: float = 10.0
    scrap_share: float = 0.0
    jitter: float = 0.0
    made_kg: float = 0.0


def mix(material: Material, given: Given, dice: Random) -> Outcome:
    made = material.but(slurry_kg=WEB_KG, solid_share=1.0)
    return Outcome(made, _duration_s(given, dice), POWER_W * given.duration_s)


def pass_on(material: Material, given: Given, dice: Random) -> Outcome:
    if material.line is Line.CELL:
        gone = round(material.count * given.scrap_share)
        left, lost_kg = material.but(count=material.count - gone), gone * material.cells.solid_kg
    else:
        lost_kg = given.scrap_share * material.slurry_kg
        left = material.but(slurry_kg=material.slurry_kg - lost_kg + given.made_kg)
    return Outcome(left, _duration_s(given, dice), POWER_W * given.duration_s, {"bad": lost_kg} if lost_kg else {})


def wind(anode: Material, cathode: Material, given: Given, dice: Random) -> Outcome:
    solids_kg = (anode.solid_kg + cathode.solid_kg) / CELLS
    cells = Material(Line.CELL, count=CELLS, cells=CELL._replace(solid_kg=solids_kg))
    return Outcome(cells, _duration_s(given, dice), POWER_W * given.duration_s)


def _duration_s(given: Given, dice: Random) -> float:
    return given.duration_s * (1 + given.jitter * dice.random()) if given.jitter else given.duration_s


DOUBLES: Mapping[MachineKey, Step] = {
    machine: mix if machine.stage is Stage.MIXING else wind if machine.stage is Stage.REWINDING else pass_on
    for machine in MACHINES
}


def layout(given: Given = Given(), changed: Mapping[MachineKey, Mapping[str, Any]] | None = None) -> PlantConfiguration:
    """All machines alike, and single, but for what is changed."""
    changed = changed or {}
    return PlantConfiguration(
        {machine: replace(MachineSettings(machine, given), **changed.get(machine, {})) for machine in MACHINES}
    )


def plant(configuration: PlantConfiguration | None = None, seed: int = 1) -> tuple[PlantSimulation, list[PlantEvent]]:
    events: list[PlantEvent] = []
    return PlantSimulation(configuration or layout(), seed, DOUBLES, [events.append]), events


def run(configuration: PlantConfiguration, batches: int, seed: int = 1) -> tuple[PlantSimulation, list[PlantEvent]]:
    """All batches queued at 0, and run to the end."""
    simulation, events = plant(configuration, seed)
    for number in range(batches):
        assert simulation.apply(AddBatch(0.0, f"b{number}")).accepted
    simulation.run()
    return simulation, events
