"""Chance without dice: a number is a hash of (seed, name, counter), so any tick can be computed alone, in any order.

The hash is splitmix64 (Steele, Lea and Flood, 2014) used as a counter: output i is the mix of `key + i * GAMMA`.
"""

from __future__ import annotations

import threading
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]

_MASK: Final = 0xFFFF_FFFF_FFFF_FFFF
_GAMMA: Final = 0x9E37_79B9_7F4A_7C15
_FIRST: Final = 0xBF58_476D_1CE4_E5B9
_SECOND: Final = 0x94D0_49BB_1331_11EB
_PAIRS: Final = np.uint64(0x0000_FFFF_0000_FFFF)
_BOTH: Final = np.uint64(0x1_0000_0001)
"""Times this, the upper half of a number is the sum of both halves."""
_EXPONENT: Final = np.uint64(0x4330_0000_0000_0000)
"""2**52 as a float's bits: an integer below 2**52 put into them reads as 2**52 + integer, without a slow conversion."""
_MEAN: Final = 131_070.0
"""Half of four 16-bit words' greatest sum."""


def key(seed: int, *names: object) -> int:
    """A stream of its own, 64 bits, for everything that has a name."""
    text = "/".join(str(part) for part in (seed, *names))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def keys(seed: int, names: list[str], stream: str) -> Keys:
    """One stream per name, as a column."""
    return np.array([[key(seed, name, stream)] for name in names], dtype=np.uint64).reshape(-1, 1)


class Workspace(threading.local):
    """Arrays that every block of a thread writes into again: to get fresh memory takes longer than the arithmetic."""

    def __init__(self) -> None:
        self._arrays: dict[str, Floats] = {}

    def floats(self, name: str, rows: int, columns: int) -> Floats:
        """An array of that shape, with anything in it, valid until the same name is asked for again."""
        kept, size = self._arrays.get(name), rows * columns
        if kept is None or len(kept) < size:
            kept = self._arrays[name] = np.empty(size)
        return kept[:size].reshape(rows, columns)

    def words(self, name: str, rows: int, columns: int) -> Keys:
        """The same for 64-bit words."""
        return self.floats(name, rows, columns).view(np.uint64)


def flicker(streams: Keys, first: int, count: int, work: Workspace | None = None) -> Floats:
    """Numbers -1..1, bell-shaped (standard deviation 0.29): a row per stream, a column per counter from `first`."""
    work = work or Workspace()
    counters = np.arange(first, first + count, dtype=np.uint64) * np.uint64(_GAMMA)
    mixed = np.add(streams, counters, out=work.words("mixed", len(streams), count))
    shifted = np.right_shift(mixed, np.uint64(30), out=work.words("shifted", len(streams), count))
    mixed ^= shifted
    mixed *= np.uint64(_FIRST)
    np.right_shift(mixed, np.uint64(27), out=shifted)
    mixed ^= shifted
    mixed *= np.uint64(_SECOND)
    np.right_shift(mixed, np.uint64(31), out=shifted)
    mixed ^= shifted
    return _words_summed(mixed, shifted)


def chance(stream: int, counter: int) -> float:
    """One number, 0 <= it < 1, evenly spread."""
    mixed = (stream + counter * _GAMMA) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * _FIRST) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * _SECOND) & _MASK
    mixed ^= mixed >> 31
    return (mixed >> 11) / (1 << 53)


def drift(
    streams: Keys, amplitudes: Floats, shift: int, first: int, count: int, work: Workspace | None = None
) -> Floats:
    """Slow noise: `flicker` at every 2**shift-th counter times its row's amplitude, and straight lines in between."""
    low = first >> shift
    knots = flicker(streams, low, ((first + count - 1) >> shift) - low + 2) * amplitudes
    rows, lines = len(knots), knots.shape[1] - 1
    slow = (work or Workspace()).floats("slow", rows, lines << shift)
    by_line = slow.reshape(rows, lines, 1 << shift)
    np.multiply(np.diff(knots, axis=1)[:, :, None], np.arange(1 << shift) / float(1 << shift), out=by_line)
    by_line += knots[:, :-1, None]
    skipped = first - (low << shift)
    return slow[:, skipped : skipped + count]


def _words_summed(mixed: Keys, scratch: Keys) -> Floats:
    """The four 16-bit words of each number, summed two lanes at a time and scaled to -1..1; overwrites both."""
    np.right_shift(mixed, np.uint64(16), out=scratch)
    scratch &= _PAIRS
    mixed &= _PAIRS
    mixed += scratch
    mixed *= _BOTH
    mixed >>= np.uint64(32)
    mixed |= _EXPONENT
    floats = mixed.view(np.float64)
    floats -= 2.0**52 + _MEAN
    floats *= 1.0 / _MEAN
    return floats
