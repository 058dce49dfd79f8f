"""The power of every machine, against the energy that is booked for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from clients.plant.models import MACHINES, MachineKey, Stage
from server.plant.commands import AddBatch, CancelBatch, Command, Pause, Reset, Resume, StartMachine, StopMachine
from server.plant.configuration import PlantConfiguration
from server.plant.events import PlantEvent
from server.plant.kpi import Kpis
from server.plant.layout import default_configuration
from server.plant.machine import Step
from server.plant.power import power_w
from server.plant.simulation import PlantSimulation
from server.plant.steps.table import STEPS
from tests.server.plant.doubles import CELLS, COATER, DOUBLES, FORMATION, POWER_W, STORE, Given, layout, plant


class Meter:
    """Integrates each machine's power from event to event, as one who sees nothing but the events would."""

    def __init__(self) -> None:
        self.simulation: PlantSimulation | None = None
        self.energy_j, self.now_w = dict.fromkeys(MACHINES, 0.0), dict.fromkeys(MACHINES, 0.0)
        self.at_s = 0.0

    def take(self, event: PlantEvent) -> None:
        self.read(event.time_s)

    def read(self, now_s: float) -> None:
        for key, before_w in self.now_w.items():
            self.energy_j[key] += before_w * (now_s - self.at_s)
        self.at_s = now_s
        if self.simulation is not None:
            self.now_w = {key: power_w(self.simulation, key) for key in MACHINES}


def metered(
    configuration: PlantConfiguration, steps: dict[MachineKey, Step], commands: Iterable[Command], seed: int
) -> tuple[Meter, Kpis, PlantSimulation]:
    meter, kpis = Meter(), Kpis({key: settings.units for key, settings in configuration.machines.items()})
    simulation = meter.simulation = PlantSimulation(configuration, seed, steps, [kpis.take, meter.take])
    for command in commands:
        simulation.apply(command)
        meter.read(simulation.now_s)
    simulation.run()
    return meter, kpis, simulation


def same(meter: Meter, kpis: Kpis, simulation: PlantSimulation) -> None:
    for machine in kpis.figures(simulation.now_s).machines:
        booked_j = machine.energy_kwh * 3.6e6
        assert meter.energy_j[machine.machine] == pytest.approx(booked_j, rel=1e-9), machine.machine
        assert power_w(simulation, machine.machine) == 0


def test_power_by_hand() -> None:
    """POWER_W while it works; twice that where a pool works at two batches; nothing during the set-up."""
    pools: dict[MachineKey, dict[str, Any]] = {
        FORMATION: {"units": 2 * CELLS, "parameters": Given(45.0)},
        COATER: {"setup_s": 4.0},
    }
    simulation, _ = plant(layout(Given(10.0), pools))
    for number in range(3):
        simulation.apply(AddBatch(0.0, f"b{number}"))
    seen = {}
    for at_s in (5.0, 12.0, 15.0, 90.0, 100.0):
        simulation.run_until(at_s)
        seen[at_s] = [power_w(simulation, each) for each in (MACHINES[0], COATER, FORMATION)]

    assert seen[5.0] == [POWER_W, 0, 0]
    assert seen[12.0] == [POWER_W, 0, 0]
    assert seen[15.0] == [POWER_W, POWER_W, 0]
    assert seen[90.0] == [0, 0, POWER_W]
    assert seen[100.0] == [0, 0, 2 * POWER_W]


@pytest.mark.parametrize("seed", range(4))
def test_its_integral_is_the_energy_booked_with_breakdowns_pools_blocks_and_commands(seed: int) -> None:
    changed: dict[MachineKey, dict[str, Any]] = {
        key: {"mtbf_s": 40.0, "mttr_s": 15.0, "setup_s": 2.0, "buffer": seed % 3} for key in MACHINES
    }
    changed[FORMATION] |= {"units": 2 * CELLS - 3, "parameters": Given(45.0)}
    changed[STORE] |= {"units": CELLS - 3, "parameters": Given(70.0)}
    added = [AddBatch(0.0, f"b{number}") for number in range(14)]
    commands: list[Command] = [*added, CancelBatch(33.0, "b1"), Pause(60.0), Resume(60.0), CancelBatch(171.0, "b3")]
    commands += [CancelBatch(300.0, f"b{number}") for number in (4, 5, 6)]
    configuration = layout(Given(10.0, jitter=2.0), changed)

    meter, kpis, simulation = metered(configuration, dict(DOUBLES), commands, seed)

    assert all(joules > 0 for joules in meter.energy_j.values())
    same(meter, kpis, simulation)


@pytest.mark.parametrize("seed", range(4))
def test_its_integral_is_the_energy_booked_with_machines_that_are_stopped(seed: int) -> None:
    """Again and again, the pools with several batches inside, and batches cancelled while they stand."""
    changed: dict[MachineKey, dict[str, Any]] = {
        key: {"mtbf_s": 40.0, "mttr_s": 15.0, "setup_s": 2.0, "buffer": seed % 3} for key in MACHINES
    }
    changed[FORMATION] |= {"units": 2 * CELLS + 3, "parameters": Given(45.0)}
    commands: list[Command] = [AddBatch(0.0, f"b{number}") for number in range(14)]
    for at_s in range(20, 420, 20):
        commands += [StopMachine(at_s, MACHINES[(at_s // 20 + each * 5) % 16], "why") for each in range(3)]
        commands += [StartMachine(at_s + 7, key) for key in MACHINES]
    commands += [StopMachine(430.0, key, "why") for key in MACHINES]
    commands += [CancelBatch(440.0, f"b{number}") for number in range(1, 14, 2)]
    commands += [StartMachine(450.0, key) for key in MACHINES]

    meter, kpis, simulation = metered(layout(Given(10.0, jitter=2.0), changed), dict(DOUBLES), commands, seed)

    assert all(joules > 0 for joules in meter.energy_j.values())
    same(meter, kpis, simulation)


def test_a_reset_ends_all_power_at_once() -> None:
    commands: list[Command] = [*(AddBatch(0.0, f"b{number}") for number in range(5)), Reset(137.0)]

    meter, kpis, simulation = metered(layout(Given(10.0), {FORMATION: {"units": 16}}), dict(DOUBLES), commands, 1)

    assert simulation.now_s == 137.0
    same(meter, kpis, simulation)


@pytest.mark.parametrize("command", [CancelBatch(15.0, "b0"), Reset(15.0)])
def test_who_hears_of_an_end_sees_no_power_for_it(command: Command) -> None:
    seen: dict[str, float] = {}
    simulation = PlantSimulation(
        layout(), 1, DOUBLES, [lambda event: seen.update({str(event.kind): power_w(simulation, COATER)})]
    )
    simulation.apply(AddBatch(0.0, "b0"))
    simulation.apply(command)

    assert seen["machine_working"] == POWER_W
    assert seen["batch_cancelled"] == 0


def test_its_integral_is_the_energy_booked_in_the_plant_as_it_is() -> None:
    """With all physics, and a batch that is cancelled in the midst of the formation."""
    configuration = default_configuration()
    found: dict[tuple[Stage | None, str, str | None], float] = {}
    added = [AddBatch(0.0, f"b{number}") for number in range(4)]

    def note(event: PlantEvent) -> None:
        found.setdefault(_place(event), event.time_s)

    probe = PlantSimulation(configuration, 3, STEPS, [note])
    for command in added:
        probe.apply(command)
    probe.run()
    cancelled_s = found[(Stage.FORMATION_CYCLING, "machine_working", "b2")] + 60.0

    meter, kpis, simulation = metered(configuration, dict(STEPS), [*added, CancelBatch(cancelled_s, "b2")], 3)

    assert meter.energy_j[FORMATION] > 0
    same(meter, kpis, simulation)


def _place(event: PlantEvent) -> tuple[Stage | None, str, str | None]:
    return None if event.machine is None else event.machine.stage, str(event.kind), event.batch_id
