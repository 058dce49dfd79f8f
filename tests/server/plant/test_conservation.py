"""Mass is neither made nor lost between machines, and a stage that does is found."""

from __future__ import annotations

import pytest

from clients.plant.models import Line, Stage
from server.plant.commands import AddBatch
from server.plant.conservation import ConservationError
from server.plant.events import EventKind, PlantEvent
from server.plant.outcome import Outcome
from tests.server.plant.doubles import COATER, WEB_KG, Given, key, layout, plant, run


@pytest.mark.parametrize("made_kg", [1e-6, -1e-6, float("nan")])
@pytest.mark.parametrize("name", ["anode/coating", "cathode/inspection"])
def test_a_stage_that_makes_or_loses_mass_stops_the_plant(name: str, made_kg: float) -> None:
    simulation, _ = plant()
    simulation.apply(AddBatch(0.0, "a", {key(name): Given(10.0, made_kg=made_kg)}))
    with pytest.raises(ConservationError, match=name):
        simulation.run()


def test_rounding_is_no_loss() -> None:
    simulation, events = plant()
    simulation.apply(AddBatch(0.0, "a", {COATER: Given(10.0, made_kg=1e-10 * WEB_KG)}))
    simulation.run()
    assert events[-2].kind is EventKind.BATCH_COMPLETED


def scrapped_kg(events: list[PlantEvent]) -> float:
    outcomes = [event.detail for event in events if isinstance(event.detail, Outcome)]
    return sum(sum(outcome.scrap_kg.values()) for outcome in outcomes)


def test_what_the_mixers_made_is_in_the_cells_or_scrap() -> None:
    _, events = run(layout(Given(10.0, scrap_share=0.125)), 3)
    ended = [event for event in events if event.machine and event.machine.stage is Stage.AGING]
    cells_kg = sum(event.detail.material.solid_kg for event in ended if isinstance(event.detail, Outcome))
    assert 0 < cells_kg < 3 * 2 * WEB_KG
    assert cells_kg + scrapped_kg(events) == pytest.approx(3 * 2 * WEB_KG, rel=1e-12)
    assert {event.machine.line for event in ended if event.machine} == {Line.CELL}
