"""What the panel was asked: the last requests, bounded, without secrets, to be filtered and counted."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

JOURNAL_LIMIT = 10_000
"""Requests remembered; the oldest fall out first."""

MAX_PATH_LENGTH = 200
"""Characters of a path that are kept."""

_TOKEN = re.compile(r"eyJ[\w.~+/=-]*")


class Entry(NamedTuple):
    """One request. `tick` is the panel's time; `client` the name the token is registered under, else empty.

    `status` is 0 for a request that got no answer; `faults` are the ids of those that struck it.
    """

    tick: int
    client: str
    address: str
    method: str
    path: str
    status: int
    duration_s: float
    faults: tuple[str, ...] = ()


class Journal:
    """The last `limit` requests, oldest first, and how many there ever were.

    They are kept as plain tuples, which the garbage collector soon leaves alone: it would look through hundreds of
    thousands of entries while a thousand panels wait.
    """

    def __init__(self, limit: int = JOURNAL_LIMIT) -> None:
        self._entries: deque[tuple[Any, ...]] = deque(maxlen=limit)
        self._seen = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return map(Entry._make, tuple(self._entries))

    @property
    def seen(self) -> int:
        """Requests since the panel was made or the journal cleared, the forgotten ones included."""
        return self._seen

    def record(self, entry: Entry) -> None:
        """Remember a request: its path shortened, and anything that looks like a token in it blanked."""
        if len(entry.path) > MAX_PATH_LENGTH or "eyJ" in entry.path:
            entry = entry._replace(path=_TOKEN.sub("[token]", entry.path)[:MAX_PATH_LENGTH])
        self._entries.append(tuple(entry))
        self._seen += 1

    def entries(
        self,
        *,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        client: str | None = None,
        since_tick: int | None = None,
        fault: str | None = None,
    ) -> list[Entry]:
        """Those that match every filter given, oldest first; `path` is whole, or ends in `*` for any ending."""
        return [
            entry
            for entry in self
            if (method is None or entry.method == method)
            and (path is None or _matches(entry.path, path))
            and (status is None or entry.status == status)
            and (client is None or entry.client == client)
            and (since_tick is None or entry.tick >= since_tick)
            and (fault is None or fault in entry.faults)
        ]

    def clear(self) -> None:
        """Forget all, as when a test begins."""
        self._entries.clear()
        self._seen = 0


def _matches(path: str, pattern: str) -> bool:
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern
