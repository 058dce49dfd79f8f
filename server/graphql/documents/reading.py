"""From the text of a document to one that may be run: parsed, held to the limits, then validated."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from graphql import DocumentNode, GraphQLError, GraphQLSchema, GraphQLSyntaxError, parse

from schema.errors import told
from server.graphql.documents.comparisons import Comparisons
from server.graphql.documents.measures import long_number, measured
from server.graphql.documents.overruns import Overruns
from server.graphql.documents.prepared import Prepared
from server.graphql.documents.weights import Weights
from server.graphql.limits import Limits
from server.graphql.operations import RefusedError
from server.graphql.secrets import may_hold_secrets, of_the_document

MAX_ERRORS = 5
TOO_MANY_TOKENS = "Syntax Error: Document contains more than {} tokens. Parsing aborted."


class Reader:
    """One early error for each limit, before validation, whose work grows with what is wrong."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, overruns: Overruns, *, is_helpful: bool = False) -> None:
        self._schema = schema
        self._weights = Weights(schema)
        self._limits = limits
        self._overruns = overruns
        self._is_helpful = is_helpful

    def read(self, text: str) -> Prepared:
        """Raises RefusedError; RecursionError for chains of fragments that nobody writes."""
        over = self._over(max_document_bytes=len(text.encode(errors="surrogatepass")))
        document, is_long = self._parsed(text)
        over += ["max_tokens"] * is_long
        found = measured(document)
        over += self._over(max_depth=found.depth, max_aliases=found.aliases, max_directives=found.directives)
        over += ["max_comparisons"] * self._validate(text, document)
        return Prepared(self._weights, text, document, over)

    def _over(self, **asked: int) -> list[str]:
        """The limits that it is over and let through all the same."""
        return [limit for limit, number in asked.items() if self._overruns.check(limit, number)]

    def _parsed(self, text: str) -> tuple[DocumentNode, bool]:
        """The document, and whether it has more tokens than are wanted."""
        most = self._limits.max_tokens
        try:
            return parse(text, max_lexical_tokens=most), False
        except GraphQLSyntaxError as error:
            if error.message != TOO_MANY_TOKENS.format(most):
                raise _refusal(text, [error]) from None
        self._overruns.over("max_tokens")
        try:
            return parse(text), True
        except GraphQLSyntaxError as error:
            raise _refusal(text, [error]) from None

    def _validate(self, text: str, document: DocumentNode) -> bool:
        """Whether it asks for more comparisons than are wanted."""
        if wrong := long_number(document):
            raise _refusal(text, [wrong])
        comparisons = Comparisons(self._limits.max_comparisons)
        errors = self._errors(comparisons, document)
        if comparisons.is_spent:
            self._overruns.over("max_comparisons")
            errors = self._errors(Comparisons(None), document)
        if errors:
            raise _refusal(text, errors[:MAX_ERRORS])
        return comparisons.is_spent

    def _errors(self, comparisons: Comparisons, document: DocumentNode) -> list[GraphQLError]:
        options = {"max_errors": MAX_ERRORS, "hide_suggestions": not self._is_helpful}
        return comparisons.validated(self._schema, document, **options)


def _refusal(text: str, errors: Sequence[GraphQLError]) -> RefusedError:
    if may_hold_secrets(text):
        errors = of_the_document(errors)
    return RefusedError([told(error.with_traceback(None), _new_id) for error in errors])


def _new_id() -> str:
    return uuid.uuid4().hex
