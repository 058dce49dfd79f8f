"""Local time for blocks of ticks: runs of one date and one offset from UTC, inside which minutes just count up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

DAYS_BACK: Final = 3
"""How many days ago what still runs may have begun: sessions start up to 48 h after midnight and last 24 h."""


@dataclass(frozen=True, slots=True)
class Span:
    """Ticks `start`..`end` (end excluded) of one local date at one offset. Local midnight would have been at `zero`.

    `midnights` are the ticks at which this date and the `DAYS_BACK` before it began, newest first.
    """

    date: date
    start: int
    end: int
    zero: int
    standard_offset_s: int
    midnights: tuple[int, ...]


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo:
    """The zone, read once."""
    return ZoneInfo(name)


def span_at(zone_name: str, tick: int) -> Span:
    """The run that `tick` belongs to."""
    zone = zone_of(zone_name)
    today = datetime.fromtimestamp(tick, zone).date()
    midnights = tuple(_midnight(zone, today - timedelta(days=back)) for back in range(DAYS_BACK + 1))
    start, end = midnights[0], _midnight(zone, today + timedelta(days=1))
    change = _change(zone, start, end)
    if change is not None:
        start, end = (start, change) if tick < change else (change, end)
    return _span(zone, today, start, end, midnights)


def _span(zone: ZoneInfo, today: date, start: int, end: int, midnights: tuple[int, ...]) -> Span:
    moment = datetime.fromtimestamp(start, zone)
    since_midnight = moment.hour * 3600 + moment.minute * 60 + moment.second
    standard = (moment.utcoffset() or timedelta()) - (moment.dst() or timedelta())
    return Span(today, start, end, start - since_midnight, int(standard.total_seconds()), midnights)


def _midnight(zone: ZoneInfo, day: date) -> int:
    return int(datetime.combine(day, time(), zone).timestamp())


def _offset(zone: ZoneInfo, tick: int) -> timedelta:
    return datetime.fromtimestamp(tick, UTC).astimezone(zone).utcoffset() or timedelta()


def _change(zone: ZoneInfo, start: int, end: int) -> int | None:
    """The tick within start..end from which another offset holds, if any; found by halving."""
    before = _offset(zone, start)
    if _offset(zone, end - 1) == before:
        return None
    low, high = start, end - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return high
