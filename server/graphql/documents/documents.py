"""Documents: parsed, validated and held to the limits once, then known."""

from __future__ import annotations

from collections.abc import Hashable
from http import HTTPStatus

from schema.compose import Schema
from server.graphql.documents.automatic import asked_hash, check_hash, unknown_hash
from server.graphql.documents.kept import Kept
from server.graphql.documents.overruns import Overruns
from server.graphql.documents.prepared import Prepared
from server.graphql.documents.reading import Reader
from server.graphql.documents.trusted import Trusted, TrustedError
from server.graphql.limits import Limits
from server.graphql.meters import Meters
from server.graphql.operations import Asked, Operation, RefusedError, refused

HASH = "sha256:"
"""What a document's id begins with that is its SHA-256."""


class Documents:
    """The documents asked for last, bounded by count and bytes; and those that are trusted, for good.

    A document is known by its text, and by its SHA-256 once a client has sent both. With `dev` errors suggest what may
    have been meant. Raises TrustedError when a trusted document does not fit the schema or is over a limit.
    """

    def __init__(
        self, schema: Schema, limits: Limits, meters: Meters, trusted: Trusted | None = None, *, dev: bool = False
    ) -> None:
        self._meters = meters
        self.overruns = Overruns(limits, meters)
        core = schema._schema  # noqa: SLF001 (Strawberry's name for graphql-core's schema)
        self._reader = Reader(core, limits, self.overruns, is_helpful=dev)
        self._known: Kept[Hashable, Prepared] = Kept(limits.cached_documents, limits.cached_document_bytes)
        self._trusted = self._trust(trusted or Trusted())
        self._only = {each.text: each for each in self._trusted.values()} if trusted and trusted.only else None

    def _trust(self, trusted: Trusted) -> dict[str, Prepared]:
        prepared = {}
        for name, text in trusted.texts.items():
            try:
                prepared[name] = self._reader.read(text)
            except RefusedError as refusal:
                raise TrustedError(trusted.path, f"document {name[:60]!r}: {refusal}") from None
        return prepared

    def operation(self, asked: Asked) -> Operation:
        """The operation that is asked for; raises RefusedError for what does not parse, fit or keep the limits."""
        try:
            return self._asked(asked).operation(asked.operation_name)
        except RecursionError:
            pass
        # Only here, so that the error does not hold on to all the frames that it came through.
        raise refused("the document is nested too deeply: ask in several requests", "GRAPHQL_VALIDATION_FAILED")

    def _asked(self, asked: Asked) -> Prepared:
        if asked.document_id is not None:
            return self._named(asked.document_id, asked.query)
        named = asked_hash(asked.extensions)
        if named is not None:
            return self._hashed(named, asked.query)
        if asked.query is None:
            raise refused("the request has no `query`: send the document there", "BAD_REQUEST")
        return self._written(asked.query)

    def _written(self, text: str) -> Prepared:
        known = self._known.get(text) if self._only is None else self._only.get(text)
        if known is not None:
            return self._counted(known)
        if self._only is not None:
            raise _closed()
        prepared = self._reader.read(text)
        self._meters.documents_new += 1
        self._known.put(text, prepared, prepared.size_bytes)
        return prepared

    def _named(self, name: str, text: str | None) -> Prepared:
        if text is not None:
            raise refused("send `query` or `documentId`, not both", "BAD_REQUEST")
        known = self._trusted.get(name) or self._known.get((HASH, name.removeprefix(HASH)))
        if known is None:
            reason = f"there is no document {name[:60]!r} here: send it as `query`"
            raise refused(reason, "PERSISTED_QUERY_NOT_FOUND")
        return self._counted(known)

    def _hashed(self, named: str, text: str | None) -> Prepared:
        if text is None:
            known = self._trusted.get(named) or self._trusted.get(HASH + named) or self._known.get((HASH, named))
            if known is None:
                raise unknown_hash() if self._only is None else _closed()
            return self._counted(known)
        check_hash(text, named)
        prepared = self._written(text)
        if self._only is None:
            self._known.put((HASH, named), prepared, prepared.size_bytes)
        return prepared

    def _counted(self, known: Prepared) -> Prepared:
        self._meters.documents_known += 1
        for limit in known.over:
            self._meters.over_limit[limit] += 1
        return known


def _closed() -> RefusedError:
    text = "this server answers trusted documents only: name one by `documentId`"
    return refused(text, "PERSISTED_QUERY_ONLY", HTTPStatus.FORBIDDEN)
