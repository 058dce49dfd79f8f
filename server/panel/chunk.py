"""Ten minutes of a panel, packed: what is kept of its circuits, in few bytes, each circuit readable on its own.

A reading is three whole numbers, in tenths: power (0.1 W), consumed and produced energy (0.1 Wh); times are in
milliseconds. A packed chunk is a header of offsets, then parts: first the columns that all circuits share, then each
circuit's own. A column is stored as its first value and the steps from one value to the next; steps are folded to be
positive, cut to the bytes they need, laid out byte by byte (all low bytes first) and deflated at level 1.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from server.stores.errors import StoreUnreadableError

Column = NDArray[np.int64]
Circuits = tuple[str | None, ...]

# Stands for "this circuit had no such reading": it is no power or energy that anybody could measure.
MISSING = -(2**63)
MAX_CIRCUITS = 256
MINUTE_MS = 60_000

_COUNTS = struct.Struct("<HI")
_COLUMN = struct.Struct("<qB")


@dataclass(frozen=True, slots=True)
class Samples:
    """What one panel told over a stretch of time; `readings` has the axes time, circuit, kind (see the module)."""

    time_ms: Column
    circuits: Circuits
    readings: NDArray[np.int64]


def pack_all(samples: Samples) -> bytes:
    """Every sample; the times are shared."""
    own = [_pack_columns(list(samples.readings[:, index].T)) for index in range(len(samples.circuits))]
    return _joined([_pack_columns([samples.time_ms]), *own])


def pack_minutes(samples: Samples) -> bytes:
    """Of each circuit and minute only the samples with the lowest, the highest and the last power, at their own times.

    Real samples rather than averages: a chart of a day is then made of points that were measured, peaks included.
    """
    own = []
    for index in range(len(samples.circuits)):
        chosen = _telling(samples.time_ms, samples.readings[:, index, 0])
        own.append(_pack_columns([samples.time_ms[chosen], *samples.readings[chosen, index].T]))
    return _joined([b"", *own])


def _telling(time_ms: Column, power: Column) -> NDArray[np.intp]:
    """Where the lowest, highest and last power of each minute stand, in order of time."""
    there = np.flatnonzero(power != MISSING)
    minute = time_ms[there] // MINUTE_MS
    by_power = there[np.lexsort((power[there], minute))]
    first = np.flatnonzero(np.diff(minute, prepend=minute[:1] - 1))
    last = np.append(first[1:], len(there)) - 1 if len(there) else first
    return np.unique(np.concatenate([by_power[first], by_power[last], there[last]]))


def unpack(packed: bytes, index: int, kinds: Sequence[int] = range(4)) -> list[Column]:
    """Of the circuit at `index` its time (0), power (1), consumed (2) and produced (3), or those of them asked for.

    Raises StoreUnreadableError for damaged bytes.
    """
    try:
        (parts,) = struct.unpack_from("<H", packed)
        ends = struct.unpack_from(f"<{parts}I", packed, 2)
        data = memoryview(packed)[2 + 4 * parts :]
        columns = [*_columns(data[: ends[0]]), *_columns(data[ends[index] : ends[index + 1]])]
        return [_unpack_column(*columns[kind]) for kind in kinds]
    except (struct.error, zlib.error, ValueError, IndexError) as error:
        raise StoreUnreadableError(f"ten minutes of history are damaged ({error}): put a backup back") from error


def _joined(parts: Sequence[bytes]) -> bytes:
    ends = np.cumsum([len(part) for part in parts])
    return struct.pack(f"<H{len(parts)}I", len(parts), *ends.tolist()) + b"".join(parts)


def _pack_columns(columns: Sequence[Column]) -> bytes:
    head = _COUNTS.pack(len(columns), len(columns[0]))
    return zlib.compress(head + b"".join(_pack_column(column) for column in columns), level=1)


def _pack_column(values: Column) -> bytes:
    if not len(values):
        return _COLUMN.pack(0, 0)
    steps = np.diff(values)  # wraps around at the ends of 64 bits, and back when they are summed
    folded = ((steps << 1) ^ (steps >> 63)).astype("<u8")
    width = (int(folded.max()).bit_length() + 7) // 8 if len(folded) else 0
    return _COLUMN.pack(values[0], width) + folded.view(np.uint8).reshape(-1, 8)[:, :width].T.tobytes()


def _columns(packed: memoryview) -> Iterator[tuple[bytes, int, int, int, int]]:
    """Where each column of a part lies, not yet unpacked; none in an empty part."""
    if not packed:
        return
    body = zlib.decompress(packed)
    count, length = _COUNTS.unpack_from(body)
    offset = _COUNTS.size
    for _ in range(count):
        first, width = _COLUMN.unpack_from(body, offset)
        offset += _COLUMN.size
        yield body, offset, first, width, length
        offset += width * max(length - 1, 0)


def _unpack_column(body: bytes, offset: int, first: int, width: int, length: int) -> Column:
    values = np.zeros(length, dtype=np.int64)
    values[:1] = first
    if width:
        planes = np.frombuffer(body, np.uint8, width * (length - 1), offset).reshape(width, length - 1)
        folded = planes[0].astype(np.uint64)
        for place in range(1, width):
            folded |= planes[place].astype(np.uint64) << np.uint64(8 * place)
        values[1:] = ((folded >> 1) ^ -(folded & 1)).view(np.int64)
    return values.cumsum()
