"""Times in rows: whole microseconds since 1970, UTC, which lose nothing of a datetime."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_us(at: datetime) -> int:
    """Microseconds since 1970; raises TypeError for a time without a zone."""
    return (at - _EPOCH) // _MICROSECOND


def from_us(at_us: int) -> datetime:
    """The aware UTC time; raises OverflowError past the year 9999."""
    return _EPOCH + timedelta(microseconds=at_us)
