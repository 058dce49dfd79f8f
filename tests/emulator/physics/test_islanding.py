from __future__ import annotations

import numpy as np

from emulator.configuration.layout import Battery
from emulator.physics.islanding import RETRY_S, Carried, Island, Level, Stance, carry
from emulator.physics.storage import bank_of

BANK = bank_of({0: Battery(1000.0, 3000.0, 2000.0, 1.0, 1.0, reserve=0.5)})
assert BANK is not None
CAPACITY = BANK.capacity
ISLAND = Island(BANK, 3_000_000, 2_000_000, int(CAPACITY * 0.3), int(CAPACITY * 0.5))
WATT = 1000


def island(
    must_w: float, nice_w: float, sun_w: float, *, soc: float, ticks: int = 600, stance: Stance | None = None
) -> Carried:
    needs = [np.full(ticks, int(watts * WATT), dtype=np.int64) for watts in (must_w, nice_w, sun_w)]
    return carry(ISLAND, stance or Stance(), int(CAPACITY * soc), 1000, (needs[0], needs[1], needs[2]))


def test_the_battery_carries_what_the_sun_does_not() -> None:
    carried = island(800, 300, 400, soc=0.9, ticks=10)

    assert set(carried.levels.tolist()) == {Level.BACKUP}
    assert set(carried.battery.tolist()) == {-700 * WATT}


def test_off_grid_the_reserve_may_be_used() -> None:
    assert island(1000, 0, 0, soc=0.4, ticks=10).battery[0] == -1000 * WATT


def test_nice_to_have_is_shed_at_the_low_threshold_and_comes_back_only_at_the_high_one() -> None:
    falling = island(1000, 500, 0, soc=0.32)
    first = int(np.argmax(falling.levels == Level.SAVING))
    assert falling.stored[first] <= ISLAND.low < falling.stored[first - 1]

    rising = island(100, 500, 3000, soc=0.25, stance=Stance(Level.SAVING))
    back = int(np.argmax(rising.levels == Level.BACKUP))
    assert back > 0
    assert rising.stored[back - 1] < ISLAND.high <= rising.stored[back]
    assert set(rising.levels[back:].tolist()) == {Level.BACKUP}


def test_between_the_thresholds_everything_stays_as_it_was() -> None:
    assert set(island(100, 100, 200, soc=0.4).levels.tolist()) == {Level.BACKUP}
    assert set(island(100, 100, 100, soc=0.4, stance=Stance(Level.SAVING)).levels.tolist()) == {Level.SAVING}


def test_equal_thresholds_do_not_flap() -> None:
    same = Island(ISLAND.bank, ISLAND.charge_mw, ISLAND.discharge_mw, ISLAND.low, ISLAND.low)
    nothing = np.zeros(20, dtype=np.int64)
    levels = carry(same, Stance(), ISLAND.low, 0, (nothing, nothing, nothing)).levels

    assert set(levels.tolist()) == {Level.SAVING}


def test_more_than_the_rating_sheds_the_next_level_and_tries_again_later() -> None:
    carried = island(1500, 900, 0, soc=0.9, ticks=RETRY_S + 2)

    assert set(carried.levels.tolist()) == {Level.SAVING}
    assert carried.battery[0] == -1500 * WATT
    assert carried.holds[0] == 1000 + RETRY_S
    assert carried.holds[-1] == 1000 + 2 * RETRY_S


def test_essential_loads_beyond_the_rating_go_dark() -> None:
    carried = island(2500, 0, 0, soc=0.9, ticks=5)

    assert set(carried.levels.tolist()) == {Level.DARK}
    assert not carried.battery.any()


def test_an_empty_battery_goes_dark_and_starts_again_when_the_sun_has_charged_it_a_little() -> None:
    empty = island(1000, 0, 0, soc=0.0001, ticks=5)
    assert empty.levels[-1] == Level.DARK
    assert empty.stored[-1] >= 0

    morning = island(100, 0, 1000, soc=0.0, ticks=900, stance=Stance(Level.DARK, 1000))
    back = int(np.argmax(morning.levels == Level.SAVING))
    assert morning.stored[back - 1] < ISLAND.restart <= morning.stored[back]
    assert not (morning.levels[back:] == Level.DARK).any()


def test_a_full_battery_curtails_the_sun_to_what_is_drawn() -> None:
    carried = island(500, 0, 2500, soc=1.0, ticks=5)

    assert carried.sun.tolist() == [500 * WATT] * 5
    assert carried.stored.tolist() == [CAPACITY] * 6


def test_the_charge_rating_curtails_the_sun_too() -> None:
    assert island(500, 0, 9000, soc=0.6, ticks=5).sun.tolist() == [3500 * WATT] * 5


def test_a_level_that_is_held_lasts_into_the_next_block() -> None:
    carried = island(100, 900, 0, soc=0.9, ticks=RETRY_S, stance=Stance(Level.SAVING, 1000 + 100))

    assert carried.levels.tolist() == [Level.SAVING] * 100 + [Level.BACKUP] * (RETRY_S - 100)
