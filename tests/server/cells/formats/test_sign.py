"""The sign of the current, told by the samples alone: rest, noise and constant voltage must not mislead it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from server.cells.demo.model import LCO, LFP, NMC811, Cell
from server.cells.demo.protocols import Cycler, formation, pulses, rate_test
from server.cells.formats.choices import Sign
from server.cells.formats.sign import SignVote


def verdict(frame: pl.DataFrame, part_rows: int = 100_000) -> Sign | None:
    vote = SignVote()
    for part in frame.iter_slices(part_rows):
        vote.take(part)
    return vote.verdict()


@pytest.mark.parametrize("chemistry", [LFP, NMC811, LCO], ids=lambda each: each.name)
@pytest.mark.parametrize("protocol", [formation, rate_test, pulses])
@pytest.mark.parametrize("part_rows", [97, 100_000])
@pytest.mark.parametrize("counted", [True, False])
def test_every_protocol_of_every_chemistry_shows_it(chemistry, protocol, part_rows, counted):
    cycler = Cycler(Cell(chemistry), np.random.default_rng(1))
    protocol(cycler)
    frame = pl.DataFrame(dict(cycler.columns()))
    frame = frame if counted else frame.drop("Step count")
    assert verdict(frame, part_rows) is Sign.DISCHARGE_POSITIVE
    assert verdict(frame.with_columns(-pl.col("Current [A]")), part_rows) is Sign.CHARGE_POSITIVE


def test_an_amplifiers_offset_while_the_voltage_recovers_has_no_say():
    cycler = Cycler(Cell(NMC811), np.random.default_rng(1))
    cycler.pulse(-0.5, 5400, 30)
    for _ in range(8):
        cycler.pulse(1.0, 60, 1)
        cycler.rest(40, 1)
        cycler.rest(40, 1)
    offset = pl.DataFrame(dict(cycler.columns())).filter(pl.col("Step count") > 0)
    assert verdict(offset.with_columns(pl.col("Current [A]") + 2e-4)) is Sign.DISCHARGE_POSITIVE


@pytest.mark.parametrize(
    ("voltage", "current"),
    [
        pytest.param(3.7, 0.0, id="rest"),
        pytest.param(3.7, 1.0, id="constant voltage"),
        pytest.param(None, 1.0, id="no voltage"),
        pytest.param(float("nan"), 1.0, id="NaN"),
        pytest.param(3.7, float("inf"), id="infinity"),
    ],
)
def test_samples_that_show_nothing_have_no_verdict(voltage, current):
    frame = pl.DataFrame({"Time [s]": np.arange(100.0)}).with_columns(
        pl.lit(voltage, pl.Float64).alias("Voltage [V]"), pl.lit(current, pl.Float64).alias("Current [A]")
    )
    assert verdict(frame) is None


def test_one_row_and_none_have_no_verdict():
    frame = pl.DataFrame({"Time [s]": [0.0], "Voltage [V]": [3.0], "Current [A]": [1.0]})
    assert verdict(frame) is None
    assert verdict(frame.clear()) is None
