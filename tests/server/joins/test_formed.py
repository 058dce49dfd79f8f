from __future__ import annotations

from datetime import UTC, datetime
from math import fsum, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.plant.models import MACHINES, Stage
from schema.ports import BatchState, BatchView, StepResult, StepState, StepView
from server.joins.formed import NoCellsError, formed_cells
from server.plant.steps.aging import REJECT_MV_PER_D

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STORE = next(key for key in MACHINES if key.stage is Stage.AGING)


def batch(cells: int, rejected: float, mean_mv: float = 0.25, **readings: float) -> BatchView:
    shown = {"self_discharge_mv_per_d": mean_mv, "rejected_cells": rejected, **readings}
    result = StepResult(1.0, 1.0, 1.0, 1.0, cells, {}, (), shown)
    return BatchView(
        "b",
        BatchState.COMPLETED,
        1.0,
        NOW,
        0.0,
        "cell",
        steps=(StepView(STORE, StepState.DONE, 1.0, result),),
        cells=cells,
    )


@given(cells=st.integers(0, 400), rejected=st.integers(0, 40), mean_mv=st.floats(0.0, 2.0), seed=st.text(max_size=9))
def test_good_cells_pass_the_store_rejected_ones_do_not_and_the_mean_is_the_plants(cells, rejected, mean_mv, seed):
    found = formed_cells(batch(cells, float(rejected), mean_mv), seed, 10_000)
    good = [cell for cell in found if cell.scrap_cause is None]
    assert (len(good), len(found) - len(good)) == (cells, rejected)
    assert [cell.number for cell in found] == list(range(1, len(found) + 1))
    assert all(cell.self_discharge_mv_per_d <= REJECT_MV_PER_D for cell in good)
    assert all(cell.self_discharge_mv_per_d > REJECT_MV_PER_D for cell in found[cells:])
    assert fsum(cell.share for cell in found) == pytest.approx(len(found))
    assert all(0.9 < cell.share < 1.1 for cell in found)
    assert found == formed_cells(batch(cells, float(rejected), mean_mv), seed, 10_000)


def test_another_seed_gives_other_cells():
    assert formed_cells(batch(5, 0.0), "7", 10) != formed_cells(batch(5, 0.0), "8", 10)


def test_there_are_at_most_so_many():
    found = formed_cells(batch(5, 3.0), "7", 6)
    assert [cell.scrap_cause for cell in found] == [None] * 5 + ["self_discharge"]


@pytest.mark.parametrize("mean_mv", [nan, None])
def test_a_figure_that_is_none_is_told(mean_mv):
    with pytest.raises(NoCellsError, match="self_discharge_mv_per_d"):
        formed_cells(batch(5, 0.0, mean_mv), "7", 10)
