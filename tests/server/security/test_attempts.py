"""R37: the back-off of wrong tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.security.attempts import Attempts, Limits

LIMITS = Limits(free_attempts=3, first_pause_s=1.0, longest_pause_s=8.0, addresses=100)


class Time:
    at_s = 100.0

    def __call__(self) -> float:
        return self.at_s


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def attempts(time: Time) -> Attempts:
    return Attempts(time, LIMITS)


def pauses(attempts: Attempts, time: Time, count: int, address: str = "10.0.0.1") -> list[float]:
    """What each further wrong token costs; each comes as the last pause ends."""
    found = []
    for _ in range(count):
        attempts.failed(address)
        found.append(attempts.pause_s(address))
        time.at_s += found[-1]
    return found


def test_some_are_free_and_then_each_doubles_the_pause_up_to_the_longest(attempts: Attempts, time: Time) -> None:
    assert pauses(attempts, time, 9) == [0, 0, 0, 1, 2, 4, 8, 8, 8]


def test_what_comes_during_a_pause_makes_it_no_longer(attempts: Attempts, time: Time) -> None:
    assert pauses(attempts, time, 4)[-1] == 1
    time.at_s -= 0.5
    for _ in range(1000):
        attempts.failed("10.0.0.1")
    assert attempts.pause_s("10.0.0.1") == 0.5


def test_a_pause_ends_and_is_forgotten_after_a_quiet_time(attempts: Attempts, time: Time) -> None:
    pauses(attempts, time, 6)
    assert attempts.pause_s("10.0.0.1") == 0
    time.at_s += LIMITS.longest_pause_s
    assert pauses(attempts, time, 1) == [8]
    time.at_s += LIMITS.longest_pause_s + 0.1
    assert pauses(attempts, time, 4) == [0, 0, 0, 1]


def test_addresses_wait_for_themselves(attempts: Attempts, time: Time) -> None:
    pauses(attempts, time, 5)
    attempts.failed("10.0.0.1")
    assert attempts.pause_s("10.0.0.1") > 0
    assert attempts.pause_s("10.0.0.2") == 0


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("", "", True),
        ("a socket", "another", False),
    ],
)
def test_whoever_has_a_network_of_ipv6_is_one(attempts: Attempts, one: str, other: str, are_same: bool) -> None:
    for _ in range(4):
        attempts.failed(one)
    assert (attempts.pause_s(other) > 0) is are_same


def test_the_table_is_bounded_and_forgets_the_oldest(attempts: Attempts) -> None:
    for _ in range(4):
        attempts.failed("10.9.9.9")
    for number in range(10_000):
        attempts.failed(f"10.1.{number // 256}.{number % 256}")
    assert len(attempts) == 100
    assert attempts.pause_s("10.9.9.9") == 0


def test_who_goes_on_is_not_forgotten_for_those_who_do_not(attempts: Attempts) -> None:
    for number in range(1000):
        attempts.failed("10.9.9.9")
        attempts.failed(f"10.1.{number // 256}.{number % 256}")
    assert attempts.pause_s("10.9.9.9") > 0


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.floats(0, 100)), max_size=100))
def test_no_pause_is_longer_than_the_longest(steps: list[tuple[str, float]]) -> None:
    time = Time()
    attempts = Attempts(time, LIMITS)
    for address, passed_s in steps:
        attempts.failed(address)
        assert 0 <= attempts.pause_s(address) <= LIMITS.longest_pause_s
        time.at_s += passed_s
