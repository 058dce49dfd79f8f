"""Why a connection or a request ended before any face of the server saw it."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum


class Reason(StrEnum):
    """As `/metrics` names it. None of them is told of by a face, so `busbar_graphql_refused_total` has them not."""

    HEADER_TIMEOUT = "header_timeout"
    """No whole header came in time, or nothing at all."""
    HEADER_TOO_LONG = "header_too_long"
    NOT_HTTP = "not_http"
    ANSWER_NOT_TAKEN = "answer_not_taken"
    """The client took nothing of its answer."""
    STOPPING = "stopping"
    """The body was still to come when the server was told to stop."""
    HOST_MALFORMED = "host_malformed"
    HOST_FOREIGN = "host_foreign"
    ORIGIN_FOREIGN = "origin_foreign"
    TOKEN_MISSING = "token_missing"  # noqa: S105 (a reason, and no token)
    TOKEN_WRONG = "token_wrong"  # noqa: S105
    """It is not known, not any more, or has expired."""
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    SCOPE_TOO_SMALL = "scope_too_small"


Tally = Counter[Reason]
"""How often, since the process began. Event loop only."""
