"""Each route's request and each refusal, against answers as the contract spells them; and answers that are none."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from typing import Any

import httpx
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.plant import exceptions as errors
from clients.plant import wire
from clients.plant.client import PlantClient
from clients.plant.exceptions import PlantProtocolError
from clients.plant.models import Line, MachineKey, Stage
from tests.clients.plant.world import RATIOS

URL = "http://plant.test/base"
TOKEN = "a-token-that-nobody-may-see"
STARTED = {"batch_id": "b", "status": "queued", "message": "in"}
KEY = MachineKey(Line.ANODE, Stage.CALENDERING)
PARAMETERS = {"roll_gap": 0.0001, "roll_pressure": 2e6, "roll_speed": 1.0}


@pytest.fixture
async def plant():
    async with PlantClient(URL, TOKEN) as client:
        yield client


@respx.mock
async def test_the_requests(plant: PlantClient) -> None:
    start = respx.post(f"{URL}/start-simulation").respond(202, json=STARTED)
    await plant.start_simulation(RATIOS, RATIOS)
    assert json.loads(start.calls[0].request.content) == {"anode": RATIOS, "cathode": RATIOS}
    assert start.calls[0].request.headers["authorization"] == f"Bearer {TOKEN}"

    add = respx.post(f"{URL}/factory/start").respond(202, json=STARTED)
    await plant.add_batch("b", {KEY: {"roll_gap": 1.0}, MachineKey(Line.CELL, Stage.AGING): {}})
    blocks = {"anode_calendaring_params": {"roll_gap": 1.0}, "aging_params": {}}
    assert json.loads(add.calls[0].request.content) == {"id": "b", **blocks}

    logs = respx.get(f"{URL}/factory/logs").respond(json={"logs": [], "cursor": "x"})
    assert (await plant.logs("a&b", 5, "b c", KEY)).cursor == "x"
    asked = {"after": "a&b", "limit": "5", "batch_id": "b c", "machine": "anode/calendaring"}
    assert dict(logs.calls[0].request.url.params) == asked

    sick = {"status": "unhealthy", "database": "unavailable", "plant": "stalled", "reasons": {"store": "full"}}
    respx.get(f"{URL}/health").respond(503, json=sick)
    health = await plant.health()
    assert (health.is_healthy, health.plant, health.reasons) == (False, "stalled", {"store": "full"})


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "INVALID_PARAMETERS", errors.PlantInvalidError),
        (401, "UNAUTHORIZED", errors.PlantAuthError),
        (404, "MACHINE_NOT_FOUND", errors.PlantMachineNotFoundError),
        (404, None, errors.PlantProtocolError),
        (409, "BATCH_ID_TAKEN", errors.PlantBatchIdTakenError),
        (413, "PAYLOAD_TOO_LARGE", errors.PlantInvalidError),
        (429, "QUEUE_FULL", errors.PlantQueueFullError),
        (429, "TOO_MANY_REQUESTS", errors.PlantBusyError),
        (500, "INTERNAL_ERROR", errors.PlantAnswerError),
        (502, None, errors.PlantBusyError),
        (503, "PLANT_BUSY", errors.PlantBusyError),
        (507, "INSUFFICIENT_STORAGE", errors.PlantStorageError),
        (400, "CURSOR_INVALID", errors.PlantCursorError),
    ],
)
@respx.mock
async def test_refusals(plant: PlantClient, status: int, code: str | None, kind: type[errors.PlantError]) -> None:
    body = {"error_code": code, "message": f"no\n{TOKEN}", "detail": None} if code else "<html>"
    route = respx.patch(f"{URL}/machine/anode/calendaring/parameters")
    route.respond(status, json=body, headers={"retry-after": "7"})
    with pytest.raises(errors.PlantError) as caught:
        await plant.update_parameters("anode", "calendering", {})
    assert type(caught.value) is kind
    assert caught.value.status_code == status
    assert TOKEN not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.outcome_unknown is (status in (500, 502))
    assert route.call_count == 1
    if kind is errors.PlantBusyError:
        assert caught.value.retry_after_s == 7.0


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@respx.mock
async def test_no_redirect_is_followed(plant: PlantClient, status: int) -> None:
    elsewhere = respx.route(host="thief.test").respond(json={})
    respx.get(f"{URL}/factory/status").respond(status, headers={"location": "http://thief.test/"})
    with pytest.raises(PlantProtocolError):
        await plant.status()
    assert not elsewhere.called


@pytest.mark.parametrize("failure", [httpx.ReadTimeout("late"), httpx.ReadError("cut"), httpx.ConnectError("refused")])
@respx.mock
async def test_failures_on_the_way(plant: PlantClient, failure: httpx.HTTPError) -> None:
    respx.post(f"{URL}/factory/start").mock(side_effect=failure)
    late = isinstance(failure, httpx.ReadTimeout)
    with pytest.raises(errors.PlantTimeoutError if late else errors.PlantConnectionError) as caught:
        await plant.add_batch("b")
    assert caught.value.outcome_unknown is not isinstance(failure, httpx.ConnectError)


@respx.mock
async def test_bodies_that_are_none(plant: PlantClient) -> None:
    for body in (b"", b"null", b"<html>", b"[" * 100_000, b" " * 17_000_000, b'{"logs": {}, "cursor": ""}', b"[]"):
        respx.get(f"{URL}/factory/logs").respond(content=body)
        with pytest.raises(PlantProtocolError):
            await plant.logs()


WORD = st.sampled_from(["anode", "cell", "mixing", "calendaring", "anode/mixing", "status", "progress", "2026-01-01"])
LEAF = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5) | WORD
JSON = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORD, inner, max_size=3), max_leaves=6
)
GOOD: dict[str, Any] = {
    "transition": {
        "sequence": 1, "cursor": "c", "at": "2026-01-01T00:00:00Z", "simulated_s": 1, "kind": "k", "batch_id": "b",
        "machine": "anode/calendaring", "progress": 0.5, "detail": {"scrap_kg": {"anode/calendaring": 1.0}},
    },
    "envelope": {"sequence": 1, "cursor": "c", "simulated_s": 1, "kind": "progress", "batch_id": "b", "progress": 0.5},
    "started": STARTED,
    "health": {"status": "healthy", "database": "connected", "plant": "idle", "reasons": {"a": "b"}},
    "change": {"line": "cell", "machine": "aging", "parameters": {}, "applies": "now", "message": ""},
    "log": {"logs": [], "cursor": ""},
    "machine": {"line": "cell", "machine": "aging", "state": "starved", "parameters": {}, "current_batch_id": None,
        "batch_ids": [], "progress": None, "power_w": 0.0, "figures": {"batches": 0, "scrap_kg": {}}},
    "status": {"state": "idle", "machines": {"cell": {"aging": {}}}, "figures": {}, "batches": [{}], "queue": []},
    "batches": {"batches": [{"id": "b", "parameters": {"aging_params": {}}, "steps": [{"result": {}}]}], "next": None},
}  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(GOOD)), st.data())
def test_odd_json_is_a_protocol_error(name: str, data: st.DataObject) -> None:
    reader, told = getattr(wire, name), dict(GOOD[name])
    for key in data.draw(st.lists(st.sampled_from(sorted(told)), max_size=3)):
        if data.draw(st.booleans()):
            told.pop(key, None)
        else:
            told[key] = data.draw(JSON)
    for given_ in (told, data.draw(JSON)):
        with suppress(PlantProtocolError):
            reader(given_)


def test_the_wire_s_spelling_ends_here() -> None:
    read = wire.transition(GOOD["transition"])
    assert read.machine == KEY
    assert read.detail == {"scrap_kg": {"anode/calendering": 1.0}}


def test_importing_it_brings_nothing_heavy() -> None:
    heavy = ("polars", "pyarrow", "numpy", "starlette", "strawberry", "server", "schema")
    program = f"import sys, clients.plant.client; print([each for each in {heavy} if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("url", ["ftp://a", "nonsense", "http://a?b=c", "http://"])
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(ValueError, match=r"address|query"):
        PlantClient(url)


def test_a_token_that_is_none_is_not_shown() -> None:
    with pytest.raises(ValueError, match="token") as caught:
        PlantClient(URL, "secret words")
    assert "secret" not in str(caught.value)
