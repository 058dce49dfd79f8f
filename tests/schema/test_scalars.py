"""Times with offsets, cursors that come back as they went."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from schema.errors import CursorBadError
from schema.ports import Position, Series
from schema.scalars import packed, read_cursor, read_time, write_cursor, write_series, write_time


@pytest.mark.parametrize(
    ("given_", "read"),
    [
        ("2026-06-21T12:00:00Z", datetime(2026, 6, 21, 12, tzinfo=UTC)),
        ("2026-06-21t12:00:00z", datetime(2026, 6, 21, 12, tzinfo=UTC)),
        ("2026-06-21 14:00:00.5+02:00", datetime(2026, 6, 21, 12, 0, 0, 500_000, tzinfo=UTC)),
        ("2024-02-29T23:59:59.123456789-00:30", datetime(2024, 3, 1, 0, 29, 59, 123456, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_into_utc(given_, read):
    assert read_time(given_) == read
    assert read_time(given_).tzinfo is UTC


@pytest.mark.parametrize(
    "given_",
    ["2026-06-21T12:00:00", "2026-06-21", "20260621T120000Z", "2026-W25-7T12:00:00Z", "2026-02-30T00:00:00Z",
     "2026-06-21T24:00:01Z", "0001-01-01T00:00:00+05:00", "now", "",
     "\uff12026-06-21T12:00:00Z", 1782043200, None, True],
)  # fmt: skip
def test_what_is_no_time_with_an_offset_is_refused(given_):
    with pytest.raises(GraphQLError, match="no time"):
        read_time(given_)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_comes_back_as_it_went(moment):
    assert read_time(write_time(moment)) == moment


@given(st.text(max_size=40), st.dictionaries(st.text(max_size=20), st.integers(0, 2**63 - 1), max_size=5))
def test_a_cursor_comes_back_as_it_went(log_id, seqs):
    position = Position(log_id, seqs)
    word = write_cursor(position)

    assert word.isascii()
    assert set(word) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    if len(word) <= 2048:
        assert read_cursor(word) == position


@given(st.text() | st.binary().map(lambda raw: raw.hex()) | st.integers() | st.none() | st.booleans())
def test_whatever_else_is_given_as_a_cursor_is_refused(given_):
    with pytest.raises(CursorBadError):
        read_cursor(given_)


@pytest.mark.parametrize("seq", ["true", "1.5", '"1"', "-1", "null", str(2**63)])
def test_a_cursor_with_a_sequence_that_is_none_is_refused(seq):
    word = packed('["log",{"panel":SEQ}]'.replace("SEQ", seq))

    with pytest.raises(CursorBadError):
        read_cursor(word)


def test_a_series_stays_in_arrays_until_it_is_encoded():
    time, power = np.array([1.0]), np.array([2.0])

    written = write_series(Series(time, {"POWER_W": power}, 1))

    assert written["time"] is time
    assert written["columns"]["POWER_W"] is power
