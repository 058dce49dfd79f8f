from __future__ import annotations

import contextlib
import itertools

import httpx
import pytest

from emulator import transport
from emulator.errors import FaultRefusedError
from emulator.faults import fault_of
from emulator.faults.board import MAX_FAULTS
from emulator.panel import EmulatedPanel


async def statuses(http: httpx.AsyncClient, count: int, path: str = "/status") -> list[int]:
    return [(await http.get(path)).status_code for _ in range(count)]


async def test_the_next_n_requests_are_struck_and_no_more(http, panel):
    fault = panel.faults.add({"kind": "status", "status": 503, "count": 2})

    assert await statuses(http, 4) == [503, 503, 200, 200]
    assert (fault.hits, fault.left, panel.faults.list()) == (2, 0, ())


async def test_requests_of_other_routes_and_methods_are_not_counted(http, panel):
    panel.faults.add({"kind": "status", "status": 503, "count": 1, "route": "/panel/grid", "method": "POST"})
    await http.get("/panel/grid")
    await http.get("/circuits")

    assert (await http.post("/panel/grid", json={"relayState": "OPEN"})).status_code == 503


async def test_of_several_statuses_the_oldest_has_its_turn_first(http, panel):
    panel.faults.add({"kind": "status", "status": 503, "count": 2})
    panel.faults.add({"kind": "status", "status": 500, "count": 1})

    assert await statuses(http, 5) == [503, 503, 500, 200, 200]


async def test_a_window_opens_and_closes_in_the_panels_own_time(http, panel):
    panel.faults.add({"kind": "status", "status": 503, "from": "10s", "to": "20s"})

    seen = []
    for _ in range(4):
        seen += await statuses(http, 1)
        panel.clock.step(9 if not seen[1:] else 1 if len(seen) == 2 else 10)

    assert seen == [200, 200, 503, 200]
    assert panel.faults.list() == ()


async def test_a_window_may_be_instants_and_a_length(http, panel):
    panel.faults.add({"kind": "status", "status": 503, "from": "2026-06-21T12:00:05Z", "for": "5s"})

    seen = []
    for _ in range(3):
        seen += await statuses(http, 1)
        panel.clock.step(5)

    assert seen == [200, 503, 200]


@pytest.mark.parametrize(
    "window", [{"from": "2h", "to": "1h"}, {"to": "2026-06-21T12:00Z"}, {"from": "2026-01-01", "for": "1d"}, {"to": 0}]
)
def test_a_window_that_is_over_before_it_begins_is_refused(panel, window):
    with pytest.raises(FaultRefusedError, match="ends before it begins, or in the panel's past"):
        panel.faults.add({"kind": "reset", **window})


async def test_chance_is_drawn_from_the_seed_the_faults_id_and_the_number_of_the_request(wall):
    async def drawn(seed: int, noise: int = 0) -> list[int]:
        panel = EmulatedPanel.create("workshop-8", seed=seed, monotonic=wall)
        panel.faults.add({"kind": "status", "status": 503, "probability": 0.3, "route": "/status"})
        async with httpx.AsyncClient(transport=transport(panel), base_url="http://x/api/v1") as client:
            seen = []
            for _ in range(60):
                seen += await statuses(client, 1)
                await statuses(client, noise, "/panel")
            return seen

    first = await drawn(1)

    assert first == await drawn(1)
    assert first == await drawn(1, noise=2)  # other requests change nothing
    assert first != await drawn(2)
    assert 8 <= first.count(503) <= 28


async def test_two_faults_draw_apart(http, panel):
    for _ in range(2):
        panel.faults.add({"kind": "latency", "seconds": 0, "probability": 0.5})
    for _ in range(64):
        await http.get("/status")

    together = [len(entry.faults) for entry in panel.journal]

    assert set(together) == {0, 1, 2}


@pytest.mark.parametrize(("probability", "hits"), [(0, 0), (1, 20)])
async def test_never_and_always_are_exact(http, panel, probability, hits):
    fault = panel.faults.add({"kind": "status", "status": 503, "probability": probability})
    await statuses(http, 20)

    assert (fault.seen, fault.hits) == (20, hits)


def test_there_is_room_for_so_many_and_no_more(panel):
    for _ in range(MAX_FAULTS):
        panel.faults.add({"kind": "reset", "for": 60})
    with pytest.raises(FaultRefusedError, match=f"there are {MAX_FAULTS} faults already; remove one first"):
        panel.faults.add({"kind": "close"})
    assert {fault.kind for fault in panel.faults.list()} == {"reset"}

    panel.clock.step(60)
    assert panel.faults.add({"kind": "close"}).id == f"f{MAX_FAULTS + 1}"


def test_a_reboot_finds_room_on_a_full_board(panel):
    for _ in range(MAX_FAULTS):
        panel.faults.add({"kind": "reset"})

    panel.reboot()

    assert any(fault.id.startswith("reboot/") for fault in panel.faults.list())


@pytest.mark.parametrize(
    "spec", [{"kind": "missing_circuit", "circuit": "nobody"}, {"kind": "reset", "route": "/circuits/nobody"}]
)
def test_a_circuit_that_the_panel_has_not_is_refused_with_those_it_has(panel, spec):
    with pytest.raises(FaultRefusedError, match=r"this panel has no circuit 'nobody'; there are [0-9a-f]{32}, "):
        panel.faults.add(spec)

    assert not panel.faults


def test_faults_are_listed_removed_by_id_and_cleared(panel):
    first, second, third = (panel.faults.add({"kind": "reset"}) for _ in range(3))

    assert panel.faults.remove("f2") is second
    assert panel.faults.list() == (first, third)
    with pytest.raises(FaultRefusedError, match="no fault is called 'f2'; there are f1, f3"):
        panel.faults.remove("f2")
    panel.faults.clear()
    assert panel.faults.list() == ()
    with pytest.raises(FaultRefusedError, match="there are none"):
        panel.faults.remove("f1")


async def test_a_spent_fault_can_be_added_anew(http, panel):
    spent = panel.faults.add({"kind": "status", "status": 503, "count": 1})
    assert await statuses(http, 2) == [503, 200]

    again = panel.faults.add(spent)

    assert (again.id, again.seen, again.hits, again.left) == ("f2", 0, 0, 1)
    assert await statuses(http, 2) == [503, 200]


def test_one_description_can_be_added_twice(panel):
    fault = fault_of({"kind": "reset", "count": 1})

    first, second = panel.faults.add(fault), panel.faults.add(fault)

    assert (first.id, second.id, fault.id) == ("f1", "f2", "")


async def test_a_reset_panel_has_no_faults_and_numbers_them_anew(panel):
    panel.faults.add({"kind": "reset"})
    panel.reset()

    assert panel.faults.list() == ()
    assert panel.faults.add({"kind": "reset"}).id == "f1"


KINDS = {
    "latency": {"kind": "latency", "seconds": 1},
    "reset": {"kind": "reset"},
    "status": {"kind": "status", "status": 500},
    "content": {"kind": "missing_circuit"},
    "bytes": {"kind": "truncated", "share": 0.1},
    "drip": {"kind": "drip", "bytes_per_s": 100},
}
EXCLUDED = {("reset", "status"), ("reset", "content"), ("reset", "bytes"), ("reset", "drip"), ("status", "content")}


@pytest.mark.parametrize(("early", "late"), list(itertools.combinations(KINDS, 2)))
@pytest.mark.parametrize("turned", [False, True], ids=["in order", "turned"])
async def test_any_two_strike_in_the_boards_order_however_they_were_added(http, panel, early, late, turned):
    added = {name: panel.faults.add(KINDS[name]) for name in ((late, early) if turned else (early, late))}
    with contextlib.suppress(httpx.TransportError):
        await http.get("/circuits")

    (entry,) = panel.journal
    expected = (early,) if (early, late) in EXCLUDED else (early, late)

    assert entry.faults == tuple(added[name].id for name in expected)


async def test_a_late_status_drips_and_is_cut_short(http, panel, naps):
    panel.faults.add({"kind": "drip", "bytes_per_s": 1})
    panel.faults.add({"kind": "truncated", "share": 0.5})
    panel.faults.add({"kind": "status", "status": 503})
    panel.faults.add({"kind": "latency", "seconds": 2})

    async with http.stream("GET", "/status") as answer:
        with pytest.raises(httpx.RemoteProtocolError, match="received 16 bytes, expected 32"):
            await answer.aread()

    assert answer.status_code == 503
    assert naps.seconds == [2, *[1.0] * 16]


async def test_contents_build_on_each_other(http, panel):
    there = len(panel.reading().circuits)
    panel.faults.add({"kind": "missing_circuit"})
    panel.faults.add({"kind": "wrong_types", "field": "instantPowerW"})
    panel.faults.add({"kind": "unknown_states"})

    circuits = (await http.get("/circuits")).json()["circuits"].values()

    assert len(circuits) == there - 1
    assert all(isinstance(one["instantPowerW"], str) and one["relayState"] == "UNKNOWN" for one in circuits)


async def test_of_two_cuts_the_shorter_holds(http, panel):
    whole = (await http.get("/panel")).content
    for share in (0.75, 0.25):
        panel.faults.add({"kind": "truncated", "share": share})
    with pytest.raises(httpx.RemoteProtocolError, match=f"received {len(whole) // 4} bytes, expected {len(whole)}"):
        await http.get("/panel")


async def test_the_same_seed_and_requests_give_the_same_bytes_and_waits(wall):
    async def session(seed: int) -> list[object]:
        panel = EmulatedPanel.create("house-32", seed=seed, monotonic=wall)
        token = panel.clients.register("tests", None, 0).token
        waits: list[object] = []

        async def sleep(seconds: float) -> None:
            waits.append(seconds)

        for spec in (
            {"kind": "latency", "median_s": 0.5, "sigma": 1},
            {"kind": "missing_circuit", "probability": 0.5},
            {"kind": "truncated", "probability": 0.2},
            {"kind": "status", "status": 503, "probability": 0.2},
            {"kind": "reset", "probability": 0.1},
        ):
            panel.faults.add(spec)
        client = httpx.AsyncClient(transport=transport(panel, sleep=sleep), base_url="http://x/api/v1", timeout=None)
        for _ in range(40):
            panel.clock.step(7)
            try:
                waits.append((await client.get("/circuits", headers={"Authorization": f"Bearer {token}"})).content)
            except httpx.TransportError as error:
                waits.append(repr(error))
        await client.aclose()
        return waits

    assert await session(4) == await session(4)
    assert await session(4) != await session(5)
