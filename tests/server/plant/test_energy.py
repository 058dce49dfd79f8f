from __future__ import annotations

import pytest

from clients.plant.models import Stage
from server.plant.energy import DRY_ROOM_W, JOULE_PER_KWH, dry_room_j
from server.plant.outcome import Outcome
from tests.server.plant.cells import aged, cell_line

CELL_SPLIT = {
    Stage.REWINDING: 0.5,
    Stage.ELECTROLYTE_FILLING: 0.5,
    Stage.FORMATION_CYCLING: 4.0,
    Stage.AGING: 1.0,
}
GOOD = aged().material
GOOD_KWH = GOOD.count * GOOD.cells.energy_kwh


def test_the_dry_room_costs_by_the_hour() -> None:
    assert dry_room_j(10.0) == 10 * DRY_ROOM_W


@pytest.mark.parametrize(("stage", "outcome"), cell_line())
def test_each_stage_of_the_cell_line_draws_about_its_share(stage: Stage, outcome: Outcome) -> None:
    assert outcome.energy_j / JOULE_PER_KWH / GOOD_KWH == pytest.approx(CELL_SPLIT[stage], rel=0.15)
