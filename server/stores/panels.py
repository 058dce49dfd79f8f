"""The port of the panels' store: which panels there are, and what was last told about each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from schema.ports import NewEvent


@dataclass(frozen=True, slots=True)
class PanelRecord:
    """A panel to poll. `told` is the state its last events told (JSON), so that a restart tells only what changed."""

    serial: str
    name: str
    host: str
    port: int
    access_token: str = field(repr=False)
    added_at: datetime
    told: Mapping[str, Any] = field(default_factory=dict)


class PanelStore(Protocol):
    """Each write commits the row and the events that tell of it in one transaction, on stable storage."""

    async def all(self) -> list[PanelRecord]:
        """Every panel, by serial."""

    async def save(self, record: PanelRecord, events: Sequence[NewEvent] = ()) -> None:
        """Insert the panel, or replace the one with its serial."""

    async def remove(self, serial: str, events: Sequence[NewEvent] = ()) -> None:
        """Forget the panel; nothing happens when there is none."""
