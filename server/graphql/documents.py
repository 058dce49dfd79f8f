"""Documents: parsed, validated and held to the limits once, then known."""

from __future__ import annotations

from schema.compose import Schema
from server.graphql.limits import Limits
from server.graphql.meters import Meters
from server.graphql.operations import Asked, Operation


class Documents:
    """The documents asked for last, bounded by count and bytes."""

    def __init__(self, schema: Schema, limits: Limits, meters: Meters) -> None:
        self._schema = schema
        self._limits = limits
        self._meters = meters

    def operation(self, asked: Asked) -> Operation:
        """The operation that is asked for; raises RefusedError for what does not parse, fit or keep the limits."""
        raise NotImplementedError
