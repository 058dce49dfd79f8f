"""Hops between rows: one call for all the parents of a level, instead of one call each.

A batch resolver takes the list of parents and returns the list of their answers, in order:

    async def circuits_of(parents: strawberry.Parent[list[Panel]], info: Info) -> list[list[Circuit]]: ...

    @strawberry.type
    class Panel:
        circuits: list[Circuit] = batch(circuits_of, description="...")

graphql-core calls a field parent by parent; a DataLoader gathers those calls. It gathers only, and remembers nothing:
a later event of the same subscription must never be served a row that was read for an earlier one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

import strawberry
from strawberry.dataloader import DataLoader
from strawberry.extensions import FieldExtension, SchemaExtension

from schema.context import Context, Info

BatchResolver = Callable[..., Awaitable[Sequence[Any]]]


def batch(resolver: BatchResolver, *, description: str) -> Any:  # noqa: ANN401 (the field's annotation says what it is)
    """A field served by a batch resolver. An exception in the list of answers fails that parent alone."""
    return strawberry.field(resolver=resolver, description=description, extensions=[_Gathered(resolver)])


class _Gathered(FieldExtension):
    """Turns a call with one parent into a place in the next call with many."""

    def __init__(self, resolver: BatchResolver) -> None:
        self._resolver = resolver

    async def resolve_async(
        self,
        next_: Callable[..., Awaitable[Any]],  # noqa: ARG002 (the loader calls the resolver itself, with all parents)
        source: Any,  # noqa: ANN401 (the parent)
        info: Info,
        **kwargs: Any,  # noqa: ANN401 (the field's arguments)
    ) -> Any:  # noqa: ANN401 (what the field is annotated with)
        return await self._loader(info, kwargs).load(source)

    def _loader(self, info: Info, arguments: dict[str, Any]) -> DataLoader[Any, Any]:
        # One place in the document is one set of arguments, so its node tells apart `a: history` and `b: history`.
        key = (id(self), id(info._raw_info.field_nodes[0]))  # noqa: SLF001 (Strawberry offers no other way to the node)
        loaders = info.context.loaders
        if key not in loaders:
            rest = {name: value for name, value in arguments.items() if name != "parents"}

            async def load(parents: list[Any]) -> Sequence[Any]:
                return await self._resolver(parents=parents, info=info, **rest)

            loaders[key] = DataLoader(load, cache=False)
        return loaders[key]


class OperationContext(SchemaExtension):
    """Gives each operation its own context: the view makes one per socket, and a socket carries many operations."""

    def on_operation(self) -> Iterator[None]:
        """Swap the context before anything is resolved."""
        context = self.execution_context.context
        if isinstance(context, Context):
            self.execution_context.context = context.for_operation()
        yield
