from __future__ import annotations

import re

from emulator.control.openapi import document
from emulator.control.panel import TABLE


def test_every_verb_is_described_with_its_arguments():
    paths = document()["paths"]

    for verb in TABLE.values():
        described = paths[f"/panels/{{panel}}/{verb.path}"][verb.method.lower()]
        assert described["summary"].endswith(".")
        if verb.method == "POST":
            name = described["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            assert set(document()["components"]["schemas"][name].get("properties", {})) == set(
                verb.arguments.model_fields
            )
        else:
            assert {one["name"] for one in described["parameters"]} == {"panel", *verb.arguments.model_fields}
    assert len(paths) == len(TABLE) + 1


def test_every_reference_in_the_document_leads_somewhere():
    described = document()

    references = set(re.findall(r"'\$ref': '#/components/schemas/(\w+)'", str(described)))

    assert references <= set(described["components"]["schemas"])
    assert len(references) > 25


def test_ranges_and_choices_are_told():
    schemas = document()["components"]["schemas"]

    assert schemas["SpeedArguments"]["properties"]["speed"]["maximum"] == 3600
    assert schemas["RelayArguments"]["properties"]["position"]["enum"] == ["OPEN", "CLOSED"]
    assert schemas["RelayArguments"]["additionalProperties"] is False


async def test_the_page_tells_every_verb_and_loads_nothing(program):
    answer = await program.get("/docs")

    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert not re.findall(r"(?:src|href)=\"(?!openapi\.json)", answer.text)
    for verb in TABLE:
        assert f"/panels/{{panel}}/{verb}<" in answer.text


async def test_the_document_is_served(program):
    assert (await program.get("/openapi.json")).json() == document()
