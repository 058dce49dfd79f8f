from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from emulator.errors import ConfigError
from emulator.faults.plain import value_of
from emulator.faults.times import read_duration, read_moment, resolved

NOON = int(datetime(2026, 6, 21, 12, tzinfo=UTC).timestamp())
LOS_ANGELES = ZoneInfo("America/Los_Angeles")


@pytest.mark.parametrize(
    ("told", "seconds"),
    [(0, 0), (90, 90), (90.0, 90), ("90s", 90), ("20m", 1200), ("1h30m", 5400), ("1d2h3m4s", 93_784), ("42m30s", 2550)],
)
def test_durations_are_seconds_or_numbers_with_units(told, seconds):
    assert read_duration(value_of(told, "x")) == seconds


@pytest.mark.parametrize(
    "told", ["", "s", "-5s", "5", "1.5h", "5 m", "m5", "5s5m", "\u0665s", "9" * 400 + "s", 1.5, None]
)
def test_other_durations_are_refused(told):
    with pytest.raises(ConfigError, match="is not a duration"):
        read_duration(value_of(told, "x"))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("20m", "2026-06-21T12:20+00:00"),
        ("18:00", "2026-06-21T18:00-07:00"),
        ("05:00", "2026-06-21T05:00-07:00"),
        ("04:59", "2026-06-22T04:59-07:00"),
        ("2026-06-21T18:00", "2026-06-21T18:00-07:00"),
        ("2026-06-21T18:00Z", "2026-06-21T18:00+00:00"),
        ("2026-06-22", "2026-06-22T00:00-07:00"),
    ],
)
def test_moments_are_in_the_panels_own_zone(told, expected):
    tick = resolved(read_moment(value_of(told, "x")), NOON, LOS_ANGELES)

    assert tick == int(datetime.fromisoformat(expected).timestamp())


@pytest.mark.parametrize("told", ["25:00", "18:60", "1:00pm", "2026-02-30", "9999-01-01", "noon", [], False])
def test_other_moments_are_refused(told):
    with pytest.raises(ConfigError):
        read_moment(value_of(told, "x"))
