"""What a request asks for: bytes of JSON or of a URL in, `Asked` out, or a refusal that names what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from server.graphql.encoding import decode
from server.graphql.operations import Asked, RefusedError, refused

MAX_PARAMETERS = 20
NOT_ONE_OBJECT = "the JSON must be an object with `query`; a list of operations is not taken: send them one by one"


class NoRequestError(RefusedError):
    """It is not even a request of GraphQL, whatever the document in it says. `headers` go with the answer."""

    def __init__(
        self, refusal: RefusedError, *headers: tuple[bytes, bytes], status: HTTPStatus = HTTPStatus.BAD_REQUEST
    ) -> None:
        super().__init__(refusal.errors, status)
        self.headers = headers


def no_request(
    message: str,
    code: str = "BAD_REQUEST",
    status: HTTPStatus = HTTPStatus.BAD_REQUEST,
    headers: tuple[tuple[bytes, bytes], ...] = (),
    **details: Any,  # noqa: ANN401 (any JSON value)
) -> NoRequestError:
    """One sentence, to be raised."""
    return NoRequestError(refused(message, code, **details), *headers, status=status)


def from_body(body: bytes) -> Asked:
    """The body of a POST. Raises NoRequestError."""
    try:
        members = decode(body)
    except ValueError as error:
        raise no_request(f"the body is not JSON: {error}" if body else "the request has no body") from None
    if not isinstance(members, dict):
        raise no_request(NOT_ONE_OBJECT)
    return from_members(members)


def from_query_string(query_string: bytes) -> Asked:
    """The query of a URL, in which `variables` and `extensions` are JSON. Raises NoRequestError."""
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_PARAMETERS, errors="strict"
        )
    except ValueError as error:
        raise no_request(f"the parameters of the URL cannot be read: {error}") from None
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise no_request(f"the parameter `{name[:60]}` came twice")
        members[name] = _object(name, value) if name in ("variables", "extensions") else value
    # A form that leaves a field empty leaves it out: an operation cannot have no letters for a name.
    members["operationName"] = members.get("operationName") or None
    return from_members(members)


def from_members(members: Mapping[str, Any]) -> Asked:
    """The members of a request, whatever carried them; those that nobody knows are ignored. Raises NoRequestError."""
    asked = Asked(
        query=_of(members, "query", str, "a string"),
        variables=_of(members, "variables", dict, "an object") or {},
        operation_name=_of(members, "operationName", str, "a string"),
        extensions=_of(members, "extensions", dict, "an object") or {},
        document_id=_of(members, "documentId", str, "a string"),
    )
    if asked.query is None and asked.document_id is None and "persistedQuery" not in asked.extensions:
        raise no_request("the request has no `query`")
    return asked


def _of(members: Mapping[str, Any], name: str, kind: type, what: str) -> Any:  # noqa: ANN401 (of that kind, or None)
    value = members.get(name)
    if value is not None and not isinstance(value, kind):
        raise no_request(f"`{name}` must be {what}", argument=name)
    return value


def _object(name: str, text: str) -> Any:  # noqa: ANN401 (an object)
    try:
        value = decode(text)
    except ValueError as error:
        raise no_request(f"`{name}` is not JSON: {error}", argument=name) from None
    if not isinstance(value, dict):
        raise no_request(f"`{name}` must be an object", argument=name)
    return value
