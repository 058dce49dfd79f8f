from __future__ import annotations

import pytest

from emulator.commands import OverridePower, SetGrid, SetMainRelay, SetRelay, SetSoc
from emulator.configuration.layout import PanelConfig, Placement, Source
from emulator.reading import Reading
from tests.emulator.small_panels import DAY, HOUR, NOON, battery, circuit, device, panel, steady

KW = 1_000_000
SUN = Source(3000, 3000, hours=(1.0,) * 24)


def power_of(reading: Reading, circuit_id: str) -> int:
    return next(found.power_mw for found in reading.circuits if found.id == circuit_id)


def is_closed(reading: Reading, circuit_id: str) -> bool:
    return next(found.is_closed for found in reading.circuits if found.id == circuit_id)


def test_on_grid_the_main_meter_shows_what_the_branches_draw() -> None:
    made = device(
        panel(circuit("lamp", steady(300), 1), circuit("oven", steady(2000), 2, 4), circuit("sun", SUN, 6, 8))
    )

    assert made.reading(NOON).grid_mw == -700_000
    assert [branch.power_mw for branch in made.reading(NOON).branches[:4]] == [300_000, KW, 0, KW]


def test_import_and_export_are_counted_apart_and_to_the_milliwatt_second() -> None:
    made = device(panel(circuit("lamp", steady(1000), 1), circuit("sun", SUN, 2, 4)))
    made.command(NOON + HOUR, SetRelay("sun", closed=False))
    meter = made.reading(NOON + 3 * HOUR).main_meter

    assert (meter.consumed_mwh, meter.produced_mwh) == (2 * KW, 2 * KW)


def test_opening_a_relay_drops_its_power_and_the_grid_s_and_stops_its_energy() -> None:
    made = device(panel(circuit("lamp", steady(300), 1), circuit("oven", steady(2000), 2, 4)))
    made.command(NOON + 60, SetRelay("oven", closed=False))
    now, later = made.reading(NOON + 60), made.reading(NOON + HOUR)

    assert (now.grid_mw, power_of(now, "oven")) == (300_000, 0)
    assert now.circuits[1].energy == later.circuits[1].energy
    assert now.circuits[1].energy.consumed_mwh == 2 * (KW * 60 // 3600)


def test_self_consumption_charges_from_the_sun_and_gives_back_down_to_the_reserve() -> None:
    store = battery(reserve=0.2, initial_soc=0.5)
    made = device(panel(circuit("lamp", steady(1000), 1), circuit("store", store, 5, 7), circuit("sun", SUN, 2, 4)))
    assert power_of(made.reading(NOON), "store") == 2 * KW
    assert made.reading(NOON + HOUR).soc == pytest.approx(0.7)

    made.command(NOON + HOUR, SetRelay("sun", closed=False))
    assert power_of(made.reading(NOON + HOUR), "store") == -KW
    assert made.reading(NOON + DAY).soc == pytest.approx(0.2)
    assert made.reading(NOON + DAY).grid_mw == KW


def test_a_full_battery_lets_the_surplus_go_to_the_grid() -> None:
    made = device(panel(circuit("store", battery(initial_soc=1.0), 5, 7), circuit("sun", SUN, 2, 4)))

    assert (made.reading(NOON).grid_mw, power_of(made.reading(NOON), "store")) == (-3 * KW, 0)


def test_a_scheduled_battery_keeps_its_hours() -> None:
    wish = tuple(1500.0 if hour == 12 else -500.0 if hour == 14 else 0.0 for hour in range(24))
    made = device(panel(circuit("store", battery(mode="schedule", schedule_w=wish), 5, 7)))

    powers = [power_of(made.reading(NOON + hour * HOUR), "store") for hour in range(3)]
    assert powers == [1_500_000, 0, -500_000]


def test_a_battery_at_the_lugs_is_seen_in_the_feed_through() -> None:
    lugs = Placement((), (), battery(mode="schedule", schedule_w=(1000.0,) * 24))
    reading = device(panel(circuit("lamp", steady(300), 1), unmapped=(lugs,))).reading(NOON)

    assert (reading.grid_mw, reading.feedthrough_mw) == (1_300_000, KW)


def test_a_battery_keeps_to_its_rating_whatever_an_override_asks() -> None:
    made = device(panel(circuit("store", battery(), 5, 7)))
    made.command(NOON, OverridePower("store", 9000))

    assert power_of(made.reading(NOON), "store") == 4 * KW


def test_without_a_battery_an_outage_is_dark_and_the_sun_is_off_too() -> None:
    made = device(panel(circuit("lamp", steady(300), 1), circuit("sun", SUN, 2, 4)))
    made.command(NOON, SetGrid(up=False))
    dark = made.reading(NOON)

    assert [branch.power_mw for branch in dark.branches] == [0] * 12
    assert (dark.grid_mw, dark.on_battery) == (0, False)
    assert is_closed(dark, "lamp")
    made.command(NOON + 60, SetGrid(up=True))
    assert made.reading(NOON + 60).grid_mw == -2_700_000


@pytest.mark.parametrize("outage", [SetGrid(up=False), SetMainRelay(closed=False)])
def test_off_grid_sources_and_battery_carry_the_loads_and_the_rest_is_shed(outage) -> None:
    made = device(backed_up())
    made.command(NOON, outage)
    out = made.reading(NOON)

    assert (out.grid_mw, out.on_battery) == (0, True)
    assert {found.id: found.is_closed for found in out.circuits} == {
        "fridge": True,
        "office": True,
        "pool": False,
        "car": False,
        "pump": True,
        "store": True,
    }
    assert power_of(out, "store") == -1_700_000
    assert sum(branch.power_mw for branch in out.branches) == 0


def test_shed_circuits_close_again_when_the_grid_returns_and_stay_open_if_a_user_opened_them() -> None:
    made = device(backed_up())
    made.command(NOON, SetGrid(up=False))
    made.command(NOON + 10, SetRelay("pool", closed=False))
    made.command(NOON + 60, SetGrid(up=True))

    assert [is_closed(made.reading(NOON + 60), name) for name in ("car", "pool")] == [True, False]


def test_nice_to_have_goes_at_the_low_threshold_and_its_energy_stands_still_in_strict_too() -> None:
    made = device(backed_up(), "strict")
    made.command(NOON, SetGrid(up=False))
    made.command(NOON, SetSoc(0.301))
    ticks = range(NOON, NOON + 900)
    shown = [made.reading(tick).circuits[1] for tick in ticks]
    first = next(index for index, office in enumerate(shown) if not office.is_closed)

    assert first > 1
    assert (made.reading(NOON + 900).soc or 0) < 0.3
    assert {office.is_closed for office in shown[first:]} == {False}
    assert len({office.energy for office in shown[first:]}) == 1
    assert shown[first].energy.consumed_mwh == KW * first // 3600


@pytest.mark.parametrize("seconds", [40, 100, 600, 900])
def test_a_shedding_that_nobody_watched_shows_the_same_energies_afterwards(seconds: int) -> None:
    watched, left_alone = device(backed_up(), "strict"), device(backed_up(), "strict")
    for made in (watched, left_alone):
        made.command(NOON, SetGrid(up=False))
        made.command(NOON, SetSoc(0.301))
    for tick in range(NOON, NOON + seconds):
        watched.reading(tick)

    assert not watched.reading(NOON + seconds).circuits[1].is_closed
    assert watched.reading(NOON + seconds) == left_alone.reading(NOON + seconds)


def test_a_battery_behind_an_open_relay_backs_nothing_up() -> None:
    made = device(backed_up())
    made.command(NOON, SetRelay("store", closed=False))
    made.command(NOON, SetGrid(up=False))

    assert not made.reading(NOON).on_battery
    assert not any(branch.power_mw for branch in made.reading(NOON).branches)


def test_a_full_battery_off_grid_curtails_the_sun() -> None:
    made = device(panel(circuit("lamp", steady(700), 1), circuit("store", battery(), 5, 7), circuit("sun", SUN, 2, 4)))
    made.command(NOON, SetSoc(1.0))
    made.command(NOON, SetGrid(up=False))

    assert power_of(made.reading(NOON + 5), "sun") == -700_000
    assert made.reading(NOON + 5).soc == 1.0


def backed_up() -> PanelConfig:
    return panel(
        circuit("fridge", steady(500), 1, is_user_controllable=False),
        circuit("office", steady(1000), 2, priority="NICE_TO_HAVE"),
        circuit("pool", steady(800), 3, priority="NON_ESSENTIAL"),
        circuit("car", steady(7000), 9, 11, is_never_backup=True),
        circuit("pump", steady(200), 4, priority="NON_ESSENTIAL", is_sheddable=False),
        circuit("store", battery(initial_soc=0.9), 5, 7),
    )
