"""Files from outside: what is told of them by the footer, and rows that come whatever the layout of the file."""

from __future__ import annotations

import decimal
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.cells.models import CHARGE_CAPACITY, CURRENT, CYCLE_COUNT, STEP_COUNT, TIME, VOLTAGE
from server.cells.digest.columns import Kind
from server.cells.digest.inspection import Shape, inspect, slices
from server.cells.errors import SeriesError
from server.cells.limits import Limits
from tests.server.cells.tested import cycled

LIMITS = Limits()
CYCLED = cycled()
SPECTRUM = pl.DataFrame({"Frequency [Hz]": [1e3, 1e2], "Z_Re [Ohm]": [1.0, 2.0], "Z_Im [Ohm]": [0.1, 0.2]})
CURVE = pl.DataFrame({VOLTAGE: [4.2, 3.9], "SOC": [1.0, 0.5], STEP_COUNT: [0, 0]})


def written(folder: Path, frame: pl.DataFrame | pa.Table, **options: Any) -> Path:
    path = folder / "series.parquet"
    pq.write_table(frame.to_arrow() if isinstance(frame, pl.DataFrame) else frame, path, **options)
    return path


def refused(path: Path, limits: Limits = LIMITS) -> tuple[str, str | None]:
    with pytest.raises(SeriesError) as told:
        inspect(path, limits)
    assert str(told.value)
    return told.value.code, told.value.column


def read(path: Path, rows_at_once: int = 1000, columns: list[str] | None = None) -> pl.DataFrame:
    return pl.concat(frame for _, frame in slices(path, inspect(path, LIMITS), rows_at_once, columns))


def test_the_shape_of_a_series(tmp_path: Path):
    extra = CYCLED.with_columns(
        pl.lit("note").alias("Comment"), pl.lit(value=True).alias("Is odd"), pl.lit([1.0]).alias("Nested")
    )

    shape = inspect(written(tmp_path, extra, row_group_size=100), LIMITS)

    numbers = (TIME, VOLTAGE, CURRENT, STEP_COUNT, CYCLE_COUNT)
    assert shape == Shape(240, (*numbers, "Comment", "Is odd", "Nested"), numbers, (100, 100, 40), TIME)
    assert shape.kind is Kind.TIME_SERIES


@pytest.mark.parametrize(("frame", "kind"), [(SPECTRUM, Kind.EIS), (CURVE, Kind.OCP)])
def test_samples_without_time_have_no_axis(tmp_path: Path, frame: pl.DataFrame, kind: Kind):
    shape = inspect(written(tmp_path, frame), LIMITS)

    assert (shape.kind, shape.axis) == (kind, None)


def test_a_series_with_spectra_in_it_is_a_series(tmp_path: Path):
    shape = inspect(written(tmp_path, CYCLED.with_columns(pl.lit(1.0).alias("Frequency [Hz]"))), LIMITS)

    assert (shape.kind, shape.axis) == (Kind.TIME_SERIES, TIME)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda _: b"", "not_parquet"),
        (lambda _: b"PAR1", "damaged"),
        (lambda _: b"Time [s],Voltage [V]\n0,3.7\n", "not_parquet"),
        (lambda whole: whole[:-1], "damaged"),
        (lambda whole: whole[: len(whole) // 2], "damaged"),
        (lambda whole: whole[:-400] + bytes(392) + whole[-8:], "damaged"),
        (lambda whole: whole[:-8] + struct.pack("<I", 10**6) + b"PAR1", "damaged"),
        (lambda whole: whole[:-8] + struct.pack("<I", 2**32 - 1) + b"PAR1", "too_large"),
        (lambda whole: whole[:-4] + b"PARE", "encrypted"),
    ],
)
def test_what_is_no_whole_parquet_file_is_refused(tmp_path: Path, spoil: Callable[[bytes], bytes], code: str):
    path = written(tmp_path, CYCLED)
    path.write_bytes(spoil(path.read_bytes()))

    assert refused(path) == (code, None)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_flipped_bytes_are_read_or_refused_and_nothing_else(tmp_path: Path, data: st.DataObject):
    path = written(tmp_path, CYCLED.head(60), compression="zstd")
    whole = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=4)):
        whole[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(whole)

    try:
        shape = inspect(path, LIMITS)
        rows = sum(frame.height for _, frame in slices(path, shape, 7))
    except SeriesError as error:
        assert error.code  # noqa: PT017  # whether it is refused is chance; that it is nothing else is the law
    else:
        assert rows == shape.rows


def test_damaged_pages_are_told_with_the_rows_that_came_before(tmp_path: Path):
    path = written(tmp_path, CYCLED, row_group_size=120, compression="zstd", use_dictionary=False)
    whole = bytearray(path.read_bytes())
    second = pq.read_metadata(path).row_group(1).column(1).data_page_offset
    whole[second : second + 300] = bytes(300)
    path.write_bytes(whole)

    with pytest.raises(SeriesError) as told:
        read(path, 60)

    assert (told.value.code, told.value.row) == ("damaged", 120)


@pytest.mark.parametrize(
    ("frame", "limits", "code"),
    [
        (CYCLED.head(0), LIMITS, "rows_missing"),
        (CYCLED, replace(LIMITS, max_rows=239), "too_many_rows"),
        (CYCLED, replace(LIMITS, max_columns=4), "too_many_columns"),
        (
            CYCLED.with_columns(pl.lit([{"a": 1, "b": 2}]).alias("x")),
            replace(LIMITS, max_columns=6),
            "too_many_columns",
        ),
        (CYCLED, replace(LIMITS, max_values=240 * 5 - 1), "too_large"),
        (CYCLED, replace(LIMITS, max_group_bytes=5_000), "too_large"),
        (CYCLED, replace(LIMITS, max_footer_bytes=100), "too_large"),
    ],
)
def test_what_is_beyond_a_limit_is_refused(tmp_path: Path, frame: pl.DataFrame, limits: Limits, code: str):
    assert refused(written(tmp_path, frame), limits) == (code, None)


def test_limits_may_be_reached(tmp_path: Path):
    exact = replace(LIMITS, max_rows=240, max_columns=5, max_values=240 * 5)

    assert inspect(written(tmp_path, CYCLED), exact).rows == 240


def test_a_file_without_columns_is_refused(tmp_path: Path):
    assert refused(written(tmp_path, pa.table({}))) == ("columns_missing", None)


def test_a_bomb_of_repeated_numbers_is_refused_by_its_footer(tmp_path: Path):
    rows = 3_000_000
    bomb = pl.DataFrame({name: pl.zeros(rows, eager=True) for name in (TIME, VOLTAGE, CURRENT, STEP_COUNT)})
    path = written(tmp_path, bomb, compression="zstd", row_group_size=rows)

    assert path.stat().st_size < 100_000
    assert refused(path, replace(LIMITS, max_values=10_000_000)) == ("too_large", None)


@pytest.mark.parametrize("declared", [5_000_000_000, -1])
def test_declared_sizes_out_of_proportion_are_refused(tmp_path: Path, declared: int):
    path = written(tmp_path, CYCLED, use_dictionary=False, compression="none")
    whole = path.read_bytes()
    size = pq.read_metadata(path).row_group(0).total_byte_size
    start = len(whole) - 8 - struct.unpack("<I", whole[-8:-4])[0]
    footer = whole[start:-8].replace(varint(size), varint(declared))
    assert footer != whole[start:-8]
    path.write_bytes(whole[:start] + footer + struct.pack("<I", len(footer)) + b"PAR1")

    assert refused(path) == ("too_large", None)


def varint(number: int) -> bytes:
    """A number as Thrift's compact protocol writes it."""
    zigzag, out = (number << 1) ^ (number >> 63), bytearray()
    while zigzag > 127:
        out.append(zigzag & 127 | 128)
        zigzag >>= 7
    return bytes([*out, zigzag])


def test_two_columns_of_one_name_are_refused(tmp_path: Path):
    twice = pa.table([pa.array([0.0])] * 2, names=[TIME, TIME])

    assert refused(written(tmp_path, twice)) == ("column_twice", TIME)


@pytest.mark.parametrize("name", [TIME, VOLTAGE, CURRENT, STEP_COUNT])
def test_a_missing_column_is_named(tmp_path: Path, name: str):
    assert refused(written(tmp_path, CYCLED.drop(name))) == ("column_missing", name)


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        (SPECTRUM.drop("Z_Im [Ohm]"), "Z_Im [Ohm]"),
        (CURVE.drop(STEP_COUNT), STEP_COUNT),
        (CURVE.drop(VOLTAGE), VOLTAGE),
        (CURVE.drop("SOC"), TIME),
    ],
)
def test_curves_and_spectra_need_columns_of_their_own(tmp_path: Path, frame: pl.DataFrame, name: str):
    assert refused(written(tmp_path, frame)) == ("column_missing", name)


@pytest.mark.parametrize(
    "values",
    [
        pa.array(["3.7"] * 240),
        pa.array([True] * 240),
        pa.array([[3.7]] * 240),
        pa.array([{"v": 3.7}] * 240),
        pa.array([0] * 240, pa.timestamp("us")),
        pa.array([0] * 240, pa.duration("us")),
        pa.array([None] * 240),
        pa.array(["3.7"] * 240).dictionary_encode(),
    ],
    ids=lambda values: str(values.type).split("<", maxsplit=1)[0],
)
@pytest.mark.parametrize("name", [VOLTAGE, CHARGE_CAPACITY])
def test_a_column_that_must_be_numbers_and_is_not_is_named(tmp_path: Path, name: str, values: pa.Array):
    table = CYCLED.drop(name, strict=False).to_arrow().append_column(name, values)
    path = written(tmp_path, table)

    if name == CHARGE_CAPACITY and pa.types.is_null(values.type):
        assert CHARGE_CAPACITY not in inspect(path, LIMITS).numbers
    else:
        assert refused(path) == ("column_not_numeric", name)


@pytest.mark.parametrize("group", [1, 7, 100, 240])
@pytest.mark.parametrize("rows_at_once", [1, 50, 1000])
def test_rows_come_once_and_in_order_whatever_the_layout(tmp_path: Path, group: int, rows_at_once: int):
    path = written(tmp_path, CYCLED, row_group_size=group)
    shape, expected = inspect(path, LIMITS), 0

    for first_row, frame in slices(path, shape, rows_at_once):
        assert first_row == expected
        assert 0 < frame.height <= rows_at_once
        assert frame.equals(CYCLED[first_row : first_row + frame.height])
        expected += frame.height

    assert expected == 240


def test_wide_rows_come_fewer_at_a_time(tmp_path: Path):
    wide = CYCLED.head(200).with_columns(pl.lit(1.5).alias(f"Aux {number}") for number in range(190))
    tall = pl.concat([wide] * 60)
    path = written(tmp_path, tall)

    heights = [frame.height for _, frame in slices(path, inspect(path, LIMITS), 1_000_000)]

    assert max(heights) <= 2**21 // 195
    assert sum(heights) == 12_000


def test_columns_come_in_the_order_asked_for(tmp_path: Path):
    assert read(written(tmp_path, CYCLED), columns=[CURRENT, TIME]).equals(CYCLED.select(CURRENT, TIME))


def test_numbers_of_any_width_become_floats_or_stay_whole(tmp_path: Path):
    table = CYCLED.head(3).drop(VOLTAGE).to_arrow()
    table = table.append_column(VOLTAGE, pa.array([decimal.Decimal("3.70")] * 3, pa.decimal128(10, 2)))
    table = table.append_column("Half", pa.array([0.5, None, 2.0], pa.float16()))
    table = table.append_column("Single", pa.array([0.5, None, 2.0], pa.float32()))
    table = table.append_column("Count", pa.array([1, None, 2**64 - 1], pa.uint64()))

    found = read(written(tmp_path, table))

    assert found[VOLTAGE].to_list() == [3.7] * 3
    assert found["Half"].to_list() == found["Single"].to_list() == [0.5, None, 2.0]
    assert {found[name].dtype for name in (VOLTAGE, "Half", "Single")} == {pl.Float64()}
    assert found["Count"].to_list() == [1, None, 2**64 - 1]


def test_rows_that_are_promised_and_do_not_come_are_told(tmp_path: Path):
    path = written(tmp_path, CYCLED)
    promised = replace(inspect(path, LIMITS), rows=241)

    with pytest.raises(SeriesError) as told:
        list(slices(path, promised, 100))

    assert (told.value.code, told.value.row) == ("damaged", 240)
