"""The operations of one socket, by the ids that the client gave them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from graphql import GraphQLFormattedError, OperationType

from schema.context import Context
from server.graphql.limits import Limits
from server.graphql.operations import Asked, RefusedError, refused
from server.graphql.performer import Performer
from server.graphql.sockets.carried import Carried
from server.graphql.sockets.outbox import ClosedError, Outbox

TAKEN = 4409
LEAVING_S = 1.0


class SocketOperations:
    """See above. `new_context` is called for each."""

    def __init__(
        self, performer: Performer, limits: Limits, outbox: Outbox, new_context: Callable[[], Context]
    ) -> None:
        self._performer = performer
        self._most = limits.max_operations_per_socket
        self._outbox = outbox
        self._new_context = new_context
        self._by_key: dict[str, Carried] = {}
        self._all: set[Carried] = set()
        """Those that were left too, until their tasks have ended."""

    async def begin(self, key: str, asked: Asked) -> None:
        """Run it beside those that run. Raises ClosedError when the id is taken."""
        if key in self._by_key:
            raise ClosedError(TAKEN, f"Subscriber for {key} already exists")
        carried = Carried(key, self._outbox, self._forget)
        if len(self._all) >= self._most and not await self._have_room():
            await self._outbox.say(carried.told.error(_formatted(self._too_many())))
            return
        self._by_key[key] = carried
        self._all.add(carried)
        carried.task = asyncio.create_task(self._run(carried, asked))
        carried.task.add_done_callback(lambda _: self._ended(carried))

    def complete(self, key: str) -> None:
        """The client has heard enough of it, if it is one of its operations at all."""
        if key in self._by_key:
            self._forget(self._by_key[key])

    async def end(self, *, at_once: bool) -> None:
        """End all, but let mutations end what they have begun, unless it is to be `at_once` or this is cancelled."""
        tasks = [each.task for each in self._all if each.task]
        for each in list(self._all):
            each.must_end = each.must_end and not at_once
            each.leave()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, carried: Carried, asked: Asked) -> None:
        try:
            messages = await self._performed(carried, asked)
            if not carried.is_left:
                await self._outbox.say(*messages)
        finally:
            if not carried.is_lasting:
                self._free(carried)

    async def _performed(self, carried: Carried, asked: Asked) -> Sequence[bytes]:
        """All that is to be said of it here and now; nothing of a subscription, whose cohort has the word."""
        try:
            context = self._new_context()
            operation = self._performer.prepare(asked, context)
            carried.must_end = operation.kind is OperationType.MUTATION
            result = await self._performer.perform(operation, asked.variables, context, carried)
        except RefusedError as refusal:
            return [carried.told.error(_formatted(refusal))]
        finally:
            carried.must_end = False
        if isinstance(result, bytes):
            return carried.told.next(result), carried.told.complete
        carried.belong(result)
        return ()

    async def _have_room(self) -> bool:
        """Whether there is some, once those that the client has left are over."""
        leaving = [each.task for each in self._all if each.is_left and not each.must_end and each.task]
        if leaving:
            await asyncio.wait(leaving, timeout=LEAVING_S)
            await asyncio.sleep(0)  # for what asyncio does with tasks that have ended
        return len(self._all) < self._most

    def _forget(self, carried: Carried) -> None:
        carried.leave()
        self._free(carried)
        if carried.is_lasting:
            self._all.discard(carried)

    def _ended(self, carried: Carried) -> None:
        if not carried.is_lasting or carried.is_left:
            self._all.discard(carried)

    def _free(self, carried: Carried) -> None:
        """Let the client use the id again."""
        if self._by_key.get(carried.key) is carried:
            del self._by_key[carried.key]

    def _too_many(self) -> RefusedError:
        self._performer.meters.over_limit["max_operations_per_socket"] += 1
        text = f"a socket carries {self._most} operations at once: end some, or open another socket"
        refusal = refused(text, "LIMIT_EXCEEDED", limit="max_operations_per_socket")
        self._performer.meters.refuse(refusal)
        return refusal


def _formatted(refusal: RefusedError) -> list[GraphQLFormattedError]:
    return [error.formatted for error in refusal.errors]
