"""R19: one counter, whatever a panel does to it."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from server.panel.counter import Counter
from server.panel.limits import Limits

LIMITS = Limits()
POLL_S = 1.0


def shown(raws, counter=None, start_s=0.0, step_s=POLL_S) -> list[float]:
    """What is shown for one raw value a second."""
    values = list(raws)
    counter = counter or Counter(values.pop(0), start_s, start_s)
    return [counter.read(raw, start_s + n * step_s, start_s + n * step_s, LIMITS) for n, raw in enumerate(values, 1)]


def test_r19_the_glitch_of_a_reboot_is_held_at_the_last_value() -> None:
    assert shown([5_688_566, 5_688_567, 5_213_928, 5_213_929, 5_688_570]) == [5_688_567] * 3 + [5_688_570]


def test_r19_a_true_reset_goes_on_from_what_was_shown() -> None:
    polls = int(LIMITS.reset_after_s) + 10
    totals = shown([1_000.0, *(n / 10 for n in range(polls))])

    assert totals[0] == 1_000.0
    assert math.isclose(totals[-1], 1_000.0 + (polls - 1) / 10)


def test_r19_a_leap_that_no_wire_can_carry_is_not_shown() -> None:
    assert shown([1_000.0, 1_001.0, 475_000.0, 1_002.0]) == [1_001.0, 1_001.0, 1_002.0]


def test_r19_a_gap_may_hold_as_much_energy_as_its_length_allows() -> None:
    counter = Counter(1_000.0, 0.0, 0.0)

    assert counter.read(13_000.0, 3_600.0, 3_600.0, LIMITS) == 13_000.0


def test_r19_a_panel_whose_time_runs_fast_is_believed() -> None:
    counter = Counter(1_000.0, 0.0, 0.0)

    assert counter.read(4_000.0, 3_600.0, 1.0, LIMITS) == 4_000.0


def test_r19_a_counter_that_stood_still_for_an_hour_may_not_leap_by_an_hours_worth() -> None:
    counter = Counter(1_000.0, 0.0, 0.0)
    counter.read(1_000.0, 3_600.0, 3_600.0, LIMITS)

    assert counter.read(13_000.0, 3_601.0, 3_601.0, LIMITS) == 1_000.0


def test_r19_a_counter_that_flickers_was_not_reset() -> None:
    polls = 4 * int(LIMITS.reset_after_s)

    assert shown([1_000.0, *([900.0, 1_000.0] * polls), 900.0, 901.0])[-1] == 1_000.0


def test_r19_a_negative_zero_is_shown_as_zero() -> None:
    assert math.copysign(1.0, shown([0.0, -0.0])[0]) == 1.0


def test_r19_a_restart_of_busbar_during_a_glitch_does_not_let_totals_fall() -> None:
    restored = Counter(5_688_566.0, 100.0, None, 10.0)

    assert shown([5_213_928.0, 5_688_567.0], restored, 200.0) == [5_688_576.0, 5_688_577.0]


raws = st.floats(0, 1e9, allow_nan=False)
steps = st.lists(st.tuples(raws, st.floats(-4_000, 4_000), st.floats(0.1, 600)), max_size=60)


@given(raws, steps)
def test_r19_totals_never_fall_nor_leap_whatever_the_panel_and_its_clock_say(first, readings) -> None:
    counter = Counter(first, 0.0, 0.0)
    at_s = now_s = believed_at_s = believed_now_s = 0.0
    total = counter.shown_wh

    for raw, clock_step_s, poll_s in readings:
        at_s, now_s = at_s + clock_step_s, now_s + poll_s
        new = counter.read(raw, at_s, now_s, LIMITS)
        gap_s = max(at_s - believed_at_s, now_s - believed_now_s)
        assert total <= new <= total + LIMITS.max_power_w * (gap_s + LIMITS.counter_slack_s) / 3600 + 1e-3
        if counter.doubt is None:
            believed_at_s, believed_now_s = at_s, now_s
        total = new


@given(st.floats(1e4, 1e8), st.lists(st.floats(0, 20), min_size=2, max_size=40), st.integers(1, 2), st.data())
def test_r19_after_a_glitch_the_panels_own_total_is_shown_again(start, growth, glitch_polls, data) -> None:
    true_totals = [start + sum(growth[:n]) for n in range(len(growth) + 1)]
    begins = data.draw(st.integers(1, len(growth)))
    raws = [
        total * 0.92 if begins <= n < begins + glitch_polls else total for n, total in enumerate([*true_totals, start])
    ]
    totals = shown(raws[:-1])

    if begins + glitch_polls <= len(growth):
        assert totals[-1] == true_totals[-1]
    assert totals == sorted(totals)
