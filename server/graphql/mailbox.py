"""What waits for one reader: bounded, in order, and honest about what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from server.graphql.limits import Limits
from server.graphql.meters import Meters


class Carrier(Protocol):
    """One operation's way to its reader: a socket, or an event stream. Called on the event loop only."""

    def send(self, payload: bytes) -> bool:
        """Write a `next` with this JSON right now, without waiting; False if the reader is behind: nothing was."""

    def wake(self) -> None:
        """Something lies in the mailbox: drain it, with `Mailbox.take` until None, once the reader takes more."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The operation's last word: formatted errors; without any it is complete."""

    errors: tuple[Mapping[str, Any], ...] = ()


class Mailbox:
    """One for each operation: its cohort fills it, its carrier drains it."""

    def __init__(self, limits: Limits, meters: Meters) -> None:
        self._limits = limits
        self._meters = meters

    def take(self) -> bytes | Ending | None:
        """The next payload; behind the last one, and once, the Ending; None while nothing is there."""
        raise NotImplementedError
