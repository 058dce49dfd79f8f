"""One viewer among those who are served from the same source."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from server.graphql.feeds.mailbox import Carrier, Mailbox


class Membership:
    """One operation's place in a cohort."""

    __slots__ = ("_has_begun", "_is_closed", "carrier", "is_live", "mailbox", "on_leave")

    def __init__(self, carrier: Carrier, mailbox: Mailbox, on_leave: Callable[[Membership], None]) -> None:
        self.on_leave = on_leave
        self._has_begun = self._is_closed = False
        self.carrier = carrier
        self.mailbox = mailbox
        self.is_live = False
        """Whether it may be sent to: it has begun, and not ended."""

    @property
    def can_take(self) -> bool:
        """Whether its carrier would be sent an event at once, and not find it in the mailbox."""
        return self.is_live and not self.mailbox and self.carrier.is_ready

    def begin(self, *, is_live: bool) -> None:
        """From now on the carrier may be called. What came while the source was opened is in the mailbox."""
        self._has_begun, self.is_live = True, is_live
        if self.mailbox or not is_live:
            self.wake_soon()

    def close(self) -> None:
        """Leave: the carrier is called no more. May be repeated; the last one out closes the source."""
        self._is_closed = True
        self.on_leave(self)

    def wake_soon(self) -> None:
        """Wake the carrier from the event loop, so that it can do as it likes without being in anybody's way."""
        if self._has_begun:
            asyncio.get_running_loop().call_soon(self._wake)

    def _wake(self) -> None:
        if not self._is_closed:
            self.carrier.wake()
