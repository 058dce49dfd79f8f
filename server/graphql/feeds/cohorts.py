"""The live feeds that are being watched: one source and one execution for all who ask the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Hashable
from http import HTTPStatus

from schema.context import Context
from server.graphql.engine import Engine, Feed
from server.graphql.feeds.cohort import Cohort
from server.graphql.feeds.endings import stopping
from server.graphql.feeds.mailbox import Carrier, Ending
from server.graphql.feeds.membership import Membership
from server.graphql.feeds.overlap import Overlap
from server.graphql.feeds.resuming import variable_of
from server.graphql.limits import Limits
from server.graphql.meters import Meters
from server.graphql.operations import Operation, RefusedError, Variables

AGAIN_S = 1.0


class Cohorts:
    """One for the server. A source is closed as soon as its last viewer has left: opening one costs next to nothing."""

    def __init__(self, engine: Engine, limits: Limits, meters: Meters) -> None:
        self._engine, self._limits, self._meters = engine, limits, meters
        self._shared: dict[Hashable, Cohort] = {}
        self._all: set[Cohort] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def join(self, operation: Operation, variables: Variables, context: Context, carrier: Carrier) -> Membership:
        """Watch a subscription's feed. The carrier is called once this has returned, and never before.

        Raises RefusedError for variables that do not fit, for what the field refuses, and once the server stops.
        """
        if self._is_closed:
            raise RefusedError([stopping()], HTTPStatus.SERVICE_UNAVAILABLE)
        feed = self._engine.feed(operation, variables, context)
        if feed.is_shared:
            return await self._all_who_ask(operation, feed, context).join(carrier)
        shared, own = self._shared_of(operation, feed, variables, context), self._new(feed, context)
        if shared is None or feed.delivery.place is None:
            return await own.join(carrier)
        own.overlap = Overlap(feed.delivery.place, self._limits, own.can_move)
        member = await own.join(carrier)
        if member.is_live and not self._is_closed:
            self._all_who_ask(operation, shared, context).host(own, own.overlap)
        return member

    async def close(self) -> None:
        """End all operations and close all sources; returns when that is done."""
        self._is_closed = True
        for cohort in list(self._all):
            cohort.end(Ending((stopping().formatted,)))
        while self._closing:
            _, late = await asyncio.wait(self._closing, timeout=AGAIN_S)
            for task in late:  # a cancellation can be lost on its way, as in `asyncio.wait_for` before Python 3.12
                task.cancel()

    def key_of(self, operation: Operation, feed: Feed, context: Context) -> Hashable:
        """Whoever has the same key gets the same answers.

        So all that an answer can depend on is in it: what is asked, what the viewer may see, and the address that it
        came by, which is in the links.
        """
        variables = json.dumps(feed.variables, sort_keys=True, default=repr)
        return operation.normal, variables, context.viewer, context.links

    def _all_who_ask(self, operation: Operation, feed: Feed, context: Context) -> Cohort:
        key = self.key_of(operation, feed, context)
        if key not in self._shared:
            self._shared[key] = self._new(feed, context, key)
        return self._shared[key]

    def _shared_of(self, operation: Operation, feed: Feed, variables: Variables, context: Context) -> Feed | None:
        """The same feed without its `after`, where it is known to tell the same from there on."""
        name = variable_of(operation, feed, "after")
        if feed.delivery.place is None or name is None:
            return None
        try:
            shared = self._engine.feed(operation, {key: variables[key] for key in variables if key != name}, context)
        except RefusedError:  # it may not be left out
            return None
        return shared if shared.is_shared else None

    def _new(self, feed: Feed, context: Context, key: Hashable = None) -> Cohort:
        def over(cohort: Cohort) -> None:
            self._all.discard(cohort)
            self._shared.pop(key, None)

        cohort = Cohort(self._engine, feed, context, self._limits, self._meters, over)
        self._all.add(cohort)
        self._closing.add(cohort.task)
        cohort.task.add_done_callback(self._closing.discard)
        return cohort
