"""What the API asks of the world. `server` implements these; the tests have small fakes of them.

A port answers with a noun, or with a refusal (`schema.panel.refusals`) when the world says no; it raises only for
what nobody expected. Nothing here knows a table, a URL or a panel's wire format.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from clients.panel.models import Priority, RelayState, Snapshot

if TYPE_CHECKING:
    from schema.panel.refusals import PanelRefusal


# --- panels ------------------------------------------------------------------------------------------------


class Availability(StrEnum):
    """How much a panel's last values are worth right now."""

    ONLINE = "ONLINE"
    STALE = "STALE"
    OFFLINE = "OFFLINE"
    UNAUTHORIZED = "UNAUTHORIZED"


@dataclass(frozen=True, slots=True)
class PanelView:
    """A panel as busbar last saw it. `snapshot` and `observed_at` are None until the first answer ever.

    `snapshot`'s energies never fall: they are the panel's counters less its known reboot glitch. `reason` says in a
    sentence why the panel is not ONLINE. `sequence` grows with every change of the view.
    """

    serial: str
    name: str
    host: str
    port: int
    availability: Availability
    sequence: int
    added_at: datetime
    observed_at: datetime | None = None
    snapshot: Snapshot | None = None
    reason: str | None = None


class Metric(StrEnum):
    """What of a panel or circuit is kept over time."""

    POWER_W = "POWER_W"
    CONSUMED_ENERGY_WH = "CONSUMED_ENERGY_WH"
    PRODUCED_ENERGY_WH = "PRODUCED_ENERGY_WH"


@dataclass(frozen=True, slots=True)
class Series:
    """Columns of equal length over `time` (epoch seconds, UTC). `source_points` counts what they were made from."""

    time: NDArray[np.float64]
    columns: Mapping[str, NDArray[np.float64]]
    source_points: int


class Panels(Protocol):
    """The panels busbar knows. Reading never touches a panel: it answers from the last poll."""

    def all(self) -> Sequence[PanelView]:
        """Every panel, by serial."""

    def get(self, serial: str) -> PanelView | None:
        """One panel, or None."""

    def updates(self, serial: str, every_s: float = 0.0) -> AsyncIterator[PanelView]:
        """The view now, then each newer one; latest wins, at most one in `every_s`. Ends when the panel is removed."""

    async def add(self, host: str, port: int, access_token: str | None, name: str | None) -> PanelView | PanelRefusal:
        """Start to poll a panel, and keep it over restarts; registers with it when there is no token."""

    async def remove(self, serial: str) -> PanelView | PanelRefusal:
        """Forget a panel. Its history and events stay until they expire."""

    async def set_circuit_relay(self, serial: str, circuit_id: str, state: RelayState) -> PanelView | PanelRefusal:
        """Open or close a circuit's relay; the answer was read back from the panel after the change."""

    async def set_circuit_priority(self, serial: str, circuit_id: str, priority: Priority) -> PanelView | PanelRefusal:
        """Change what the panel does with the circuit off grid."""

    async def rename_circuit(self, serial: str, circuit_id: str, name: str) -> PanelView | PanelRefusal:
        """Rename a circuit on the panel itself."""

    async def set_main_relay(self, serial: str, state: RelayState) -> PanelView | PanelRefusal:
        """Open (go off grid) or close the main relay."""


class History(Protocol):
    """Power and energy over time, indexed by the panel's own clock."""

    async def series(
        self,
        serial: str,
        circuit_id: str | None,
        metric: Metric,
        start: datetime,
        end: datetime,
        max_points: int,
    ) -> Series:
        """One circuit's (or, with None, the grid's) values in [start, end), thinned to at most `max_points`."""


# --- events ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A change worth telling: `topic` is the domain ("panel"), `subject` the thing (a serial), `kind` past tense.

    `data` is JSON: strings, numbers, booleans, None, lists and dicts of them.
    """

    topic: str
    subject: str
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """An event as the log keeps it: `seq` counts 1, 2, 3 ... in its topic, without gaps, in commit order."""

    topic: str
    seq: int
    at: datetime
    subject: str
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Position:
    """How far a reader has come: the last sequence seen in each topic, in the log with this id."""

    log_id: str
    seqs: Mapping[str, int]


class CursorExpiredError(Exception):
    """The position is older than what the log still keeps; read the present state and start from `oldest`."""

    def __init__(self, topic: str, seq: int, oldest: int) -> None:
        super().__init__(
            f"topic {topic!r} no longer keeps the events after {seq}: the oldest kept is {oldest};"
            " read the present state, then follow without a cursor"
        )
        self.topic, self.seq, self.oldest = topic, seq, oldest


class CursorInvalidError(Exception):
    """The position belongs to another log, or lies in its future."""


@dataclass(frozen=True, slots=True)
class TopicFilter:
    """One topic, whole (`subject` None) or narrowed to one subject."""

    topic: str
    subject: str | None = None


class Events(Protocol):
    """The one log of what changed; every live feed is a replay from a position, then live."""

    async def position(self) -> Position:
        """The end of the log now."""

    async def since(
        self, after: Position | None, filters: Sequence[TopicFilter], limit: int
    ) -> tuple[list[Event], Position]:
        """At most `limit` events after the position (None: from the oldest kept), and the position behind them.

        The position also moves past events that the filters left out. Raises CursorExpiredError, CursorInvalidError.
        """

    def follow(self, after: Position | None, filters: Sequence[TopicFilter]) -> AsyncIterator[tuple[Event, Position]]:
        """Replay after the position (None: from now on), then live, each event once and in order; never ends.

        Raises CursorExpiredError (also when this reader falls behind the retention) and CursorInvalidError.
        """
