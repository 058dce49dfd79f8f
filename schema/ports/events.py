"""What the API asks of the log of what changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


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
