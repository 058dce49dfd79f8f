"""What this face can do, and the shape of its data, for programs that look before they ask."""

from __future__ import annotations

from importlib import metadata
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from clients.cells import models
from server.rest.answers import Refused, answer
from server.security.tokens import TOKEN_HEADERS

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TEXT: dict[str, Any] = {"type": "string"}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
_OBJECT: dict[str, Any] = {"type": "object"}

CONTEXT = (
    "A specification is a cell as it was designed, an instance a cell as it was built, a measurement a test of an"
    " instance. A time series has a row for each sample; steps and cycles are worked out from it. Positive current"
    " discharges."
)
SERIES = {
    models.TIME: "seconds since the start, never falling",
    models.VOLTAGE: "volts",
    models.CURRENT: "amperes, positive = discharge",
    models.STEP_COUNT: "counts from 0, rises by 1",
    models.CYCLE_COUNT: "counts from 0, rises by 1",
    models.TEMPERATURE: "degrees Celsius",
    models.CHARGE_CAPACITY: "ampere-hours, from 0 in each step",
    models.DISCHARGE_CAPACITY: "ampere-hours, from 0 in each step",
    models.CHARGE_ENERGY: "watt-hours, from 0 in each step",
    models.DISCHARGE_ENERGY: "watt-hours, from 0 in each step",
}


async def capabilities(_request: Request) -> Response:
    """GET /discovery/capabilities."""
    return answer(
        {
            "name": "busbar",
            "version": metadata.version("busbar"),
            "domain_context": {"summary": CONTEXT},
            "schemas": {name: f"/discovery/schemas/{name}" for name in SCHEMAS},
            "graphql": "/graphql",
            "authentication": {"headers": list(TOKEN_HEADERS)},
        }
    )


async def schema(request: Request) -> Response:
    """GET /discovery/schemas/{schema}."""
    name = request.path_params["schema"]
    if name not in SCHEMAS:
        raise Refused(404, f"there is no schema {name!r}: ask for one of {', '.join(SCHEMAS)}")
    return answer(SCHEMAS[name])


def _noun(required: list[str], **properties: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON Schema)
    """An object that may have other fields too: all are kept and given back."""
    return {
        "type": "object",
        "required": required,
        "properties": {"id": _TEXT, "name": _TEXT, **properties},
        "additionalProperties": True,
    }


def _columns(columns: dict[str, str]) -> dict[str, Any]:
    return {name: {"type": "array", "description": description} for name, description in columns.items()}


_PROTOCOL = {
    "type": "object",
    "properties": {"name": _TEXT, "ambient_temperature_degc": {"type": "number"}},
    "additionalProperties": True,
}
SCHEMAS: dict[str, dict[str, Any]] = {
    "data": {
        "$schema": _DRAFT,
        "title": "Cell data",
        "$defs": {
            "cell_specification": _noun(["name"], form_factor=_TEXT, manufacturer=_TEXT, ratings=_OBJECT),
            "cell_instance": _noun(["name"], cell_specification_id=_TEXT, batch=_TEXT),
            "cell_measurement": _noun(
                ["name"],
                cell_instance_id=_TEXT,
                measurement_type={"enum": list(models.MeasurementType)},
                protocol=_PROTOCOL,
                test_setup=_OBJECT,
                start_time={"type": ["string", "null"], "format": "date-time"},
                end_time={"type": ["string", "null"], "format": "date-time"},
                tags={"type": "array", "items": _TEXT},
                row_count=_COUNT,
            ),
            "time_series": {
                "type": "object",
                "required": list(models.REQUIRED_COLUMNS),
                "properties": _columns(SERIES),
                "additionalProperties": {"type": "array"},
            },
            "steps": {"type": "object", "additionalProperties": {"type": "array"}},
            "cycles": {"type": "object", "additionalProperties": {"type": "array"}},
        },
    },
    "protocol": {"$schema": _DRAFT, "title": "Protocol of a measurement", **_PROTOCOL},
}
