"""Whatever goes wrong with a request becomes one refusal: counted, and no more told than the client may know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

from graphql import GraphQLError

from schema.errors import told
from schema.ports import says_stopping
from server.graphql.meters import Meters
from server.graphql.operations import RefusedError, refused


@contextmanager
def telling(meters: Meters, new_id: Callable[[], str]) -> Iterator[None]:
    """A block that raises RefusedError and no other; what nobody expected is logged under a new id, and masked."""
    try:
        yield
    except RefusedError as refusal:
        _count(meters, refusal)
        raise
    except RecursionError:
        raise _count(meters, refused("the document or its variables are nested too deeply", "BAD_REQUEST")) from None
    except Exception as unexpected:  # noqa: BLE001 (is logged there, and its text kept back)
        masked = told(GraphQLError(str(unexpected), original_error=unexpected), new_id)
        is_passing = says_stopping(unexpected)
        status = HTTPStatus.SERVICE_UNAVAILABLE if is_passing else HTTPStatus.INTERNAL_SERVER_ERROR
        raise _count(meters, RefusedError([masked], status)) from None


def _count(meters: Meters, refusal: RefusedError) -> RefusedError:
    meters.refuse(refusal)
    meters.failed += any((error.extensions or {}).get("code") == "INTERNAL" for error in refusal.errors)
    return refusal
