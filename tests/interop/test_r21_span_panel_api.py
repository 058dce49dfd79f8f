"""The published span-panel-api 1.1.15, unchanged and in its own environment, against the emulator over a socket."""

from __future__ import annotations

import pytest

from tests.together.process import free_port

READINGS = ("get_panel_state", "get_circuits", "get_storage_soe")
HEAT_PUMP = "Heat pump"


def test_r21_it_reads_status_panel_circuits_and_storage(published, span_panel):
    status = published.call("get_status")
    state = published.call("get_panel_state")
    circuits = published.call("get_circuits")["circuits"]
    storage = published.call("get_storage_soe")

    assert status["system"]["serial"] == span_panel.serial
    assert state["instantGridPowerW"] == span_panel.state.grid_mw / 1000
    assert [branch["id"] for branch in state["branches"]] == list(range(1, 33))
    assert storage["soe"]["percentage"] == round(span_panel.state.soc * 100)
    assert {circuit.id for circuit in span_panel.state.circuits} < set(circuits)
    assert any(name.startswith("unmapped_tab_") for name in circuits)


def test_r21_it_shows_the_power_of_each_circuit_without_its_sign(published, span_panel):
    span_panel.step(60)
    circuits = published.call("get_circuits")["circuits"]

    shown = {circuit.id: abs(circuit.power_mw) / 1000 for circuit in span_panel.state.circuits}
    assert {name: circuits[name]["instantPowerW"] for name in shown} == shown


def test_r21_it_registers_once_the_door_is_open(process, span_panel):
    process.open(span_panel, token=None)
    assert process.error("get_panel_state") == "SpanPanelAuthError"
    assert process.error("authenticate", "interop", "a test") == "SpanPanelAuthError"

    span_panel.press_door(3)
    registered = process.call("authenticate", "interop", "a test")

    assert registered["tokenType"] == "bearer"
    assert process.call("get_panel_state")["mainRelayState"] == "CLOSED"
    assert span_panel.requests("/panel", client="interop", status=200)


def test_r21_it_opens_and_closes_a_relay(published, span_panel):
    circuit = span_panel.circuit(HEAT_PUMP).id

    published.call("set_circuit_relay", circuit, "OPEN")
    assert not span_panel.circuit(HEAT_PUMP).is_closed
    assert published.call("get_circuits")["circuits"][circuit]["relayState"] == "OPEN"

    published.call("set_circuit_relay", circuit, "CLOSED")
    assert span_panel.circuit(HEAT_PUMP).is_closed


def test_r21_it_sets_a_priority(published, span_panel):
    published.call("set_circuit_priority", span_panel.circuit(HEAT_PUMP).id, "MUST_HAVE")

    assert span_panel.circuit(HEAT_PUMP).priority == "MUST_HAVE"


def test_r21_an_unknown_circuit_is_its_api_error(published):
    assert published.error("set_circuit_relay", "nothing", "OPEN") == "SpanPanelAPIError"


def test_r21_a_token_of_another_panel_is_its_auth_error(process, span_panel):
    process.open(span_panel, token="not.a.token")

    assert {process.error(reading) for reading in READINGS} == {"SpanPanelAuthError"}
    assert process.call("get_status")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, "SpanPanelAuthError"),
        (403, "SpanPanelAuthError"),
        (404, "SpanPanelAPIError"),
        (429, "SpanPanelAPIError"),
        (500, "SpanPanelServerError"),
        (502, "SpanPanelRetriableError"),
        (503, "SpanPanelRetriableError"),
        (504, "SpanPanelRetriableError"),
    ],
)
def test_r21_each_status_is_its_own_error(published, span_panel, status, error):
    span_panel.fault("status", status=status)

    assert {published.error(reading) for reading in READINGS} == {error}


@pytest.mark.parametrize(("status", "attempts"), [(500, 1), (502, 3), (503, 3), (504, 3)])
def test_r21_it_asks_a_busy_panel_again_and_a_failing_one_never(process, span_panel, status, attempts):
    process.open(span_panel, retries=2)
    span_panel.fault("status", "/circuits", status=status)

    process.error("get_circuits")

    assert len(span_panel.requests("/circuits", status=status)) == attempts


def test_r21_it_gets_over_two_busy_answers(process, span_panel):
    process.open(span_panel, retries=2)
    span_panel.fault("status", "/circuits", status=503, count=2)

    assert process.call("get_circuits")["circuits"]
    assert [entry.status for entry in span_panel.requests("/circuits")] == [503, 503, 200]


def test_r21_circuits_alone_may_be_broken(published, span_panel):
    span_panel.fault("status", "/circuits", status=500)

    assert published.error("get_circuits") == "SpanPanelServerError"
    assert published.call("get_panel_state")


def test_r21_silence_is_its_timeout_error(process, span_panel):
    process.open(span_panel, timeout=0.2)
    span_panel.fault("hang", "/panel")

    assert process.error("get_panel_state") == "SpanPanelTimeoutError"


def test_r21_a_closed_port_is_its_connection_error(process, span_panel):
    process.open(span_panel, port=free_port())

    assert process.error("get_status") == "SpanPanelConnectionError"


def test_r21_a_connection_that_breaks_is_made_again(process, span_panel):
    process.open(span_panel, retries=1)
    span_panel.fault("reset", "/panel", count=1)

    assert process.call("get_panel_state")


def test_r21_a_kept_connection_that_the_panel_has_closed_is_made_again(process, span_panel):
    process.open(span_panel, retries=1)
    span_panel.fault("keep_alive", idle_s=5)
    process.call("get_panel_state")
    span_panel.step(15)

    assert process.call("get_panel_state")


@pytest.mark.parametrize("kind", ["truncated", "invalid_json", "wrong_types"])
def test_r21_a_spoilt_answer_is_its_api_error(published, span_panel, kind):
    span_panel.fault(kind, "/panel")

    assert published.error("get_panel_state") == "SpanPanelAPIError"


def test_r21_the_door_after_its_time_is_shut(process, span_panel):
    process.open(span_panel, token=None)
    span_panel.press_door(3)
    span_panel.step(15 * 60)

    assert process.error("authenticate", "interop", "a test") == "SpanPanelAuthError"
