"""JSON in and out: orjson, with Python's own encoder for the little that orjson refuses to write."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import orjson


def encode(value: object) -> bytes:
    """The value as UTF-8 JSON; numpy arrays as arrays, their NaN as null."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
    except TypeError:
        # Lone surrogates, integers beyond 64 bits and strided arrays: all can be echoed, none is worth a 500.
        return json.dumps(value, default=_columns, allow_nan=False, separators=(",", ":")).encode()


def _columns(value: object) -> Any:  # noqa: ANN401 (what json can write)
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{type(value).__name__} is not JSON")
    return orjson.loads(orjson.dumps(np.ascontiguousarray(value), option=orjson.OPT_SERIALIZE_NUMPY))


def decode(data: str | bytes) -> Any:  # noqa: ANN401 (any JSON value)
    """The JSON value, integers exact; raises ValueError for NaN, invalid UTF-8, numbers beyond a double and depths."""
    value = orjson.loads(data)
    raw = data.encode() if isinstance(data, str) else data
    return _exact(raw) if _LONG in raw.translate(_DIGITS_ALIKE) else value


_DIGITS_ALIKE = bytes(ord("0" if chr(byte).isdecimal() else " ") for byte in range(128)) + b" " * 128
_LONG = b"0" * 19
"""So many digits fit into 64 bits, whatever they are, or just do not; of what does not orjson makes a float."""


def _exact(data: bytes) -> Any:  # noqa: ANN401 (any JSON value)
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
