"""Specifications, instances and measurements: made, read, changed in part, deleted."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.server.rest.cells.face import Face

ODD = ['it\'s "quoted"', "100 %", "a_b*c", "電池 🔋", "eq.5", "ilike.%x%", "../..", "a/b?c#d"]


@pytest.mark.parametrize("name", ODD)
async def test_any_name_comes_back_as_it_went_in(shared: Face, name: str) -> None:
    made = await shared.specification(name)
    assert (await shared.ask("GET", f"/cell_specifications/{made['id']}"))["name"] == name


async def test_fields_that_nobody_knows_are_kept(face: Face) -> None:
    fields = {"ratings": {"capacity": {"value": 5, "unit": "A*h"}}, "zz": [1, {"a": None}, 0.5, "x"], "columns_x": True}
    made = await face.specification("design", **fields)
    read = await face.ask("GET", f"/cell_specifications/{made['id']}")
    assert read == made
    assert {name: read[name] for name in fields} == fields
    assert datetime.fromisoformat(read["created_at"]) == datetime.fromisoformat(read["updated_at"])


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_an_update_changes_only_what_it_names(face: Face, method: str) -> None:
    made = await face.specification(
        "design", notes="old", ratings={"capacity": {"value": 5.0}, "energy": {"value": 18.0}}
    )
    path = f"/cell_specifications/{made['id']}"
    changed = await face.ask(method, path, json={"ratings": {"capacity": {"value": 4.8}}})
    assert changed["name"] == "design"
    assert changed["notes"] == "old"
    assert changed["ratings"] == {"capacity": {"value": 4.8}, "energy": {"value": 18.0}}
    assert changed["updated_at"] > made["updated_at"]
    assert await face.ask("GET", path) == changed


async def test_what_was_read_can_be_sent_back(face: Face) -> None:
    instance = await face.instance(batch="B7", anything=[1])
    again = await face.ask("PUT", f"/cell_instances/{instance['id']}", json={**instance, "name": "cell 2"})
    assert again == {**instance, "name": "cell 2", "updated_at": again["updated_at"]}


async def test_an_instance_has_what_clients_require(face: Face) -> None:
    instance = await face.instance("cell 7", batch="B")
    assert {"id", "name", "cell_specification_id", "created_at", "updated_at", "batch"} <= instance.keys()
    assert await face.ask("GET", f"/cell_instances/{instance['id']}") == instance
    listed = await face.ask("GET", f"/cell_specifications/{instance['cell_specification_id']}/cell_instances")
    assert listed == [instance]


async def test_a_name_is_taken_once_in_its_place(face: Face) -> None:
    made = await face.specification("design")
    told = await face.error("POST", "/cell_specifications", 409, json={"name": "design", "notes": "other"})
    assert told["error_code"] == "CONFLICT"
    assert told["detail"]["existing_id"] == made["id"]

    await face.specification("design", project_id="elsewhere")
    path = f"/cell_specifications/{made['id']}/cell_instances"
    first = await face.ask("POST", path, 201, json={"name": "cell"})
    assert (await face.error("POST", path, 409, json={"name": "cell"}))["detail"]["existing_id"] == first["id"]
    second = await face.ask("POST", path, 201, json={"name": "cell 2"})
    told = await face.error("PATCH", f"/cell_instances/{second['id']}", 409, json={"name": "cell"})
    assert told["detail"]["existing_id"] == first["id"]


async def test_a_second_delete_is_harmless(face: Face) -> None:
    instance = await face.instance()
    for path in (f"/cell_instances/{instance['id']}", f"/cell_specifications/{instance['cell_specification_id']}"):
        answer = await face.http.delete(path)
        assert (answer.status_code, answer.content) == (204, b"")
        assert (await face.error("DELETE", path, 404))["error_code"] == "NOT_FOUND"
        assert (await face.error("GET", path, 404))["error_code"] == "NOT_FOUND"


async def test_a_specification_in_use_goes_only_by_cascade(face: Face) -> None:
    instance = await face.instance()
    path = f"/cell_specifications/{instance['cell_specification_id']}"
    told = await face.error("DELETE", path, 409)
    assert told["error_code"] == "IN_USE"
    assert told["detail"]["instance_count"] == 1
    await face.error("DELETE", f"{path}?cascade=perhaps", 400)
    await face.error("DELETE", f"{path}?cascade=false", 409)
    assert await face.ask("GET", f"/cell_instances/{instance['id']}") == instance

    await face.ask("DELETE", f"{path}?cascade=true", 204)
    await face.error("GET", f"/cell_instances/{instance['id']}", 404)


async def test_properties_are_a_measurement_without_samples(face: Face, instance_id: str) -> None:
    path = f"/cell_instances/{instance_id}/cell_measurements"
    body = {"name": "thickness", "measurement_type": "properties", "properties": {"t": {"value": 0.5, "unit": "mm"}}}
    made = await face.ask(
        "POST", f"{path}/create", 201, json={**body, "tags": ["a"], "start_time": "2026-01-01T01:00:00+01:00"}
    )
    assert body.items() <= made.items()
    assert (made["tags"], made["start_time"]) == (["a"], "2026-01-01T00:00:00+00:00")
    assert (made["processing_status"], made["processing_error"]) == ("ready", None)
    assert await face.ask("GET", f"{path}") == [made]
    one = f"/cell_measurements/{made['id']}"
    assert await face.ask("GET", f"{one}?include_steps=false&include_time_series=false") == made
    assert (await face.ask("PUT", one, json={"notes": "n"}))["properties"] == body["properties"]
    assert await face.ask("GET", f"{one}/steps") == {"steps": {}}
    for part in ("time_series/signed_url", "time_series/download", "steps/download"):
        assert (await face.error("GET", f"{one}/{part}", 404))["error_code"] == "SERIES_MISSING"
    detail = await face.ask("GET", f"{one}/detail")
    assert detail["time_series"] is None

    await face.error("POST", f"{path}/create", 409, json=body)
    await face.error("POST", f"{path}/create", 422, json={"name": "y", "measurement_type": "file"})
    assert (await face.error("PATCH", one, 422, json={"end_time": "2025-01-01"}))["detail"] == {"field": "end_time"}
    await face.ask("DELETE", one, 204)
    await face.error("DELETE", one, 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/cell_specifications/none"),
        ("PATCH", "/cell_specifications/none"),
        ("DELETE", "/cell_specifications/none"),
        ("GET", "/cell_specifications/none/cell_instances"),
        ("POST", "/cell_specifications/none/cell_instances"),
        ("GET", "/cell_instances/none"),
        ("PUT", "/cell_instances/none"),
        ("DELETE", "/cell_instances/none"),
        ("GET", "/cell_instances/none/cell_measurements"),
        ("POST", "/cell_instances/none/cell_measurements/create"),
        ("POST", "/cell_instances/none/cell_measurements/initiate-upload"),
        *(
            ("GET", f"/cell_measurements/none{rest}")
            for rest in ("", "/steps", "/cycles", "/steps_and_cycles", "/detail")
        ),
        *(("GET", f"/cell_measurements/none/{rest}") for rest in ("time_series/signed_url", "time_series/download")),
        *(("GET", f"/cell_measurements/none/{rest}") for rest in ("steps/download", "files", "files/x")),
        *(
            ("POST", f"/cell_measurements/none/{rest}")
            for rest in ("confirm-upload", "initiate-extend", "confirm-extend")
        ),
        ("PATCH", "/cell_measurements/none"),
        ("DELETE", "/cell_measurements/none"),
    ],
)
async def test_an_id_that_names_nothing_is_404(shared: Face, method: str, path: str) -> None:
    body = {"name": "x", "properties": {}, "measurement": {"name": "x"}, "cell_instance_id": "none"}
    told = await shared.error(method, path, 404, json=None if method in ("GET", "DELETE") else body)
    assert told["error_code"].endswith("NOT_FOUND")
