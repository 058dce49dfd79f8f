"""Our own columns: a file that is right goes on as it is, byte by byte; what it lacks is added."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from server.cells.formats.choices import Sign
from server.cells.formats.errors import FormatError
from tests.server.cells.formats.files import measured, reading


def test_a_right_file_is_not_touched(tmp_path):
    path = tmp_path / "a.parquet"
    measured().with_columns(pl.lit("x").alias("note")).write_parquet(path)
    outcome, _ = reading(path)
    assert (outcome.is_original, outcome.rows, outcome.sign) == (True, measured().height, Sign.DISCHARGE_POSITIVE)


@pytest.mark.parametrize(
    "lacking",
    [
        pytest.param(lambda frame: frame.drop("Step count").with_columns(Step=1), id="no steps"),
        pytest.param(lambda frame: frame.with_columns(pl.col("Time [s]") + 5), id="time from 5"),
        pytest.param(lambda frame: frame.with_columns(pl.col("Step count") + 1), id="steps from 1"),
        pytest.param(lambda frame: frame.with_columns(pl.col("Step count") * 2), id="steps by 2"),
        pytest.param(lambda frame: frame.with_columns(pl.col("Step count").cast(pl.String)), id="steps as text"),
    ],
)
def test_what_is_lacking_is_added_and_the_rest_is_kept(tmp_path, lacking):
    path = tmp_path / "a.parquet"
    lacking(measured()).write_parquet(path)
    outcome, rows = reading(path)
    assert not outcome.is_original
    assert rows["Time [s]"][0] == 0.0
    assert rows["Step count"][0] == 0
    assert set(rows["Step count"].diff().drop_nulls()) == {0, 1}
    same = [column for column in measured().columns if column not in ("Time [s]", "Step count")]
    assert_frame_equal(rows.select(same), measured().select(same))


def test_steps_come_from_the_cyclers_own_where_there_are_some(tmp_path):
    path = tmp_path / "a.parquet"
    own = (measured()["Step count"] % 5 + 10).alias("Step from cycler")
    measured().drop("Step count").with_columns(own).write_parquet(path)
    _, rows = reading(path)
    assert rows["Step count"].to_list() == measured()["Step count"].to_list()
    assert rows["Step from cycler"].to_list() == own.to_list()


def test_a_spectrum_and_an_open_circuit_curve_are_taken_as_they_are(tmp_path):
    spectrum, curve = tmp_path / "eis.parquet", tmp_path / "ocp.parquet"
    pl.DataFrame({"Frequency [Hz]": [1.0], "Z_Re [Ohm]": [0.1], "Z_Im [Ohm]": [-0.1]}).write_parquet(spectrum)
    pl.DataFrame({"Voltage [V]": [3.0], "SOC": [0.1], "Step count": [0]}).write_parquet(curve)
    for path in (spectrum, curve):
        outcome, _ = reading(path)
        assert outcome.is_original
        assert outcome.rows is None


def test_charge_positive_current_is_refused_or_turned(tmp_path):
    path = tmp_path / "a.parquet"
    measured().with_columns(-pl.col("Current [A]")).write_parquet(path)
    with pytest.raises(FormatError, match="in ionworks files current is discharge-positive"):
        reading(path)
    outcome, rows = reading(path, sign=Sign.CHARGE_POSITIVE)
    assert not outcome.is_original
    assert rows["Current [A]"].to_list() == measured()["Current [A]"].to_list()


@pytest.mark.parametrize("kind", [pl.String, pl.Boolean])
def test_a_needed_column_of_no_numbers_is_refused(tmp_path, kind):
    path = tmp_path / "a.parquet"
    measured().with_columns(pl.lit(value=True).cast(kind).alias("Voltage [V]")).write_parquet(path)
    with pytest.raises(FormatError, match=r"the column 'Voltage \[V\]' holds .* where numbers are needed"):
        reading(path)


@pytest.mark.parametrize("cut", [3, 100, -1, -8])
def test_a_cut_parquet_file_is_refused(tmp_path, cut):
    path = tmp_path / "a.parquet"
    measured().write_parquet(path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(FormatError):
        reading(path)


def test_damage_inside_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    measured().with_columns(pl.col("Time [s]") + 1).write_parquet(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:4] + b"\xff" * 200 + whole[204:])
    with pytest.raises(FormatError, match="the Parquet file is broken"):
        reading(path)
