"""Key figures over a window: by hand, against counting anew from the events, and within their bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.plant.models import MACHINES, MachineFigures, MachineKey, PlantFigures
from server.plant.commands import AddBatch, CancelBatch
from server.plant.configuration import PlantConfiguration
from server.plant.events import EventKind, PlantEvent
from server.plant.kpi import Kpis
from server.plant.simulation import PlantSimulation
from server.plant.window import FINE, MOST, Windows
from tests.server.plant.doubles import CELLS, COATER, DOUBLES, FORMATION, POWER_W, STORE, Given, layout

MIXER = MACHINES[0]
SLOW = Given(120.0)


def watched(
    configuration: PlantConfiguration, batches: int, seed: int = 1
) -> tuple[PlantSimulation, Windows, list[PlantEvent]]:
    events: list[PlantEvent] = []
    windows = Windows(Kpis({key: machine.units for key, machine in configuration.machines.items()}))
    simulation = PlantSimulation(configuration, seed, DOUBLES, [windows.take, events.append])
    for number in range(batches):
        simulation.apply(AddBatch(0.0, f"b{number}"))
    return simulation, windows, events


def of(figures: PlantFigures, key: MachineKey) -> MachineFigures:
    return next(found for found in figures.machines if found.machine == key)


def test_a_window_by_hand() -> None:
    """Every machine takes 120 s, so that batch n leaves the plant at 120 (10 + n); the coater scraps a quarter.

    At 1500 s, b0, b1 and b2 have left (at 1200, 1320, 1440) and six more are inside. The window of 240 s began at
    1260: b1 and b2 left in it, 1200 s after they came.
    """
    changed = {COATER: {"parameters": Given(120.0, scrap_share=0.25)}}
    simulation, windows, _ = watched(layout(SLOW, changed), 9)
    simulation.run_until(1500.0)

    figures = windows.figures(1500.0, 240.0)

    assert (figures.since_s, figures.simulated_s) == (1260.0, 240.0)
    assert figures.batches == {"assembled": 2, "completed": 2}
    assert figures.cells == 2 * CELLS
    assert figures.batches_per_h == pytest.approx(2 / (240 / 3600))
    assert figures.lead_time is not None
    assert (figures.lead_time.mean_s, figures.lead_time.p95_s) == (1200.0, 1200.0)
    assert windows.figures(1500.0, 60.0).batches["completed"] == 1  # b2, which left as the window began
    assert windows.figures(1500.0, 60.0).lead_time == figures.lead_time
    # b1 and b2 for 60 and 180 s, the other six all the time
    assert figures.wip == pytest.approx((60 + 180 + 6 * 240) / 240)
    # the mixers emptied at 1080; the ageing is never idle from 1080 on
    assert of(figures, MIXER).starved == 1.0
    assert of(figures, STORE).working == pytest.approx(1.0)
    assert of(figures, STORE).batches == 2
    assert of(figures, STORE).energy_kwh == pytest.approx(2 * 120.0 * POWER_W / 3.6e6)
    assert of(figures, COATER).quality == 1.0  # its last batch was done at 1200


def test_the_figures_of_one_machine_are_those_among_all() -> None:
    changed = {COATER: {"parameters": Given(120.0, scrap_share=0.25)}, STORE: {"parameters": Given(500.0)}}
    simulation, windows, _ = watched(layout(SLOW, changed), 9)
    for now_s in (0.0, 700.0, 1500.0):
        simulation.run_until(now_s)
        assert tuple(windows.machine(key, now_s) for key in MACHINES) == windows.figures(now_s).machines


def test_scrap_and_yield_are_those_of_the_window() -> None:
    """The coater was done with a batch at 240 and at 360 s; a quarter of each was scrap."""
    simulation, windows, _ = watched(layout(SLOW, {COATER: {"parameters": Given(120.0, scrap_share=0.25)}}), 5)
    simulation.run_until(360.0)
    shorter, longer = (of(windows.figures(360.0, window_s), COATER) for window_s in (100.0, 120.0))

    assert (shorter.batches, longer.batches) == (1, 2)  # done at 240 and 360, both inclusive
    assert (shorter.scrap_kg, longer.scrap_kg) == ({"bad": 2.5}, {"bad": 5.0})
    assert shorter.quality == longer.quality == 0.75
    assert of(windows.figures(360.0, 100.0), MIXER).scrap_kg == {}


def test_the_bottleneck_and_the_oee_are_those_of_the_window() -> None:
    """While the slow mixer feeds the plant it is the bottleneck; at the end it is the store that is last to work."""
    simulation, windows, _ = watched(layout(Given(60.0), {MIXER: {"parameters": SLOW}}), 6)
    simulation.run()

    late, whole = windows.figures(simulation.now_s, 60.0), windows.figures(simulation.now_s)

    assert whole.bottleneck == MIXER
    assert whole.oee == pytest.approx(6 * 120.0 / simulation.now_s)
    assert late.bottleneck == STORE
    assert late.oee == pytest.approx(1.0)


def test_while_nothing_happens_a_window_begins_when_it_was_asked_to() -> None:
    simulation, windows, _ = watched(layout(Given(10.0)), 1)
    simulation.run_until(1000.0)

    assert windows.figures(1000.0, 123.25).since_s == 1000.0 - 123.25
    assert windows.figures(1000.0, 123.25).wip == 0
    assert all(machine.starved == 1.0 for machine in windows.figures(1000.0, 123.25).machines)


@pytest.mark.parametrize("window_s", [1000.0, 1000.5, 1e300])
def test_a_window_as_long_as_the_run_is_the_whole_run(window_s: float) -> None:
    simulation, windows, _ = watched(layout(SLOW), 9)
    simulation.run_until(1000.0)

    assert windows.figures(1000.0, window_s) == windows.figures(1000.0)
    assert windows.figures(1000.0).since_s == 0


def anew(configuration: PlantConfiguration, events: Sequence[PlantEvent], since_s: float, now_s: float) -> PlantFigures:
    """Two countings of their own: of what came before the window, and of all."""
    before, whole = (Kpis({key: machine.units for key, machine in configuration.machines.items()}) for _ in range(2))
    for event in events:
        whole.take(event)
        if event.time_s < since_s:
            before.take(event)
    return whole.figures(now_s, before.totals().until(since_s))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    asked=st.lists(st.tuples(st.floats(1.0, 40_000.0), st.floats(1.0, 40_000.0)), min_size=1, max_size=6),
)
def test_it_is_what_counting_anew_gives_with_breakdowns_pools_and_cancels(
    seed: int, asked: list[tuple[float, float]]
) -> None:
    changed: dict[MachineKey, dict[str, Any]] = {
        machine: {"mtbf_s": 600.0, "mttr_s": 150.0, "setup_s": 20.0, "buffer": seed % 3} for machine in MACHINES
    }
    changed[FORMATION] |= {"units": 2 * CELLS - 3, "parameters": Given(450.0, scrap_share=0.25)}
    configuration = layout(Given(100.0, jitter=2.0), changed)
    simulation, windows, events = watched(configuration, 12, seed)
    simulation.apply(CancelBatch(333.0, "b1"))
    for now_s, window_s in sorted(asked):
        simulation.run_until(max(now_s, simulation.now_s))
        found = windows.figures(simulation.now_s, window_s)
        wanted_s = simulation.now_s - window_s
        assert found.since_s <= max(0.0, wanted_s)
        times = {event.time_s for event in events}
        inside, before = (sum(each >= at_s for each in times) for at_s in (wanted_s, found.since_s))
        assert before - inside <= inside * 2 / FINE
        if inside < FINE / 2:
            assert found.since_s == max(0.0, wanted_s)
        assert found == anew(configuration, events, found.since_s, simulation.now_s)
        assert sum(found.batches.get(word, 0) for word in ("completed", "cancelled")) == sum(
            event.kind in (EventKind.BATCH_COMPLETED, EventKind.BATCH_CANCELLED) and event.time_s >= found.since_s
            for event in events
        )


def test_of_many_events_it_keeps_no_more_than_its_bound_and_knows_the_newest_exactly() -> None:
    windows = Windows(Kpis(dict.fromkeys(MACHINES, 1)))
    most = 0
    for number in range(1, 20_001):
        windows.take(PlantEvent(number, 10.0 * number, EventKind.PLANT_PAUSED))
        most = max(most, len(windows))

    assert FINE < most <= FINE // 2 * (20_000).bit_length()
    assert most <= MOST
    assert windows.figures(200_000.0, 314.0).since_s == 200_000.0 - 314.0
    for window_s in (500.0, 5_000.0, 50_000.0, 190_000.0):
        assert 0 <= 200_000.0 - window_s - windows.figures(200_000.0, window_s).since_s <= window_s * 2 / FINE
    assert windows.figures(200_000.0, 200_000.0).since_s == 0
