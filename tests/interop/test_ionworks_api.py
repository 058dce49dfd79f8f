"""The published ionworks-api, oldest and newest release that we serve, unchanged, against `busbar serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.interop.published_cells import RELEASES, PublishedCells
from tests.together.process import Busbar, free_port

OLD, NEW = RELEASES
ROWS = 40


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory):
    port = free_port()
    folder = tmp_path_factory.mktemp("cells")
    with Busbar("serve", "--port", str(port), "--data", folder / "data", ready="busbar serves"):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module", params=RELEASES)
def client(request: pytest.FixtureRequest, url: str, tmp_path_factory: pytest.TempPathFactory):
    with PublishedCells(request.param, tmp_path_factory.mktemp("home")) as process:
        # The older release does not take the slash at the end away.
        process.open(url + "/" if request.param == OLD else url)
        process.release = request.param  # type: ignore[attr-defined]
        yield process


@pytest.fixture
def cell(client: Any, request: pytest.FixtureRequest) -> dict[str, Any]:
    """An instance for this test alone."""
    project = {} if client.release == OLD else {"project_id": "p"}
    design = client.call("cell_spec.create", {"name": f"{request.node.name} {client.release}", **project})
    made: dict[str, Any] = client.call("cell_instance.create", design["id"], {"name": "cell 1"})
    return made


def series(start_s: float = 0.0, first_step: int = 0) -> dict[str, list[Any]]:
    """A discharge and a charge, discharge positive."""
    step = [number for number in (0, 1) for _ in range(ROWS)]
    return {
        "Time [s]": [start_s + 10.0 * row for row in range(2 * ROWS)],
        "Voltage [V]": [4.1 - 0.02 * row for row in range(ROWS)] + [3.3 + 0.02 * row for row in range(ROWS)],
        "Current [A]": [1.5 if number == 0 else -1.5 for number in step],
        "Step count": [first_step + number for number in step],
        "Cycle count": [0 for _ in step],
    }


def uploaded(client: PublishedCells, cell: dict[str, Any], name: str = "test", **meta: Any) -> dict[str, Any]:
    measurement = {"measurement": {"name": name, **meta}, "time_series": series()}
    told = client.call("cell_measurement.create", cell["id"], measurement)
    return dict(told.get("measurement", told))


def test_it_finds_the_server_well(client: Any) -> None:
    assert client.call("health_check") == {"status": "alive"}
    assert client.call("capabilities")["name"] == "busbar"
    assert client.call("schema", "data")["title"]


def test_specifications_are_made_found_changed_and_deleted(client: Any) -> None:
    name, project = f'10 % "O\'Neil" 電池 {client.release}', {} if client.release == OLD else {"project_id": "p"}
    made = client.call(
        "cell_spec.create", {"name": name, "ratings": {"capacity": {"value": 5, "unit": "A*h"}}, **project}
    )
    again = client.call("cell_spec.create_or_get", {"name": name, **project})
    assert again == made == client.call("cell_spec.get", made["id"])
    changed = client.call("cell_spec.update", made["id"], {"form_factor": "pouch"})
    assert (changed["form_factor"], changed["ratings"]) == ("pouch", made["ratings"])
    assert made["id"] in [each["id"] for each in client.call("cell_spec.list")]
    assert client.call("cell_spec.delete", made["id"]) is None
    assert client.error("cell_spec.get", made["id"])["error"] == "NOT_FOUND"


def test_an_instance_is_created_or_got(client: Any, cell: dict[str, Any]) -> None:
    design = cell["cell_specification_id"]
    first = client.call("cell_instance.create_or_get", design, {"name": "cell 2", "anything": {"x": [1, 2.5]}})
    second = client.call("cell_instance.create_or_get", design, {"name": "cell 2", "notes": "lost"})
    assert first == second
    assert first["anything"] == {"x": [1, 2.5]}
    assert {each["id"] for each in client.call("cell_instance.list", design)} == {cell["id"], first["id"]}
    changed = client.call("cell_instance.update", first["id"], {"notes": "kept"})
    assert (changed["name"], changed["notes"]) == ("cell 2", "kept")
    assert client.call("cell_instance.delete", first["id"]) is None
    assert client.error("cell_instance.delete", first["id"])["status"] == 404
    told = client.error("cell_instance.create", design, {"name": "cell 1"})
    assert (told["error"], told["status"], told["data"]["detail"]["existing_id"]) == ("CONFLICT", 409, cell["id"])


def test_a_measurement_goes_up_and_comes_down(client: Any, cell: dict[str, Any]) -> None:
    measurement = uploaded(client, cell, notes="n", protocol={"name": "CC"}, start_time="2026-01-01T00:00:00Z")
    assert (measurement["notes"], measurement["protocol"]) == ("n", {"name": "CC"})
    assert [each["id"] for each in client.call("cell_measurement.list", cell["id"])] == [measurement["id"]]
    assert client.call("cell_measurement.time_series", measurement["id"]) == series()
    steps = client.call("cell_measurement.steps", measurement["id"])
    assert steps["Step count"] == [0, 1]
    assert len(client.call("cell_measurement.cycles", measurement["id"])["Cycle count"]) == 1
    assert client.call("cell_measurement.steps_and_cycles", measurement["id"])["steps"] == steps
    changed = client.call("cell_measurement.update", measurement["id"], {"notes": "other"})
    assert (changed["notes"], changed["protocol"]) == ("other", {"name": "CC"})
    assert client.call("cell_measurement.delete", measurement["id"]) is None
    assert client.error("cell_measurement.get", measurement["id"])["status"] == 404


def test_a_measurement_is_created_or_got(client: Any, cell: dict[str, Any]) -> None:
    given = {"measurement": {"name": "test"}, "time_series": series()}
    first = client.call("cell_measurement.create_or_get", cell["id"], given)
    assert client.call("cell_measurement.create_or_get", cell["id"], given)["id"] == first["id"]
    assert len(client.call("cell_measurement.list", cell["id"])) == 1


def test_the_detail_of_a_cell_has_it_all(client: Any, cell: dict[str, Any]) -> None:
    ids = {uploaded(client, cell, f"test {number}")["id"] for number in range(3)}
    detail = client.call("cell_instance.detail", cell["id"])
    assert detail["instance"]["id"] == cell["id"]
    assert detail["specification_id"] == cell["cell_specification_id"]
    assert {(each.get("measurement") or each)["id"] for each in detail["measurements"]} == ids
    for each in detail["measurements"]:
        assert each["time_series"] == series()
        assert each["steps"]["Step count"] == [0, 1]
        assert each["cycles"]["Cycle count"] == [0]


def test_a_design_in_use_is_not_deleted(client: Any, cell: dict[str, Any]) -> None:
    told = client.error("cell_spec.delete", cell["cell_specification_id"])
    assert told["status"] == 409
    assert client.call("cell_instance.get", cell["id"])["id"] == cell["id"]


def test_samples_that_its_own_check_lets_through_are_refused(client: Any, cell: dict[str, Any]) -> None:
    without = {name: values for name, values in series().items() if name != "Voltage [V]"}
    told = client.error("cell_measurement.create", cell["id"], {"measurement": {"name": "x"}, "time_series": without})
    assert told["status"] == 422
    assert told["data"]["detail"]["column"] == "Voltage [V]"
    assert client.call("cell_measurement.list", cell["id"]) == []


old = pytest.mark.parametrize("client", [OLD], indirect=True)
new = pytest.mark.parametrize("client", [NEW], indirect=True)


@old
def test_old_the_legacy_detail_is_answered(client: Any, cell: dict[str, Any]) -> None:
    measurement = uploaded(client, cell)
    detail = client.call("cell_measurement.detail", measurement["id"], use_signed_url=False)
    assert detail["specification_id"] == cell["cell_specification_id"]
    assert detail["time_series"] == series()


@old
def test_old_large_bodies_are_inflated(client: Any, cell: dict[str, Any]) -> None:
    notes = "0123456789" * 9_000
    extra = {"long": [notes] * 7}
    assert client.call("cell_instance.update", cell["id"], extra)["long"] == extra["long"]


@new
def test_new_lists_are_filtered_ordered_and_paged(client: Any, cell: dict[str, Any]) -> None:
    design = cell["cell_specification_id"]
    for name in ("100 %", "a_b", "axb"):
        client.call("cell_instance.create", design, {"name": name})

    def names(**wanted: Any) -> list[str]:
        return [each["name"] for each in client.call("cell_instance.list", design, **wanted)]

    assert names(name="%") == ["100 %"]
    assert names(name="_") == ["a_b"]
    assert names(name_exact="axb") == ["axb"]
    assert names(order_by="name", order="asc", limit=2, offset=1) == ["a_b", "axb"]
    assert names(created_after="2999-01-01T00:00:00Z") == []
    found = client.call("cell_spec.list", name_exact=client.call("cell_spec.get", design)["name"], project_id="p")
    assert [each["id"] for each in found] == [design]


@new
def test_new_a_window_of_rows_is_read(client: Any, cell: dict[str, Any]) -> None:
    measurement = uploaded(client, cell)
    window = client.call("cell_measurement.time_series", measurement["id"], use_cache=False, row_range=[10, 15])
    assert window == {name: values[10:15] for name, values in series().items()}


@new
def test_new_properties_files_and_tags(client: Any, cell: dict[str, Any], tmp_path: Path) -> None:
    client.call(
        "cell_measurement.create_properties", cell["id"], "weight", {"w": {"value": 45.5, "unit": "g"}}, tags=["a"]
    )
    (tmp_path / "photo 1.bin").write_bytes(b"\x00\x01")
    made = client.call(
        "cell_measurement.create_file", cell["id"], "photo", [str(tmp_path / "photo 1.bin")], tags=["a", "b"]
    )
    assert client.call("cell_measurement.list_files", made["id"]) == ["photo 1.bin"]
    assert client.call("cell_measurement.get_file", made["id"], "photo 1.bin") == "0001"
    assert client.call("cell_measurement.download_files", made["id"]) == {"photo 1.bin": "0001"}
    tagged = client.call("cell_measurement.list", cell["id"], tags_all=["a"], order_by="name")
    assert [each["name"] for each in tagged] == ["photo", "weight"]
    assert [each["name"] for each in client.call("cell_measurement.list_by_project", "p", q="weig")] == ["weight"]
    assert {"tag": "b", "usage_count": 1} in client.call("cell_measurement.list_tags", "p")


@new
def test_new_a_running_test_is_extended(client: Any, cell: dict[str, Any]) -> None:
    measurement = uploaded(client, cell)
    later = series(start_s=2_000.0, first_step=2)
    client.call("cell_measurement.extend", measurement["id"], later)
    whole = client.call("cell_measurement.time_series", measurement["id"], use_cache=False)
    assert whole["Time [s]"] == series()["Time [s]"] + later["Time [s]"]
    assert client.call("cell_measurement.steps", measurement["id"], use_cache=False)["Step count"] == [0, 1, 2, 3]
