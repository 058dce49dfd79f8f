from __future__ import annotations

import random

import pytest

from server.panel.backoff import Backoff
from server.panel.failures import Failure, Fault
from server.panel.limits import Limits

LIMITS = Limits()
DOWN = Failure(Fault.UNREACHABLE, "gone")
REFUSED = Failure(Fault.UNAUTHORIZED, "who are you?")


def waits(backoff: Backoff, failure: Failure, for_s: float) -> list[float]:
    """Every wait of one outage of `for_s` seconds."""
    now_s, found = 0.0, []
    while now_s < for_s:
        found.append(backoff.failed_s(failure, now_s))
        now_s += found[-1]
    return found


@pytest.mark.parametrize("seed", range(20))
def test_r16_a_short_outage_is_polled_within_two_intervals(seed) -> None:
    assert max(waits(Backoff(LIMITS, random.Random(seed)), DOWN, LIMITS.short_outage_s)) <= 2 * LIMITS.poll_s


@pytest.mark.parametrize("failure", [DOWN, REFUSED, Failure(Fault.IMPOSTOR, "another"), Failure(DOWN.fault, "", 5.0)])
def test_r17_a_storm_makes_no_more_polls_than_good_weather(failure) -> None:
    storm = waits(Backoff(LIMITS, random.Random(1)), failure, 1800)

    assert min(storm) >= LIMITS.poll_s
    assert max(storm) <= LIMITS.backoff_cap_s


def test_r17_a_long_outage_backs_off_to_the_cap_with_full_jitter() -> None:
    late = waits(Backoff(LIMITS, random.Random(1)), DOWN, 36_000)[100:]

    assert max(late) > 0.95 * LIMITS.backoff_cap_s
    assert min(late) < 0.05 * LIMITS.backoff_cap_s


def test_r17_a_pause_that_the_panel_asks_for_is_kept_and_spread() -> None:
    dice = random.Random(3)
    asked = [Backoff(LIMITS, dice).failed_s(Failure(Fault.UNREACHABLE, "busy", 30.0), 0.0) for _ in range(200)]

    assert min(asked) >= 30.0
    assert max(asked) - min(asked) > 10.0


def test_r17_a_pause_of_years_is_cut() -> None:
    wait_s = Backoff(LIMITS, random.Random(3)).failed_s(Failure(Fault.UNREACHABLE, "busy", 1e9), 0.0)

    assert wait_s <= 1.5 * LIMITS.retry_after_cap_s


def test_r17_a_refused_token_is_tried_once_more_and_then_rarely() -> None:
    refused = waits(Backoff(LIMITS, random.Random(3)), REFUSED, 600)

    assert refused[0] == LIMITS.poll_s
    assert min(refused[1:]) >= LIMITS.refused_check_s / 2


def test_a_good_answer_brings_back_the_normal_rhythm() -> None:
    backoff = Backoff(LIMITS, random.Random(3))
    waits(backoff, DOWN, 3600)

    assert backoff.answered_s() == pytest.approx(LIMITS.poll_s, rel=LIMITS.poll_jitter)
    assert backoff.failed_s(DOWN, 10_000.0) <= 2 * LIMITS.poll_s
