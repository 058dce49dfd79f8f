from __future__ import annotations

import pytest

from clients.cells.models import MeasurementType
from schema.cells import refusals
from schema.ports import Bytes, Confirmed, Uploaded
from tests.server.cells.parquet import confirmed, put


async def test_files_of_any_name_are_kept_as_they_are(bench):
    names = ("photo #1.jpg", "Zelle 50 %.csv", "电池.txt", "a..b", "upload.json")
    upload = await bench.lab.uploads.open(bench.instance_id, "files", MeasurementType.FILE, names)
    assert isinstance(upload, Uploaded)
    for number, name in enumerate(names[:-1]):
        assert await put(bench, upload, b"bytes %d" % number, name) is None
    refused = await confirmed(bench, upload)
    assert isinstance(refused, refusals.InvalidField)
    assert "upload.json" in refused.message
    assert await put(bench, upload, b"", names[-1]) is None
    answer = await confirmed(bench, upload)
    assert isinstance(answer, Confirmed), answer
    assert answer.measurement.filenames == names
    for number, name in enumerate(names[:-1]):
        found = await bench.lab.samples.file(answer.measurement.id, name)
        assert isinstance(found, Bytes)
        assert (found.path.read_bytes(), found.filename) == (b"bytes %d" % number, name)
    assert isinstance(await bench.lab.samples.file(answer.measurement.id, "other"), refusals.FileNotFound)
    assert isinstance(await bench.lab.samples.parquet(answer.measurement.id), refusals.SeriesMissing)
    assert isinstance(await bench.lab.uploads.open_extension(answer.measurement.id), refusals.SeriesMissing)
    assert await bench.orphans() == set()
    await bench.lab.cells.delete_measurement(answer.measurement.id)
    assert bench.files() == set()


@pytest.mark.parametrize(
    "names",
    [
        (),
        ("a/b",),
        ("..",),
        (".",),
        ("a\\b",),
        ("a\0b",),
        ("a\nb",),
        ("",),
        ("x" * 201,),
        ("a", "a"),
        "ab",
        (1,),
        ("a",) * 51,
    ],
)
async def test_other_file_names_are_refused(bench, names):
    refused = await bench.lab.uploads.open(bench.instance_id, "files", MeasurementType.FILE, names)
    assert isinstance(refused, refusals.InvalidField)
    assert refused.field.startswith("filenames")
