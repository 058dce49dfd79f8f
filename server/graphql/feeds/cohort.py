"""Those who ask the same, and the one source that they are served from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from functools import partial
from http import HTTPStatus
from typing import Any

from schema.context import Context
from schema.feeds import closed_after
from server.graphql.encoding import encode
from server.graphql.engine import Engine, Feed
from server.graphql.feeds.endings import because, stopping, too_slow
from server.graphql.feeds.mailbox import Carrier, Ending, Mailbox
from server.graphql.feeds.membership import Membership
from server.graphql.feeds.overlap import Overlap
from server.graphql.limits import Limits
from server.graphql.meters import Meters
from server.graphql.operations import RefusedError

AT_ONCE = 100
"""Members that are told of an event before others on the event loop have their turn: 1 to 2 ms of writing."""


class Cohort:
    """Opened by its first member and closed by its last; `on_over` is called once, when nobody may join any more.

    The context is the first member's; all others' are as good, by the key that they have in common.
    """

    def __init__(
        self,
        engine: Engine,
        feed: Feed,
        context: Context,
        limits: Limits,
        meters: Meters,
        on_over: Callable[[Cohort], None],
    ) -> None:
        self._engine, self._feed, self._context = engine, feed, context
        self._limits, self._meters, self._on_over = limits, meters, on_over
        self._members: dict[Membership, None] = {}
        self._guests: dict[Overlap, None] = {}
        """Those who catch up from sources of their own."""
        self._last: object = None
        self.overlap: Overlap | None = None
        """Where its one member is to go over to a shared source."""
        self._newest: bytes | None = None
        self._owed: tuple[Any] | None = None
        """The newest event, while it is not worked out because nobody could take it."""
        self._paying: asyncio.Task[None] | None = None
        self._telling = asyncio.Lock()
        self._is_over = False
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.task = asyncio.create_task(self._run(), name="cohort")

    async def join(self, carrier: Carrier) -> Membership:
        """A place, once the source is open. Raises RefusedError for what the field refuses."""
        member = Membership(carrier, Mailbox(self._limits, self._meters, self._pay_soon), self.leave)
        self._members[member] = None
        self._meters.operations += 1
        if self._owed is not None:
            member.mailbox.owe()
        elif self._newest is not None:
            member.mailbox.put(self._newest, is_passing=True)
        try:
            if not self._opened.done():
                await asyncio.shield(self._opened)
        except BaseException:  # cancelled too, its place must not stay
            member.close()
            raise
        member.begin(is_live=member in self._members)
        return member

    def host(self, own: Cohort, guest: Overlap) -> None:
        """Take over the one member of `own` as soon as both have told the same."""
        self._guests[guest] = None
        guest.begin(partial(own.move, self), partial(self._dismiss, guest), self._last)

    def move(self, other: Cohort, payloads: Sequence[bytes]) -> None:
        """Let another one serve all members from now on, with these payloads first."""
        for member in list(self._members):
            del self._members[member]
            other.adopt(member, payloads)
        self._stop()

    def adopt(self, member: Membership, payloads: Sequence[bytes]) -> None:
        """Serve whom another one has served."""
        self._members[member] = None
        member.on_leave = self.leave
        for payload in payloads:
            self._deliver_some([member], payload, is_passing=False)

    def can_move(self) -> bool:
        """Whether all members have what they were told."""
        return all(member.is_live and not member.mailbox for member in self._members)

    def leave(self, member: Membership) -> None:
        """Without a last word."""
        self._remove(member)

    def end(self, ending: Ending) -> None:
        """The last word to all members."""
        for member in list(self._members):
            self._end_one(member, ending)
        self._stop()

    async def _run(self) -> None:
        try:
            async with AsyncExitStack() as stack:
                stack.push_async_callback(self._end_paying)
                events = await self._open(stack)
                if events is not None:
                    await self._tell_all(events)
            self.end(Ending())
        except Exception as error:  # noqa: BLE001 (whatever a source does, its viewers are told)
            self.end(because(self._engine.failed(self._feed, error, self._context)))

    async def _open(self, stack: AsyncExitStack) -> AsyncIterator[Any] | None:
        try:
            events = await self._engine.open(self._feed, self._context)
        except Exception as error:  # noqa: BLE001 (all who wait are told)
            self._refuse(error)
            self._stop()
            return None
        self._meters.sources += 1
        stack.callback(self._count_closed)
        await stack.enter_async_context(closed_after(events))
        if self._is_over:
            return None
        self._opened.set_result(None)
        return events

    async def _tell_all(self, events: AsyncIterator[Any]) -> None:
        try:
            async for event in events:
                if self._is_over:
                    return
                async with self._telling:
                    await self._tell(event)
        except Exception:  # what is owed comes first, then why the source ended
            await self._pay()
            raise
        await self._pay()

    async def _tell(self, event: Any) -> None:  # noqa: ANN401 (whatever the feed yields)
        is_newest = self._feed.delivery.begins_with_newest
        if is_newest and not any(member.can_take for member in self._members):
            await self._owe(event)
            return
        payload = await self._answer(event)
        if is_newest:
            self._newest, self._owed = payload, None
        await self._deliver(payload, event)

    async def _answer(self, event: Any) -> bytes:  # noqa: ANN401
        return encode(await self._engine.tell(self._feed, event, self._context))

    async def _deliver(self, payload: bytes, event: Any) -> None:  # noqa: ANN401
        members, is_passing = list(self._members), self._feed.delivery.is_passing(event)
        self._last = event
        for guest in list(self._guests):  # who moves now has this event, and is not among `members`
            guest.keep(event, payload)
        for some in self._some(members):
            self._deliver_some(some, payload, is_passing=is_passing)
            if self.overlap is not None:
                self.overlap.tell(event)
            await asyncio.sleep(0)
        if not self._feed.is_shared:
            await self._room()

    async def _room(self) -> None:
        for member in list(self._members):
            await member.mailbox.room()
        if self.overlap is not None:
            await self.overlap.until_met()

    async def _owe(self, event: Any) -> None:  # noqa: ANN401
        self._owed = (event,)
        for members in self._some(list(self._members)):
            for member in members:
                member.mailbox.owe()
                member.wake_soon()
            await asyncio.sleep(0)

    def _pay_soon(self) -> None:
        if self._owed is not None and self._paying is None:
            self._paying = asyncio.create_task(self._pay_beside(), name="newest")

    async def _pay_beside(self) -> None:
        try:
            await self._pay()
        except Exception as error:  # noqa: BLE001 (as in `_run`)
            self.end(because(self._engine.failed(self._feed, error, self._context)))
        finally:
            self._paying = None

    async def _pay(self) -> None:
        """Work out what is owed, if anything is, for all to whom it is."""
        async with self._telling:
            if self._owed is None or self._is_over:
                return
            self._newest, self._owed = await self._answer(*self._owed), None
            for members in self._some(list(self._members)):
                for member in members:
                    if member.mailbox.pay(self._newest):
                        member.wake_soon()
                await asyncio.sleep(0)

    async def _end_paying(self) -> None:
        if self._paying is not None:
            self._paying.cancel()
            await asyncio.wait([self._paying])

    def _some(self, members: Sequence[Membership]) -> Iterator[list[Membership]]:
        """Some at once, without those who are no members any more when their turn comes."""
        for start in range(0, len(members), AT_ONCE):
            yield [each for each in members[start : start + AT_ONCE] if each in self._members]

    def _deliver_some(self, members: list[Membership], payload: bytes, *, is_passing: bool) -> None:
        sent = 0
        for member in members:
            try:
                if member.is_live and not member.mailbox and member.carrier.send(payload):
                    sent += 1
                elif member in self._members:
                    self._keep(member, payload, is_passing=is_passing)
            except Exception as error:  # noqa: BLE001 (one carrier's fault is not the others')
                self._end_one(member, because(self._engine.failed(self._feed, error, self._context)))
        self._meters.events_delivered += sent

    def _keep(self, member: Membership, payload: bytes, *, is_passing: bool) -> None:
        if is_passing or not self._feed.is_shared or member.mailbox.fits(payload):
            member.mailbox.put(payload, is_passing=is_passing)
            member.wake_soon()
            return
        self._meters.slow_readers += 1
        self._end_one(member, because(too_slow(self._limits)))

    def _end_one(self, member: Membership, ending: Ending) -> None:
        if self._remove(member):
            member.mailbox.end(ending)
            member.wake_soon()

    def _remove(self, member: Membership) -> bool:
        if member not in self._members:
            return False
        del self._members[member]
        member.is_live = False
        self._meters.operations -= 1
        self._stop_for_nobody()
        return True

    def _dismiss(self, guest: Overlap) -> None:
        self._guests.pop(guest, None)
        self._stop_for_nobody()

    def _stop_for_nobody(self) -> None:
        if not self._members and not self._guests:
            self._stop()

    def _stop(self) -> None:
        """Close the source, once. What swallows the cancellation finds out by `_is_over`."""
        if self._is_over:
            return
        self._is_over = True
        self._on_over(self)
        for overlap in [*self._guests, *([self.overlap] if self.overlap else [])]:
            overlap.end()
        self._refuse(RefusedError([stopping()], HTTPStatus.SERVICE_UNAVAILABLE))
        self.task.cancel()

    def _refuse(self, error: Exception) -> None:
        """Tell all who wait for the source, if it is not open by now."""
        if not self._opened.done():
            self._opened.set_exception(error)
            self._opened.exception()  # so that asyncio does not miss whoever asked: all may have gone

    def _count_closed(self) -> None:
        self._meters.sources -= 1
