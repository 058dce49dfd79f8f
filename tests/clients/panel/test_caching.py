"""Four windows that start with a success, and one request for all who ask at once."""

from __future__ import annotations

import asyncio

import httpx
import pytest
import respx

from clients.panel.exceptions import SpanPanelAuthError, SpanPanelConnectionError, SpanPanelError
from tests.clients.panel import answers

GETTERS = ["get_status", "get_panel_state", "get_circuits", "get_storage_soe"]


class Gate:
    """A side effect that holds its answer back until it is opened."""

    def __init__(self, document: object) -> None:
        self.document, self.entered, self.opened = document, asyncio.Event(), asyncio.Event()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.entered.set()
        await self.opened.wait()
        return httpx.Response(200, json=self.document)


@pytest.mark.parametrize("getter", GETTERS)
async def test_an_answer_is_kept_for_its_window(panel: respx.MockRouter, client, fake_time, getter) -> None:
    first = await getattr(client, getter)()
    asked = panel.calls.call_count
    fake_time.now_s += 0.999
    assert await getattr(client, getter)() is first
    assert panel.calls.call_count == asked

    fake_time.now_s += 0.001
    assert await getattr(client, getter)() is not first
    assert panel.calls.call_count > asked


@pytest.mark.parametrize("getter", GETTERS)
async def test_a_window_of_zero_keeps_nothing(panel: respx.MockRouter, make_client, getter) -> None:
    async with make_client(cache_window=0) as client:
        first = await getattr(client, getter)()
        assert await getattr(client, getter)() is not first


async def test_panel_circuits_panel_within_a_window_are_two_requests(panel: respx.MockRouter, client) -> None:
    await client.get_panel_state()
    await client.get_circuits()
    await client.get_panel_state()

    assert [call.request.url.path for call in panel.calls] == ["/api/v1/panel", "/api/v1/circuits"]


async def test_circuits_fill_the_panel_state_window_too(panel: respx.MockRouter, client) -> None:
    await client.get_circuits()
    await client.get_panel_state()

    assert [call.request.url.path for call in panel.calls] == ["/api/v1/circuits", "/api/v1/panel"]


async def test_a_window_starts_when_the_answer_is_there(panel: respx.MockRouter, client, fake_time) -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        fake_time.now_s += 20
        return httpx.Response(200, json=answers.status())

    route = panel.get("/status").mock(side_effect=slow)

    await client.get_status()
    fake_time.now_s += 0.9
    await client.get_status()

    assert route.call_count == 1


async def test_a_failure_changes_no_window(panel: respx.MockRouter, client, fake_time) -> None:
    kept = await client.get_status()
    panel.get("/panel").respond(500)
    with pytest.raises(SpanPanelError):
        await client.get_circuits()

    assert await client.get_status() is kept
    panel.get("/panel").respond(json=answers.panel())
    assert await client.get_circuits(), "a failure is not kept either"


@pytest.mark.parametrize("write", ["set_circuit_relay", "set_circuit_priority", "rename_circuit"])
async def test_a_write_drops_circuits_and_panel_state_alone(panel: respx.MockRouter, client, write) -> None:
    panel.post("/circuits/1").respond(json=answers.circuit())
    before = [await getattr(client, getter)() for getter in GETTERS]

    await getattr(client, write)("1", {"set_circuit_relay": "OPEN"}.get(write, "MUST_HAVE"))

    after = [await getattr(client, getter)() for getter in GETTERS]
    assert [old is new for old, new in zip(before, after, strict=True)] == [True, False, False, True]


@pytest.mark.parametrize(("fault", "kept"), [(httpx.Response(401), True), (httpx.ReadTimeout("lost"), False)])
async def test_a_failed_write_drops_only_what_it_may_have_changed(panel: respx.MockRouter, client, fault, kept) -> None:
    panel.post("/circuits/1").mock(side_effect=[fault])
    before = await client.get_circuits()

    with pytest.raises(SpanPanelError):
        await client.set_circuit_relay("1", "OPEN")

    assert (await client.get_circuits() is before) is kept


async def test_a_reading_begun_before_a_write_is_not_kept(panel: respx.MockRouter, client) -> None:
    gate = Gate(answers.panel())
    panel.get("/panel").mock(side_effect=gate)
    panel.post("/circuits/1").respond(json=answers.circuit())
    early = asyncio.create_task(client.get_panel_state())
    await gate.entered.wait()

    await client.set_circuit_relay("1", "OPEN")
    gate.opened.set()
    stale = await early

    assert await client.get_panel_state() is not stale


async def test_callers_at_the_same_time_share_one_request(panel: respx.MockRouter, make_client) -> None:
    async with make_client(cache_window=0) as client:
        found = await asyncio.gather(*(client.get_status() for _ in range(50)))

    assert panel.calls.call_count == 1
    assert all(status is found[0] for status in found)


async def test_callers_at_the_same_time_share_one_failure(panel: respx.MockRouter, client) -> None:
    panel.get("/panel").respond(401)

    found = await asyncio.gather(*(client.get_panel_state() for _ in range(5)), return_exceptions=True)

    assert panel.calls.call_count == 1
    assert {type(error) for error in found} == {SpanPanelAuthError}


async def test_a_cancelled_caller_leaves_the_others_their_request(panel: respx.MockRouter, client) -> None:
    gate = Gate(answers.status())
    route = panel.get("/status").mock(side_effect=gate)
    first, second = asyncio.create_task(client.get_status()), asyncio.create_task(client.get_status())
    await gate.entered.wait()

    first.cancel()
    await asyncio.wait([first])
    gate.opened.set()

    assert (await second).serial == "sp-0042"
    assert first.cancelled()
    assert route.call_count == 1


async def test_the_last_caller_to_leave_ends_the_request(panel: respx.MockRouter, client) -> None:
    gate = Gate(answers.status())
    panel.get("/status").mock(side_effect=gate)
    only = asyncio.create_task(client.get_status())
    await gate.entered.wait()
    before = asyncio.all_tasks() - {only}

    only.cancel()
    await asyncio.wait([only])
    panel.get("/status").respond(json=answers.status())

    assert (await client.get_status()).serial == "sp-0042", "a new caller does not join the abandoned request"
    assert len(asyncio.all_tasks()) < len(before | {only})


@pytest.mark.parametrize(
    ("method", "path", "ask", "changes"),
    [
        ("GET", "/status", lambda client: client.get_status(), False),
        ("GET", "/panel/power", lambda client: client.get_power(), False),
        ("POST", "/circuits/1", lambda client: client.set_circuit_relay("1", "OPEN"), True),
    ],
)
async def test_closing_ends_the_requests_under_way_with_an_error(
    panel: respx.MockRouter, client, method, path, ask, changes
) -> None:
    gate = Gate(answers.circuit())
    panel.request(method, path).mock(side_effect=gate)
    waiting = asyncio.create_task(ask(client))
    await gate.entered.wait()

    await client.close()

    with pytest.raises(
        SpanPanelConnectionError, match=rf"panel {answers.HOST} .*at {path}: the client was closed"
    ) as end:
        await waiting
    assert end.value.outcome_unknown is changes


async def test_a_cancelled_write_is_cancelled_and_drops_what_it_may_have_changed(
    panel: respx.MockRouter, client
) -> None:
    before = await client.get_circuits()
    gate = Gate(answers.circuit())
    panel.post("/circuits/1").mock(side_effect=gate)
    writing = asyncio.create_task(client.set_circuit_relay("1", "OPEN"))
    await gate.entered.wait()

    writing.cancel()
    await asyncio.wait([writing])

    assert writing.cancelled()
    assert await client.get_circuits() is not before


async def test_a_closed_client_opens_again_on_the_next_call(panel: respx.MockRouter, client) -> None:
    await client.get_status()
    await client.close()
    await client.close()

    assert (await client.get_status()).serial == "sp-0042"
    assert panel.calls.call_count == 2
