"""Who waits for which topic. The hub carries no events: it rings, and readers look into the log."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class Hub:
    """One bell for each reader, so that a reader that does not come costs nothing but its bell. Event loop only."""

    def __init__(self) -> None:
        self._bells: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    @contextmanager
    def bell(self, topics: Iterable[str]) -> Iterator[asyncio.Event]:
        """A bell for these topics. Clear it before reading the log: a commit during the read then rings it again."""
        bell = asyncio.Event()
        mine = set(topics)
        for topic in mine:
            self._bells[topic].add(bell)
        try:
            yield bell
        finally:
            for topic in mine:
                self._bells[topic].discard(bell)
                if not self._bells[topic]:
                    del self._bells[topic]

    def ring(self, topics: Iterable[str]) -> None:
        """Wake the readers of these topics; to be called only after their events are committed."""
        for topic in topics:
            for bell in self._bells.get(topic, ()):
                bell.set()

    @property
    def reader_count(self) -> int:
        """How many readers there are now."""
        return len(set().union(*self._bells.values()))
