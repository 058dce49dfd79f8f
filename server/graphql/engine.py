"""Runs operations: graphql-core executes, with a context of its own for each operation and each event."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

from graphql import ExecutionResult, FieldNode, GraphQLError, OperationType, located_error
from graphql.execution import create_source_event_stream, execute_root_selection_set, execute_subscription_event
from graphql.execution.collect_fields import collect_fields
from graphql.execution.executor import Executor
from graphql.execution.values import get_argument_values

from schema.compose import Schema
from schema.context import Context
from schema.delivery import Delivery
from schema.errors import told
from schema.fields import delivery_of
from schema.ports import Viewer
from server.graphql.documents.documents import Documents
from server.graphql.documents.trusted import Trusted
from server.graphql.executor import LeafExecutor
from server.graphql.leaves import Leaves
from server.graphql.limits import Limits
from server.graphql.meters import Meters
from server.graphql.operations import Asked, Operation, RefusedError, Variables, refused
from server.graphql.secrets import of_the_variables

T = TypeVar("T")
Answer = Mapping[str, Any]
"""What becomes JSON: `data`, and `errors` where there are some."""


@dataclass(frozen=True, slots=True, eq=False)
class Feed:
    """A subscription that may be opened. `variables` are coerced: defaults are in, what the document knows not is out.

    `resumes`: it begins with an `after`, so its replay is one viewer's own.
    """

    delivery: Delivery
    resumes: bool
    variables: Variables
    place: tuple[list[FieldNode], str]
    executor: Executor[None]

    @property
    def is_shared(self) -> bool:
        """Whether all who ask for it may be served from one source."""
        return self.delivery.is_shared and not self.resumes


class Engine:
    """One for the server."""

    def __init__(
        self, schema: Schema, limits: Limits, meters: Meters, trusted: Trusted | None = None, *, dev: bool = False
    ) -> None:
        self._schema = schema._schema  # noqa: SLF001 (Strawberry's name for graphql-core's schema)
        self._leaves = Leaves()
        self._limits = limits
        self.meters = meters
        self._is_helpful = dev
        self.documents = Documents(schema, limits, meters, trusted, dev=dev)

    def prepare(self, asked: Asked, viewer: Viewer) -> Operation:
        """The operation that is asked for, which this viewer may run. Raises RefusedError."""
        operation = self.documents.operation(asked)
        if operation.scope > viewer.scope:
            raise refused(
                f"{operation.wanting} needs a token with the scope {operation.scope.word!r};"
                f" this one has {viewer.scope.word!r}",
                "FORBIDDEN",
                HTTPStatus.FORBIDDEN,
                scope=operation.scope.word,
            )
        return operation

    async def run(self, operation: Operation, variables: Variables, context: Context) -> Answer:
        """The answer of a query or mutation. Raises RefusedError for variables that do not fit, and in time-out.

        Only queries are given up after `operation_timeout_s`: what a mutation has begun, it ends.
        """
        executor = self._executor(operation, variables, context.for_operation())
        is_query = operation.kind is OperationType.QUERY
        try:
            async with asyncio.timeout(self._limits.operation_timeout_s if is_query else None):
                result = await _awaited(execute_root_selection_set(executor))
        except TimeoutError:
            text = f"the operation took longer than {self._limits.operation_timeout_s:g} s; ask for less at once"
            raise self._over("operation_timeout_s", text, HTTPStatus.REQUEST_TIMEOUT) from None
        return self._answer(result, context)

    def feed(self, operation: Operation, variables: Variables, context: Context) -> Feed:
        """The feed that a subscription is about; nothing is open yet. Raises RefusedError for what does not fit."""
        executor = self._executor(operation, variables, context.for_operation())
        try:
            return self._root(executor)
        except GraphQLError as error:
            raise RefusedError([told(error, context.new_id)]) from None

    async def open(self, feed: Feed, context: Context) -> AsyncIterator[Any]:
        """The field's own values, each of which `tell` turns into an answer; close them when nobody listens any more.

        Raises RefusedError for what the field refuses.
        """
        events: AsyncIterable[Any] | ExecutionResult = await _awaited(create_source_event_stream(feed.executor))
        if isinstance(events, ExecutionResult):
            raise RefusedError([told(error, context.new_id) for error in events.errors or ()])
        return aiter(events)

    async def tell(self, feed: Feed, event: object, context: Context) -> Answer:
        """The answer that one event of the feed makes. Nothing that was read for an earlier event is used again."""
        executor = feed.executor.build_per_event_executor(event)
        executor.context_value = context.for_operation()
        return self._answer(await _awaited(execute_subscription_event(executor)), context)

    def failed(self, feed: Feed, error: Exception, context: Context) -> GraphQLError:
        """What the viewers are told of a source that broke off; what nobody expected is logged."""
        nodes, name = feed.place
        shown = told(located_error(error, nodes, [name]), context.new_id)
        self.meters.failed += (shown.extensions or {}).get("code") == "INTERNAL"
        return shown

    def _executor(self, operation: Operation, variables: Variables, context: Context) -> Executor[None]:
        self.documents.overruns.check("max_cost", operation.cost(variables))
        built = LeafExecutor.build(
            self._schema,
            operation.document,
            context_value=context,
            raw_variable_values=dict(variables),
            operation_name=operation.name,
            leaves=self._leaves,
            hide_suggestions=not self._is_helpful,
        )
        if isinstance(built, list):
            errors = of_the_variables(built) if operation.is_secret else built
            raise RefusedError([told(error, context.new_id) for error in errors])
        return built

    def _root(self, executor: Executor[None]) -> Feed:
        """The subscription's one field. Raises GraphQLError for arguments that are none."""
        root = executor.schema.subscription_type
        operation = executor.operation
        assert root is not None  # noqa: S101 (a document that subscribes fits the schema)
        collected = collect_fields(
            executor.schema, executor.fragments, executor.variable_values, root, operation, hide_suggestions=True
        )
        ((name, details),) = collected.grouped_field_set.items()
        nodes = [each.node for each in details]
        field = root.fields[nodes[0].name.value]
        values = executor.variable_values
        resumes = get_argument_values(field, nodes[0], values).get("after") is not None
        return Feed(delivery_of(field), resumes, values.coerced, (nodes, name), executor)

    def _over(self, limit: str, text: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> RefusedError:
        self.meters.over_limit[limit] += 1
        return refused(text, "LIMIT_EXCEEDED", status, limit=limit)

    def _answer(self, result: ExecutionResult, context: Context) -> Answer:
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            errors: list[GraphQLError] = [told(error, context.new_id) for error in result.errors]
            self.meters.failed += any((error.extensions or {}).get("code") == "INTERNAL" for error in errors)
            answer["errors"] = [error.formatted for error in errors]
        return answer


async def _awaited(value: Awaitable[T] | T) -> T:
    """What graphql-core answers at once, or later."""
    if inspect.isawaitable(value):
        awaited: T = await value
        return awaited
    return value
