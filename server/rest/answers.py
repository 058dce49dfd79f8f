"""Answers: JSON with exactly `application/json`, which clients compare letter by letter, and errors of one shape."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from server.graphql.encoding import encode

CORRELATION = "x-correlation-id"
CODES = {
    400: "BAD_REQUEST",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    416: "RANGE_NOT_SATISFIABLE",
    422: "VALIDATION_ERROR",
    429: "TOO_MANY_REQUESTS",
    500: "INTERNAL_ERROR",
    503: "SERVICE_UNAVAILABLE",
    507: "INSUFFICIENT_STORAGE",
}


class Refused(Exception):  # noqa: N818 (it is an answer, not a mistake of ours)
    """Ends a request with this status; `detail` is for programs, the message for people. Nothing was changed."""

    def __init__(
        self,
        status: int,
        message: str,
        detail: Mapping[str, object] | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.detail = status, message, detail
        self.code, self.headers = code or CODES[status], headers or {}

    def answer(self, correlation_id: str) -> Response:
        """The error as it is sent."""
        body = {"error_code": self.code, "message": self.message, "detail": self.detail}
        return answer(body, self.status, {**self.headers, CORRELATION: correlation_id})


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The value as JSON."""
    return Response(encode(value), status, headers, media_type="application/json")


def invalid(field: str, message: str) -> Refused:
    """422 for a field of a body."""
    return Refused(422, f"{field}: {message}", {"field": field})


def malformed(parameter: str, message: str) -> Refused:
    """400 for a parameter of a query."""
    return Refused(400, f"{parameter}: {message}", {"parameter": parameter})
