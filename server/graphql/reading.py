"""From the text of a document to one that may be run: parsed, held to the limits, then validated."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from graphql import DocumentNode, GraphQLError, GraphQLSchema, GraphQLSyntaxError, parse, validate

from schema.errors import told
from server.graphql.limits import Limits
from server.graphql.measures import measured
from server.graphql.operations import RefusedError, refused
from server.graphql.overruns import Overruns
from server.graphql.prepared import Prepared

MAX_ERRORS = 5
TOO_MANY_TOKENS = "Syntax Error: Document contains more than {} tokens. Parsing aborted."


def _new_id() -> str:
    return uuid.uuid4().hex


class Reader:
    """One early error for each limit, before validation, whose work grows with what is wrong."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        overruns: Overruns,
        *,
        is_helpful: bool = False,
        new_id: Callable[[], str] = _new_id,
    ) -> None:
        self._schema = schema
        self._limits = limits
        self._overruns = overruns
        self._is_helpful = is_helpful
        self._new_id = new_id

    def read(self, text: str) -> Prepared:
        """Raises RefusedError."""
        try:
            return self._read(text)
        except RecursionError:
            pass
        # Only here, so that the error does not hold on to all the frames that it came through.
        raise refused("the document is nested too deeply: ask in several requests", "GRAPHQL_VALIDATION_FAILED")

    def _read(self, text: str) -> Prepared:
        over = [self._overruns.check("max_document_bytes", len(text.encode(errors="surrogatepass")))]
        document, is_long = self._parsed(text)
        depth, aliases, directives = measured(document)
        over += [
            is_long,
            self._overruns.check("max_depth", depth),
            self._overruns.check("max_aliases", aliases),
            self._overruns.check("max_directives", directives),
        ]
        names = ("max_document_bytes", "max_tokens", "max_depth", "max_aliases", "max_directives")
        self._validate(document)
        return Prepared(
            self._schema, text, document, [name for name, is_over in zip(names, over, strict=True) if is_over]
        )

    def _parsed(self, text: str) -> tuple[DocumentNode, bool]:
        """The document, and whether it has more tokens than are wanted."""
        most = self._limits.max_tokens
        try:
            return parse(text, max_lexical_tokens=most), False
        except GraphQLSyntaxError as error:
            if error.message != TOO_MANY_TOKENS.format(most):
                raise self._refusal([error]) from None
        self._overruns.over("max_tokens")
        try:
            return parse(text), True
        except GraphQLSyntaxError as error:
            raise self._refusal([error]) from None

    def _validate(self, document: DocumentNode) -> None:
        errors = validate(self._schema, document, max_errors=MAX_ERRORS, hide_suggestions=not self._is_helpful)
        if errors:
            raise self._refusal(errors[:MAX_ERRORS])

    def _refusal(self, errors: list[GraphQLError] | list[GraphQLSyntaxError]) -> RefusedError:
        return RefusedError([told(error.with_traceback(None), self._new_id) for error in errors])
