"""The ends of a range, as a URL gives them: seconds, or times."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from starlette.requests import Request

from server.rest.answers import malformed

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND_DIGITS = 14  # up to the year 5138
Bound = TypeVar("Bound", float, datetime)


def a_number(request: Request, name: str) -> float | None:
    """Seconds, or None when they are not given. Raises Refused."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise malformed(name, f"{text!r:.60} is no number of seconds")
    return seconds


def an_instant(request: Request, name: str) -> datetime | None:
    """A time as ISO 8601 with its offset, or in whole ms since 1970 as Grafana gives it; None when not given."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) <= _MILLISECOND_DIGITS:
        return EPOCH + timedelta(milliseconds=int(text))
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))  # in a URL, a plus that is not encoded is a space
        if at.tzinfo is not None and at.astimezone(UTC) >= EPOCH:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise malformed(name, f"{text!r:.60} is no time since 1970; give 2026-06-21T12:00:00Z, or milliseconds since 1970")


def in_order(start: Bound, end: Bound) -> None:
    """Raises Refused for a range that holds nothing."""
    if start >= end:
        raise malformed("to", f"{_shown(end)} must lie behind `from`, {_shown(start)}")


def _shown(bound: float | datetime) -> str:
    return bound.isoformat() if isinstance(bound, datetime) else f"{bound:g} s"
