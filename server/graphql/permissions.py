"""What an operation needs: the widest scope that any of its fields wants (`schema/rules.toml`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
)

from schema.ports import Scope
from schema.rules import scope_at

Here: TypeAlias = GraphQLNamedType | None
"""The type that a selection is made on."""


def needed(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> tuple[Scope, str]:
    """The scope, and the first field that wants it, as `Type.field`, of a document that fits the schema.

    Whatever could be reached counts: a field that variables leave out (@skip, @include) is wanted all the same.
    """
    root = schema.get_root_type(operation.operation)
    assert root is not None  # noqa: S101 (the document fits the schema)
    widest, wanting = Scope.READ, root.name
    for parent, name in _fields(schema, document, root, operation.selection_set):
        scope = scope_at(schema, parent, name)
        if scope > widest or wanting == root.name:
            widest, wanting = scope, f"{parent.name}.{name}"
    return widest, wanting


def _fields(
    schema: GraphQLSchema, document: DocumentNode, root: GraphQLObjectType, selected: SelectionSetNode
) -> Iterator[tuple[GraphQLObjectType | GraphQLInterfaceType, str]]:
    """Each field as it stands in the text, fragments where they are spread first. What is meta asks for nothing."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    waiting: list[tuple[Here, SelectionNode]] = [(root, each) for each in reversed(selected.selections)]
    while waiting:
        here, node = waiting.pop()
        inside: Here
        if isinstance(node, FieldNode):
            if node.name.value.startswith("__"):
                continue
            assert isinstance(here, GraphQLObjectType | GraphQLInterfaceType)  # noqa: S101 (as above)
            yield here, node.name.value
            inside, below = get_named_type(here.fields[node.name.value].type), node.selection_set
        elif isinstance(node, FragmentSpreadNode):
            fragment = fragments.pop(node.name.value, None)
            if fragment is None:  # it was there before
                continue
            inside, below = schema.get_type(fragment.type_condition.name.value), fragment.selection_set
        else:
            assert isinstance(node, InlineFragmentNode)  # noqa: S101 (there are no others)
            condition = node.type_condition
            inside, below = (schema.get_type(condition.name.value) if condition else here), node.selection_set
        waiting += [(inside, each) for each in reversed(below.selections if below else ())]
