"""Uploads in three steps, for both generations of clients at once."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import anyio
import polars as pl
import pytest

from tests.server.rest.cells.face import Face, assert_error, parquet, running, samples

SERIES = ("time_series.parquet", "steps.parquet")


@pytest.fixture(scope="module")
async def cell_id(shared: Face) -> str:
    return str((await shared.instance())["id"])


async def test_an_opened_upload_answers_both_generations(face: Face, instance_id: str) -> None:
    opened = await face.opened(instance_id)
    assert [each["filename"] for each in opened["uploads"]] == list(SERIES)
    first = opened["uploads"][0]
    assert {name: opened[name] for name in ("signed_url", "token", "path")} == {
        name: first[name] for name in ("signed_url", "token", "path")
    }
    assert all(isinstance(each[name], str) for each in opened["uploads"] for name in ("signed_url", "token", "path"))
    assert first["signed_url"].startswith(f"{str(face.http.base_url).rstrip('/')}/storage/uploads/")
    assert await face.ask("GET", f"/cell_instances/{instance_id}/cell_measurements") == []
    await face.error("GET", f"/cell_measurements/{opened['measurement_id']}", 404)


async def test_a_confirmed_upload_answers_both_generations(face: Face, instance_id: str) -> None:
    meta = {
        "notes": "n",
        "protocol": {"name": "CC", "ambient_temperature_degc": 25},
        "tags": ["b", "a"],
        "odd": {"x": [1]},
    }
    told = await face.uploaded(
        instance_id, meta={**meta, "start_time": "2026-01-01T00:00:00Z"}, measurement_type="time_series"
    )
    assert (told["steps_created"], told["processing_status"]) == (4, "ready")
    assert isinstance(told["file_path"], str)
    assert told["instance"] == await face.ask("GET", f"/cell_instances/{instance_id}")
    measurement = told["measurement"]
    assert measurement == await face.ask("GET", f"/cell_measurements/{measurement['id']}")
    assert measurement.items() <= told.items()
    assert {name: measurement[name] for name in meta} == meta
    assert (measurement["row_count"], measurement["cell_instance_id"]) == (200, instance_id)
    assert measurement["columns"] == samples().columns


async def test_the_file_comes_back_byte_for_byte(face: Face, instance_id: str) -> None:
    told = await face.uploaded(instance_id)
    url = (await face.ask("GET", f"/cell_measurements/{told['id']}/time_series/signed_url"))["signed_url"]
    assert (await face.http.get(url)).content == parquet(samples())


async def test_two_uploads_of_one_name_end_in_one_conflict(face: Face, instance_id: str) -> None:
    opened = [await face.opened(instance_id) for _ in range(2)]
    for each in opened:
        assert (await face.put(each["signed_url"], parquet(samples()))).is_success
    answers: list[Any] = []

    async def confirm(each: dict[str, Any]) -> None:
        answers.append(await face.confirm(each, instance_id))

    async with anyio.create_task_group() as tasks:
        for each in opened:
            tasks.start_soon(confirm, each)
    won, lost = sorted(answers, key=lambda answer: int(answer.status_code))
    assert (won.status_code, lost.status_code) == (200, 409)
    assert lost.json()["detail"]["existing_id"] == won.json()["id"]
    assert [each["id"] for each in await face.ask("GET", f"/cell_instances/{instance_id}/cell_measurements")] == [
        won.json()["id"]
    ]


async def test_a_taken_name_is_refused_when_the_upload_is_opened(face: Face, instance_id: str) -> None:
    told = await face.uploaded(instance_id)
    path = f"/cell_instances/{instance_id}/cell_measurements/initiate-upload"
    refused = await face.error("POST", path, 409, json={"measurement": {"name": "test"}})
    assert (refused["error_code"], refused["detail"]["existing_id"]) == ("CONFLICT", told["id"])


@pytest.mark.parametrize(
    "body",
    [{}, {"measurement": None}, {"measurement": "x"}, {"measurement": {}}, {"measurement": {"name": 3}}]
    + [{"measurement": {"name": "x"}, "measurement_type": wrong} for wrong in ("movie", 3, ["file"], "properties")]
    + [
        {"measurement": {"name": "x"}, "measurement_type": "file", "filenames": wrong}
        for wrong in ([], "x", [3], [".."], [""], ["a"] * 2)
    ],
)
async def test_what_cannot_be_opened_is_422(shared: Face, cell_id: str, body: dict[str, Any]) -> None:
    told = await shared.error("POST", f"/cell_instances/{cell_id}/cell_measurements/initiate-upload", 422, json=body)
    assert told["detail"]["field"]


def broken(change: pl.Expr) -> bytes:
    return parquet(samples().with_columns(change))


@pytest.mark.parametrize(
    ("body", "column"),
    [
        (b"", None),
        (b"no parquet", None),
        (parquet(samples())[:-100], None),
        (parquet(samples().clear()), None),
        (parquet(samples().drop("Voltage [V]")), "Voltage [V]"),
        (parquet(samples().drop("Current [A]")), "Current [A]"),
        (broken(pl.col("Voltage [V]").cast(pl.String)), "Voltage [V]"),
        (broken(pl.col("Time [s]").reverse()), "Time [s]"),
        (
            broken(
                pl.when(pl.col("Time [s]") == 70)
                .then(float("nan"))
                .otherwise(pl.col("Voltage [V]"))
                .alias("Voltage [V]")
            ),
            "Voltage [V]",
        ),
        (broken((pl.col("Step count") + 1).alias("Step count")), "Step count"),
    ],
)
async def test_samples_that_cannot_be_kept_leave_nothing(
    shared: Face, cell_id: str, body: bytes, column: str | None
) -> None:
    before = await shared.everything()
    opened = await shared.opened(cell_id)
    await shared.put(opened["signed_url"], body)
    answer = await shared.confirm(opened, cell_id)
    assert answer.status_code in (404, 422), answer.text
    assert_error(answer)
    if column:
        assert answer.json()["error_code"] == "INVALID_SERIES"
        assert answer.json()["detail"]["column"] == column
        assert answer.json()["detail"]["code"]
    assert await shared.everything() == before


async def test_nothing_that_was_put_is_404(shared: Face, cell_id: str) -> None:
    opened = await shared.opened(cell_id)
    answer = await shared.confirm(opened, cell_id)
    assert answer.status_code == 404
    assert_error(answer)


@pytest.mark.parametrize(
    "body", [{"measurement": {"name": "test"}}, {"cell_instance_id": "x"}, {"cell_instance_id": 3, "measurement": {}}]
)
async def test_a_confirmation_says_whose_and_what(shared: Face, cell_id: str, body: dict[str, Any]) -> None:
    opened = await shared.opened(cell_id)
    told = await shared.error("POST", f"/cell_measurements/{opened['measurement_id']}/confirm-upload", 422, json=body)
    assert told["detail"]["field"] in ("cell_instance_id", "measurement")


async def test_given_steps_are_kept(face: Face, instance_id: str) -> None:
    steps = {"Step count": [0, 1, 2, 3], "Step type": ["a", "b", "c", "d"], "Mean voltage [V]": [3, 3.5, None, 4]}
    told = await face.uploaded(instance_id, steps=steps)
    assert told["steps_created"] == 4
    kept = (await face.ask("GET", f"/cell_measurements/{told['id']}/steps"))["steps"]
    assert kept["Step type"] == ["a", "b", "c", "d"]
    assert kept["Mean voltage [V]"] == [3.0, 3.5, None, 4.0]


async def test_steps_that_came_as_a_file_are_kept(face: Face, instance_id: str) -> None:
    opened = await face.opened(instance_id)
    steps = pl.DataFrame({"Step count": [0, 1, 2, 3], "Label": ["p", "q", "r", "s"]})
    for upload, frame in zip(opened["uploads"], (samples(), steps), strict=True):
        assert (await face.put(upload["signed_url"], parquet(frame))).is_success
    told = (await face.confirm(opened, instance_id)).json()
    assert (await face.ask("GET", f"/cell_measurements/{told['id']}/steps"))["steps"]["Label"] == ["p", "q", "r", "s"]


async def test_files_come_and_go_as_they_are(face: Face, instance_id: str) -> None:
    names = ["photo 1.png", "notes.txt"]
    opened = await face.opened(instance_id, "photos", measurement_type="file", filenames=names)
    assert [each["filename"] for each in opened["uploads"]] == names
    for upload, body in zip(opened["uploads"], (b"\x89PNG", b"text"), strict=True):
        assert (await face.put(upload["signed_url"], body)).is_success
    told = (await face.confirm(opened, instance_id, "photos", measurement_type="file", filenames=names)).json()
    assert (told["measurement_type"], told["steps_created"], told["filenames"]) == ("file", 0, names)
    path = f"/cell_measurements/{told['id']}/files"
    assert await face.ask("GET", path) == {"filenames": names}
    for name, body in zip(names, (b"\x89PNG", b"text"), strict=True):
        answer = await face.http.get(f"{path}/{name}", follow_redirects=True)
        assert (answer.status_code, answer.content, len(answer.history)) == (200, body, 1)
    await face.error("GET", f"{path}/other", 404)
    await face.error("GET", f"/cell_measurements/{told['id']}/time_series/download", 404)


async def test_a_running_test_is_extended(face: Face, instance_id: str) -> None:
    told = await face.uploaded(instance_id)
    path = f"/cell_measurements/{told['id']}"
    opened = await face.ask("POST", f"{path}/initiate-extend", json={})
    assert [each["filename"] for each in opened["uploads"]] == ["time_series_extend.parquet"]
    later = samples(cycles=1, start_s=3_000).with_columns(pl.col("Step count") + 4, pl.col("Cycle count") + 2)
    assert (await face.put(opened["uploads"][0]["signed_url"], parquet(later))).is_success
    extended = await face.ask("POST", f"{path}/confirm-extend", json={})
    assert (extended["id"], extended["row_count"], extended["processing_status"]) == (told["id"], 300, "ready")
    whole = (await face.http.get(f"{path}/time_series/download", follow_redirects=True)).content
    assert pl.read_parquet(io.BytesIO(whole)).equals(pl.concat([samples(), later]))

    await face.ask("PATCH", path, json={"end_time": "2026-05-01T00:00:00Z"})
    assert (await face.error("POST", f"{path}/initiate-extend", 409))["error_code"] == "MEASUREMENT_ENDED"


async def test_an_upload_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path / "data", max_upload_bytes=100_000) as face:
        instance_id = (await face.instance())["id"]
        opened = await face.opened(instance_id)

        async def endless() -> Any:
            for _ in range(100):
                yield b"x" * 10_000

        for body in (b"x" * 1_000_000, endless()):
            answer = await face.http.put(opened["signed_url"], content=body)
            assert answer.status_code == 413
            assert_error(answer)
            assert answer.json()["detail"]["limit_bytes"] == 100_000
        told = await face.uploaded(instance_id, "small", samples(cycles=1))
        assert told["row_count"] == 100
