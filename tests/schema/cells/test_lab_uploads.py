"""Whole files over the real lab: by URL, whole or not at all."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import polars as pl
import pytest

from tests.schema.cells.lab import built, rows


@pytest.fixture
async def world(real_world):
    return real_world


CONFIRM = """mutation($cell: ID!, $id: ID!) { it: uploadMeasurement(instanceId: $cell, measurementId: $id, input: {
    name: "run", tags: ["x"] }) { __typename ... on CellMeasurement { id measurementId name rowCount tags }
    ... on InvalidSeries { code column row } } }"""


async def body(columns: dict[str, list[float]]) -> AsyncIterator[bytes]:
    file = io.BytesIO()
    pl.DataFrame(columns).write_parquet(file)
    yield file.getvalue()


async def test_a_file_is_uploaded_by_url_and_confirmed_whole_or_not_at_all(ask, world):
    cell = (await built(ask))["cell"]["id"]
    prepared = await ask(
        """mutation($cell: ID!) { it: prepareMeasurementUpload(instanceId: $cell, name: "run") {
        ... on PreparedUpload { measurementId uploadUrl uploads { filename url } } } }""",
        cell=cell,
    )
    key = prepared["it"]["uploadUrl"].removeprefix("http://lab/put/")
    early = await ask(CONFIRM, cell=cell, id=prepared["it"]["measurementId"])
    assert (
        await world.uploads.put(key, body(rows(0, 9) | {"Time [s]": [*map(float, range(8)), float("nan")]}), None)
        is None
    )
    refused = await ask(CONFIRM, cell=cell, id=prepared["it"]["measurementId"])
    nothing = await ask("{ cellMeasurements { totalCount } }")
    assert await world.uploads.put(key, body(rows(0, 9)), None) is None
    kept = await ask(CONFIRM, cell=cell, id=prepared["it"]["measurementId"])
    taken = await ask(
        """mutation($cell: ID!) { it: prepareMeasurementUpload(instanceId: $cell, name: "run") {
        ... on NameTaken { existing { id } } } }""",
        cell=cell,
    )

    assert [each["filename"] for each in prepared["it"]["uploads"]] == ["time_series.parquet", "steps.parquet"]
    assert early["it"] == {"__typename": "UploadNotFound"}
    assert (refused["it"]["__typename"], refused["it"]["column"], refused["it"]["row"]) == (
        "InvalidSeries", "Time [s]", 8
    )  # fmt: skip
    assert nothing["cellMeasurements"] == {"totalCount": 0}
    assert (kept["it"]["measurementId"], kept["it"]["rowCount"]) == (prepared["it"]["measurementId"], 9)
    assert taken["it"] == {"existing": {"id": kept["it"]["id"]}}


async def test_an_upload_is_confirmed_for_the_cell_it_was_opened_for(ask):
    cell = (await built(ask))["cell"]["id"]
    opened = await ask(
        """mutation($cell: ID!) { properties: prepareMeasurementUpload(instanceId: $cell, name: "p",
        measurementType: PROPERTIES) { ... on InvalidField { field message } }
        files: prepareMeasurementUpload(instanceId: $cell, name: "f", measurementType: FILE, filenames: ["a", "../b"]) {
        ... on InvalidField { field } } run: prepareMeasurementUpload(instanceId: $cell, name: "r") {
        ... on PreparedUpload { measurementId } } }""",
        cell=cell,
    )
    wrong = await ask(
        """mutation($id: ID!) { it: uploadMeasurement(instanceId: "other", measurementId: $id, input: { name: "r" }) {
        ... on InvalidField { field message } } }""",
        id=opened["run"]["measurementId"],
    )

    assert opened["properties"]["field"] == "measurementType"
    assert opened["properties"]["message"].startswith("measurementType must be time_series or file")
    assert opened["files"] == {"field": "filenames[1]"}
    assert wrong["it"]["field"] == "instanceId"
    assert wrong["it"]["message"].startswith("instanceId is not ")
