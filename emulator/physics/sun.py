"""Clear-sky production by latitude, day of year and hour; clouds come from `emulator.physics.loads`."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emulator.physics.local_time import Span

_TILT_DEG: Final = 23.44
_AIR: Final = 1.2
"""Exponent on the sine of the sun's height: low sun also passes through more air."""
_YEAR_DAYS: Final = 365.25
MINUTES_A_DAY: Final = 1440


def clear_sky(span: Span, latitude: float, longitude: float | None) -> NDArray[np.float64]:
    """For each local minute of the span's date, 0..1 of what a clear summer noon gives; 0 while the sun is down.

    Without a longitude the sun is highest at noon of the zone's standard time. The equation of time is left out.
    """
    utc_hours = (span.zero + 60.0 * np.arange(MINUTES_A_DAY)) / 3600
    ahead = span.standard_offset_s / 3600 if longitude is None else longitude / 15
    angle = 2 * math.pi * (utc_hours + ahead - 12) / 24
    day = span.date.timetuple().tm_yday
    declination = -math.radians(_TILT_DEG) * math.cos(2 * math.pi * (day + 10) / _YEAR_DAYS)
    phi = math.radians(latitude)
    height = math.sin(phi) * math.sin(declination) + math.cos(phi) * math.cos(declination) * np.cos(angle)
    highest = math.cos(max(abs(phi) - math.radians(_TILT_DEG), 0.0))
    return (np.maximum(height, 0.0) / highest) ** _AIR
