from __future__ import annotations

from emulator.door import UNLOCKED_S, Door


def pressed(times: int, tick: int = 0) -> Door:
    door = Door()
    for _ in range(times):
        door.press(tick)
    return door


def test_two_presses_leave_it_locked():
    door = pressed(2)

    assert not door.is_unlocked(0)
    assert door.describe(0) == "locked, 1 more press to unlock"


def test_the_third_press_unlocks_for_fifteen_minutes_of_the_panels_time():
    door = pressed(3, tick=1_000)

    assert door.is_unlocked(1_000)
    assert door.is_unlocked(1_000 + UNLOCKED_S - 1)
    assert not door.is_unlocked(1_000 + UNLOCKED_S)


def test_three_more_presses_begin_the_time_again():
    door = pressed(3, tick=0)

    for _ in range(3):
        said = door.press(600)

    assert said == "unlocked for 15:00 min of the panel's time"
    assert door.is_unlocked(UNLOCKED_S)


def test_its_state_is_unknown_until_it_is_used():
    door = Door()
    assert door.state(0) == "UNKNOWN"

    door.press(10)

    assert door.state(10) == "OPEN"
    assert door.state(10 + UNLOCKED_S) == "CLOSED"


def test_a_door_kept_unlocked_never_locks():
    door = Door(always_unlocked=True)

    assert door.is_unlocked(4_000_000_000)
    assert door.describe(0) == "unlocked for good"
