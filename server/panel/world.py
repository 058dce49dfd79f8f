"""What the panels' machinery is given: a client per panel, a store, a history, a clock, dice and limits."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from clients.panel.models import Priority, Registration, RelayState, Snapshot, Status
from server.clock import Clock
from server.panel.limits import Limits
from server.stores.panels import PanelStore


class PanelClient(Protocol):
    """One panel over the network. It asks once per call, never repeats, and never answers from a cache."""

    async def get_status(self) -> Status:
        """Who answers there; needs no token."""

    async def snapshot(self) -> Snapshot:
        """One whole poll."""

    async def authenticate(self, name: str, description: str = "") -> Registration:
        """Register under a unique name and use the new token from now on."""

    async def delete_client(self, name: str) -> object:
        """Take back a registration."""

    async def set_circuit_relay(self, circuit_id: str, state: RelayState) -> object:
        """Open or close a circuit's relay."""

    async def set_circuit_priority(self, circuit_id: str, priority: Priority) -> object:
        """Change a circuit's priority."""

    async def rename_circuit(self, circuit_id: str, name: str) -> object:
        """Change a circuit's name."""

    async def set_main_relay(self, state: RelayState) -> object:
        """Open or close the main relay."""

    async def close(self) -> None:
        """Let go of the connections."""


class Connect(Protocol):
    """Makes the client of one panel; contacts nobody yet."""

    def __call__(self, host: str, port: int, access_token: str | None) -> PanelClient:
        """A client with this token, or with none."""


class Recorder(Protocol):
    """The panels' history."""

    def record(self, serial: str, at: datetime, snapshot: Snapshot) -> None:
        """Keep one poll; `at` is the panel's own time."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside, chosen in one place."""

    store: PanelStore
    recorder: Recorder
    connect: Connect
    clock: Clock = field(default_factory=Clock)
    dice: random.Random = field(default_factory=random.Random)
    limits: Limits = field(default_factory=Limits)
