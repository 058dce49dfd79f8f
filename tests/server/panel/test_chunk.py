from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.panel.chunk import MISSING, Samples, pack_all, pack_minutes, unpack
from server.stores.errors import StoreUnreadableError

whole_numbers = st.integers(-(2**63), 2**63 - 1)


@st.composite
def samples(draw) -> Samples:
    times = sorted(draw(st.sets(st.integers(0, 600_000), min_size=1, max_size=80)))
    circuits = tuple(draw(st.lists(st.one_of(st.none(), st.text()), min_size=1, max_size=5, unique=True)))
    shape = (len(times), len(circuits), 3)
    size = shape[0] * shape[1] * shape[2]
    values = draw(
        st.lists(st.one_of(st.just(MISSING), st.integers(-9, 9), whole_numbers), min_size=size, max_size=size)
    )
    return Samples(np.array(times, dtype=np.int64), circuits, np.array(values, dtype=np.int64).reshape(shape))


@given(samples())
def test_whatever_was_packed_comes_back(stretch):
    packed = pack_all(stretch)

    for index in range(len(stretch.circuits)):
        time_ms, *kinds = unpack(packed, index)
        assert time_ms.tolist() == stretch.time_ms.tolist()
        assert np.array_equal(np.stack(kinds, axis=1), stretch.readings[:, index])


@given(samples())
def test_the_minutes_hold_each_minutes_lowest_highest_and_last_power(stretch):
    packed = pack_minutes(stretch)

    for index in range(len(stretch.circuits)):
        time_ms, power, consumed, produced = unpack(packed, index)
        told = zip(stretch.time_ms.tolist(), stretch.readings[:, index].tolist(), strict=True)
        there = {at: tuple(reading) for at, reading in told if reading[0] != MISSING}
        kept = dict(
            zip(time_ms.tolist(), zip(power.tolist(), consumed.tolist(), produced.tolist(), strict=True), strict=True)
        )
        assert kept.items() <= there.items()
        for minute in {at // 60_000 for at in there}:
            here = {at: reading for at, reading in there.items() if at // 60_000 == minute}
            mine = {at: reading for at, reading in kept.items() if at // 60_000 == minute}
            assert len(mine) <= 3
            assert max(mine) == max(here)
            assert min(mine.values())[0] == min(here.values())[0]
            assert max(mine.values())[0] == max(here.values())[0]


@given(samples(), st.data())
def test_damaged_bytes_are_said_to_be_damaged_or_change_no_length(stretch, data):
    packed = bytearray(pack_all(stretch))
    at = data.draw(st.integers(0, len(packed) - 1))
    packed[at] ^= data.draw(st.integers(1, 255))
    try:
        columns = unpack(bytes(packed), 1 % len(stretch.circuits))
    except StoreUnreadableError as refusal:
        assert "put a backup back" in str(refusal)  # noqa: PT017 - damage may also hit another circuit's part
    else:
        assert {len(column) for column in columns} == {len(stretch.time_ms)}


def test_a_steady_hour_takes_hardly_any_bytes():
    times = np.arange(600, dtype=np.int64) * 1000
    steady = Samples(times, (None,), np.full((600, 1, 3), 12_345, dtype=np.int64))

    assert len(pack_all(steady)) < 100


def test_an_empty_chunk_is_refused_as_damaged():
    with pytest.raises(StoreUnreadableError):
        unpack(b"", 0)
