"""Whatever machines are stopped, and whenever: the same is worked, the same comes out, and the log repeats."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.plant.models import MACHINES, MachineKey
from server.plant.batch import BatchState
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
from server.plant.events import EventKind, PlantEvent, line_of
from server.plant.kpi import Kpis
from server.plant.outcome import Outcome
from server.plant.power import power_w
from server.plant.simulation import PlantSimulation
from tests.server.plant.doubles import CELLS, COATER, DOUBLES, FORMATION, STORE, WINDER, Given, layout

WHY = "circuit 7 is open"
MOMENTS = st.floats(0, 700, allow_nan=False).map(lambda at_s: round(at_s, 2))
CHANGES = st.lists(
    st.tuples(MOMENTS, st.sampled_from([*MACHINES, COATER, WINDER, FORMATION, FORMATION, STORE, STORE]), st.booleans()),
    max_size=40,
)
POOLS: dict[MachineKey, dict[str, Any]] = {
    FORMATION: {"units": 2 * CELLS - 3, "parameters": Given(45.0), "buffer": 1},
    STORE: {"units": CELLS - 3, "parameters": Given(70.0), "buffer": 0},
}
FAILING = layout(
    Given(10.0, jitter=2.0, scrap_share=0.01),
    {each: {"mtbf_s": 40.0, "mttr_s": 15.0, "setup_s": 2.0, "buffer": 1} for each in MACHINES if each not in POOLS}
    | POOLS,
)
BATCHES = 8


def switched(changes: list[tuple[float, MachineKey, bool]]) -> list[Command]:
    """With all started in the end."""
    made: list[Command] = [AddBatch(0.0, f"b{number}") for number in range(BATCHES)]
    for at_s, machine, is_stop in sorted(changes, key=lambda each: each[0]):
        made.append(StopMachine(at_s, machine, WHY) if is_stop else StartMachine(at_s, machine))
    return [*made, *(StartMachine(700.0, machine) for machine in MACHINES)]


def happened(commands: list[Command], look_every_s: float | None = None) -> tuple[list[PlantEvent], Kpis, float]:
    events: list[PlantEvent] = []
    kpis = Kpis({each: of.units for each, of in FAILING.machines.items()})
    simulation = PlantSimulation(FAILING, 5, DOUBLES, [events.append, kpis.take])
    for command in commands:
        while look_every_s is not None and simulation.now_s + look_every_s < command.at_s:
            simulation.run_until(simulation.now_s + look_every_s)
        simulation.apply(command)
    simulation.run()
    assert all(batch.state is BatchState.COMPLETED for batch in simulation.batches())
    assert not any(simulation.machine(each).inside for each in MACHINES)
    return events, kpis, simulation.now_s


def made(events: list[PlantEvent]) -> dict[tuple[MachineKey | None, str | None], tuple[float, float]]:
    """By machine and batch: how long it took, and what came out."""
    return {
        (event.machine, event.batch_id): (event.detail.duration_s, event.detail.material.solid_kg)
        for event in events
        if isinstance(event.detail, Outcome)
    }


def breakdowns(events: list[PlantEvent]) -> Counter[tuple[MachineKey | None, str]]:
    return Counter(
        (event.machine, event.batch_id)
        for event in events
        if event.kind is EventKind.MACHINE_DOWN and event.batch_id is not None
    )


PLAIN, PLAIN_KPIS, PLAIN_S = happened(switched([]))


@settings(deadline=None)
@given(CHANGES)
def test_whenever_machines_stop_the_same_is_worked_and_the_same_comes_out(
    changes: list[tuple[float, MachineKey, bool]],
) -> None:
    events, kpis, now_s = happened(switched(changes))
    assert made(events) == made(PLAIN)
    assert breakdowns(events) == breakdowns(PLAIN)
    for one, other in zip(kpis.figures(now_s).machines, PLAIN_KPIS.figures(PLAIN_S).machines, strict=True):
        assert one.working * now_s == pytest.approx(other.working * PLAIN_S, rel=1e-9), one.machine
        assert one.scrap_kg == pytest.approx(other.scrap_kg)
        parts = (one.working, one.blocked, one.starved, one.down, one.setup)
        assert sum(parts) == pytest.approx(1), one.machine


@settings(deadline=None, max_examples=30)
@given(CHANGES, st.floats(3, 50))
def test_a_log_with_stops_repeats_to_the_byte_however_it_is_looked_at(
    changes: list[tuple[float, MachineKey, bool]], look_every_s: float
) -> None:
    lines = [line_of(event) for event in happened(switched(changes))[0]]
    assert [line_of(event) for event in happened(switched(changes))[0]] == lines
    assert [line_of(event) for event in happened(switched(changes), look_every_s)[0]] == lines


WORK = (EventKind.MACHINE_SETUP, EventKind.MACHINE_WORKING, EventKind.STEP_FINISHED)
ORDERS = st.one_of(
    st.builds(lambda of: lambda at_s: StopMachine(at_s, of, WHY), st.sampled_from(MACHINES)),
    st.builds(lambda of: lambda at_s: StartMachine(at_s, of), st.sampled_from(MACHINES)),
    st.builds(lambda number: lambda at_s: CancelBatch(at_s, f"b{number}"), st.integers(0, BATCHES - 1)),
    st.sampled_from([Pause, Resume, Reset]),
    st.just(lambda at_s: SetParameters(at_s, COATER, Given(12.0))),
)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(MOMENTS, ORDERS), max_size=40))
def test_whatever_is_told_beside_stops_nothing_is_worked_in_a_stopped_machine_and_the_plant_empties(
    orders: Any,
) -> None:
    simulation: PlantSimulation
    wrong: list[PlantEvent] = []

    def check(event: PlantEvent) -> None:
        if event.machine in simulation.stopped() and event.kind in WORK:
            wrong.append(event)

    simulation = PlantSimulation(FAILING, 5, DOUBLES, [check])
    for number in range(BATCHES):
        simulation.apply(AddBatch(0.0, f"b{number}"))
    for at_s, order in sorted(orders, key=lambda each: each[0]):
        simulation.apply(order(simulation.now_s if simulation.paused else max(at_s, simulation.now_s)))
        assert sum(power_w(simulation, each) for each in simulation.stopped()) == 0
    simulation.apply(Resume(simulation.now_s))
    for machine in MACHINES:
        simulation.apply(StartMachine(simulation.now_s, machine))
    simulation.run()
    assert wrong == []
    assert all(batch.ended for batch in simulation.batches())
    assert not any(simulation.machine(each).inside for each in MACHINES)
    assert [simulation.machine(each).free for each in POOLS] == [2 * CELLS - 3, CELLS - 3]  # type: ignore[attr-defined]
