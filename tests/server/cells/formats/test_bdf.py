"""BDF 1.3, there and back: names, signs, steps, and the refusal of a file that says one thing and shows another."""

from __future__ import annotations

from contextlib import closing

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from server.cells.formats import bdf, source, text
from server.cells.formats.choices import Format, Selection, Sign, Target
from server.cells.formats.errors import FormatError
from server.cells.formats.writing import encoded
from tests.server.cells.formats.files import as_bdf, measured, reading

OURS = ["Time [s]", "Voltage [V]", "Current [A]", "Step count", "Cycle count"]


def test_the_vocabulary_is_three_required_and_51_optional_quantities():
    assert len(bdf.LABELS) == 54
    assert bdf.LABELS["step_charging_capacity_ah"] == "Step Charging Capacity / Ah"
    assert bdf.LABELS["cycle_net_energy_wh"] == "Cycle Net Energy / Wh"
    assert set(bdf.OURS) <= set(bdf.LABELS)


@pytest.mark.parametrize("spelling", ["label", "name", "untidy"])
@pytest.mark.parametrize("suffix", ["csv", "parquet", "csv.gz"])
def test_a_file_becomes_ours_with_current_turned_once(tmp_path, spelling, suffix):
    frame = as_bdf(measured())
    if spelling == "name":
        frame = frame.rename({label: bdf.quantity(label) or label for label in frame.columns})
    if spelling == "untidy":
        frame = frame.rename({"Voltage / V": " voltage /  v", "Current / A": "CURRENT / A"})
    path = tmp_path / f"cell.bdf.{suffix}"
    if suffix == "parquet":
        frame.write_parquet(path)
    else:
        frame.write_csv(path, compression="gzip" if suffix.endswith("gz") else "uncompressed")

    outcome, rows = reading(path)

    assert (outcome.format, outcome.sign, outcome.rows) == ("bdf", Sign.CHARGE_POSITIVE, frame.height)
    assert_frame_equal(rows.select(OURS), measured().select(OURS))
    assert rows["Cycle from cycler"].to_list() == (measured()["Cycle count"] + 1).to_list()
    assert rows["Ambient Temperature / degC"].to_list() == [25.0] * frame.height


@pytest.mark.parametrize("target", [Target.BDF_CSV, Target.BDF_PARQUET])
def test_there_and_back_gives_the_same_samples(tmp_path, target):
    ours = tmp_path / "ours.parquet"
    measured().write_parquet(ours)
    path = tmp_path / "there"
    with closing(encoded(ours, Selection(), target)) as export:
        path.write_bytes(b"".join(export))

    there = pl.read_csv(path) if target is Target.BDF_CSV else pl.read_parquet(path)
    assert there.columns[:3] == ["Test Time / s", "Voltage / V", "Current / A"]
    assert there["Current / A"][0] > 0
    assert measured()["Current [A]"][0] < 0
    assert "Step Charging Capacity / Ah" in there.columns
    _, back = reading(path)
    assert_frame_equal(back.select(measured().columns), measured())


def test_a_file_without_steps_gets_them_from_the_currents_direction(tmp_path):
    path = tmp_path / "a.bdf.csv"
    as_bdf(measured()).drop("Step Count / 1", "Cycle Count / 1").write_csv(path)
    _, rows = reading(path)
    # A charge at constant current and then at constant voltage has one direction, and so is one step here.
    assert rows["Step count"].unique(maintain_order=True).to_list() == list(range(8))
    starts = rows.group_by("Step count", maintain_order=True).agg(pl.col("Current [A]").first().sign())
    assert starts["Current [A]"].to_list() == [-1.0, 0.0, 1.0, 0.0] * 2


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("dropped", [[], ["Step Count / 1"]])
def test_parts_of_any_size_give_the_same_rows(tmp_path, monkeypatch, suffix, dropped):
    path, frame = tmp_path / f"a.bdf.{suffix}", as_bdf(measured()).drop(dropped)
    frame.write_csv(path) if suffix == "csv" else frame.write_parquet(path)
    _, whole = reading(path)
    monkeypatch.setattr(text, "BLOCK_BYTES", 1)
    monkeypatch.setattr(source, "ROWS_AT_ONCE", 1)
    assert_frame_equal(reading(path)[1], whole)


def test_time_is_moved_to_0(tmp_path):
    path = tmp_path / "a.bdf.parquet"
    as_bdf(measured()).with_columns(pl.col("Test Time / s") + 1000.0).write_parquet(path)
    _, rows = reading(path)
    assert rows["Time [s]"][0] == 0.0
    assert rows["Time [s]"][-1] == pytest.approx(measured()["Time [s]"][-1])


def test_a_file_whose_current_contradicts_the_format_is_refused_with_the_way_out(tmp_path):
    path = tmp_path / "a.bdf.csv"
    as_bdf(measured()).with_columns(-pl.col("Current / A")).write_csv(path)
    with pytest.raises(FormatError, match=r"in bdf files current is charge-positive.* say --sign discharge-positive"):
        reading(path)

    outcome, rows = reading(path, sign=Sign.DISCHARGE_POSITIVE)
    assert outcome.sign is Sign.DISCHARGE_POSITIVE
    assert_frame_equal(rows.select(OURS), measured().select(OURS))


def test_a_sign_that_the_samples_contradict_is_refused(tmp_path):
    path = tmp_path / "a.bdf.csv"
    as_bdf(measured()).write_csv(path)
    with pytest.raises(FormatError, match=r"--sign discharge-positive was given.* say --sign charge-positive"):
        reading(path, sign=Sign.DISCHARGE_POSITIVE)


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        (["Test Time / s", "Voltage / V"], "'Current / A'; this one has 'Test Time / s', 'Voltage / V'"),
        (["Voltage / V", "current_ampere"], "'Test Time / s'"),
        (["Test Time / s", "Voltage / V", "voltage_volt", "Current / A"], "are the same quantity"),
    ],
)
def test_what_is_missing_or_twice_is_named(columns, problem):
    with pytest.raises(FormatError) as caught:
        bdf.layout(columns)
    assert problem in str(caught.value)


def test_a_file_that_is_said_to_be_bdf_and_is_none_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    measured().write_csv(path)
    with pytest.raises(FormatError, match="BDF files have the column 'Test Time / s'"):
        reading(path, format=Format.BDF)


def test_accumulated_capacity_stays_under_its_own_name_and_that_of_steps_is_ours(tmp_path):
    path = tmp_path / "a.bdf.parquet"
    frame = as_bdf(measured()).with_columns(
        pl.lit(1.5).alias("Charging Capacity / Ah"),
        measured()["Charge capacity [A.h]"].alias("step_charging_capacity_ah"),
        pl.lit("CC").alias("Step Type"),
    )
    frame.write_parquet(path)
    _, rows = reading(path)
    assert rows["Charging Capacity / Ah"].to_list() == [1.5] * rows.height
    assert rows["Charge capacity [A.h]"].to_list() == measured()["Charge capacity [A.h]"].to_list()
    assert set(rows["Step Type"]) == {"CC"}


def test_measurements_without_current_cannot_be_bdf(tmp_path):
    ours = tmp_path / "ours.parquet"
    measured().drop("Current [A]").write_parquet(ours)
    with pytest.raises(FormatError, match=r"this measurement has no 'Current \[A\]'"):
        encoded(ours, Selection(), Target.BDF_CSV)
