from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from emulator.configuration.layout import Climate, Cycle, Demand, Load, PanelConfig, Sessions, Source
from emulator.physics.gates import outdoors_c
from emulator.physics.loads import Loads, Milliwatts
from emulator.physics.local_time import span_at
from tests.emulator.small_panels import DAY, HOUR, NOON, circuit, panel

MIDNIGHT = NOON - 12 * HOUR


def day_of(
    load: Load, *, start: int = MIDNIGHT, seconds: int = DAY, zone: str = "UTC", seed: int = 1, **more
) -> Milliwatts:
    """What one load draws, second by second, across spans."""
    loads = Loads(panel(circuit("a", load, 1, 3), zone=zone, **more), seed)
    parts, tick = [], start
    while tick < start + seconds:
        count = min(loads.span(tick).end, start + seconds) - tick
        parts.append(loads.natural(tick, count)[0][0])
        tick += count
    return np.concatenate(parts)


def test_a_steady_load_is_steady_and_an_even_number_of_milliwatts() -> None:
    power = day_of(Demand(123.4567, 0, 200))

    assert set(power.tolist()) == {123_456}


def test_variation_and_noise_stay_in_the_range_and_keep_the_mean() -> None:
    power = day_of(Demand(100, 60, 130, variation=0.9, noise=0.3))

    assert power.min() == 60_000
    assert power.max() == 130_000
    assert day_of(Demand(100, 0, 500, variation=0.5, noise=0.1)).mean() == pytest.approx(100_000, rel=0.03)


def test_hours_scale_and_an_hour_of_zero_is_off_even_with_a_least_power() -> None:
    hours = tuple(0.0 if hour < 6 else 0.5 if hour < 12 else 1.0 for hour in range(24))
    power = day_of(Demand(1000, 50, 2000, hours=hours)).reshape(24, HOUR)

    assert power[5].max() == 0
    assert set(power[6].tolist()) == {500_000}
    assert set(power[23].tolist()) == {1_000_000}


def test_cycles_run_about_as_long_as_they_should_and_each_a_little_differently() -> None:
    on = day_of(Demand(1000, 0, 1000, gate=Cycle(600, 1200))) > 0
    edges = np.flatnonzero(np.diff(on.astype(int)))
    runs = np.diff(edges)[0 if on[edges[0] + 1] else 1 :: 2]

    assert on.mean() == pytest.approx(1 / 3, abs=0.03)
    assert len(runs) in (46, 47, 48)
    assert 500 <= runs.min() < runs.max() <= 700


def test_a_cycle_that_is_never_off_never_pauses() -> None:
    assert day_of(Demand(10, 0, 10, gate=Cycle(60, 0))).min() == 10_000


def test_heat_pumps_rest_in_spring_and_work_in_winter_and_summer() -> None:
    gate = Climate(comfort_low_c=12, comfort_high_c=22)

    def share(month: int) -> float:
        start = int(datetime(2026, month, 10, tzinfo=UTC).timestamp())
        return float((day_of(Demand(3000, 0, 4000, gate=gate), start=start) > 0).mean())

    assert share(1) > 0.4
    assert share(7) > 0.05
    assert share(5) < share(7) < share(1)


def test_july_is_the_southern_winter() -> None:
    july = int(datetime(2026, 7, 10, 12, tzinfo=UTC).timestamp())
    span = span_at("UTC", july)

    assert outdoors_c(Climate(), span, july, 40) > 20
    assert outdoors_c(Climate(), span, july, -40) < 10


def test_car_sessions_begin_in_their_window_last_as_said_and_may_pass_midnight() -> None:
    gate = Sessions(per_day=1, from_hour=22, to_hour=23, min_s=3 * HOUR, max_s=4 * HOUR)
    on = (day_of(Demand(7200, 0, 7200, gate=gate), seconds=10 * DAY) > 0).reshape(10, 24, HOUR)

    assert on[1:, 0].all()
    assert not on[:, 4:21].any()
    assert all(3 * HOUR <= on.reshape(-1)[12 * HOUR + day * DAY :][:DAY].sum() <= 4 * HOUR for day in range(9))


def test_sessions_come_as_often_as_said_and_not_at_the_same_time_every_day() -> None:
    gate = Sessions(per_day=2.5, from_hour=8, to_hour=20, min_s=60, max_s=60)
    on = day_of(Demand(100, 0, 100, gate=gate), seconds=40 * DAY) > 0

    assert on.sum() / 60 / 40 == pytest.approx(2.5, abs=0.4)
    assert len({int(np.argmax(day)) for day in on.reshape(40, DAY)}) > 35


def test_the_sun_is_down_at_night_up_at_noon_and_never_beyond_the_nameplate() -> None:
    power = -day_of(Source(5000, 4000, noise=0.1)).reshape(24, HOUR)

    assert power.min() == 0
    assert power[:4].max() == power[21:].max() == 0
    assert power.max() == 4_000_000
    assert power[6].mean() < power[9].mean() < power[11].mean()


@pytest.mark.parametrize(("latitude", "month", "share"), [(45, 6, 0.9), (45, 12, 0.15), (-45, 12, 0.9), (80, 12, 0.0)])
def test_the_seasons_are_in_the_sun(latitude: float, month: int, share: float) -> None:
    start = int(datetime(2026, month, 21, tzinfo=UTC).timestamp())
    power = -day_of(Source(1000, 1000), start=start, latitude=latitude)

    assert power.max() == pytest.approx(share * 1e6, abs=0.2e6)
    assert (power.max() == 0) == (share == 0)


def test_the_sun_stands_highest_where_the_clock_says_it_does() -> None:
    for zone, hour in (("America/Los_Angeles", 13), ("Asia/Kathmandu", 12), ("UTC", 12)):
        start = int(datetime(2026, 6, 21, tzinfo=ZoneInfo(zone)).timestamp())
        power = -day_of(Source(1000, 1000), start=start, zone=zone, longitude=None)
        assert np.flatnonzero(power == power.max()).mean() == pytest.approx(hour * HOUR, abs=600)


def test_clouds_cut_and_never_add_and_no_two_days_are_alike() -> None:
    clear, cloudy = Source(1000, 1000), Source(1000, 1000, cloudiness=0.9)
    days = [(-day_of(cloudy, start=MIDNIGHT + day * DAY)).sum() for day in range(12)]

    assert (day_of(clear) <= day_of(cloudy)).all()
    assert max(days) > 1.5 * min(days)
    assert np.abs(np.diff(day_of(cloudy))).max() < 30_000


@pytest.mark.parametrize(("month", "day", "hours"), [(3, 29, 23), (10, 25, 25), (6, 21, 24)])
def test_a_day_is_as_long_as_the_clocks_make_it(month: int, day: int, hours: int) -> None:
    zone = ZoneInfo("Europe/Berlin")
    start = int(datetime(2026, month, day, tzinfo=zone).timestamp())
    by_hour = tuple(float(hour) for hour in range(24))
    power = day_of(Demand(1, 0, 100, hours=by_hour), start=start, seconds=hours * HOUR, zone="Europe/Berlin")
    expected = [datetime.fromtimestamp(start + HOUR * index, zone).hour for index in range(hours)]

    assert (power.reshape(hours, HOUR) == 1000 * np.array(expected)[:, None]).all()
    assert span_at("Europe/Berlin", start + hours * HOUR).start == start + hours * HOUR


def test_a_block_may_begin_anywhere_and_be_of_any_length() -> None:
    config = everything()
    whole = Loads(config, 3).natural(MIDNIGHT, DAY)[0]

    for first, count in ((0, 1), (59, 2), (61, 3600), (43_200, 777), (86_399, 1)):
        part = Loads(config, 3).natural(MIDNIGHT + first, count)[0]
        assert np.array_equal(part, whole[:, first : first + count])


def test_two_panels_of_one_layout_share_their_tables() -> None:
    config = everything()
    one, other = Loads(config, 1), Loads(replace(config, serial="x"), 2)
    one.span(NOON)
    other.span(NOON)

    assert one._tables is other._tables


def everything() -> PanelConfig:
    return panel(
        circuit("a", Demand(100, 10, 300, 0.4, 0.1, gate=Cycle(45, 400)), 1),
        circuit("b", Demand(3000, 10, 4000, 0.1, 0.02, gate=Climate()), 2, 4),
        circuit("c", Demand(700, 10, 900, 0.1, 0.02, gate=Sessions(20, 0, 30, 60, 7000)), 3),
        circuit("d", Source(4000, 5000, 0.7, 0.02), 5, 7),
        circuit("e", Demand(90, 0, 300, 0.4, 0.1, hours=(0.5, 1.5) * 12), 6),
    )
