"""Who is changing which measurement now: one change of its samples at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import anyio

from server.cells.documents.refusing import Refused, busy


class Turns:
    """Event loop only."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._given_back = anyio.Event()

    @contextmanager
    def taken(self, measurement_id: str) -> Iterator[None]:
        """Hold the measurement during the block. Raises Refused (MeasurementBusy) while another one holds it."""
        if measurement_id in self._taken:
            raise Refused(busy(measurement_id))
        self._taken.add(measurement_id)
        try:
            yield
        finally:
            self._taken.discard(measurement_id)
            self._given_back.set()

    def held(self) -> frozenset[str]:
        """The measurements that are being changed now."""
        return frozenset(self._taken)

    async def idle(self) -> None:
        """Wait until nothing is being changed."""
        while self._taken:
            self._given_back = anyio.Event()
            await self._given_back.wait()
