"""Reading the bodies of this face, and the fields that stand in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from server.rest.answers import invalid
from server.rest.bodies import read_json_object
from server.rest.cells.lab import lab_of


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object that came; an empty one where no body did. Raises Refused with 400, 413 or 415."""
    return await read_json_object(request, lab_of(request).limits.max_document_bytes)


def text(body: Mapping[str, Any], field: str, name: str | None = None) -> str:
    """A field that must be text; `name` is how the message calls it."""
    value = body.get(field)
    if not isinstance(value, str) or not value:
        raise invalid(name or field, "must be a text that is not empty")
    return value


def nested(body: Mapping[str, Any], field: str) -> dict[str, Any]:
    """A field that must be an object."""
    value = body.get(field)
    if not isinstance(value, dict):
        raise invalid(field, "must be an object")
    return value


def texts(body: Mapping[str, Any], field: str) -> list[str]:
    """A field that must be a list of texts; none where it is absent."""
    value = body.get(field)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise invalid(field, "must be a list of texts")
    return value
