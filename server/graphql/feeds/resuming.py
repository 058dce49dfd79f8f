"""Which of a subscription's variables says where it goes on."""

from __future__ import annotations

import re

from graphql import VariableNode

from server.graphql.engine import Feed
from server.graphql.operations import Operation

DEFINED_AND_USED = 2
"""Times that a variable's name stands in a document which uses it once."""


def variable_of(operation: Operation, feed: Feed, argument: str) -> str | None:
    """The variable that is this argument of the subscription's one field, and nothing else; None if there is none."""
    nodes, _ = feed.place
    given = (each.value for each in nodes[0].arguments or () if each.name.value == argument)
    name = next((value.name.value for value in given if isinstance(value, VariableNode)), None)
    return name if name and len(re.findall(rf"\${name}\b", operation.normal)) == DEFINED_AND_USED else None
