from __future__ import annotations

import json
import re
from typing import Any

import pytest

from emulator.http.openapi import document
from emulator.http.routes import OPERATIONS

CONTRACT = """
POST /auth/register; GET /auth/clients; GET /auth/clients/{name}; DELETE /auth/clients/{name}; GET /status; GET /panel;
GET /panel/power; GET /panel/meter; GET /panel/grid; POST /panel/grid; POST /panel/emergency-reconnect; GET /circuits;
GET /circuits/{circuitId}; POST /circuits/{circuitId}; GET /storage/soe; POST /storage/soe;
GET /storage/nice-to-have-thresh; POST /storage/nice-to-have-thresh; GET /islanding-state; GET /wifi/scan;
POST /wifi/connect; GET /spaces; GET /spaces/{spaces_id}; POST /spaces/{spaces_id}
"""


def described() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path.removeprefix('/api/v1')}", operation)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    ]


def test_it_describes_the_24_operations_of_the_panel():
    assert {name for name, _ in described()} == {name.strip() for name in CONTRACT.split(";")}


def test_every_operation_has_its_own_id_a_sentence_and_the_bearer_scheme():
    operations = [operation for _, operation in described()]

    assert len({operation["operationId"] for operation in operations}) == len(OPERATIONS)
    assert all(operation["summary"].endswith(".") for operation in operations)
    assert all(operation["security"] == [{"HTTPBearer": []}] for operation in operations)


def test_every_reference_leads_somewhere():
    text = json.dumps(document())

    referred = set(re.findall(r'"#/components/schemas/(\w+)"', text))

    assert referred <= set(document()["components"]["schemas"])


def test_wrong_bodies_are_described_where_there_is_a_body():
    for _, operation in described():
        assert ("422" in operation["responses"]) == ("requestBody" in operation)


@pytest.mark.parametrize(
    ("schema", "required"),
    [
        ("Status", ["software", "system", "network"]),
        ("Energy", ["producedEnergyWh", "consumedEnergyWh"]),
        ("StateOfEnergy", ["soe"]),
        ("Registration", ["name"]),
        ("CircuitChange", None),
    ],
)
def test_optional_fields_are_optional(schema, required):
    assert document()["components"]["schemas"][schema].get("required") == required


def test_locations_are_described_as_strings():
    problem = document()["components"]["schemas"]["ValidationProblem"]

    assert problem["properties"]["loc"]["items"] == {"type": "string"}
