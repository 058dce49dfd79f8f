"""The `span_panel` fixture as this very test session has it, from the installed entry point."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request

import httpx
import pytest

from emulator.errors import ClockRefusedError, CommandRefusedError, ConfigError, EmulatorError, FaultRefusedError


def get(panel, path, **options) -> httpx.Response:
    return httpx.get(f"{panel.url}/api/v1{path}", headers=panel.headers, trust_env=False, **options)


def test_a_sync_test_reads_the_panel(span_panel):
    answer = get(span_panel, "/circuits").json()["circuits"]

    assert {circuit["name"] for circuit in answer.values()} == {found.name for found in span_panel.state.circuits}


async def test_an_async_test_reads_the_panel_and_moves_its_clock(span_panel):
    async with httpx.AsyncClient(base_url=span_panel.url, headers=span_panel.headers, trust_env=False) as client:
        before = (await client.get("/api/v1/status")).json()["system"]["uptime"]
        span_panel.step(60)
        after = (await client.get("/api/v1/status")).json()["system"]["uptime"]

    assert after - before == 60


def test_urllib_is_a_client_too(span_panel):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{span_panel.url}/api/v1/panel")
    refused.value.close()

    assert refused.value.code == 401


def test_time_stands_still_until_the_test_moves_it(span_panel):
    first, again = get(span_panel, "/panel").content, get(span_panel, "/panel").content
    span_panel.step(1)

    assert first == again != get(span_panel, "/panel").content


def test_requests_are_found_by_path_status_and_method(span_panel):
    get(span_panel, "/circuits")
    get(span_panel, "/circuits/nothing")
    httpx.get(f"{span_panel.url}/api/v1/circuits", trust_env=False)

    assert [entry.status for entry in span_panel.requests("/circuits")] == [200, 401]
    assert len(span_panel.requests("/circuits/*", status=404)) == 1
    assert len(span_panel.requests("/api/v1/circuits", method="GET", client="pytest")) == 1
    span_panel.forget_requests()
    assert span_panel.requests() == []


def test_every_answer_that_arrived_is_in_the_journal_already(span_panel):
    for count in range(1, 200):
        get_status(span_panel)
        assert len(span_panel.requests("/status")) == count


def has_ended(client: socket.socket) -> bool:
    client.settimeout(10)
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def get_status(panel) -> None:
    with socket.create_connection((panel.host, panel.port)) as raw:
        raw.sendall(b"GET /api/v1/status HTTP/1.1\r\nHost: x\r\n\r\n")
        assert raw.recv(9)


def test_three_presses_of_the_door_let_a_client_register(span_panel):
    def register() -> int:
        url = f"{span_panel.url}/api/v1/auth/register"
        return httpx.post(url, json={"name": "mine"}, trust_env=False).status_code

    locked = register()
    span_panel.press_door(3)

    assert (locked, register()) == (403, 200)


def test_the_control_changes_what_clients_see(span_panel):
    span_panel.control(lambda panel: panel.grid(up=False))

    assert get(span_panel, "/panel").json()["dsmGridState"] == "DSM_GRID_DOWN"


def test_a_circuit_is_found_by_name_or_the_names_there_are_are_told(span_panel):
    found = span_panel.circuit("Heat pump")

    assert span_panel.circuit(found.id) == found
    with pytest.raises(CommandRefusedError, match="Water heater"):
        span_panel.circuit("Death ray")


@pytest.mark.span_panel("workshop-8", seed=3, firmware="r202318")
def test_the_marker_says_what_the_panel_is_made_of(span_panel):
    assert len(span_panel.state.branches) == 8
    assert httpx.get(f"{span_panel.url}/api/v1/panel", trust_env=False).status_code == 412


def test_the_factory_makes_several_panels(span_panel_factory):
    first, second = span_panel_factory("workshop-8"), span_panel_factory("pilot-plant-40", unlocked=True)

    assert first.port != second.port
    assert [len(get(panel, "/panel").json()["branches"]) for panel in (first, second)] == [8, 40]


def test_the_same_seed_is_the_same_panel(span_panel_factory):
    panels = [span_panel_factory(seed=seed) for seed in (5, 5, 6)]
    for panel in panels:
        panel.step(600)

    first, second, other = (get(panel, "/circuits").content for panel in panels)
    assert first == second != other


def test_the_end_frees_the_port_though_a_client_is_connected(span_panel_factory):
    panel = span_panel_factory("workshop-8")
    with socket.create_connection((panel.host, panel.port)) as client:
        panel.close()

        assert has_ended(client)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((panel.host, panel.port))


def test_what_cannot_be_is_refused(span_panel, span_panel_factory):
    with pytest.raises(ConfigError, match="the shipped panels are house-32"):
        span_panel_factory("nothing")
    with pytest.raises(ClockRefusedError, match="never goes back"):
        span_panel.step(-1)


def test_a_fault_strikes_as_often_as_it_is_told(span_panel):
    fault = span_panel.fault("status", "/circuits", status=503, count=2)

    assert [get(span_panel, "/circuits").status_code for _ in range(3)] == [503, 503, 200]
    assert fault.hits == 2


def test_a_fault_lasts_for_its_window_of_the_panels_time(span_panel):
    span_panel.fault("status", status=500, from_=60, for_="2m")
    seen = []
    for _ in range(4):
        seen.append(get(span_panel, "/panel").status_code)
        span_panel.step(60)

    assert seen == [200, 500, 500, 200]


def test_faults_can_be_cleared_while_one_holds_a_request(span_panel):
    span_panel.fault("hang")
    with pytest.raises(httpx.ReadTimeout):
        get(span_panel, "/panel", timeout=0.05)
    span_panel.clear_faults()

    assert get(span_panel, "/panel").status_code == 200


def test_the_end_does_not_wait_for_a_request_that_hangs(span_panel_factory):
    panel = span_panel_factory("workshop-8")
    panel.fault("hang")
    with socket.create_connection((panel.host, panel.port)) as client:
        client.sendall(b"GET /api/v1/status HTTP/1.1\r\nHost: x\r\n\r\n")
        panel.close()

        assert has_ended(client)


def test_an_unknown_fault_or_scenario_is_refused_with_what_is_possible(span_panel):
    with pytest.raises(FaultRefusedError, match="status, latency, drip"):
        span_panel.fault("gremlin")
    with pytest.raises(EmulatorError, match="flapping"):
        span_panel.scenario("doomsday")


def test_a_scenario_plays_as_time_is_stepped(span_panel):
    span_panel.scenario("flapping")
    seen = set()
    with httpx.Client(base_url=span_panel.url, trust_env=False) as client:
        for _ in range(120):
            span_panel.step(60)
            try:
                seen.add(client.get("/api/v1/status").status_code)
            except httpx.TransportError:
                seen.add(0)
        span_panel.stop_scenario()

        assert seen == {0, 200}
        assert client.get("/api/v1/status").status_code == 200
