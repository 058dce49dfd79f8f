"""Runs what sockets and event streams carry: operations of every kind, with no surprises but RefusedError."""

from __future__ import annotations

from graphql import OperationType
from starlette.requests import HTTPConnection
from starlette.types import Scope

from schema.context import Context
from schema.ports import Viewer
from server.graphql.encoding import encode
from server.graphql.engine import Engine
from server.graphql.feeds.cohorts import Cohorts
from server.graphql.feeds.mailbox import Carrier
from server.graphql.feeds.membership import Membership
from server.graphql.http.entry import NewContext
from server.graphql.operations import Asked, Operation, Variables
from server.graphql.telling import telling


class Performer:
    """One for the server."""

    def __init__(self, engine: Engine, cohorts: Cohorts, new_context: NewContext) -> None:
        self.meters = engine.meters
        self._engine = engine
        self._cohorts = cohorts
        self._new_context = new_context

    def context(self, scope: Scope, viewer: Viewer) -> Context:
        """A context of its own for the next operation."""
        return self._new_context(HTTPConnection(scope), viewer)

    def prepare(self, asked: Asked, context: Context) -> Operation:
        """The operation that is asked for, counted. Raises RefusedError."""
        with telling(self.meters, context.new_id):
            operation = self._engine.prepare(asked, context.viewer)
        self.meters.requests[operation.kind.value] += 1
        return operation

    async def perform(
        self, operation: Operation, variables: Variables, context: Context, carrier: Carrier
    ) -> bytes | Membership:
        """The one answer of a query or mutation, as JSON; of a subscription its place. Raises RefusedError."""
        with telling(self.meters, context.new_id):
            if operation.kind is OperationType.SUBSCRIPTION:
                return await self._cohorts.join(operation, variables, context, carrier)
            return encode(await self._engine.run(operation, variables, context))
