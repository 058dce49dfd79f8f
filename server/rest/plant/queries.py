"""Query parameters of this face: each at most once, and unknown ones refused."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import HTTPConnection

from clients.plant.models import MachineKey
from schema.errors import CursorBadError
from schema.ports import Position
from schema.scalars import read_cursor
from server.rest.answers import Refused, malformed
from server.rest.plant.names import MACHINES_BY_NAME
from server.rest.plant.nouns import TOPIC

LONGEST_NUMBER = 18


def given(connection: HTTPConnection, known: Sequence[str]) -> dict[str, str]:
    """The parameters by name; raises Refused with 400 for an unknown or a repeated one."""
    found: dict[str, str] = {}
    for name, value in connection.query_params.multi_items():
        if name not in known:
            raise malformed(name[:100], f"there is no such parameter; there are {', '.join(known)}")
        if name in found:
            raise malformed(name, "is given more than once")
        found[name] = value
    return found


def count(query: dict[str, str], name: str, highest: int, default: int) -> int:
    """A whole number from 1 to `highest`; raises Refused with 400 for anything else."""
    value = query.get(name)
    if value is None:
        return default
    number = whole(value)
    if number is None or not 1 <= number <= highest:
        raise malformed(name, f"is {value[:40]!r}: must be a whole number from 1 to {highest}")
    return number


def whole(value: str) -> int | None:
    """The number that a text of digits stands for."""
    return int(value) if value.isascii() and value.isdigit() and len(value) <= LONGEST_NUMBER else None


def place(query: dict[str, str], now: Position) -> Position | None:
    """Where `after` leads: a cursor as it was told, or a sequence number. Raises Refused with 400."""
    value = query.get("after")
    if value is None:
        return None
    number = whole(value)
    if number is not None:
        return Position(now.log_id, {**now.seqs, TOPIC: number})
    try:
        return read_cursor(value)
    except CursorBadError as error:
        raise malformed("after", str(error)) from None


def machine(query: dict[str, str]) -> MachineKey | None:
    """The machine that `machine` names as `anode/mixing`; raises Refused with 400."""
    value = query.get("machine")
    if value is not None and value not in MACHINES_BY_NAME:
        raise malformed("machine", f"is {value[:100]!r}: must be LINE/MACHINE, as in anode/mixing")
    return None if value is None else MACHINES_BY_NAME[value]


def lost(error: Exception) -> Refused:
    """400 for a cursor that the log does not take."""
    return Refused(400, f"after: {error}", {"parameter": "after"}, code="CURSOR_INVALID")
