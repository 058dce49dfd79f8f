"""Closed sets of words in the graph."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition


def shown(enum: type[Enum], description: str, values: Mapping[str, str]) -> None:
    """Put the enum into the graph, with a description of each value; raises KeyError when one is missing."""
    strawberry.enum(enum, description=description)
    definition: StrawberryEnumDefinition = enum.__strawberry_definition__  # type: ignore[attr-defined]  # just set
    for value in definition.values:
        value.description = values[value.name]
