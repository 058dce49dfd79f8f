"""Run a plant of failures, chance and commands, and print the digest of its events; for a process of its own."""

from __future__ import annotations

import sys
from hashlib import sha256

from clients.plant.models import MACHINES
from server.plant.commands import (
    AddBatch,
    CancelBatch,
    Command,
    Pause,
    Reset,
    Resume,
    SetParameters,
    StartMachine,
    StopMachine,
)
from server.plant.events import line_of
from server.plant.simulation import PlantSimulation
from tests.server.plant.doubles import COATER, DOUBLES, FORMATION, Given, layout

CONFIGURATION = layout(
    Given(10.0, jitter=1.7, scrap_share=0.01),
    {machine: {"mtbf_s": 70.0, "mttr_s": 9.0, "setup_s": 0.3} for machine in MACHINES}
    | {FORMATION: {"units": 20, "parameters": Given(70.0)}},
)

COMMANDS: tuple[Command, ...] = (
    *(AddBatch(0.1 * number, f"b{number}", {COATER: Given(3.0 * number + 1)}) for number in range(12)),
    SetParameters(17.3, COATER, Given(21.0, jitter=0.5)),
    StopMachine(40.0, COATER, "why"),
    StopMachine(90.5, FORMATION, "why"),
    CancelBatch(101.01, "b3"),
    StartMachine(120.25, COATER),
    Pause(140.7),
    Resume(140.7),
    StartMachine(333.0, FORMATION),
    StopMachine(350.0, COATER, "why"),
    Reset(401.3),
    StartMachine(401.3, COATER),
    *(AddBatch(401.3 + number / 3, f"c{number}") for number in range(6)),
)


def digest(seed: int, look_every_s: float | None = None) -> str:
    """Of all events' bytes; looking at the plant on its way must not matter."""
    seen = sha256()
    simulation = PlantSimulation(CONFIGURATION, seed, DOUBLES, [lambda event: seen.update(line_of(event))])
    for command in COMMANDS:
        while look_every_s is not None and simulation.now_s + look_every_s < command.at_s:
            simulation.run_until(simulation.now_s + look_every_s)
        simulation.apply(command)
    while look_every_s is not None and simulation.next_event_time() is not None:
        simulation.run_until(simulation.now_s + look_every_s)
    simulation.run()
    return seen.hexdigest()


if __name__ == "__main__":
    sys.stdout.write(digest(int(sys.argv[1])) + "\n")
