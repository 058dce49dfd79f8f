from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Literal

from server.events.hub import Hub


class WatchedHub(Hub):
    """Says when a reader has read all there is and waits for its bell."""

    def __init__(self) -> None:
        super().__init__()
        self.somebody_waits = asyncio.Event()

    @contextmanager
    def bell(self, topics: Iterable[str]) -> Iterator[asyncio.Event]:
        with super().bell(topics) as bell:
            wait = bell.wait

            async def watched_wait() -> Literal[True]:
                if not bell.is_set():
                    self.somebody_waits.set()
                return await wait()

            bell.wait = watched_wait  # type: ignore[method-assign]
            yield bell
