"""The README's examples, and every body that is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clients.plant.models import MACHINES
from schema.plant.refusals import PlantRefusal, QueueFull
from server.rest.answers import CODES
from server.rest.plant.refusals import STATUSES, refused
from tests.server.rest.plant.face import COATING, RATIOS, SIMULATION, Face, running

EXAMPLE_1 = (
    '{"anode": {"AM": 0.8, "CA": 0.1, "PVDF": 0.05, "solvent": 0.05},'
    ' "cathode": {"AM": 0.9, "CA": 0.05, "PVDF": 0.03, "solvent": 0.02}}'
)
EXAMPLE_2 = (
    '{"id": "batch_001", "anode_mixing_params": {"material_ratios":'
    ' {"AM": 0.8, "CA": 0.1, "PVDF": 0.05, "solvent": 0.05}}, "anode_coating_params":'
    ' {"coating_speed": 0.1, "gap_height": 0.0002, "flow_rate": 0.000005, "coating_width": 0.5}}'
)
EXAMPLE_3 = '{"material_ratios": {"AM": 0.85, "CA": 0.08, "PVDF": 0.04, "solvent": 0.03}}'
CHANGED = {"AM": 0.85, "CA": 0.08, "PVDF": 0.04, "solvent": 0.03}
JSON = {"Content-Type": "application/json"}
START, FACTORY, MIXER = "/start-simulation", "/factory/start", "/machine/anode/mixing/parameters"


@pytest.mark.parametrize("speed", [1.0, "max"])
async def test_the_five_examples_work_in_their_order_on_a_fresh_server(tmp_path: Path, speed: Any) -> None:
    async with running(tmp_path, speed) as face:
        first = await face.ask("POST", START, 202, content=EXAMPLE_1, headers=JSON)
        assert first["batch_id"]
        assert first["message"]
        second = await face.ask("POST", FACTORY, 202, content=EXAMPLE_2, headers=JSON)
        assert second["batch_id"] == "batch_001"
        third = await face.ask("PATCH", MIXER, content=EXAMPLE_3, headers=JSON)
        assert third["parameters"] == {"material_ratios": CHANGED}
        assert third["applies"] in ("now", "next_batch")
        if speed == 1.0:
            assert third["applies"] == "next_batch"
        fourth = await face.ask("GET", "/machine/anode/mixing/status")
        assert (fourth["line"], fourth["machine"]) == ("anode", "mixing")
        assert fourth["parameters"] == {"material_ratios": CHANGED}
        fifth = await face.ask("GET", "/factory/status")
        assert [batch["id"] for batch in fifth["batches"]] == ["batch_001", first["batch_id"]]
        assert fifth["batches"][0]["parameters"]["anode_mixing_params"] == {"material_ratios": RATIOS}
        assert fifth["batches"][0]["parameters"]["anode_coating_params"] == COATING
        assert sum(len(line) for line in fifth["machines"].values()) == 16
        assert list(fifth["machines"]["cell"]) == ["rewinding", "electrolyte_filling", "formation_cycling", "aging"]


async def test_a_batch_of_its_own_mixture_ends_flagged_and_stays_visible(face: Face) -> None:
    await face.started("a", anode_mixing_params={"material_ratios": RATIOS})
    await face.ended("a")
    [batch] = (await face.ask("GET", "/factory/status"))["batches"]
    assert batch["state"] not in ("queued", "running")
    flags = [flag for step in batch["steps"] if step["result"] for flag in step["result"]["flags"]]
    assert any("coatable" in flag for flag in flags), flags
    mixer = await face.ask("GET", "/machine/anode/mixing/status")
    assert mixer["parameters"]["material_ratios"]["AM"] == 0.495


async def test_a_default_batch_completes_through_sixteen_steps(face: Face) -> None:
    await face.started("a")
    await face.ended("a")
    status = await face.ask("GET", "/factory/status")
    [batch] = status["batches"]
    assert (batch["state"], batch["progress"], batch["parameters"]) == ("completed", 1.0, {})
    assert [step["machine"] for step in batch["steps"]][3] == "anode/calendaring"
    assert {step["state"] for step in batch["steps"]} == {"done"}
    assert status["figures"]["cells"] == batch["cells"] > 0
    assert status["state"] == "idle"
    drawn = await face.ask("GET", "/machine/anode/calendaring/status")
    assert (drawn["power_w"], drawn["energy_kwh"]) == (0, batch["steps"][3]["result"]["energy_kwh"])


@pytest.mark.parametrize(
    ("path", "body", "field", "said"),
    [
        (START, {}, "anode", "missing"),
        (START, {"anode": RATIOS}, "cathode", "missing"),
        (START, {**SIMULATION, "cell": {}}, "cell", "anode and cathode"),
        (START, {**SIMULATION, "anode": {"AM": 1.0}}, "anode.CA", "missing"),
        (START, {**SIMULATION, "anode": []}, "anode", "object"),
        (START, {**SIMULATION, "anode": {**RATIOS, "AM": 0.7}}, "anode.material_ratios", "sum to 1"),
        (START, {**SIMULATION, "cathode": {**RATIOS, "CA": True}}, "cathode.CA", "of the mass"),
        (START, {**SIMULATION, "cathode": {**RATIOS, "CA": 0}}, "cathode.CA", "1e-06 to 1 of the mass"),
        (START, {**SIMULATION, "cathode": {**RATIOS, "CA": "0.1"}}, "cathode.CA", "'0.1'"),
        (FACTORY, {}, "id", "missing"),
        (FACTORY, {"id": 5}, "id", "5"),
        (FACTORY, {"id": None}, "id", "text"),
        (FACTORY, {"id": ""}, "id", "characters"),
        (FACTORY, {"id": "x" * 1_000}, "id", "characters"),
        (FACTORY, {"id": "x", "anode_rewinding_params": {}}, "anode_rewinding_params", "rewinding_params"),
        (FACTORY, {"id": "x", "rewinding_params": None}, "rewinding_params", "object"),
        (
            FACTORY,
            {"id": "x", "anode_calendaring_params": {}, "anode_calendering_params": {}},
            "anode_calendering_params",
            "same block",
        ),
        (
            FACTORY,
            {"id": "x", "anode_coating_params": {"coating_speed": 9}},
            "anode_coating_params.coating_speed",
            "coating_speed is 9: must be a finite number from 0.0001 to 2.5 m/s",
        ),
        (
            FACTORY,
            {"id": "x", "cathode_calendering_params": {"temperature": 80}},
            "cathode_calendering_params.temperature",
            "cathode/calendaring: temperature is 80: must be a finite number from 273 to 473 K",
        ),
        (FACTORY, {"id": "x", "anode_drying_params": {"warmth": 1}}, "anode_drying_params.warmth", "no such parameter"),
    ],
)
async def test_a_bad_body_is_400_and_names_field_value_and_range(
    slow: Face, path: str, body: Any, field: str, said: str
) -> None:
    before = (await slow.ask("GET", "/factory/status"))["batches"]
    told = await slow.error("POST", path, 400, json=body)
    assert told["error_code"] == "INVALID_PARAMETERS"
    assert field in [each["field"] for each in told["detail"]["fields"]]
    entry = next(each for each in told["detail"]["fields"] if each["field"] == field)
    assert said in entry["message"]
    assert told["message"].startswith(told["detail"]["fields"][0]["message"])
    assert (await slow.ask("GET", "/factory/status"))["batches"] == before


@pytest.mark.parametrize(
    "content",
    ["", "[]", "null", "{", '{"material_ratios": NaN}', '{"AM": Infinity}', '{"AM": 1e999}', '{"AM": 1, "AM": 1}'],
)
@pytest.mark.parametrize(("method", "path"), [("POST", START), ("POST", FACTORY), ("PATCH", MIXER)])
async def test_what_is_no_json_object_is_400(slow: Face, method: str, path: str, content: str) -> None:
    if content or method == "POST":
        await slow.error(method, path, 400, content=content, headers=JSON)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"AM": 0.9}, "material_ratios"),
        ({"material_ratios": 5}, "material_ratios"),
        ({"material_ratios": {"AM": 1e300}}, "AM"),
        ({"material_ratios": {"AM": 10**30}}, "AM"),
        ({"AM": None}, "AM"),
        ({"speed": 1}, "speed"),
    ],
)
async def test_a_refused_change_changes_nothing(slow: Face, changes: Any, field: str) -> None:
    before = await slow.ask("GET", "/machine/cathode/mixing/status")
    told = await slow.error("PATCH", "/machine/cathode/mixing/parameters", 400, json=changes)
    assert [each["field"] for each in told["detail"]["fields"]] == [field]
    assert (await slow.ask("GET", "/machine/cathode/mixing/status")) == before


async def test_a_change_of_one_field_leaves_the_others_and_the_other_line(face: Face) -> None:
    for spelling in ("calendaring", "calendering"):
        told = await face.ask("PATCH", f"/machine/anode/{spelling}/parameters", json={"temperature": 360.0})
        assert (told["machine"], told["applies"]) == ("calendaring", "now")
        assert told["parameters"]["temperature"] == 360.0
        assert told["parameters"]["roll_gap"] == 1.15e-4
    other = await face.ask("GET", "/machine/cathode/calendaring/status")
    assert other["parameters"]["temperature"] == 353.15


async def test_flat_ratios_are_taken_for_nested_ones(face: Face) -> None:
    for flat in (CHANGED, {f"{name}_ratio": share for name, share in CHANGED.items()}):
        told = await face.ask("PATCH", MIXER, json=flat)
        assert told["parameters"] == {"material_ratios": CHANGED}


@pytest.mark.parametrize("path", ["lab/mixing", "anode/rewinding", "cell/mixing", "anode/x", "ANODE/mixing", "🔋/🔋"])
async def test_an_unknown_machine_is_404_whatever_the_body(slow: Face, path: str) -> None:
    told = await slow.error("GET", f"/machine/{path}/status", 404)
    assert told["error_code"] == "MACHINE_NOT_FOUND"
    await slow.error("PATCH", f"/machine/{path}/parameters", 404, content="{", headers=JSON)


async def test_every_machine_has_a_status(slow: Face) -> None:
    for key in MACHINES:
        told = await slow.ask("GET", f"/machine/{key.line}/{key.stage}/status")
        assert (told["line"], told["state"]) == (key.line, "starved")


async def test_a_duplicate_id_is_409_also_of_a_batch_that_ended(face: Face) -> None:
    await face.started("twice")
    await face.ended("twice")
    told = await face.error("POST", FACTORY, 409, json={"id": "twice"})
    assert told["error_code"] == "BATCH_ID_TAKEN"
    assert "twice" in told["message"]


async def test_health_tells_of_the_database(slow: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    told = await slow.ask("GET", "/health")
    assert (told["status"], told["database"]) == ("healthy", "connected")
    monkeypatch.setattr(slow.world, "reasons", {"store": "the disk is full"})
    told = await slow.ask("GET", "/health", 503)
    assert (told["status"], told["database"]) == ("unhealthy", "unavailable")
    assert told["reasons"] == {"store": "the disk is full"}


async def test_logs_go_on_from_a_cursor(face: Face) -> None:
    await face.started("a")
    told = await face.ended("a")
    path, found = "/factory/logs?limit=7&after=0", []
    while page := await face.ask("GET", path):
        found += page["logs"]
        if len(page["logs"]) < 7:
            break
        path = f"/factory/logs?limit=7&after={page['cursor']}"
    assert found[: len(told)] == told
    assert [entry["sequence"] for entry in found] == list(range(1, len(found) + 1))
    newest = await face.ask("GET", "/factory/logs?limit=3")
    assert newest["logs"] == found[-3:]
    mixer = await face.ask("GET", "/factory/logs?limit=1000&after=0&batch_id=a&machine=cathode/calendaring")
    assert {(entry["batch_id"], entry["machine"]) for entry in mixer["logs"]} == {("a", "cathode/calendaring")}


@pytest.mark.parametrize(
    "query",
    [
        "logs?limit=0",
        "logs?limit=1001",
        "logs?after=x",
        "logs?after=999999",
        "logs?machine=x",
        "logs?a=1",
        "logs?limit=1&limit=1",
        "status?after=x",
        "status?state=lost",
        "status?limit=-1",
    ],
)
async def test_a_bad_query_is_400(slow: Face, query: str) -> None:
    await slow.error("GET", f"/factory/{query}", 400)


async def test_batches_come_by_the_page_and_by_state(face: Face) -> None:
    for batch_id in ("a", "b", "c"):
        await face.started(batch_id)
    await face.ended("c")
    first = await face.ask("GET", "/factory/status?limit=2&state=completed")
    rest = await face.ask("GET", f"/factory/status?limit=2&state=completed&after={first['next']}")
    assert [batch["id"] for batch in first["batches"] + rest["batches"]] == ["c", "b", "a"]
    assert rest["next"] is None


@pytest.mark.parametrize("read", ["batches", "view", "figures"])
async def test_nothing_that_happens_while_a_status_is_read_is_missed_behind_its_cursor(
    face: Face, monkeypatch: pytest.MonkeyPatch, read: str
) -> None:
    plant, seen = face.world.plant, getattr(face.world.plant, read)

    async def meanwhile(*given: Any) -> Any:
        found = await seen(*given)
        await plant.add_batch("meanwhile")
        return found

    monkeypatch.setattr(plant, read, meanwhile)
    status = await face.ask("GET", "/factory/status")
    monkeypatch.setattr(plant, read, seen)
    behind = await face.ask("GET", f"/factory/logs?after={status['cursor']}")
    told = [entry["batch_id"] for entry in behind["logs"] if entry["kind"] == "batch_queued"]
    assert "meanwhile" in [*told, *(batch["id"] for batch in status["batches"])]


async def test_methods_are_405(slow: Face) -> None:
    for method, path in (("GET", START), ("PUT", MIXER), ("POST", "/factory/status")):
        assert (await slow.error(method, path, 405))["error_code"] == "METHOD_NOT_ALLOWED"


def test_every_refusal_has_a_status() -> None:
    assert set(STATUSES) == set(PlantRefusal.__subclasses__())
    assert {status for status, _ in STATUSES.values()} <= set(CODES)
    assert 422 not in {status for status, _ in STATUSES.values()}
    assert refused(QueueFull(message="m", limit=3)).status == 429
