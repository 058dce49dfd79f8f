"""What is sent again, how often, and after how long."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import respx

from clients.cells.errors import CellsBusyError, CellsConnectionError, CellsError, CellsNotFoundError, CellsTimeoutError
from tests.clients.cells import answers
from tests.clients.cells.flavour import Flavour

WAITS_S = [0.0, 0.6, 1.2, 2.4, 4.8]
TROUBLES: dict[str, Any] = {
    "500": httpx.Response(500),
    "502": httpx.Response(502),
    "503": httpx.Response(503),
    "504": httpx.Response(504),
    "refused": httpx.ConnectError("refused"),
    "dropped": httpx.RemoteProtocolError("dropped"),
    "slow": httpx.ReadTimeout("slow"),
}
trouble = pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)


@trouble
@pytest.mark.parametrize("method", ["get", "delete"])
async def test_reading_and_deleting_is_tried_six_times(server: respx.MockRouter, lab: Flavour, method, trouble) -> None:
    server.route().mock(side_effect=[trouble] * 6)

    await lab.fails(lambda c: getattr(c, method)("/x"))

    assert lab.slept == WAITS_S
    assert server.calls.call_count == 6


@trouble
async def test_one_good_answer_ends_it(server: respx.MockRouter, lab: Flavour, trouble) -> None:
    server.get("/x").mock(side_effect=[trouble, trouble, httpx.Response(200, json=1)])

    assert await lab.ask(lambda c: c.get("/x")) == 1
    assert lab.slept == WAITS_S[:2]


@trouble
@pytest.mark.parametrize("method", ["post", "put", "patch"])
async def test_a_change_is_sent_once(server: respx.MockRouter, lab: Flavour, method, trouble) -> None:
    server.route().mock(side_effect=[trouble])

    error = await lab.fails(lambda c: getattr(c, method)("/x", {}))

    assert lab.slept == []
    assert error.outcome_unknown == (not isinstance(trouble, httpx.ConnectError))


async def test_the_kinds_of_lost_connections(server: respx.MockRouter, lab: Flavour) -> None:
    server.post("/x").mock(side_effect=[httpx.ReadTimeout("slow"), httpx.ReadError("reset"), httpx.ConnectError("no")])

    await lab.fails(lambda c: c.post("/x"), CellsTimeoutError, "within 10 s; whether it took effect is unknown")
    await lab.fails(lambda c: c.post("/x"), CellsConnectionError, "took effect is unknown")
    await lab.fails(lambda c: c.post("/x"), CellsConnectionError, "is the server running there")


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422, 501, 507])
async def test_other_statuses_are_final(server: respx.MockRouter, lab: Flavour, status: int) -> None:
    server.get("/x").respond(status)

    await lab.fails(lambda c: c.get("/x"))

    assert server.calls.call_count == 1


async def test_429_is_repeated_when_it_says_when(server: respx.MockRouter, lab: Flavour) -> None:
    busy = httpx.Response(429, headers={"Retry-After": "3"})
    server.get("/x").mock(side_effect=[busy, busy, httpx.Response(200, json=1)])

    assert await lab.ask(lambda c: c.get("/x")) == 1
    assert lab.slept == [3.0, 3.0]


async def test_503_waits_as_long_as_it_says(server: respx.MockRouter, lab: Flavour) -> None:
    busy = httpx.Response(503, headers={"Retry-After": "1"})
    server.get("/x").mock(side_effect=[busy] * 6)

    await lab.fails(lambda c: c.get("/x"), CellsBusyError)

    assert lab.slept == [1.0, 1.0, 1.2, 2.4, 4.8]


@pytest.mark.parametrize(
    ("method", "headers"),
    [("get", {}), ("get", {"Retry-After": "61"}), ("get", {"Retry-After": "soon"}), ("delete", {"Retry-After": "1"})],
)
async def test_429_is_final_otherwise(server: respx.MockRouter, lab: Flavour, method, headers) -> None:
    server.route().respond(429, headers=headers)

    error = await lab.fails(lambda c: getattr(c, method)("/x"), CellsBusyError)

    assert server.calls.call_count == 1
    assert error.retry_after_s == (float(headers["Retry-After"]) if headers.get("Retry-After", "").isdigit() else None)


@pytest.mark.parametrize("first", [httpx.ReadError("reset"), httpx.Response(503)])
async def test_a_delete_that_was_done_unseen_is_done(server: respx.MockRouter, lab: Flavour, first) -> None:
    server.delete("/cell_instances/i1").mock(side_effect=[first, httpx.Response(404, json=answers.not_found())])

    assert await lab.ask(lambda c: c.cell_instance.delete("i1")) is None


async def test_a_delete_that_never_left_is_not(server: respx.MockRouter, lab: Flavour) -> None:
    server.delete("/cell_instances/i1").mock(side_effect=[httpx.ConnectError("no"), httpx.Response(404)])

    await lab.fails(lambda c: c.cell_instance.delete("i1"), CellsNotFoundError)


async def test_a_doubt_outlives_later_attempts(server: respx.MockRouter, lab: Flavour) -> None:
    server.delete("/x").mock(side_effect=[httpx.ReadError("reset")] + [httpx.ConnectError("no")] * 5)

    error = await lab.fails(lambda c: c.delete("/x"), CellsError)

    assert error.outcome_unknown


async def test_storage_is_tried_again_in_both_directions(server: respx.MockRouter, lab: Flavour) -> None:
    opened = {"measurement_id": "m1", "signed_url": answers.PUT_URL}
    server.post("/cell_instances/i1/cell_measurements/initiate-upload").respond(json=opened)
    put = server.put(answers.PUT_URL).mock(side_effect=[httpx.ReadError("reset"), httpx.Response(200)])
    server.post("/cell_measurements/m1/confirm-upload").respond(json=answers.measurement())
    server.get("/cell_measurements/m1/time_series/signed_url").respond(json={"signed_url": answers.GET_URL})
    server.get(answers.GET_URL).mock(side_effect=[httpx.Response(503), httpx.Response(200, content=answers.parquet())])

    await lab.ask(lambda c: c.cell_measurement.create("i1", {"name": "x"}, answers.SAMPLES))
    found = await lab.ask(lambda c: c.cell_measurement.time_series("m1"))

    assert found.equals(answers.SAMPLES)
    assert [len(call.request.content) > 100 for call in put.calls] == [True, True]
    assert lab.slept == [0.0, 0.0]


async def test_times_are_bounded(server: respx.MockRouter, lab: Flavour) -> None:
    server.get("/x").respond(json=1)
    server.get("/cell_measurements/m1/time_series/signed_url").respond(json={"signed_url": answers.GET_URL})
    server.get(answers.GET_URL).respond(content=answers.parquet())

    await lab.ask(lambda c: c.get("/x"))
    await lab.ask(lambda c: c.cell_measurement.time_series("m1"))

    calls = {call.request.url.host + call.request.url.path: call.request.extensions["timeout"] for call in server.calls}
    assert calls["cells.test/x"] == {"connect": 10.0, "read": 10.0, "write": 10.0, "pool": 10.0}
    assert calls["storage.test/get"] == {"connect": 10.0, "read": 300.0, "write": 300.0, "pool": 300.0}
