"""What an operation may cost, worked out once for each document: a few sums, which only wait for the variables.

The weights are in `weights.py`. Everything that is written counts, also what variables leave out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
)
from graphql.type.introspection import SchemaMetaFieldDef, TypeMetaFieldDef

from server.graphql.documents.given import Given
from server.graphql.documents.sizes import MOST, ONE, Arguments, Size
from server.graphql.documents.weights import (
    ASSUMED_COLUMNS,
    COLUMNS,
    LEAF,
    NUMBER,
    PAGES,
    POINTS,
    VALUE,
    Weights,
    is_list,
)
from server.graphql.operations import Variables

META = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}
Cost: TypeAlias = Callable[[Variables], int]


class Sum(NamedTuple):
    """`fixed`, and for each term its factor, times a size, times the value of an earlier sum."""

    fixed: float = 0.0
    terms: tuple[tuple[float, Size, int], ...] = ()

    def value(self, variables: Variables, values: Sequence[float]) -> float:
        """By the variables, and the values of the sums before it."""
        total = self.fixed
        for factor, size, place in self.terms:
            total += factor * size.of(variables) * values[place]
        return min(total, MOST)


def costing(weights: Weights, document: DocumentNode, operation: OperationDefinitionNode) -> Cost:
    """The cost of the operation, by its variables; of a document that fits the schema."""
    sums, last = _Writer(weights, document, operation).written()
    given = Given(weights.schema, operation)
    if not last.terms and not given.wide:
        known = _rounded(last.fixed)
        return lambda _variables: known

    def cost(variables: Variables) -> int:
        values: list[float] = []
        for each in sums:
            values.append(each.value(variables, values))
        return _rounded(last.value(variables, values) + VALUE * given.values(variables))

    return cost


def _rounded(value: float) -> int:
    return math.ceil(round(min(value, MOST), 6))


class _Writer:
    """Writes the sums. Each fragment is a sum of its own, so that spreading it often is no work."""

    def __init__(self, weights: Weights, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        self._weights = weights
        self._schema = weights.schema
        self._operation = operation
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self._arguments = Arguments(operation)
        self._sums: list[Sum] = []
        self._spread: dict[tuple[str, Size | None], Sum] = {}

    def written(self) -> tuple[list[Sum], Sum]:
        """The sums in the order in which they are needed, and the last of them."""
        root = self._schema.get_root_type(self._operation.operation)
        assert root is not None  # noqa: S101 (the document fits the schema)
        last = self._selected(root, self._operation.selection_set, None)
        return self._sums, last

    def _selected(self, here: GraphQLNamedType, selected: SelectionSetNode | None, page: Size | None) -> Sum:
        """`page` is the size that the field around it was asked for: a connection's, for the lists right in it."""
        return _added(self._selection(here, each, page) for each in (selected.selections if selected else ()))

    def _selection(self, here: GraphQLNamedType, node: SelectionNode, page: Size | None) -> Sum:
        if isinstance(node, FieldNode):
            return self._field(here, node, page)
        if isinstance(node, InlineFragmentNode):
            inside = self._schema.get_type(node.type_condition.name.value) if node.type_condition else here
            assert inside is not None  # noqa: S101 (as above)
            return self._selected(inside, node.selection_set, page)
        return self._fragment(node.name.value, page)  # type: ignore[attr-defined]  # the third kind: a spread

    def _fragment(self, name: str, page: Size | None) -> Sum:
        if (name, page) not in self._spread:
            fragment = self._fragments[name]
            inside = self._schema.get_type(fragment.type_condition.name.value)
            assert inside is not None  # noqa: S101 (as above)
            self._spread[name, page] = self._named(self._selected(inside, fragment.selection_set, page))
        return self._spread[name, page]

    def _field(self, here: GraphQLNamedType, node: FieldNode, page: Size | None) -> Sum:
        name = node.name.value
        if name == "__typename":
            return Sum(LEAF)
        field = META.get(name) or _field_of(here, name)
        own = self._arguments.size(node, field, PAGES, 0.0)
        one = _added([Sum(self._weights.of(here, field, name)), self._below(node, field, own)])
        extra = Sum(self._weights.besides(here, name))
        if is_list(field):
            size = own or self._ids(node, field) or page or Size(self._weights.rows(here, name))
            return _added([extra, self._times(one, size)])
        return _added([extra, one, self._series(node, field)])

    def _below(self, node: FieldNode, field: GraphQLField, own: Size | None) -> Sum:
        return self._selected(get_named_type(field.type), node.selection_set, None if is_list(field) else own)

    def _ids(self, node: FieldNode, field: GraphQLField) -> Size | None:
        return self._arguments.size(node, field, ("ids",), 1.0)

    def _series(self, node: FieldNode, field: GraphQLField) -> Sum:
        points = self._arguments.size(node, field, (POINTS,), 0.0)
        if points is None:
            return Sum()
        columns = self._arguments.size(node, field, COLUMNS, ASSUMED_COLUMNS) or ONE
        return self._times(self._times(Sum(NUMBER), columns), points)

    def _times(self, one: Sum, size: Size) -> Sum:
        if size.variable is not None:
            return Sum(0.0, ((1.0, size, self._place(one)),))
        terms = tuple((min(factor * size.fixed, MOST), each, place) for factor, each, place in one.terms)
        return Sum(min(one.fixed * size.fixed, MOST), terms)

    def _named(self, one: Sum) -> Sum:
        """As short as can be, however long it is."""
        return Sum(0.0, ((1.0, ONE, self._place(one)),)) if one.terms else one

    def _place(self, one: Sum) -> int:
        self._sums.append(one)
        return len(self._sums) - 1


def _added(sums: Iterable[Sum]) -> Sum:
    every = list(sums)
    fixed = sum(each.fixed for each in every)
    return Sum(min(fixed, MOST), tuple(term for each in every for term in each.terms))


def _field_of(here: GraphQLNamedType, name: str) -> GraphQLField:
    assert isinstance(here, GraphQLObjectType | GraphQLInterfaceType)  # noqa: S101 (the document fits the schema)
    field: GraphQLField = here.fields[name]
    return field
