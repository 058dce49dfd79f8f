"""Documents over the real schema, and what they say to a request."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from schema import build_schema
from schema.compose import Schema
from server.graphql.documents.documents import Documents
from server.graphql.documents.trusted import Trusted
from server.graphql.limits import Limits
from server.graphql.meters import Meters
from server.graphql.operations import Asked, RefusedError


@cache
def schema() -> Schema:
    return build_schema()


def documents(trusted: Trusted | None = None, *, dev: bool = False, **limits: Any) -> Documents:
    return Documents(schema(), Limits(**limits), Meters(), trusted, dev=dev)


def meters(documents: Documents) -> Meters:
    return documents._meters


def refusal(documents: Documents, text: str | None, **asked: Any) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        documents.operation(Asked(text, **asked))
    return caught.value


def told(documents: Documents, text: str | None, **asked: Any) -> dict[str, Any]:
    """The extensions of the one error that the request is refused with."""
    (error,) = refusal(documents, text, **asked).errors
    return dict(error.extensions or {})
