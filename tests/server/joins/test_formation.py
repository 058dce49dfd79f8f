from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.cells.models import CURRENT, STEP_COUNT, TIME, VOLTAGE
from server.cells.digest.ingest import digest
from server.cells.limits import Limits
from server.joins.formation import COLUMNS, Formation, summaries
from server.plant.steps.formation_cycling import charge

DAY = Formation(0.0, 4.8, 0.5, 4.2, 0.022, 86_400.0)
SHORT = Formation(0.0, 4.8, 0.5, 4.2, 0.022, 20_000.0)


@pytest.mark.parametrize("formation", [DAY, SHORT])
def test_a_cell_is_summed_up_among_many_as_its_own_file_would_be(formation, tmp_path):
    shares = [0.97, 1.0, 1.02]
    for share, (steps, cycles) in zip(shares, summaries(formation, shares, 600.0), strict=True):
        path = tmp_path / f"{share}.parquet"
        pl.DataFrame(formation.series(share, 600.0)).write_parquet(path)
        alone = digest(path, tmp_path, Limits())
        for found, wanted in ((steps, alone.steps), (cycles, alone.cycles)):
            assert list(found) == list(wanted)
            for name, column in wanted.items():
                same = column if isinstance(column[0], str | None) else pytest.approx(column, rel=1e-9, abs=1e-12)
                assert found[name] == same, name


@given(
    share=st.floats(0.9, 1.1),
    current_a=st.floats(0.05, 5.0),
    limit_v=st.floats(3.6, 4.4),
    every_s=st.floats(30.0, 5_000.0),
)
def test_the_samples_hold_the_charge_that_the_plant_booked(share, current_a, limit_v, every_s):
    formation = Formation(0.0, 4.8, current_a, limit_v, 0.022, 86_400.0)
    columns = formation.series(share, 20.0)
    booked = charge(0.0, 4.8 * share, current_a, limit_v, 0.022, 86_400.0)
    measured_a_h = -np.trapezoid(columns[CURRENT], columns[TIME]) / 3600
    assert measured_a_h == pytest.approx(booked.soc * 4.8 * share, rel=0.02)
    assert columns[VOLTAGE].max() <= limit_v + 1e-9
    assert (columns[CURRENT] <= 0).all()
    rare = formation.series(share, every_s)
    assert (np.diff(rare[TIME]) > 0).all()
    assert rare[TIME][-1] == 86_400.0
    assert set(rare[STEP_COUNT]) <= {0.0, 1.0}
    assert tuple(rare) == COLUMNS
