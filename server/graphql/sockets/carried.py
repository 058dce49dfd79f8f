"""One operation on a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from server.graphql.feeds.mailbox import Ending
from server.graphql.feeds.membership import Membership
from server.graphql.sockets.messages import Told
from server.graphql.sockets.outbox import Outbox


class Carried:
    """Its `Carrier`, and what is to be ended with it. `task` makes its answer, or lets it into its cohort."""

    def __init__(self, key: str, outbox: Outbox, forget: Callable[[Carried], None]) -> None:
        self.key = key
        self.told = Told(key)
        self._outbox = outbox
        self._forget = forget
        self._membership: Membership | None = None
        self.task: asyncio.Task[None] | None = None
        self.must_end = False
        """Whether a mutation runs, which is not to be broken off."""
        self.is_left = False

    @property
    def is_lasting(self) -> bool:
        """Whether a cohort has the word."""
        return self._membership is not None

    @property
    def is_ready(self) -> bool:
        """See `Carrier`."""
        return self._outbox.is_ready

    def send(self, payload: bytes) -> bool:
        """See `Carrier`."""
        return self._outbox.offer(self.told.next(payload))

    def wake(self) -> None:
        """See `Carrier`."""
        self._outbox.wake(self)

    def belong(self, membership: Membership) -> None:
        """Take what its cohort has for it."""
        self._membership = membership
        self.wake()

    def take(self) -> bytes | None:
        """See `Source`."""
        found = self._membership.mailbox.take() if self._membership else None
        if not isinstance(found, Ending):
            return None if found is None else self.told.next(found)
        self._forget(self)
        return self.told.error(found.errors) if found.errors else self.told.complete

    def leave(self) -> None:
        """Nobody listens any more. May be repeated."""
        self.is_left = True
        self._outbox.forget(self)
        if self._membership:
            self._membership.close()
        if self.task and not self.must_end:
            self.task.cancel()
