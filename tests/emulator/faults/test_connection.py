from __future__ import annotations

import httpx
import pytest

from emulator.journal import Entry

OPEN = {"relayState": "OPEN"}


async def test_a_reset_is_a_read_error(http, panel):
    panel.faults.add({"kind": "reset"})

    with pytest.raises(httpx.ReadError):
        await http.get("/status")


async def test_a_close_is_a_server_that_disconnected(http, panel):
    panel.faults.add({"kind": "close"})

    with pytest.raises(httpx.RemoteProtocolError, match="Server disconnected without sending a response"):
        await http.get("/status")


async def test_a_hang_is_a_time_out_after_the_clients_own_patience(http, panel, naps):
    panel.faults.add({"kind": "hang"})

    with pytest.raises(httpx.ReadTimeout):
        await http.get("/status")

    assert naps.seconds == [5]


async def test_a_patient_client_sees_a_hang_end_without_an_answer(http, panel, naps):
    panel.faults.add({"kind": "hang", "seconds": 3})

    with pytest.raises(httpx.RemoteProtocolError):
        await http.get("/status")

    assert naps.seconds == [3]


@pytest.mark.parametrize("kind", ["reset", "close", "hang"])
@pytest.mark.parametrize("obeys", [True, False])
async def test_r20_whether_the_panel_obeyed_before_it_broke_off_is_chosen(http, panel, kind, obeys):
    panel.faults.add({"kind": kind, "obeys": obeys, "count": 1})

    with pytest.raises(httpx.TransportError):
        await http.post("/panel/grid", json=OPEN)

    assert (await http.get("/panel/grid")).json()["relayState"] == ("OPEN" if obeys else "CLOSED")


async def test_a_connection_that_idled_too_long_is_cut_as_the_request_arrives(http, panel):
    fault = panel.faults.add({"kind": "keep_alive"})
    await http.get("/status")
    panel.clock.step(5)
    await http.get("/status")
    assert fault.hits == 0

    panel.clock.step(6)
    with pytest.raises(httpx.RemoteProtocolError):
        await http.get("/status")

    assert (await http.get("/status")).status_code == 200  # by a new connection
    assert fault.hits == 1


async def test_a_new_connection_never_idled(http, panel):
    panel.faults.add({"kind": "keep_alive"})
    panel.clock.step(1000)

    assert (await http.get("/status")).status_code == 200


async def test_an_offline_panel_cannot_be_connected_to_and_sees_nothing(http, panel):
    panel.go_offline(90)

    with pytest.raises(httpx.ConnectError):
        await http.get("/status")
    panel.clock.step(89)
    with pytest.raises(httpx.ConnectError):
        await http.get("/status")
    panel.clock.step(1)

    assert (await http.get("/status")).status_code == 200
    assert len(panel.journal) == 1


async def test_the_journal_tells_which_fault_struck_and_that_there_was_no_answer(http, panel):
    reset = panel.faults.add({"kind": "reset", "count": 1, "route": "/status"})
    late = panel.faults.add({"kind": "latency", "seconds": 1, "route": "/status"})
    with pytest.raises(httpx.ReadError):
        await http.get("/status")
    await http.get("/status")
    await http.get("/panel")

    def seen(entry: Entry) -> tuple[int, tuple[str, ...]]:
        return entry.status, entry.faults

    assert [seen(entry) for entry in panel.journal] == [(0, (late.id, reset.id)), (200, (late.id,)), (200, ())]
    assert len(panel.journal.entries(fault=late.id)) == 2
    assert len(panel.journal.entries(fault=reset.id, status=0)) == 1
