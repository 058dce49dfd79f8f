"""The default batch, from webs made by hand, through the four machines of the cell line."""

from __future__ import annotations

import pytest

from clients.plant.models import CELL_STAGES
from tests.server.plant.cells import ANODE, CATHODE, cell_line


def test_the_default_batch_passes_every_stage_unflagged() -> None:
    visits = cell_line()

    assert [stage for stage, _ in visits] == list(CELL_STAGES)
    assert all(outcome.flags == () for _, outcome in visits)


def test_solids_are_kept_at_every_hand_over() -> None:
    before_kg = ANODE.solid_kg + CATHODE.solid_kg
    for _, outcome in cell_line():
        after_kg = outcome.material.solid_kg + sum(outcome.scrap_kg.values())
        assert after_kg == pytest.approx(before_kg, rel=1e-12)
        before_kg = outcome.material.solid_kg


def test_a_cell_has_the_mass_and_energy_of_its_like() -> None:
    cells = cell_line()[-1][1].material.cells

    assert cells.mass_kg == pytest.approx(0.107, rel=0.05)
    assert 120 < 1000 * cells.energy_kwh / cells.mass_kg < 180
