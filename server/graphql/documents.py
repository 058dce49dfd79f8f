"""Documents: parsed, validated and held to the limits once, then known."""

from __future__ import annotations

from schema.compose import Schema
from server.graphql.kept import Kept
from server.graphql.limits import Limits
from server.graphql.meters import Meters
from server.graphql.operations import Asked, Operation, refused
from server.graphql.overruns import Overruns
from server.graphql.prepared import Prepared
from server.graphql.reading import Reader


class Documents:
    """The documents asked for last, bounded by count and bytes. With `dev` errors suggest what may have been meant."""

    def __init__(self, schema: Schema, limits: Limits, meters: Meters, *, dev: bool = False) -> None:
        self._meters = meters
        self.overruns = Overruns(limits, meters)
        core = schema._schema  # noqa: SLF001 (Strawberry's name for graphql-core's schema)
        self._reader = Reader(core, limits, self.overruns, is_helpful=dev)
        self._known: Kept[str, Prepared] = Kept(limits.cached_documents, limits.cached_document_bytes)

    def operation(self, asked: Asked) -> Operation:
        """The operation that is asked for; raises RefusedError for what does not parse, fit or keep the limits."""
        if not isinstance(asked.query, str):
            raise refused("the request has no `query`: send the document there, as a string", "BAD_REQUEST")
        try:
            return self._prepared(asked.query).operation(asked.operation_name)
        except RecursionError:
            pass
        # Only here, so that the error does not hold on to all the frames that it came through.
        raise refused("the document is nested too deeply: ask in several requests", "GRAPHQL_VALIDATION_FAILED")

    def _prepared(self, text: str) -> Prepared:
        known = self._known.get(text)
        if known is None:
            return self._learnt(text)
        self._meters.documents_known += 1
        for limit in known.over:
            self._meters.over_limit[limit] += 1
        return known

    def _learnt(self, text: str) -> Prepared:
        prepared = self._reader.read(text)
        self._meters.documents_new += 1
        self._known.put(text, prepared, prepared.size_bytes)
        return prepared
