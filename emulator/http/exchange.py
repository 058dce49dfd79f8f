"""One request and one answer, apart from sockets: what operations are asked and what they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import orjson

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]

Content: TypeAlias = Mapping[str, Any] | orjson.Fragment
"""What becomes JSON, or is already."""

JSON = (b"content-type", b"application/json")


class Request(NamedTuple):
    """What arrived. `path` is as it was sent: percent-encoded, without the query."""

    method: str
    path: str
    headers: Headers = ()
    body: bytes = b""
    address: str = ""

    def header(self, name: bytes) -> bytes | None:
        """The first header of that lower-case name."""
        for found, value in self.headers:
            if found == name:
                return value
        return None


class Response:
    """What is answered. It is never changed, so that one object may answer many requests."""

    __slots__ = ("body", "body_message", "headers", "start_message", "status")

    def __init__(self, status: int, body: bytes, headers: Headers = (JSON,)) -> None:
        self.status = status
        self.body = body
        self.headers = headers
        length = (b"content-length", str(len(body)).encode())
        self.start_message = {"type": "http.response.start", "status": status, "headers": [*headers, length]}
        self.body_message = {"type": "http.response.body", "body": body}

    @classmethod
    def json(cls, content: Content, status: int = 200, headers: Headers = ()) -> Response:
        """`content` as JSON, with `headers` beside its type and length."""
        return cls(status, orjson.dumps(content), (JSON, *headers))


class Refusal(Exception):  # noqa: N818  # an answer of the panel's, raised to leave an operation early
    """An answer other than 200: `{"detail": ...}`, a text or FastAPI's list of what is wrong with the body."""

    def __init__(self, status: int, detail: str | list[dict[str, Any]], headers: Headers = ()) -> None:
        self.status, self.detail, self.headers = status, detail, headers
        super().__init__(f"{status}: {detail}")

    def response(self, headers: Headers = ()) -> Response:
        """The refusal as it is sent, with `headers` beside its own."""
        return Response.json({"detail": self.detail}, self.status, (*headers, *self.headers))
