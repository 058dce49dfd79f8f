from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator import transport
from emulator.firmware import API, SUNSET_TICK
from emulator.http.bodies import MAX_BODY_BYTES
from emulator.http.routes import OPERATIONS
from emulator.panel import MAX_READY, EmulatedPanel

WRITES = [operation for operation in OPERATIONS if operation.body is not None]

BROKEN = [
    b"",
    b"   ",
    b"{",
    b"NaN",
    b"null",
    b'"text"',
    b'{"soe": {"percentage": NaN}}',
    b'{"soe": {"percentage": 1e999}}',
    b'{"name": "\\ud800", "relayState": "\\udfff"}',
    b"\xff\xfe\x00",
    b"[" * 60_000,
    b'{"a":' * 5_000,
    b'{"percentage": ' + b"9" * 20_000 + b"}",
]


def item(path: str, panel: EmulatedPanel) -> str:
    return (
        path.replace("{circuitId}", panel.reading().circuits[0].id)
        .replace("{name}", "tests")
        .replace("{", "")
        .rstrip("}")
    )


async def test_all_24_operations_answer_200(http, panel):
    bodies = {
        "/auth/register": {"name": "new"},
        "/panel/grid": {"relayState": "CLOSED"},
        "/storage/soe": {"soe": {"percentage": 50}},
        "/wifi/connect": {"ssid": "Workshop", "psk": ""},
    }
    for _ in range(3):
        panel.press_door()

    last = [operation for operation in OPERATIONS if operation.method == "DELETE"]
    for operation in [*(one for one in OPERATIONS if one not in last), *last]:
        body = {"json": bodies.get(operation.path, {})} if operation.body else {}
        answer = await http.request(operation.method, item(operation.path, panel), **body)
        assert answer.status_code == 200, (operation.method, operation.path, answer.text)
        assert answer.headers["content-type"] == "application/json"

    assert len(OPERATIONS) == 24


@pytest.mark.parametrize(
    "operation", [one for one in OPERATIONS if one.needs_token], ids=lambda one: one.method + one.path
)
async def test_an_operation_without_a_token_is_refused(stranger, panel, operation):
    answer = await stranger.request(operation.method, item(operation.path, panel), json={})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "Bearer token" in answer.json()["detail"]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic dGVzdA==", "Bearer \xff"])
async def test_a_wrong_token_is_401_on_any_firmware(wall, header):
    panel = EmulatedPanel.create("workshop-8", firmware="r202318", monotonic=wall)
    async with httpx.AsyncClient(transport=transport(panel), base_url="http://x/api/v1") as client:
        answer = await client.get("/panel", headers={"Authorization": header.encode("latin-1")})

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/circuits/", "/api/v2/status", "/api/docs"]
)
async def test_elsewhere_there_is_nothing(http, path):
    answer = await http.get(f"http://panel{path}")

    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/circuits", "GET"),
        ("DELETE", "/circuits/1", "GET, POST"),
        ("HEAD", "/status", "GET"),
        ("POST", "/docs", "GET"),
        ("BREW", "/panel/grid", "GET, POST"),
    ],
)
async def test_another_method_is_told_which_are_allowed(http, method, path, allowed):
    answer = await http.request(method, path)

    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize("body", BROKEN, ids=lambda body: repr(body[:24]))
@pytest.mark.parametrize("operation", WRITES, ids=lambda one: one.path)
async def test_a_broken_body_is_422_with_fastapis_detail(http, panel, operation, body):
    for _ in range(3):
        panel.press_door()
    version = panel.device.version

    answer = await http.request(operation.method, item(operation.path, panel), content=body)

    assert answer.status_code == 422
    for problem in answer.json()["detail"]:
        assert set(problem) == {"loc", "msg", "type"}
        assert all(isinstance(place, str) for place in problem["loc"])
    assert panel.device.version == version


@given(body=st.binary(max_size=200), path=st.sampled_from([one.path for one in WRITES]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_r28_no_body_makes_the_panel_fail(panel, token, body, path):
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport(panel), base_url="http://panel/api/v1", headers=headers) as client:
        answer = await client.post(item(path, panel), content=body)

    assert answer.status_code < 500


async def test_a_body_beyond_the_limit_is_refused_unread(http):
    async def endless() -> AsyncIterator[bytes]:
        yield b" " * MAX_BODY_BYTES
        yield b" "
        pytest.fail("the panel went on reading")

    answer = await http.post("/storage/soe", content=endless())

    assert answer.status_code == 413


async def test_answers_come_from_memory_until_the_second_or_the_device_changes(http, panel, wall):
    await http.get("/circuits")
    kept = panel.ready[f"{API}/circuits"]

    await http.get("/circuits?any=query")
    assert panel.ready[f"{API}/circuits"] is kept

    wall.now_s += 1
    await http.get("/circuits")
    assert panel.ready[f"{API}/circuits"] is not kept


async def test_answers_in_memory_are_bounded_however_an_address_is_spelt(http, panel):
    circuit_id = panel.reading().circuits[0].id
    for spelling in range(MAX_READY + 10):
        letters = (f"%{ord(letter):x}" if spelling >> place & 1 else letter for place, letter in enumerate(circuit_id))
        assert (await http.get(f"/circuits/{''.join(letters)}")).status_code == 200

    assert len(panel.ready) == MAX_READY


async def test_polling_changes_no_byte(wall):
    often, once = (EmulatedPanel.create("house-32", seed=3, monotonic=wall) for _ in range(2))
    tokens = [panel.clients.register("tests", None, 0).token for panel in (often, once)]

    async def panel_json(panel: EmulatedPanel, token: str) -> bytes:
        async with httpx.AsyncClient(transport=transport(panel), base_url="http://x/api/v1") as client:
            return (await client.get("/panel", headers={"Authorization": f"Bearer {token}"})).content

    for _ in range(50):
        wall.now_s += 7
        last = await panel_json(often, tokens[0])

    assert last == await panel_json(once, tokens[1])


async def test_the_journal_tells_who_asked_what_and_never_the_token(http, stranger, panel, token):
    await http.get("/circuits?secret=1")
    await stranger.get("/panel")
    await http.get(f"/auth/clients/{token}")

    asked = [(entry.client, entry.method, entry.path, entry.status) for entry in panel.journal]

    assert asked == [
        ("tests", "GET", f"{API}/circuits", 200),
        ("", "GET", f"{API}/panel", 401),
        ("tests", "GET", f"{API}/auth/clients/[token]", 404),
    ]
    assert token not in repr(list(panel.journal))


async def test_the_command_log_tells_which_client_did_it(http, panel):
    await http.post("/panel/grid", json={"relayState": "OPEN"})

    assert [logged.by for logged in panel.device.commands] == ["tests"]


async def test_new_firmware_announces_the_end_of_v1_and_where_its_successor_is(wall):
    panel = EmulatedPanel.create("workshop-8", firmware="r202603", unlocked=True, monotonic=wall)
    async with httpx.AsyncClient(transport=transport(panel), base_url="http://panel/api/v1") as client:
        for answer in (await client.get("/status"), await client.get("/panel")):
            assert (answer.headers["deprecation"], answer.headers["sunset"]) == ("true", "2026-12-31")
            assert "link" not in answer.headers
        registered = await client.post("/auth/register", json={"name": "ha"})

    assert registered.headers["link"] == '</api/v2/auth/register>; rel="successor-version"'


async def test_after_the_sunset_everything_is_gone(wall):
    panel = EmulatedPanel.create("workshop-8", firmware="r202603", start=SUNSET_TICK - 1, monotonic=wall)
    async with httpx.AsyncClient(transport=transport(panel), base_url="http://panel/api/v1") as client:
        assert (await client.get("/status")).status_code == 200
        wall.now_s += 1
        assert (await client.get("/status")).status_code == 404


async def test_firmware_of_2023_answers_412_without_a_token(wall):
    panel = EmulatedPanel.create("workshop-8", firmware="r202318", monotonic=wall)
    async with httpx.AsyncClient(transport=transport(panel), base_url="http://panel/api/v1") as client:
        assert (await client.get("/panel")).status_code == 412
