"""What is told of requests that may hold a secret: what is wrong and where, but no value that a client has written.

graphql-core shows the value that does not fit its type, to its sender and to whoever keeps his logs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from graphql import (
    GraphQLError,
    GraphQLSyntaxError,
    ObjectFieldNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    print_ast,
)

WORDS = re.compile("token|passphrase|password|secret", re.IGNORECASE)
"""In whatever spelling, as whoever sends a secret may have misspelt the name of its argument."""
UNSHOWN = "what it is, is not shown where a secret may be among the values"


def may_hold_secrets(document: str) -> bool:
    """Whether the document speaks of secrets at all."""
    return WORDS.search(document) is not None


def of_the_document(errors: Sequence[GraphQLError]) -> Sequence[GraphQLError]:
    """These errors, found in parsing or validation, without the values in their messages."""
    for error in errors:
        if isinstance(error, GraphQLSyntaxError):
            error.message = f"Syntax Error: this does not parse; {UNSHOWN}"
        elif _is_about_a_value(error):
            error.message = f"a value is not of the type that is wanted here; {UNSHOWN}"
    return errors


def of_the_variables(errors: Sequence[GraphQLError]) -> Sequence[GraphQLError]:
    """These errors, found in reading the variables, without the values in their messages."""
    for error in errors:
        for node in error.nodes or ():
            if isinstance(node, VariableDefinitionNode):
                name, kind = node.variable.name.value, print_ast(node.type)
                error.message = f"Variable '${name}' has invalid value: it is no {kind}; {UNSHOWN}"
    return errors


def _is_about_a_value(error: GraphQLError) -> bool:
    values = (ValueNode, ObjectFieldNode)
    return any(isinstance(node, values) and not isinstance(node, VariableNode) for node in error.nodes or ())
