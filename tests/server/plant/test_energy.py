from __future__ import annotations

import pytest

from clients.plant.models import Stage
from server.plant.energy import (
    BUILDING_SHARE,
    DRY_ROOM_W,
    JOULE_PER_KWH,
    LITERATURE_KWH_PER_KWH,
    Energy,
    booked,
    dry_room_j,
    kwh_per_kwh,
    total,
)
from server.plant.outcome import Outcome
from server.plant.steps.rewinding import WOUND
from tests.server.plant.cells import aged, cell_line

ELECTRODE_SPLIT = {
    Stage.MIXING: 0.9,
    Stage.COATING: 1.0,
    Stage.DRYING: 17.0,
    Stage.CALENDERING: 0.6,
    Stage.SLITTING: 0.2,
    Stage.INSPECTION: 0.1,
}
"""A usual split of 41.48 kWh per kWh, for the electrode lines."""
CELL_SPLIT = {
    Stage.REWINDING: 0.5,
    Stage.ELECTROLYTE_FILLING: 0.5,
    Stage.FORMATION_CYCLING: 4.0,
    Stage.AGING: 1.0,
}
GOOD = aged().material
GOOD_KWH = GOOD.count * GOOD.cells.energy_kwh


def test_an_outcome_is_booked_with_its_share_of_the_building() -> None:
    energy = booked(Stage.COATING, Outcome(WOUND, 10.0, 1000.0))

    assert (energy.machine_j, energy.dry_room_j) == (1000.0, 0.0)
    assert energy.building_j == pytest.approx(1000 * BUILDING_SHARE)
    assert energy.total_j == pytest.approx(1069)


def test_the_dry_room_runs_as_long_as_the_winder() -> None:
    energy = booked(Stage.REWINDING, Outcome(WOUND, 10.0, 1000.0))

    assert energy.dry_room_j == dry_room_j(10.0) == 10 * DRY_ROOM_W
    assert energy.building_j == pytest.approx(BUILDING_SHARE * (1000 + 10 * DRY_ROOM_W))


def test_sums_add_up_field_by_field() -> None:
    assert Energy(1, 2, 3) + Energy(10, 20, 30) == Energy(11, 22, 33)
    assert total([]) == Energy()


@pytest.mark.parametrize(("stage", "outcome"), cell_line())
def test_each_stage_of_the_cell_line_draws_about_its_share(stage: Stage, outcome: Outcome) -> None:
    assert outcome.energy_j / JOULE_PER_KWH / GOOD_KWH == pytest.approx(CELL_SPLIT[stage], rel=0.15)


def test_a_kilowatt_hour_of_cells_costs_what_the_literature_says() -> None:
    electrodes = [
        (stage, Outcome(WOUND, 1.0, share * GOOD_KWH * JOULE_PER_KWH)) for stage, share in ELECTRODE_SPLIT.items()
    ]
    cost = kwh_per_kwh(total([*electrodes, *cell_line()]), GOOD)

    low, high = LITERATURE_KWH_PER_KWH
    assert cost is not None
    assert low < cost < high
    assert cost == pytest.approx(41.48, rel=0.05)


def test_no_cells_have_no_cost_each() -> None:
    assert kwh_per_kwh(Energy(1, 1, 1), WOUND) is None
