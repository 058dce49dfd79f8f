"""Samples coming in: whole files by URL, and running tests row by row."""

from __future__ import annotations

import pytest

from clients.cells.models import MeasurementType
from schema.ports import Confirmed, Uploaded, UploadTarget
from tests.schema.cells.nouns import CELL, LIVE, RUN
from tests.schema.cells.test_mutations import CHANGES, COLUMNS, mutation


async def test_an_upload_is_prepared_by_url(ask, world):
    targets = (UploadTarget("time_series.parquet", "k1"), UploadTarget("steps.parquet", "k2"))
    world.uploads.answer = Uploaded("u1", targets)

    answer = await ask("""mutation { answer: prepareMeasurementUpload(instanceId: "i1", name: "run %") {
        ... on PreparedUpload { measurementId uploadUrl uploads { filename url } } } }""")

    assert world.uploads.calls == [("open", "i1", "run %", MeasurementType.TIME_SERIES, ())]
    assert answer["answer"] == {
        "measurementId": "u1", "uploadUrl": "http://lab/put/k1",
        "uploads": [{"filename": "time_series.parquet", "url": "http://lab/put/k1"},
                    {"filename": "steps.parquet", "url": "http://lab/put/k2"}],
    }  # fmt: skip


async def test_files_are_uploaded_by_name(ask, world):
    world.uploads.answer = Uploaded("u1", (UploadTarget("a.png", "k1"),))

    await ask("""mutation { prepareMeasurementUpload(instanceId: "i1", name: "photos", measurementType: FILE,
        filenames: ["a.png"]) { __typename } }""")

    assert world.uploads.calls == [("open", "i1", "photos", MeasurementType.FILE, ("a.png",))]


async def test_a_confirmed_upload_is_the_measurement(ask, world):
    world.uploads.answer = Confirmed(CELL, RUN, 3, "k1")

    answer = await ask("""mutation { answer: uploadMeasurement(instanceId: "i1", measurementId: "u1", input: {
        name: "Formation", protocol: { name: "C/10" } }) { ... on CellMeasurement { name rowCount } } }""")

    assert answer["answer"] == {"name": "Formation", "rowCount": 4}
    assert world.uploads.calls == [("confirm", "u1", "i1", {"name": "Formation", "protocol": {"name": "C/10"}})]


async def test_a_running_test_is_started_appended_to_and_finished(ask, world):
    world.recordings.answer = LIVE
    columns = {"Time [s]": [0.0, 0.1], "Voltage [V]": [3.6, None]}

    answer = await ask(
        """mutation($columns: Columns!) {
        startMeasurement(instanceId: "i1", input: { name: "Ageing" }) { ... on CellMeasurement { state } }
        appendMeasurement(id: "m2", columns: $columns, firstRow: 3) { ... on CellMeasurement { rowCount } }
        finishMeasurement(id: "m2", endTime: "2026-06-21T12:00:00Z") { ... on CellMeasurement { name } } }""",
        columns=columns,
    )

    assert answer["errors"] == []
    assert world.recordings.calls == [
        ("start", "i1", {"name": "Ageing"}),
        ("append", "m2", columns, 3),
        ("finish", "m2", "2026-06-21T12:00:00Z"),
    ]


@pytest.mark.parametrize(
    "columns",
    [None, [], {}, "x", 5, True, {"a": 5}, {"a": {"b": 1}}, {"x" * 1001: []}, {f"c{n}": [] for n in range(201)}],
)
async def test_what_are_no_columns_is_refused_before_the_lab_is_asked(ask, world, columns):
    answer = await ask(mutation(CHANGES["appendMeasurement"], ""), columns=columns)

    assert answer["errors"][0]["extensions"]["code"] in ("BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED")
    assert world.recordings.calls == []


async def test_a_negative_row_is_refused(ask):
    answer = await ask(
        'mutation($c: Columns!) { appendMeasurement(id: "m2", columns: $c, firstRow: -1) { __typename } }', c=COLUMNS
    )

    assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "argument": "firstRow"}
