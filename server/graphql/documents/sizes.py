"""How many rows a list will have, by the arguments of its field: known beforehand, or by a variable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    ValueNode,
    VariableNode,
)
from graphql.utilities.coerce_input_value import coerce_default_value

from server.graphql.operations import Variables

MOST = 1e9
"""Nothing is counted further."""
DIGITS = 10
INT_MAX = 2**31 - 1
"""GraphQL's Int ends there: what is more is refused by the execution, with the name of its variable."""


@dataclass(frozen=True, slots=True)
class Size:
    """`fixed` rows; with a variable so many as it says, or has entries, and `fixed` where it says nothing."""

    fixed: float
    variable: str | None = None

    def of(self, variables: Variables) -> float:
        """Whatever the variable is: what is no number of rows is refused by the execution."""
        return self.fixed if self.variable is None else counted(variables.get(self.variable), self.fixed)


ONE = Size(1.0)


def counted(value: object, otherwise: float) -> float:
    """The rows that a value asks for: a number of them, or a list of them."""
    if isinstance(value, list | tuple):
        return float(len(value))
    if isinstance(value, bool) or not isinstance(value, int | float) or value > INT_MAX:
        return otherwise
    return float(max(0, value))


class Arguments:
    """Reads the sizes in one operation."""

    def __init__(self, operation: OperationDefinitionNode) -> None:
        self._defaults = {each.variable.name.value: each.default_value for each in operation.variable_definitions or ()}

    def size(self, node: FieldNode, field: GraphQLField, names: tuple[str, ...], otherwise: float) -> Size | None:
        """By the first of these arguments that the field takes; None where it takes none of them."""
        for name in names:
            if name in field.args:
                default = counted(coerce_default_value(field.args[name]), otherwise)
                return self._of(_given(node, name), default)
        return None

    def _of(self, value: ValueNode | None, otherwise: float) -> Size:
        if isinstance(value, VariableNode):
            name = value.name.value
            return Size(_literal(self._defaults.get(name), otherwise), name)
        return Size(_literal(value, otherwise))


def _given(node: FieldNode, name: str) -> ValueNode | None:
    return next((each.value for each in node.arguments or () if each.name.value == name), None)


def _literal(value: Any, otherwise: float) -> float:  # noqa: ANN401 (a node, or none)
    if isinstance(value, ListValueNode):
        return float(len(value.values))
    if isinstance(value, IntValueNode):
        return counted(int(value.value) if len(value.value) <= DIGITS else MOST, otherwise)
    return otherwise
