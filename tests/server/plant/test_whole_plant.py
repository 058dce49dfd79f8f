"""The default plant with the real physics, from slurry to aged cells."""

from __future__ import annotations

import pytest

from clients.plant.models import MACHINES, Line, MachineKey, Stage
from clients.plant.parameters import MixingParameters
from server.plant.batch import BatchState
from server.plant.commands import AddBatch
from server.plant.energy import LITERATURE_KWH_PER_KWH
from server.plant.events import EventKind, PlantEvent
from server.plant.kpi import Kpis
from server.plant.layout import default_configuration
from server.plant.outcome import Outcome
from server.plant.simulation import PlantSimulation
from server.plant.steps.table import CHANCE, STEPS

MIXERS = MachineKey(Line.ANODE, Stage.MIXING), MachineKey(Line.CATHODE, Stage.MIXING)


def start(seed: int = 7) -> tuple[PlantSimulation, list[PlantEvent], Kpis]:
    configuration, events = default_configuration(), list[PlantEvent]()
    kpis = Kpis({key: settings.units for key, settings in configuration.machines.items()})
    return PlantSimulation(configuration, seed, STEPS, [events.append, kpis.take]), events, kpis


@pytest.mark.parametrize("seed", range(4))
def test_a_default_batch_passes_every_stage_without_a_flag(seed: int) -> None:
    simulation, events, kpis = start(seed)
    simulation.apply(AddBatch(0.0, "a"))
    simulation.run()
    outcomes = {event.machine: event.detail for event in events if isinstance(event.detail, Outcome)}
    assert set(outcomes) == set(MACHINES)
    assert {outcome.flags for outcome in outcomes.values()} == {()}
    cells = outcomes[MACHINES[-1]].material.cells
    assert 0.8 < cells.capacity_a_h / cells.design_capacity_a_h < 1.05
    low, high = LITERATURE_KWH_PER_KWH
    assert low < (kpis.figures(simulation.now_s).kwh_per_kwh or 0.0) < high


def test_mass_is_kept_from_the_mixers_to_the_store() -> None:
    simulation, events, _ = start()
    for number in range(3):
        simulation.apply(AddBatch(0.0, f"b{number}"))
    simulation.run()
    done = [(event.machine, event.detail) for event in events if isinstance(event.detail, Outcome)]
    mixed_kg = sum(outcome.material.solid_kg for machine, outcome in done if machine in MIXERS)
    cells_kg = sum(outcome.material.solid_kg for machine, outcome in done if machine == MACHINES[-1])
    scrap_kg = sum(sum(outcome.scrap_kg.values()) for _, outcome in done)
    assert cells_kg + scrap_kg == pytest.approx(mixed_kg, rel=1e-9)


def test_the_readmes_stiff_slurry_is_taken_and_its_end_is_told() -> None:
    simulation, events, _ = start()
    stiff = MixingParameters(AM=0.8, CA=0.1, PVDF=0.05, solvent=0.05)
    stiffer = MixingParameters(AM=0.9, CA=0.05, PVDF=0.03, solvent=0.02)
    simulation.apply(AddBatch(0.0, "a", dict(zip(MIXERS, (stiff, stiffer), strict=True))))
    simulation.apply(AddBatch(0.0, "b"))
    simulation.run()
    flags = {flag for event in events if isinstance(event.detail, Outcome) for flag in event.detail.flags}
    assert "not_coatable" in flags
    first, second = simulation.batches()
    assert first.state in (BatchState.SCRAPPED, BatchState.COMPLETED)
    assert second.state is BatchState.COMPLETED
    assert EventKind.BATCH_FAILED not in {event.kind for event in events}


def test_a_step_that_is_not_computed_again_makes_what_it_would_have_made() -> None:
    """Alone, every batch's outcomes of the stages without chance are the same; so they are in a row."""
    simulation, events, _ = start()
    for number in range(3):
        simulation.apply(
            AddBatch(
                0.0,
                f"b{number}",
                {MIXERS[0]: MixingParameters(AM=0.5, CA=0.04, PVDF=0.05, solvent=0.41)} if number == 1 else {},
            )
        )
    simulation.run()
    coated = {
        event.batch_id: event.detail
        for event in events
        if isinstance(event.detail, Outcome) and event.machine == MachineKey(Line.ANODE, Stage.COATING)
    }
    assert coated["b0"] == coated["b2"] != coated["b1"]


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage not in CHANCE])
def test_stages_without_chance_throw_no_dice(stage: Stage) -> None:
    simulation, _, _ = start()
    machine = simulation.machine(next(key for key in MACHINES if key.stage is stage))
    before = machine._dice.getstate()
    simulation.apply(AddBatch(0.0, "a"))
    simulation.run()
    assert machine._dice.getstate() == before
