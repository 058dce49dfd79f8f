"""Times as people write them: 90, "90s", "1h30m", "18:00" (the next one), or an instant such as "2026-06-21T18:00"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from emulator.configuration.document import Value

LONGEST_S: Final = 10 * 366 * 86_400
"""Ten years: the longest a duration may be."""

YEARS: Final = range(1971, 2100)
"""Those that an instant may lie in, whatever its offset: the panel's calendar is a little wider."""

_DURATION: Final = re.compile(r"(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?")
_UNITS_S: Final = (86_400, 3600, 60, 1)
_TIME_OF_DAY: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DURATIONS: Final = 'whole seconds or a text such as "90s", "20m", "1h30m", "2d", up to ten years'


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """The next time that a clock on the panel's wall shows it."""

    hour: int
    minute: int


Moment = int | TimeOfDay | datetime
"""Seconds from now, a time of day, or an instant: in the panel's own time zone when it is naive."""


def read_duration(value: Value) -> int:
    """Seconds, 0 to `LONGEST_S`; refused otherwise."""
    seconds = _seconds(value.content)
    if seconds is None or not 0 <= seconds <= LONGEST_S:
        value.place.refuse(f"{value.content!r:.40} is not a duration; {_DURATIONS}")
    return seconds


def read_moment(value: Value) -> Moment:
    """Seconds from now, a time of day or an instant; refused otherwise."""
    content = value.content
    if isinstance(content, str) and (clock := _TIME_OF_DAY.fullmatch(content)):
        return TimeOfDay(int(clock[1]), int(clock[2]))
    if isinstance(content, str) and "-" in content:
        return _instant(value, content)
    seconds = _seconds(content)
    if seconds is None or not 0 <= seconds <= LONGEST_S:
        value.place.refuse(f'{content!r:.40} is not a time; {_DURATIONS}, "18:00", or "2026-06-21T18:00"')
    return seconds


def resolved(moment: Moment, tick: int, zone: tzinfo) -> int:
    """The tick that is meant at `tick`, on a panel in `zone`; a time of day is at or after `tick`."""
    if isinstance(moment, int):
        return tick + moment
    if isinstance(moment, datetime):
        return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp())
    now = datetime.fromtimestamp(tick, zone)
    today = now.replace(hour=moment.hour, minute=moment.minute, second=0, microsecond=0)
    return int((today if today >= now else today + timedelta(days=1)).timestamp())


def _instant(value: Value, text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        value.place.refuse(f"{text!r:.40} is not an instant such as 2026-06-21T18:00 or 2026-06-21T18:00Z")
    if instant.year not in YEARS:
        value.place.refuse(f"{text!r:.40} is not between {YEARS.start} and {YEARS.stop - 1}")
    return instant


def _seconds(content: object) -> int | None:
    """Seconds, or None for what is neither a whole number nor a text of numbers with units."""
    if isinstance(content, bool):
        return None
    if isinstance(content, int):
        return content
    if isinstance(content, float):
        return int(content) if content.is_integer() else None
    parts = _DURATION.fullmatch(content) if isinstance(content, str) and len(content) <= len("9999d" * 4) else None
    if not content or parts is None:
        return None
    return sum(int(part or 0) * unit for part, unit in zip(parts.groups(), _UNITS_S, strict=True))
