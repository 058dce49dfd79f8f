"""How many values the variables of an operation hold, where each of them is looked at: in lists and input objects."""

from __future__ import annotations

from typing import TypeAlias

from graphql import (
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLType,
    OperationDefinitionNode,
    is_leaf_type,
)
from graphql.utilities import type_from_ast

from server.graphql.operations import Variables

Kind: TypeAlias = GraphQLType | None


class Given:
    """The variables of one operation that can hold many values. A scalar is one value, however large."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        every = {
            each.variable.name.value: type_from_ast(schema, each.type) for each in operation.variable_definitions or ()
        }
        self.wide = {name: kind for name, kind in every.items() if not is_leaf_type(_bare(kind))}

    def values(self, variables: Variables) -> int:
        """How many there are; whether they fit is the execution's to say."""
        waiting = [(variables[name], kind) for name, kind in self.wide.items() if name in variables]
        count = 0
        while waiting:
            value, kind = waiting.pop()
            kind = _bare(kind)
            if isinstance(kind, GraphQLList) and isinstance(value, list):
                count += len(value)
                if not is_leaf_type(_bare(kind.of_type)):
                    waiting += [(each, kind.of_type) for each in value]
            elif isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict):
                count += len(value)
                waiting += [(value[name], field.type) for name, field in kind.fields.items() if name in value]
        return count


def _bare(kind: Kind) -> Kind:
    return kind.of_type if isinstance(kind, GraphQLNonNull) else kind
