"""Leaves of the graph that JSON has no word for: times, cursors, and whole series of numbers."""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from typing import Any

import strawberry
from strawberry.types.scalar import ScalarDefinition

from schema import ports
from schema.bounds import MAX_CURSOR_CHARACTERS
from schema.errors import ApiError, CursorBadError

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def write_time(value: datetime) -> str:
    """The time in UTC, as RFC 3339 with `Z`."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_time(value: object) -> datetime:
    """A time with its offset, in UTC; raises ApiError for a naive one, and for what is no time at all."""
    if not isinstance(value, str) or not RFC_3339.fullmatch(value):
        raise ApiError(f"{_shown(value)} is no time with an offset; write it like 2026-06-21T12:00:00Z")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ApiError(f"{value!r} is no time of the calendar: {error}") from None


def write_cursor(position: ports.Position) -> str:
    """The position as an opaque word that fits a URL."""
    return packed(json.dumps([position.log_id, dict(sorted(position.seqs.items()))], separators=(",", ":")))


def read_cursor(value: object) -> ports.Position:
    """The position that `write_cursor` wrote; raises CursorBadError for anything else."""
    if not isinstance(value, str) or len(value) > MAX_CURSOR_CHARACTERS:
        raise CursorBadError(f"{_shown(value)} is no cursor; pass one back as it came, or none to begin anew")
    try:
        log_id, seqs = json.loads(unpacked(value))
        return _position(log_id, seqs)
    except (ValueError, TypeError, RecursionError):
        raise CursorBadError(f"{_shown(value)} is no cursor; pass one back as it came, or none to begin anew") from None


def _position(log_id: object, seqs: object) -> ports.Position:
    if not isinstance(log_id, str) or not isinstance(seqs, dict):
        raise TypeError
    if not all(type(seq) is int and 0 <= seq < 2**63 for seq in seqs.values()):
        raise ValueError
    return ports.Position(log_id, seqs)


def unpacked(word: str) -> str:
    """What a base64url word without padding holds; raises ValueError when it holds no text."""
    try:
        return base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as error:
        raise ValueError(str(error)) from None


def packed(text: str) -> str:
    """The text as a base64url word without padding."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def write_series(series: ports.Series) -> dict[str, Any]:
    """The columns as numpy arrays: orjson writes them as they are, and NaN as null."""
    return {"time": series.time, "columns": dict(series.columns), "sourcePoints": series.source_points}


def _shown(value: object) -> str:
    whole = repr(value)
    return whole if len(whole) <= 60 else f"{whole[:60]}..."  # noqa: PLR2004 (enough to recognise it by)


def _output_only(value: object) -> Any:  # noqa: ANN401 (never returns)
    raise ApiError(f"a Series is only ever answered, {_shown(value)} cannot be given")


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A time as RFC 3339, always with its offset: 2026-06-21T12:00:00Z. Answers are in UTC.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=write_time,
        parse_value=read_time,
    ),
    ports.Position: strawberry.scalar(
        name="Cursor",
        description="How far a reader of the event log has come. Opaque: keep it, and pass it back as it came.",
        serialize=write_cursor,
        parse_value=read_cursor,
    ),
    ports.Series: strawberry.scalar(
        name="Series",
        description=(
            "Values over time as columns of equal length: "
            '`{"time": [1782043200.0], "columns": {"POWER_W": [1250.5]}, "sourcePoints": 86400}`. '
            "`time` is in seconds: of panels since 1970 (UTC), of a measurement's samples since the measurement's own "
            "start, of a machine's readings since the plant's beginning (simulated). "
            "A column's unit is in its name, null means unknown, and `sourcePoints` counts the points that "
            "these were made from."
        ),
        serialize=write_series,
        parse_value=_output_only,
    ),
}
