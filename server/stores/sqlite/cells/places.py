"""The place behind a row in an order, as an opaque word; it still holds when the row itself is gone."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

import orjson

from schema.ports.cells import Noun
from server.stores.sqlite.cells.layout import BEYOND_ALL_TIMES_US
from server.stores.sqlite.instants import to_us

Place = tuple[str | int | None, str]
"""The row's value in the order (a name, or microseconds, or None), and its id."""


def place_behind(noun: Noun, order_by: str) -> str:
    """For `Query.after`."""
    value = getattr(noun, order_by)
    kept = to_us(value) if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(orjson.dumps([order_by, kept, noun.id])).decode()


def read_place(text: str, order_by: str) -> Place:
    """Raises ValueError for what is no place in this order."""
    try:
        found = orjson.loads(base64.urlsafe_b64decode(text))
    except ValueError:
        found = None
    match found:
        case [str(order), value, str(row_id)] if _fits(value, order):
            if order != order_by:
                raise ValueError(f"the place {text[:40]!r} is in the order of {order}, not of {order_by}")
            return value, row_id
    raise ValueError(f"{text[:40]!r} is no place in a list: go on from one that a page told, or start without")


def _fits(value: Any, order: str) -> bool:  # noqa: ANN401 (any JSON value)
    if order == "name":
        return isinstance(value, str)
    if value is None:
        return order == "start_time"
    return type(value) is int and abs(value) <= BEYOND_ALL_TIMES_US
