"""What a client asks, and what became of its document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from graphql import DocumentNode, GraphQLError, OperationType

from schema.ports import Scope

Variables = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, whatever carried it: HTTP, a socket or an event stream."""

    query: str | None
    variables: Variables = field(default_factory=dict)
    operation_name: str | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict)
    document_id: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One operation of a document that parses, fits the schema and keeps the limits.

    `normal` is the same text for every document that asks the same thing, whatever its spelling. `scope` is the widest
    that any of its fields wants, and `wanting` the first field that wants it. `cost` is that with these variables.
    With `is_secret` there may be secrets among its values, which no error shows then.
    """

    document: DocumentNode
    name: str | None
    kind: OperationType
    normal: str
    scope: Scope
    wanting: str
    cost: Callable[[Variables], int]
    is_secret: bool = False


class RefusedError(Exception):
    """The request is not run: `errors` say why, each with `extensions.code`; `status` is HTTP's word for it."""

    def __init__(self, errors: Sequence[GraphQLError], status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = list(errors)
        self.status = status


def refused(message: str, code: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST, **details: Any) -> RefusedError:  # noqa: ANN401 (any JSON value)
    """One error of ours, to be raised."""
    return RefusedError([GraphQLError(message, extensions={"code": code, **details})], status)
