"""R18: whatever a 200 carries, the caller soon gets a typed error that names panel and endpoint."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
import respx

from clients.panel import SpanPanelClient
from clients.panel.exceptions import SpanPanelAnswerError, SpanPanelAPIError, SpanPanelTimeoutError
from tests.clients.panel import answers
from tests.clients.virtual_time import VIRTUAL_TIME

CHUNK = 64 * 1024


class Stream(httpx.AsyncByteStream):
    """A body that is made while it is read, counting how much was."""

    def __init__(self, chunk: bytes, count: int, every_s: float = 0.0) -> None:
        self.chunk, self.count, self.every_s, self.given = chunk, count, every_s, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self.count):
            self.given += 1
            await asyncio.sleep(self.every_s)
            yield self.chunk


def client_of(response: httpx.Response, **settings: Any) -> SpanPanelClient:
    transport = httpx.MockTransport(lambda _: response)
    return SpanPanelClient(answers.HOST, access_token=answers.TOKEN, transport=transport, **settings)


def without(document: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != key}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"<html>502</html>", "not JSON"),
        (b"", "not JSON"),
        (b'{"circuits": {"1": {"id"', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "the answer should be an object, but is a list"),
        (b"null", "the answer should be an object, but is null"),
        (b"{}", "circuits should be an object, but is missing"),
        (b'{"circuits": null}', "circuits should be an object, but is null"),
        (b'{"circuits": {"1": "on"}}', "circuits.1 should be an object, but is text"),
    ],
)
async def test_r18_a_body_of_another_kind(panel: respx.MockRouter, client, body, problem) -> None:
    panel.get("/circuits").respond(content=body)

    with pytest.raises(SpanPanelAnswerError, match=rf"panel {answers.HOST} .*/circuits \(200\).*{problem}"):
        await client.get_circuits()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("instantPowerW", b"NaN"),
        ("instantPowerW", b"1e999"),
        ("instantPowerW", b"1" + b"0" * 400),
        ("instantPowerW", b"12345678901234567890123"),
        ("instantPowerW", b"true"),
        ("instantPowerW", b'"75"'),
        ("instantPowerW", b"null"),
        ("relayState", b'"AJAR"'),
        ("relayState", b"1"),
        ("priority", b'""'),
        ("name", b"7"),
        ("name", b'"' + b"x" * 5_000 + b'"'),
        ("tabs", b'"1"'),
        ("tabs", b"[1, 1]"),
        ("tabs", b"[0]"),
        ("tabs", b"[true]"),
        ("tabs", b"[1.5]"),
        ("tabs", b"[2]"),
        ("isUserControllable", b"1"),
        ("instantPowerUpdateTimeS", b"-1"),
        ("instantPowerUpdateTimeS", b"99999999999999"),
        ("id", b'"another"'),
        ("id", b"1"),
    ],
)
async def test_r18_a_field_that_cannot_be(panel: respx.MockRouter, client, field, value) -> None:
    circuit = answers.circuit() | {field: "HERE"}
    body = orjson.dumps(answers.circuits(circuit, answers.circuit("2", "Hall", (2,)))).replace(b'"HERE"', value)
    body = body.replace(b'"circuits":{' + value, b'"circuits":{"1"')
    panel.get("/circuits").respond(content=body)

    with pytest.raises(SpanPanelAnswerError, match=rf"panel {answers.HOST} .*/circuits \(200\)"):
        await client.get_circuits()


@pytest.mark.parametrize("key", [key for key in answers.circuit() if key not in {"name", "tabs"}])
async def test_r18_a_missing_field_of_a_circuit_is_named(panel: respx.MockRouter, client, key) -> None:
    panel.get("/circuits").respond(json={"circuits": {"1": without(answers.circuit(), key)}})

    with pytest.raises(SpanPanelAnswerError, match=rf"circuits\.1\.{key} should be .*, but is missing"):
        await client.get_circuits()


@pytest.mark.parametrize("key", answers.panel())
async def test_r18_a_missing_field_of_the_panel_is_named(panel: respx.MockRouter, client, key) -> None:
    panel.get("/panel").respond(json=without(answers.panel(), key))

    with pytest.raises(SpanPanelAnswerError, match=rf"/panel .*{key} should be .*, but is missing"):
        await client.get_panel_state()


async def test_r18_a_tab_of_two_circuits_is_refused(panel: respx.MockRouter, client) -> None:
    panel.get("/circuits").respond(json=answers.circuits(answers.circuit("1"), answers.circuit("2", "Hall", (3,))))

    with pytest.raises(SpanPanelAnswerError, match=r"circuits\.2\.tabs .*without tab 3, which circuit '1' has already"):
        await client.get_circuits()


@pytest.mark.parametrize("branches", [[answers.branch(1), answers.branch(1)], [answers.branch(1) | {"id": "branch_1"}]])
async def test_r18_branches_need_numbers_of_their_own(panel: respx.MockRouter, client, branches) -> None:
    panel.get("/panel").respond(json=answers.panel(*branches))

    with pytest.raises(SpanPanelAnswerError, match="branches"):
        await client.get_panel_state()


@pytest.mark.parametrize("percentage", [-1, 101, True, "85"])
async def test_r18_a_charge_outside_0_to_100_is_refused(panel: respx.MockRouter, client, percentage) -> None:
    panel.get("/storage/soe").respond(json={"soe": {"percentage": percentage}})

    with pytest.raises(SpanPanelAnswerError, match=r"soe\.percentage should be a number from 0 to 100"):
        await client.get_storage_soe()


async def test_r18_a_body_of_100_mb_is_left_after_2_mb() -> None:
    body = Stream(b"x" * CHUNK, 1_600)

    async with client_of(httpx.Response(200, stream=body)) as client:
        with pytest.raises(SpanPanelAnswerError, match=r"/circuits .*longer than 2,000,000 bytes"):
            await client.get_circuits()

    assert body.given * CHUNK < 2_100_000


async def test_r18_a_gzip_bomb_is_not_even_inflated() -> None:
    body = Stream(gzip.compress(bytes(100_000_000)), 1)

    async with client_of(httpx.Response(200, headers={"content-encoding": "gzip"}, stream=body)) as client:
        with pytest.raises(SpanPanelAnswerError, match=r"/circuits .*compressed \(gzip\)"):
            await client.get_circuits()

    assert body.given == 0


@pytest.mark.parametrize("anyio_backend", [VIRTUAL_TIME], ids=["virtual"])
async def test_r18_a_byte_a_second_ends_at_the_deadline(anyio_backend: object) -> None:
    body = Stream(b" ", 86_400, every_s=1.0)

    async with client_of(httpx.Response(200, stream=body), timeout=10.0) as client:
        with pytest.raises(SpanPanelTimeoutError, match=r"/status within 10 s"):
            await client.get_status()

    assert body.given == 10
    assert asyncio.get_running_loop().time() == 10.0


async def test_r18_a_redirect_to_another_host_is_not_followed(panel: respx.MockRouter, client) -> None:
    elsewhere = panel.get("http://evil.example/").respond(json=answers.status())
    panel.get("/status").respond(301, headers={"location": "http://evil.example/"})

    with pytest.raises(SpanPanelAPIError, match=r"redirects /status elsewhere \(301\), which is not followed"):
        await client.get_status()

    assert not elsewhere.called


async def test_r18_a_nasty_body_leaves_the_kept_answer_alone(panel: respx.MockRouter, client, fake_time) -> None:
    before = await client.get_circuits()
    panel.get("/circuits").respond(text="<html>")

    assert await client.get_circuits() is before

    fake_time.now_s += 1.0
    with pytest.raises(SpanPanelAnswerError):
        await client.get_circuits()
