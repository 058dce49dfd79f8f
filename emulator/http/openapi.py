"""The panel's own OpenAPI document, made from the table of operations and the types that they read and answer."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Any, TypeAlias

from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

from emulator.firmware import API
from emulator.http.routes import OPERATIONS, Operation

REFS = "#/components/schemas/{model}"

Schema: TypeAlias = dict[str, Any]


class ValidationProblem(TypedDict):
    """One thing that is wrong with a body, and where."""

    loc: list[str]
    msg: str
    type: str


class HTTPValidationError(TypedDict):
    """Everything that is wrong with a body."""

    detail: list[ValidationProblem]


class HTTPError(TypedDict):
    """Why the panel refuses."""

    detail: Annotated[str, Field(description="a sentence for people")]


@cache
def document() -> Schema:
    """The OpenAPI 3.1 document of all operations."""
    schemas, definitions = _schemas()
    paths: Schema = {}
    for operation in OPERATIONS:
        paths.setdefault(API + operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "SPAN panel, emulated", "version": "1", "description": _DESCRIPTION},
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {"HTTPBearer": {"type": "http", "scheme": "bearer"}},
        },
    }


_DESCRIPTION = (
    "The HTTP API v1 of a SPAN panel as busbar emulates it. Every operation lists the bearer token, as a real panel's "
    "document does; reading /status and registering need none. Power is in W (loads negative, sources positive, grid "
    "positive for import), energy in Wh."
)


def _schemas() -> tuple[dict[Any, Schema], Schema]:
    """A reference for each type, and the definitions that they lead to."""
    types = {HTTPError, HTTPValidationError, *(operation.shows for operation in OPERATIONS)}
    types |= {operation.body for operation in OPERATIONS if operation.body is not None}
    ordered = sorted(types, key=lambda found: str(found.__name__))
    found, shared = TypeAdapter.json_schemas(
        [(kind, "validation", TypeAdapter(kind)) for kind in ordered], ref_template=REFS
    )
    return {kind: schema for (kind, _), schema in found.items()}, shared["$defs"]


def _operation(operation: Operation, schemas: dict[Any, Schema]) -> Schema:
    described: Schema = {
        "summary": summary(operation),
        "operationId": re.sub(r"\W+", "_", operation.method.lower() + operation.path).strip("_"),
        "tags": [operation.path.split("/")[1]],
        "security": [{"HTTPBearer": []}],
        "responses": _responses(operation, schemas),
    }
    if operation.parameter is not None:
        described["parameters"] = [
            {"name": operation.parameter, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        ]
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": _json(schemas[operation.body])}
    return described


def summary(operation: Operation) -> str:
    """What it does, in the sentence that its function begins with."""
    return (operation.answer.__doc__ or "").strip().splitlines()[0]


def _responses(operation: Operation, schemas: dict[Any, Schema]) -> Schema:
    responses: Schema = {
        "200": {"description": "Done.", "content": _json(schemas[operation.shows])},
        "4XX": {"description": "The panel refuses.", "content": _json(schemas[HTTPError])},
    }
    if operation.body is not None:
        responses["422"] = {"description": "The body is wrong.", "content": _json(schemas[HTTPValidationError])}
    return responses


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}
