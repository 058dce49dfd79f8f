"""The live feeds that are being watched: one source and one execution for all who ask the same."""

from __future__ import annotations

from schema.context import Context
from server.graphql.cohort import Membership
from server.graphql.engine import Engine
from server.graphql.limits import Limits
from server.graphql.mailbox import Carrier
from server.graphql.meters import Meters
from server.graphql.operations import Operation, Variables


class Cohorts:
    """One for the server."""

    def __init__(self, engine: Engine, limits: Limits, meters: Meters) -> None:
        self._engine = engine
        self._limits = limits
        self._meters = meters

    async def join(self, operation: Operation, variables: Variables, context: Context, carrier: Carrier) -> Membership:
        """Watch a subscription's feed. The carrier is called once this has returned, and never before.

        Raises RefusedError for variables that do not fit, and for what the field refuses.
        """
        raise NotImplementedError

    async def close(self) -> None:
        """End all operations and close all sources; returns when that is done."""
        raise NotImplementedError
