"""The contract of every operation: method, path and body as the panel knows them, and the noun that comes back."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest
import respx

from clients.panel.exceptions import SpanPanelAnswerError, SpanPanelRequestError
from clients.panel.models import AccessPoint, ApiClient, Energy, Meter, Power, RelayState, Storage, Thresholds
from tests.clients.panel import answers

API_CLIENT = ApiClient(
    "poller",
    "a poller",
    datetime(2025, 7, 13, 18, 22, 15, tzinfo=UTC),
    {"get": ("circuits",), "post": ("circuits",), "push": (), "delete": ()},
)
POINT = AccessPoint("02:00:5e:10:00:01", "House", -48, "5180", encrypted=True, connected=True, error="")
THRESHOLDS = {
    "nice_to_have_threshold_low_soe": {"percentage": 20},
    "nice_to_have_threshold_high_soe": {"percentage": 80},
}
ENERGY = {"consumedEnergyWh": 2.5, "producedEnergyWh": 1.0}

READS = [
    ("get_power", (), "/panel/power", {"instantGridPowerW": -5.5, "feedthroughPowerW": 1}, Power(-5.5, 1.0)),
    (
        "get_meter",
        (),
        "/panel/meter",
        {"mainMeter": ENERGY, "feedthrough": ENERGY},
        Meter(Energy(2.5, 1), Energy(2.5, 1)),
    ),
    ("get_main_relay", (), "/panel/grid", {"relayState": "CLOSED"}, RelayState.CLOSED),
    ("get_islanding_state", (), "/islanding-state", {"islanding_state": "SI_ON_GRID"}, "SI_ON_GRID"),
    ("get_thresholds", (), "/storage/nice-to-have-thresh", THRESHOLDS, Thresholds(0.2, 0.8)),
    ("get_thresholds", (), "/storage/nice-to-have-thresh", {}, Thresholds(None, None)),
    ("get_clients", (), "/auth/clients", {"clients": {"poller": answers.api_client()}}, {"poller": API_CLIENT}),
    ("get_client", ("poller",), "/auth/clients/poller", answers.api_client(), API_CLIENT),
    ("scan_wifi", (), "/wifi/scan", {"accessPoints": [answers.access_point()]}, (POINT,)),
]
CIRCUIT = "/circuits/c%2F1"
WRITES = [
    ("set_circuit_relay", ("c/1", "OPEN"), CIRCUIT, {"relayStateIn": {"relayState": "OPEN"}}),
    ("set_circuit_relay", ("c/1", "closed"), CIRCUIT, {"relayStateIn": {"relayState": "CLOSED"}}),
    ("set_circuit_priority", ("c/1", "MUST_HAVE"), CIRCUIT, {"priorityIn": {"priority": "MUST_HAVE"}}),
    ("set_circuit_priority", ("c/1", "NICE_TO_HAVE"), CIRCUIT, {"priorityIn": {"priority": "NICE_TO_HAVE"}}),
    ("rename_circuit", ("c/1", "Büro"), CIRCUIT, {"circuitNameIn": {"name": "Büro"}}),
]


@pytest.mark.parametrize(("method", "arguments", "path", "answer", "noun"), READS)
async def test_a_reading_asks_its_path_and_answers_a_noun(
    panel: respx.MockRouter, client, method, arguments, path, answer, noun
) -> None:
    panel.get(path).respond(json=answer)

    assert await getattr(client, method)(*arguments) == noun
    assert panel.calls.last.request.headers["authorization"] == f"Bearer {answers.TOKEN}"


@pytest.mark.parametrize("method", sorted({read[0] for read in READS}))
async def test_a_reading_refuses_what_it_does_not_know(panel: respx.MockRouter, client, method) -> None:
    path, arguments = next((read[2], read[1]) for read in READS if read[0] == method)
    panel.get(path).respond(json=["something else"])

    with pytest.raises(SpanPanelAnswerError, match=path):
        await getattr(client, method)(*arguments)


@pytest.mark.parametrize(("method", "arguments", "path", "body"), WRITES)
async def test_a_write_sends_its_body_and_answers_the_circuit(
    panel: respx.MockRouter, client, method, arguments, path, body
) -> None:
    panel.post(path).respond(json=answers.circuit("c/1"))

    circuit = await getattr(client, method)(*arguments)

    assert circuit.id == "c/1"
    assert orjson.loads(panel.calls.last.request.content) == body


async def test_one_circuit_can_be_read(panel: respx.MockRouter, client) -> None:
    panel.get("/circuits/1").respond(json=answers.circuit())

    assert (await client.get_circuit("1")).power_w == 150.0


async def test_flags_not_named_stay_out_of_the_body(panel: respx.MockRouter, client) -> None:
    panel.post("/circuits/1").respond(json=answers.circuit())

    await client.set_circuit_flags("1", sheddable=False, never_backup=True)

    sent = {"sheddableIn": {"value": False}, "neverBackupIn": {"value": True}}
    assert orjson.loads(panel.calls.last.request.content) == sent


async def test_the_main_relay_takes_no_wrapper(panel: respx.MockRouter, client) -> None:
    panel.post("/panel/grid").respond(200, content=b"")

    await client.set_main_relay("OPEN")

    assert orjson.loads(panel.calls.last.request.content) == {"relayState": "OPEN"}


async def test_an_emergency_reconnect_has_no_body(panel: respx.MockRouter, client) -> None:
    panel.post("/panel/emergency-reconnect").respond(json={"whatever": 1})

    await client.emergency_reconnect()

    assert panel.calls.last.request.content == b""


async def test_the_charge_travels_as_whole_per_cent(panel: respx.MockRouter, client) -> None:
    panel.post("/storage/soe").respond(json=answers.soe(29))

    assert await client.set_storage_soe(0.29) == Storage(0.29)
    assert panel.calls.last.request.content == b'{"soe":{"percentage":29}}'


async def test_one_threshold_can_be_set_alone(panel: respx.MockRouter, client) -> None:
    panel.post("/storage/nice-to-have-thresh").respond(json=THRESHOLDS)

    assert await client.set_thresholds(low_soc=0.2) == Thresholds(0.2, 0.8)
    assert orjson.loads(panel.calls.last.request.content) == {"nice_to_have_threshold_low_soe": {"percentage": 20}}


async def test_deleting_a_client_answers_who_it_was(panel: respx.MockRouter, client) -> None:
    panel.delete("/auth/clients/poller").respond(json=answers.api_client())

    assert await client.delete_client("poller") == API_CLIENT


async def test_joining_a_network_answers_the_access_point(panel: respx.MockRouter, client) -> None:
    answer = {key: value for key, value in answers.access_point().items() if key != "frequency"}
    panel.post("/wifi/connect").respond(json=answer)

    assert (await client.connect_wifi("House", "hunter2222")).frequency is None
    assert orjson.loads(panel.calls.last.request.content) == {"ssid": "House", "psk": "hunter2222"}


async def test_registering_sends_only_what_was_given(panel: respx.MockRouter, client) -> None:
    await client.authenticate("my-script", "SPAN Control Script")
    assert orjson.loads(panel.calls.last.request.content) == {"name": "my-script", "description": "SPAN Control Script"}

    await client.authenticate("my-script", otp="123456", dashboard_password="pw")
    sent = {"name": "my-script", "description": "", "otp": "123456", "dashboardPassword": "pw"}
    assert orjson.loads(panel.calls.last.request.content) == sent


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("set_circuit_relay", ("1", "AJAR")),
        ("set_circuit_relay", ("1", "UNKNOWN")),
        ("set_circuit_relay", ("1", None)),
        ("set_circuit_priority", ("1", "UNKNOWN")),
        ("set_main_relay", ("",)),
        ("set_circuit_relay", ("", "OPEN")),
        ("set_circuit_relay", ("..", "OPEN")),
        ("set_circuit_relay", ("a\r\nb", "OPEN")),
        ("set_circuit_relay", (7, "OPEN")),
        ("set_circuit_relay", ("x" * 129, "OPEN")),
        ("set_circuit_relay", ("unmapped_tab_5", "OPEN")),
        ("get_circuit", ("unmapped_tab_5",)),
        ("rename_circuit", ("1", "")),
        ("get_client", (".",)),
        ("delete_client", ("",)),
        ("set_storage_soe", (1.01,)),
        ("set_storage_soe", (float("nan"),)),
        ("set_storage_soe", (True,)),
        ("set_thresholds", (-0.1,)),
        ("authenticate", ("",)),
    ],
)
async def test_what_can_never_be_right_is_not_sent(panel: respx.MockRouter, client, method, arguments) -> None:
    with pytest.raises(SpanPanelRequestError):
        await getattr(client, method)(*arguments)

    assert panel.calls.call_count == 0
