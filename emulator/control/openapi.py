"""The control's OpenAPI document, made from the table of verbs, and that document as one page."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, Field

from emulator.control.guard import WHO
from emulator.control.panel import TABLE
from emulator.control.verbs import Verb, hints
from emulator.http.documentation import html_headers, rendered
from emulator.http.exchange import Response

DOCUMENT, PAGE = "/openapi.json", "/docs"

Schema: TypeAlias = dict[str, Any]

_DESCRIPTION = (
    "Control of the emulated panels of one process. A panel is named by its serial or its port, * is all of them, and "
    "without a panel (/step) it is all too. Changes are told in JSON and carried out one after another; a refused one "
    "changes nothing. Power is in W, positive for consumption, energy in Wh, time in epoch seconds of the panel's own."
)


class Refused(BaseModel):
    """Why not, and what is possible instead."""

    detail: Annotated[str, Field(description="one line: where, why, what is possible")]
    where: str
    possible: list[str]


class PanelAnswer(BaseModel, extra="allow"):
    """What was asked of one panel."""

    serial: str
    port: int | None


class Answers(BaseModel):
    """One answer for each panel."""

    panels: list[PanelAnswer]


class Change(BaseModel):
    """One command as it was carried out on one panel: `order` counts the commands on all of them."""

    serial: str
    order: int
    tick: int
    by: str
    through: str
    verb: str
    arguments: dict[str, Any]
    answer: dict[str, Any]


class Changes(BaseModel):
    """What was done, panel by panel."""

    done: list[Change]


@cache
def document() -> Schema:
    """The OpenAPI 3.1 document of all verbs of PanelControl."""
    paths: Schema = {"/panels": {"get": {**_panels(), "responses": _responses("Answers")}}}
    for verb in TABLE.values():
        paths[f"/panels/{{panel}}/{verb.path}"] = {verb.method.lower(): _operation(verb)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Emulated panels: control", "version": "1", "description": _DESCRIPTION},
        "paths": paths,
        "components": {"schemas": _schemas(), "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{}, {"token": []}],
    }


@cache
def page() -> Response:
    """The document as a page that loads nothing else."""
    return Response(200, rendered(document()), html_headers())


def _panels() -> Schema:
    return {"summary": "List the panels.", "operationId": "panels", "tags": ["panels"]}


def _operation(verb: Verb) -> Schema:
    known: Schema = {"name": "panel", "in": "path", "required": True, "schema": {"type": "string"}}
    operation: Schema = {
        "summary": verb.summary,
        "operationId": verb.path.replace("/", "_").replace("-", "_"),
        "tags": [verb.noun],
        "parameters": [known, *_query(verb)],
        "responses": _responses("Answers" if verb.method == "GET" else "Changes"),
    }
    if told := hints(verb.arguments):
        operation["description"] = "; ".join(told)
    if verb.method == "POST":
        operation["parameters"].append({"name": WHO.decode(), "in": "header", "schema": {"type": "string"}})
        operation["requestBody"] = {"required": True, "content": _json(verb.arguments.__name__)}
    return operation


def _query(verb: Verb) -> list[Schema]:
    if verb.method == "POST":
        return []
    properties = verb.arguments.model_json_schema().get("properties", {})
    return [{"name": name, "in": "query", "schema": schema} for name, schema in properties.items()]


def _responses(schema: str) -> Schema:
    refused = {"description": "Refused; nothing has changed.", "content": _json("Refused")}
    return {"200": {"description": "Done.", "content": _json(schema)}, "4XX": refused}


def _schemas() -> Schema:
    models: list[type[BaseModel]] = [Refused, Answers, Changes]
    models += [verb.arguments for verb in TABLE.values() if verb.method == "POST"]
    found: Schema = {}
    for model in models:
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        found |= schema.pop("$defs", {})
        found[model.__name__] = schema
    return found


def _json(schema: str) -> Schema:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
