"""Runs what sockets and event streams carry: operations of every kind, with no surprises but RefusedError."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from graphql import GraphQLError, OperationType
from starlette.requests import HTTPConnection
from starlette.types import Scope

from schema.context import Context
from schema.errors import told
from schema.ports import Viewer
from server.graphql.cohort import Membership
from server.graphql.cohorts import Cohorts
from server.graphql.encoding import encode
from server.graphql.engine import Engine
from server.graphql.entry import NewContext
from server.graphql.mailbox import Carrier
from server.graphql.operations import Asked, Operation, RefusedError, Variables, refused


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
        with self._telling(context):
            operation = self._engine.prepare(asked, context.viewer)
        self.meters.requests[operation.kind.value] += 1
        return operation

    async def perform(
        self, operation: Operation, variables: Variables, context: Context, carrier: Carrier
    ) -> bytes | Membership:
        """The one answer of a query or mutation, as JSON; of a subscription its place. Raises RefusedError."""
        with self._telling(context):
            if operation.kind is OperationType.SUBSCRIPTION:
                return await self._cohorts.join(operation, variables, context, carrier)
            return encode(await self._engine.run(operation, variables, context))

    @contextmanager
    def _telling(self, context: Context) -> Iterator[None]:
        """Whatever is raised is counted, and can be told to the client."""
        try:
            yield
        except RefusedError as refusal:
            self._count(refusal)
            raise
        except RecursionError:
            raise self._count(refused("the document or its variables are nested too deeply", "BAD_REQUEST")) from None
        except Exception as unexpected:  # noqa: BLE001 (is logged there, and its text kept back)
            masked = told(GraphQLError(str(unexpected), original_error=unexpected), context.new_id)
            raise self._count(RefusedError([masked])) from None

    def _count(self, refusal: RefusedError) -> RefusedError:
        self.meters.refuse(refusal)
        self.meters.failed += any((error.extensions or {}).get("code") == "INTERNAL" for error in refusal.errors)
        return refusal
