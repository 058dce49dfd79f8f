"""Reads what a file says by the hour, and makes 24 factors of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from emulator.configuration.layout import HOURS_A_DAY
from emulator.configuration.section import Section, integer, number

Hours = tuple[float, ...]
MAX_FACTOR: Final = 100.0
_ALWAYS: Final[Hours] = (1.0,) * HOURS_A_DAY
_NIGHT: Final = (22, 23, *range(7))
_STRESSED: Final = range(17, 22)
"""The evening, when smart loads make room for others."""


def demand_hours(profile: Section | None) -> Hours:
    """A consumer's factors. Plain peak_hours mean 1.3 in them, 0.3 from 22 to 6, and 1 else."""
    if profile is None:
        return _ALWAYS
    enabled = profile.flag("enabled", default=False)
    peaks = hours_of(profile, "peak_hours")
    given = "peak_multiplier" in profile or "off_peak_multiplier" in profile
    peak = profile.number("peak_multiplier", 1.0 if given else 1.3, high=MAX_FACTOR)
    off_peak = profile.number("off_peak_multiplier", 1.0, high=MAX_FACTOR)
    night = off_peak if given or not peaks else 0.3
    factors = [peak if h in peaks else night if h in _NIGHT else off_peak for h in range(HOURS_A_DAY)]
    factors = _overlaid(profile, factors)
    profile.ignore("production_hours", "night_hours", "peak_factor")
    profile.done()
    return tuple(factors) if enabled else _ALWAYS


def source_hours(profile: Section | None) -> Hours | None:
    """A producer's factors where the file gives its own hours; None leaves it to the sun."""
    if profile is None:
        return None
    enabled = profile.flag("enabled", default=False)
    peak = profile.number("peak_factor", 1.0, high=1)
    peak = profile.number("peak_multiplier", peak, high=1)
    off_peak = profile.number("off_peak_multiplier", 0.0, high=1)
    bright = hours_of(profile, "production_hours") | hours_of(profile, "peak_hours")
    dark = hours_of(profile, "night_hours") - bright
    given = bright or "hour_factors" in profile or "hourly_multipliers" in profile
    factors = [peak if h in bright else 0.0 if h in dark else off_peak for h in range(HOURS_A_DAY)]
    factors = _overlaid(profile, factors)
    profile.done()
    return tuple(factors) if enabled and given else None


def smart_hours(smart: Section | None, hours: Hours) -> Hours:
    """The factors once a smart load has given way to the evening's demand."""
    if smart is None:
        return hours
    reduction = smart.number("max_power_reduction", 0.5, high=1)
    responds = smart.flag("responds_to_grid", default=False)
    smart.done()
    if not responds:
        return hours
    return tuple(factor * (1 - reduction) if h in _STRESSED else factor for h, factor in enumerate(hours))


def hours_of(section: Section, key: str) -> set[int]:
    """A list of hours, 0 to 23."""
    return {integer(value, 0, HOURS_A_DAY - 1) for value in section.list(key)}


def factors_by_hour(section: Section, keys: Iterable[str]) -> dict[int, float]:
    """Mappings of hour (0 to 23) to factor, the later key winning."""
    found: dict[int, float] = {}
    for key in keys:
        for hour, value in by.items() if (by := section.section(key)) else ():
            if not hour.isdecimal() or not 0 <= int(hour[:9]) < HOURS_A_DAY:
                value.place.refuse(f"{hour[:40]!r} is not an hour; 0 to {HOURS_A_DAY - 1}")
            found[int(hour)] = number(value, 0.0, MAX_FACTOR)
    return found


def _overlaid(profile: Section, factors: list[float]) -> list[float]:
    by_hour = factors_by_hour(profile, ("hour_factors", "hourly_multipliers"))
    return [by_hour.get(hour, factor) for hour, factor in enumerate(factors)]
