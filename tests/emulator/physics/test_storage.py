from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.configuration.layout import Battery
from emulator.physics.storage import SCALE, Bank, bank_of, integrated, split

PLAIN = Battery(1000.0, 3000.0, 2000.0, charge_efficiency=0.9, discharge_efficiency=0.8, reserve=0.2, initial_soc=0.5)


def bank(**changes: object) -> Bank:
    fields = {name: getattr(PLAIN, name) for name in PLAIN.__slots__} | changes
    made = bank_of({3: Battery(**fields)})
    assert made is not None
    return made


def test_a_panel_without_batteries_has_no_bank() -> None:
    assert bank_of({}) is None


def test_charging_keeps_the_charge_efficiency_and_discharging_costs_its_inverse() -> None:
    plain = bank()
    _, up = integrated(plain, plain.initial, np.full(3600, 100_000), plain.reserve)
    _, down = integrated(plain, plain.initial, np.full(3600, -100_000), plain.reserve)

    assert (up[-1] - up[0]) / plain.capacity == pytest.approx(0.1 * 0.9)
    assert (down[-1] - down[0]) / plain.capacity == pytest.approx(-0.1 / 0.8)


def test_it_stops_full_at_capacity_and_empty_at_the_reserve() -> None:
    plain = bank()
    powers, up = integrated(plain, plain.initial, np.full(7200, 3_000_000), plain.reserve)
    assert powers[-1] == 0
    assert 0 <= plain.capacity - up[-1] < 2 * plain.charge_gain

    powers, down = integrated(plain, plain.initial, np.full(7200, -2_000_000), plain.reserve)
    assert powers[-1] == 0
    assert 0 <= down[-1] - plain.reserve < 2 * plain.discharge_cost


def test_below_the_reserve_it_may_charge_and_not_discharge() -> None:
    plain = bank()
    powers, _ = integrated(plain, plain.reserve // 2, np.array([-1000, 1000, -1000]), plain.reserve)

    assert powers.tolist() == [0, 1000, 0]


@given(
    st.lists(st.integers(-5_000_000, 5_000_000).map(lambda half: 2 * half), min_size=1, max_size=60),
    st.floats(0, 1),
    st.floats(0.0005, 2),
    st.floats(0, 1),
)
@settings(max_examples=150, deadline=None)
def test_at_once_and_tick_by_tick_are_the_same_integers(
    wishes: list[int], soc: float, capacity_wh: float, reserve: float
) -> None:
    small = bank(capacity_wh=capacity_wh, reserve=reserve)
    stored = int(small.capacity * soc)
    powers, levels = integrated(small, stored, np.array(wishes), small.reserve)

    steps = zip(wishes, powers.tolist(), levels[:-1].tolist(), levels[1:].tolist(), strict=True)
    for wish, power, before, after in steps:
        most = max(small.capacity - before, 0) // small.charge_gain
        least = -(max(before - small.reserve, 0) // small.discharge_cost)
        assert power == (min(wish, most // 2 * 2) if wish > 0 else max(wish, -(-least // 2 * 2)))
        assert after - before == power * (small.charge_gain if power > 0 else small.discharge_cost)
        assert power % 2 == 0


@given(st.lists(st.integers(0, 10_000_000).map(lambda n: 2 * n), min_size=1, max_size=6), st.floats(-1, 1))
def test_a_split_sums_to_the_whole_and_nobody_passes_his_rating(ratings: list[int], portion: float) -> None:
    total = int(portion * sum(ratings) / 2) * 2
    parts = split(np.array([total]), tuple(ratings))[:, 0].tolist()

    assert sum(parts) == total
    assert all(abs(part) <= rating and part % 2 == 0 for part, rating in zip(parts, ratings, strict=True))


def test_many_batteries_are_one_bank() -> None:
    pair = bank_of({1: PLAIN, 5: PLAIN})

    assert pair is not None
    assert pair.rows == (1, 5)
    assert pair.capacity == 2 * bank().capacity == 2 * 1000 * 3_600_000 * SCALE
    assert (pair.charge_gain, pair.discharge_cost) == (9000, 12_500)
