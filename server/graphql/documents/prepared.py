"""A document that parses, fits the schema and keeps the limits, and the operations in it."""

from __future__ import annotations

from graphql import DocumentNode, OperationDefinitionNode, OperationType, parse

from server.graphql.documents.cost import costing
from server.graphql.documents.normal import normal
from server.graphql.documents.weights import Weights
from server.graphql.operations import Operation, refused
from server.graphql.permissions import needed
from server.graphql.secrets import may_hold_secrets

BYTES_PER_TOKEN = 500
"""Of memory, measured with tracemalloc: a token, its node, and where both stand."""


class Prepared:
    """Its operations are made ready when they are asked for first. `over` are the limits it was let through above."""

    def __init__(self, weights: Weights, text: str, document: DocumentNode, over: list[str]) -> None:
        self._weights = weights
        self.text = text
        self._document = document
        self._definitions = {
            definition.name.value if definition.name else None: definition
            for definition in document.definitions
            if isinstance(definition, OperationDefinitionNode)
        }
        self._ready: dict[str | None, Operation] = {}
        self.over = over

    @property
    def size_bytes(self) -> int:
        """About how much memory it takes."""
        tokens: int = getattr(self._document, "token_count", 0)
        return 4 * len(self.text) + BYTES_PER_TOKEN * tokens

    def operation(self, name: str | None) -> Operation:
        """The operation with this name, or the only one; raises RefusedError for any other."""
        name = name or None
        ready = self._ready.get(name)
        if ready is None:
            ready = self._ready[name] = self._made_ready(self._definition(name))
        return ready

    def _definition(self, name: str | None) -> OperationDefinitionNode:
        if name in self._definitions:
            return self._definitions[name]
        if name is None and len(self._definitions) == 1:
            return next(iter(self._definitions.values()))
        names = ", ".join(repr(each) for each in self._definitions if each)
        there = f"it has {names}" if names else "its only one has no name"
        if name is not None:
            raise refused(f"the document has no operation {name[:60]!r}: {there}", "BAD_REQUEST")
        raise refused(f"the document has several operations: say in `operationName` which ({there})", "BAD_REQUEST")

    def _made_ready(self, definition: OperationDefinitionNode) -> Operation:
        scope, wanting = needed(self._weights.schema, self._document, definition)
        return Operation(
            document=self._executed(definition),
            name=definition.name.value if definition.name else None,
            kind=definition.operation,
            normal=normal(self._document, definition),
            scope=scope,
            wanting=wanting,
            cost=costing(self._weights, self._document, definition),
            is_secret=may_hold_secrets(self.text),
        )

    def _executed(self, definition: OperationDefinitionNode) -> DocumentNode:
        """For a subscription without places in the text: viewers who spell it otherwise share its answers."""
        is_shared = definition.operation is OperationType.SUBSCRIPTION
        return parse(self.text, no_location=True) if is_shared else self._document
