from __future__ import annotations

import math
import threading
from datetime import datetime, timedelta

import anyio
import pytest

from schema.ports import Metric
from server.clock import Clock
from server.panel.history import PanelHistory
from server.stores.sqlite.database import Database
from tests.server.panel.histories import record, seconds_of, series, values_of
from tests.server.panel.snapshots import NOON, after, snapshot


async def test_a_sample_is_answered_before_it_is_stored(history):
    record(history, [1, 2])

    assert values_of(await series(history)) == [1, 2]
    assert seconds_of(await series(history)) == [1, 2]


async def test_samples_read_the_same_waiting_stored_and_packed(history):
    record(history, range(0, 1300, 7))
    waiting = values_of(await series(history))
    await history.flush()
    stored = values_of(await series(history))
    await history.pack()

    assert waiting == stored == values_of(await series(history)) == list(range(0, 1300, 7))


async def test_a_series_mixes_packed_stored_and_waiting_samples(history):
    record(history, range(700))
    await history.flush()
    await history.pack()
    record(history, range(700, 720))
    await history.flush()
    record(history, range(720, 730))

    assert seconds_of(await series(history)) == list(range(730))


async def test_a_sample_on_its_way_to_the_disk_is_answered_too(history, database):
    gate = threading.Event()
    record(history, [1, 2])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(database.write, lambda connection: gate.wait())
        tasks.start_soon(history.flush)
        await anyio.wait_all_tasks_blocked()
        record(history, [3])
        found = await series(history)
        gate.set()

    assert seconds_of(found) == [1, 2, 3]


async def test_stored_samples_survive_a_restart(tmp_path):
    for begin in (0, 500, 1000):
        async with Database.open(tmp_path / "again.db") as database:
            history = PanelHistory(database, Clock(now=lambda: NOON))
            record(history, range(begin, begin + 500))
            await history.flush()
            await history.pack()
            found = seconds_of(await series(history))

    assert found == list(range(1500))


async def test_the_end_is_not_part_of_a_series_and_the_start_is(history):
    record(history, range(10))

    assert seconds_of(await series(history, start=after(seconds=3), end=after(seconds=6))) == [3, 4, 5]
    assert seconds_of(await series(history, start=after(seconds=6), end=after(seconds=3))) == []


async def test_the_grids_power_and_the_main_meter_are_the_panels_own(history):
    at = after(seconds=1)
    history.record("nj-1", at, snapshot({"oven": 100.0}, grid_w=-2688.04, consumed_wh=7.26, produced_wh=1.0))
    await history.flush()

    assert values_of(await series(history, circuit=None)) == [-2688.0]
    assert values_of(await series(history, Metric.CONSUMED_ENERGY_WH, circuit=None)) == [7.3]
    assert values_of(await series(history, Metric.PRODUCED_ENERGY_WH, circuit="oven")) == [1.0]


async def test_values_are_kept_to_a_tenth(history):
    for second, power in enumerate([0.04, 0.06, -0.06, 1234.56, -1e9, 5_688_566.44]):
        record(history, [second], power)
    await history.flush()
    record(history, [700])
    await history.flush()
    await history.pack()

    assert values_of(await series(history, end=after(seconds=600))) == [0.0, 0.1, -0.1, 1234.6, -1e9, 5_688_566.4]


@pytest.mark.parametrize("nonsense", [math.nan, math.inf, -math.inf, 1e300])
async def test_a_value_that_is_no_measurement_is_left_out(history, nonsense):
    record(history, [1])
    record(history, [2], nonsense)
    record(history, [3])
    for step in (None, history.flush, history.pack):
        if step:
            await step()
        assert seconds_of(await series(history)) == [1, 3]


async def test_r22_of_two_samples_at_one_time_the_first_stands(history):
    record(history, [1, 2, 3], 10.0)
    record(history, [2], 99.0)
    assert values_of(await series(history)) == [10, 10, 10]
    await history.flush()
    record(history, [3], 99.0)
    await history.flush()
    record(history, [700])
    await history.flush()
    await history.pack()
    record(history, [1], 99.0)
    assert values_of(await series(history, end=after(seconds=600))) == [10, 10, 10]


async def test_r22_a_clock_that_steps_back_an_hour_changes_nothing_and_fills_what_was_not_recorded(history):
    record(history, range(0, 3600, 20), 1.0)
    await history.flush()
    await history.pack()
    record(history, range(0, 3600, 10), 2.0)
    await history.flush()
    await history.pack()

    found = await series(history)
    assert seconds_of(found) == list(range(0, 3600, 10))
    assert list(found.columns["POWER_W"]) == [1.0, 2.0] * 180


async def test_r22_a_clock_that_was_years_ahead_loses_nothing_once_it_is_right(history):
    record(history, [0, 1])
    record(history, [10**9])
    record(history, [2, 700])
    await history.flush()
    await history.pack()

    assert seconds_of(await series(history)) == [0, 1, 2, 700]
    assert seconds_of(await series(history, start=after(seconds=10**9), end=after(seconds=10**9 + 1))) == [10**9]


async def test_a_time_before_1970_is_a_time_like_any_other(history):
    moment = datetime.fromisoformat("1969-12-31T23:59:30+00:00")
    for late in (0, 60, 900):
        at = moment + timedelta(seconds=late)
        history.record("nj-1", at, snapshot({"oven": float(late)}))
    await history.flush()
    await history.pack()

    assert values_of(await series(history, start=moment, end=moment + timedelta(hours=1))) == [0, 60, 900]


async def test_a_gap_is_only_a_longer_step(history):
    record(history, [0, 1, 500, 501])
    await history.flush()

    assert seconds_of(await series(history)) == [0, 1, 500, 501]


async def test_circuits_appear_and_vanish(history):
    record(history, range(200), circuit="oven")
    record(history, range(200, 400), circuit="Wärmepumpe \U0001f525")
    record(history, range(400, 900), circuit="oven")
    await history.flush()
    await history.pack()

    assert seconds_of(await series(history, circuit="oven")) == [*range(200), *range(400, 900)]
    assert seconds_of(await series(history, circuit="Wärmepumpe \U0001f525")) == list(range(200, 400))
    assert seconds_of(await series(history, circuit=None)) == list(range(900))


@pytest.mark.parametrize(("serial", "circuit"), [("nj-2", None), ("nj-1", "sauna"), ("", ""), ("x' OR 1=1 --", None)])
async def test_what_is_not_known_has_an_empty_series(history, serial, circuit):
    record(history, [1])
    await history.flush()
    found = await series(history, serial=serial, circuit=circuit)

    assert (len(found.time), len(found.columns["POWER_W"]), found.source_points) == (0, 0, 0)


async def test_panels_do_not_mix(history):
    record(history, [1], serial="nj-1")
    record(history, [2], serial="nj-2")
    await history.flush()

    assert seconds_of(await series(history, serial="nj-2")) == [2]


async def test_a_long_series_is_thinned_to_points_that_were_measured_peaks_included(history):
    for second in range(3000):
        record(history, [second], 5000.0 if second == 1234 else 100.0 + second % 3)
    await history.flush()
    await history.pack()

    found = await series(history, end=after(hours=1), points=200)
    assert len(found.time) == 200
    assert found.source_points == 3000
    assert found.columns["POWER_W"].max() == 5000.0
    assert found.time[found.columns["POWER_W"].argmax()] == after(seconds=1234).timestamp()


@pytest.mark.parametrize(("points", "expected"), [(1, [99]), (2, [0, 99])])
async def test_even_one_or_two_points_can_be_asked_for(history, points, expected):
    record(history, range(100))

    assert seconds_of(await series(history, points=points)) == expected


async def test_less_than_a_point_or_a_time_without_a_zone_is_refused(history):
    with pytest.raises(ValueError, match="at least one"):
        await series(history, points=0)
    with pytest.raises(TypeError):
        await series(history, start=NOON.replace(tzinfo=None))


async def test_a_long_span_is_answered_by_the_minutes(history):
    record(history, range(3600))
    await history.flush()
    await history.pack()

    found = await series(history, points=24)
    assert found.source_points < 600 + 3 * 60
    assert found.columns["POWER_W"].max() == 3599
