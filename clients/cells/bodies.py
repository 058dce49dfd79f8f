"""What we send, as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from enum import Enum

import orjson

from clients.cells.operations import Json

DEEPEST = 200


def body(data: object) -> bytes:
    """The JSON of this. Raises ValueError, naming the place, for what JSON cannot carry (NaN, too deep, a set)."""
    try:
        return orjson.dumps(_carried(data, "", 0))
    except TypeError as error:  # whole numbers beyond 64 bits, halves of a surrogate pair
        raise ValueError(f"the data cannot be sent: {error}") from None


def object_body(data: Mapping[str, object]) -> bytes:
    """The same for what must be an object."""
    if not isinstance(data, Mapping):
        raise ValueError(f"{type(data).__name__} is no mapping of fields to values")
    return body(data)


def _carried(data: object, place: str, depth: int) -> Json:
    if depth > DEEPEST:
        raise ValueError(f"{place[:80]} is nested deeper than {DEEPEST} levels")
    if isinstance(data, Mapping):
        return {
            _key(key, place): _carried(value, f"{place}.{key}".strip("."), depth + 1) for key, value in data.items()
        }
    if isinstance(data, list | tuple):
        return [_carried(value, f"{place}[{at}]", depth + 1) for at, value in enumerate(data)]
    return _single(data, place or "the data")


def _single(data: object, place: str) -> Json:
    if isinstance(data, Enum):
        data = data.value
    item = getattr(data, "item", None)  # a number of numpy's
    if callable(item) and getattr(data, "shape", None) == ():
        data = item()
    if isinstance(data, float) and not math.isfinite(data):
        raise ValueError(f"{place} is {data}, which JSON cannot carry")
    if data is None or isinstance(data, str | int | float):
        return data
    if isinstance(data, date):
        return data.isoformat()
    raise ValueError(f"{place} is of type {type(data).__name__}, which JSON cannot carry")


def _key(key: object, place: str) -> str:
    if not isinstance(key, str):
        raise ValueError(f"{place or 'the data'} has the key {key!r:.40}, which is no text")
    return key
