"""Key figures by hand, by Little's law, and by what they must sum to."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from clients.plant.models import MACHINES, MachineKey
from server.plant.commands import AddBatch, CancelBatch, Reset, StartMachine, StopMachine
from server.plant.configuration import PlantConfiguration
from server.plant.events import EventKind, PlantEvent
from server.plant.kpi import Kpis
from server.plant.kpi_figures import MachineFigures, PlantFigures
from tests.server.plant.doubles import CELLS, COATER, FORMATION, POWER_W, STORE, Given, key, layout, plant, run


def figures_of(configuration: PlantConfiguration, events: Sequence[PlantEvent], now_s: float) -> PlantFigures:
    kpis = Kpis({machine: settings.units for machine, settings in configuration.machines.items()})
    for event in events:
        kpis.take(event)
    return kpis.figures(now_s)


def made(configuration: PlantConfiguration, batches: int) -> PlantFigures:
    simulation, events = run(configuration, batches)
    return figures_of(configuration, events, simulation.now_s)


def of(figures: PlantFigures, machine: MachineKey) -> MachineFigures:
    return next(found for found in figures.machines if found.machine == machine)


def test_oee_by_hand() -> None:
    """Two batches: 200 s in all, the coater set up for 2 x 5 s, working 2 x 40 s, a quarter of its solids scrapped."""
    changed = {COATER: {"parameters": Given(40.0, scrap_share=0.25), "setup_s": 5.0}}
    figures = made(layout(Given(10.0), changed), 2)
    coater = of(figures, COATER)
    all_s = 10.0 * 9 + 2 * 45.0
    assert figures.simulated_s == all_s
    assert (coater.working, coater.setup) == pytest.approx((80 / all_s, 10 / all_s))
    assert coater.availability == pytest.approx((all_s - 10) / all_s)
    assert coater.performance == pytest.approx(80 / (all_s - 10))
    assert coater.quality == pytest.approx(0.75)
    assert coater.oee == pytest.approx(0.75 * 80 / all_s)
    assert (figures.bottleneck, figures.oee) == (COATER, coater.oee)
    assert coater.scrap_kg == pytest.approx({"bad": 5.0})
    assert coater.energy_kwh == pytest.approx(2 * 40.0 * POWER_W / 3.6e6)


def test_rolled_yield_is_the_product_of_first_pass_yields() -> None:
    losing = {COATER: Given(10.0, scrap_share=0.2), STORE: Given(10.0, scrap_share=0.5)}
    changed = {machine: {"parameters": given} for machine, given in losing.items()}
    figures = made(layout(Given(10.0), changed), 3)
    assert figures.rolled_yield == pytest.approx(0.8 * 0.5)
    assert figures.cells == 3 * CELLS // 2


def test_blocked_by_hand() -> None:
    """The coater of 50 s keeps the third batch in the mixer from 30 to 60, behind one in its buffer."""
    figures = made(layout(Given(10.0), {COATER: {"parameters": Given(50.0), "buffer": 1}}), 3)
    assert of(figures, key("anode/mixing")).blocked == pytest.approx(30.0 / figures.simulated_s)


@pytest.mark.parametrize("seed", range(5))
def test_every_machines_shares_sum_to_one(seed: int) -> None:
    changed: dict[MachineKey, dict[str, object]] = {
        machine: {"mtbf_s": 60.0, "mttr_s": 15.0, "setup_s": 2.0, "buffer": seed % 3} for machine in MACHINES
    }
    changed[FORMATION] |= {"units": 2 * CELLS - 3, "parameters": Given(45.0)}
    configuration = layout(Given(10.0, jitter=2.0), changed)
    simulation, events = plant(configuration, seed)
    for number in range(12):
        simulation.apply(AddBatch(0.0, f"b{number}"))
    simulation.apply(CancelBatch(33.0, "b1"))
    for until_s in (50.0, 200.0, 10_000.0):
        simulation.run_until(until_s)
        for machine in figures_of(configuration, events, until_s).machines:
            shares = (machine.working, machine.blocked, machine.starved, machine.down, machine.setup)
            assert all(0.0 <= share <= 1.0 + 1e-12 for share in shares)
            assert sum(shares) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_littles_law(seed: int) -> None:
    """Mean work in progress = rate of leaving x mean lead time, from empty to empty."""
    simulation, events = run(layout(Given(10.0, jitter=4.0)), 40, seed)
    figures = figures_of(layout(), events, simulation.now_s)
    assert figures.lead_time is not None
    rate_per_s = figures.batches_per_h / 3600
    assert figures.wip == pytest.approx(rate_per_s * figures.lead_time.mean_s, rel=1e-12)
    assert figures.wip > 5


def test_lead_time_by_hand() -> None:
    """The slow winder: the second batch waits 30 s longer than the first, the third 60 s."""
    figures = made(layout(Given(10.0), {key("cell/rewinding"): {"parameters": Given(40.0), "buffer": 9}}), 3)
    assert figures.lead_time is not None
    assert (figures.lead_time.mean_s, figures.lead_time.median_s) == (160.0, 160.0)


def test_a_pool_is_counted_by_its_places() -> None:
    configuration = layout(Given(10.0), {FORMATION: {"units": 4 * CELLS, "parameters": Given(100.0)}})
    formation = of(made(configuration, 2), FORMATION)
    assert formation.working == pytest.approx(2 * 100.0 * CELLS / (4 * CELLS * 200.0))


def test_what_is_cancelled_is_scrap_where_it_lay() -> None:
    configuration = layout()
    simulation, events = plant(configuration)
    simulation.apply(AddBatch(0.0, "a"))
    simulation.apply(CancelBatch(25.0, "a"))
    simulation.run_until(50.0)
    figures = figures_of(configuration, events, 50.0)
    drying = of(figures, key("anode/drying"))
    assert drying.scrap_kg == {"cancelled": 10.0}
    assert drying.working == pytest.approx(5.0 / 50.0)
    assert drying.energy_kwh == pytest.approx(5.0 * POWER_W / 3.6e6)
    assert figures.wip == pytest.approx(25.0 / 50.0)
    assert figures.lead_time is None


def test_after_a_reset_nothing_works() -> None:
    configuration = layout(Given(10.0))
    simulation, events = plant(configuration)
    simulation.apply(AddBatch(0.0, "a"))
    simulation.apply(Reset(5.0))
    figures = figures_of(configuration, events, 20.0)
    assert of(figures, key("anode/mixing")).working == pytest.approx(5.0 / 20.0)
    assert events[-1].kind is EventKind.PLANT_RESET


def test_a_plant_that_did_nothing_has_figures_too() -> None:
    figures = figures_of(layout(), [], 0.0)
    assert (figures.bottleneck, figures.kwh_per_kwh, figures.wip, figures.rolled_yield) == (None, None, 0.0, 1.0)
    assert all(machine.starved == 1.0 for machine in figures.machines)


def test_all_places_of_a_stopped_machine_count_as_down() -> None:
    """Half of the places work for 20 s; then it stands for 200 s, and again from 400 s on, over a reset."""
    configuration = layout(Given(10.0), {FORMATION: {"units": 2 * CELLS, "parameters": Given(100.0)}})
    simulation, events = plant(configuration)

    def now() -> MachineFigures:
        return of(figures_of(configuration, events, simulation.now_s), FORMATION)

    simulation.apply(AddBatch(0.0, "a"))
    simulation.apply(StopMachine(100.0, FORMATION, "why"))
    simulation.run_until(150.0)
    assert now().down == pytest.approx(50 / 150)
    simulation.apply(CancelBatch(200.0, "a"))
    simulation.run_until(250.0)
    assert (now().down, now().working, now().availability) == pytest.approx((150 / 250, 20 / 2 / 250, 100 / 250))
    simulation.apply(StartMachine(300.0, FORMATION))
    simulation.run_until(400.0)
    assert (now().down, now().starved) == pytest.approx((200 / 400, 190 / 400))
    simulation.apply(StopMachine(400.0, FORMATION, "why"))
    simulation.apply(Reset(500.0))
    simulation.run_until(600.0)
    assert now().down == pytest.approx(400 / 600)
