from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.clock import LATEST_TICK, PanelClock
from emulator.errors import ClockRefusedError


class Wall:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def wall() -> Wall:
    return Wall()


def test_a_tick_is_a_whole_second_of_the_time_that_passed(wall):
    clock = PanelClock(1_000, monotonic=wall)

    wall.now_s += 2.9

    assert clock.tick() == 1_002


def test_an_hour_passes_each_second_at_full_speed(wall):
    clock = PanelClock(0, speed=3600, monotonic=wall)

    wall.now_s += 2.5

    assert clock.tick() == 9_000


def test_a_frozen_clock_moves_only_when_stepped(wall):
    clock = PanelClock(1_000, speed=0, monotonic=wall)
    wall.now_s += 1e6

    assert clock.tick() == 1_000
    assert clock.step(60) == 1_060
    assert clock.tick() == 1_060


def test_parts_of_a_second_survive_a_change_of_speed(wall):
    clock = PanelClock(0, monotonic=wall)
    for _ in range(10):
        wall.now_s += 0.5
        clock.set_speed(1)

    assert clock.tick() == 5


def test_freezing_keeps_the_present_tick(wall):
    clock = PanelClock(0, monotonic=wall)
    wall.now_s += 7.5

    clock.freeze()
    wall.now_s += 100

    assert (clock.tick(), clock.speed) == (7, 0.0)


def test_a_jump_runs_on_from_where_it_lands(wall):
    clock = PanelClock(0, monotonic=wall)
    wall.now_s += 0.9

    assert clock.jump(86_400) == 86_400
    wall.now_s += 1.0

    assert clock.tick() == 86_401


def test_a_jump_into_the_past_is_refused_and_changes_nothing(wall):
    clock = PanelClock(500, monotonic=wall)

    with pytest.raises(ClockRefusedError, match="never goes back"):
        clock.jump(499)

    assert clock.tick() == 500


@pytest.mark.parametrize("speed", [-1, 3600.1, math.nan, math.inf, True])
def test_an_impossible_speed_is_refused(wall, speed):
    clock = PanelClock(0, monotonic=wall)

    with pytest.raises(ClockRefusedError, match="3600"):
        clock.set_speed(speed)

    assert clock.speed == 1.0


@pytest.mark.parametrize("seconds", [-1, 1.5, True, LATEST_TICK + 1])
def test_an_impossible_step_is_refused(wall, seconds):
    with pytest.raises(ClockRefusedError):
        PanelClock(10, monotonic=wall).step(seconds)


@given(
    st.lists(
        st.one_of(
            st.floats(0, 100).map(lambda s: ("wait", s)),
            st.floats(0, 3600).map(lambda s: ("speed", s)),
            st.integers(0, 10_000).map(lambda s: ("step", s)),
        ),
        max_size=30,
    )
)
def test_whatever_is_done_to_it_time_never_goes_back(actions):
    wall = Wall()
    clock = PanelClock(0, monotonic=wall)
    last = clock.tick()
    for action, amount in actions:
        if action == "wait":
            wall.now_s += amount
        elif action == "speed":
            clock.set_speed(amount)
        else:
            clock.step(int(amount))
        assert clock.tick() >= last
        last = clock.tick()
