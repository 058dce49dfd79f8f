"""What waits for one reader: bounded, in order, and honest about what was left out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from server.graphql.limits import Limits
from server.graphql.meters import Meters


class Carrier(Protocol):
    """One operation's way to its reader: a socket, or an event stream. Called on the event loop only."""

    @property
    def is_ready(self) -> bool:
        """Whether `send` would write now."""

    def send(self, payload: bytes) -> bool:
        """Write a `next` with this JSON right now, without waiting; False if the reader is behind: nothing was."""

    def wake(self) -> None:
        """Something lies in the mailbox: drain it, with `Mailbox.take` until None, once the reader takes more."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The operation's last word: formatted errors; without any it is complete."""

    errors: tuple[Mapping[str, Any], ...] = ()


def _nothing() -> None:
    pass


class Mailbox:
    """One for each operation: its cohort fills it, its carrier drains it.

    It holds `mailbox_events` payloads of together `mailbox_bytes`, or one that is longer; and beyond that one of a
    passing event, which replaces the one before. In place of the last payload a passing event may be owed, which is
    worked out when the carrier would take it: then `on_asked` is called.
    """

    __slots__ = (
        *("_bytes", "_dropped", "_ending", "_is_owed", "_limits"),
        *("_meters", "_on_asked", "_passing", "_payloads", "_room"),
    )

    def __init__(self, limits: Limits, meters: Meters, on_asked: Callable[[], None] = _nothing) -> None:
        self._on_asked = on_asked
        self._is_owed = False
        self._limits = limits
        self._meters = meters
        self._payloads: list[bytes] = []  # a deque would take 700 bytes of every viewer, who mostly needs none
        self._passing: int | None = None  # where in the payloads the passing one is
        self._bytes = self._dropped = 0
        self._ending: Ending | None = None
        self._room: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        """How many payloads wait, with one that is owed."""
        return len(self._payloads) + self._is_owed

    def fits(self, payload: bytes = b"") -> bool:
        """Whether another event that is not passing may come."""
        limits = self._limits
        few, short = len(self) < limits.mailbox_events, self._bytes + len(payload) <= limits.mailbox_bytes
        return (few and short) or not self._payloads

    def put(self, payload: bytes, *, is_passing: bool) -> None:
        """Lay a payload behind the others; a passing one takes the place of an older passing one."""
        if is_passing:
            self._drop_passing()
            self._passing = len(self)
        self._payloads.append(payload)
        self._bytes += len(payload)

    def owe(self) -> None:
        """Promise a passing event behind the others; it takes the place of an older passing one."""
        self._drop_passing()
        self._is_owed = True

    def pay(self, payload: bytes) -> bool:
        """Lay down what is owed; False if nothing is."""
        is_owed, self._is_owed = self._is_owed, False
        if is_owed:
            self.put(payload, is_passing=True)
        return is_owed

    def end(self, ending: Ending) -> None:
        """Lay the last word behind all payloads. The first one holds."""
        self._ending = self._ending or ending

    def take(self) -> bytes | Ending | None:
        """The next payload; behind the last one, and once, the Ending; None while nothing is there."""
        if not self._payloads:
            return self._last_word()
        payload = self._payloads.pop(0)
        self._bytes -= len(payload)
        if self._passing is not None:
            self._passing = self._passing - 1 if self._passing else None
        self._tell_room()
        self._meters.events_delivered += 1
        return self._with_dropped(payload)

    async def room(self) -> None:
        """Return when another event fits; for one waiter."""
        while not self.fits():
            self._room = asyncio.get_running_loop().create_future()
            await self._room

    def _last_word(self) -> Ending | None:
        if self._is_owed and self._ending is None:
            self._on_asked()
        ending, self._ending = self._ending, None
        return ending

    def _drop_passing(self) -> None:
        if self._passing is not None:
            self._bytes -= len(self._payloads[self._passing])
            del self._payloads[self._passing]
            self._passing = None
        elif not self._is_owed:
            return
        self._is_owed = False
        self._dropped += 1
        self._meters.events_dropped += 1

    def _tell_room(self) -> None:
        if self._room is not None and not self._room.done():
            self._room.set_result(None)

    def _with_dropped(self, payload: bytes) -> bytes:
        """The payload, an object of `data` and perhaps `errors`, with the number of those left out before it."""
        dropped, self._dropped = self._dropped, 0
        return payload[:-1] + b',"extensions":{"dropped":%d}}' % dropped if dropped else payload
