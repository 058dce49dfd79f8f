"""R33, the part of `addPanel`: what may be asked for, and how little the answer tells about whoever is there."""

from __future__ import annotations

from dataclasses import replace

import pytest
import structlog

from clients.panel.exceptions import (
    SpanPanelAnswerError,
    SpanPanelAPIError,
    SpanPanelAuthError,
    SpanPanelConnectionError,
    SpanPanelLockedError,
    SpanPanelServerError,
    SpanPanelTimeoutError,
)
from schema.panel.refusals import PanelAddressRefused, PanelLocked, PanelUnreachable
from server.panel.registry import Registry
from tests.fakes import VIRTUAL_TIME
from tests.server.panel.world import HOST, a_snapshot


@pytest.fixture
def anyio_backend():
    return VIRTUAL_TIME


@pytest.fixture
async def registry(street):
    """In a street without houses."""
    async with Registry(street.world) as registry:
        yield registry


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        " panel",
        "panel ",
        "pa nel",
        "panel\t",
        "panel\n",
        "panel\r\nHost: evil",
        "panel\x00",
        "http://panel",
        "https:panel",
        "file:///etc/passwd",
        "//panel",
        "panel/admin",
        "panel\\admin",
        "panel?x=1",
        "panel#top",
        "panel%2fadmin",
        "user@panel",
        "user:word@panel",
        "panel:8080",
        "[panel]",
        "[::1",
        "::1]",
        "[::1]:80",
        "fe80::1%eth0",
        "panel..local",
        ".panel",
        "-panel",
        "pänel",
        "panel\u2024local",
        "\uff11\uff10.0.0.5",
        "0177.0.0.1",
        "xn--",
        "xn--a-b.local",
        "192.168.1.256",
        "1.2.3.00004",
        "x" * 64,
        "x." * 127 + "x",
        "x" * 100_000,
    ],
    ids=lambda host: repr(host[:24]),
)
async def test_r33_a_host_that_is_more_or_less_than_a_host_is_refused_before_anything_is_sent(street, host) -> None:
    connected: list[str] = []

    def connect(host, port, access_token):
        connected.append(host)
        return street.connect(host, port, access_token)

    async with Registry(replace(street.world, connect=connect)) as registry:
        answer = await registry.add(host, 80, None, None)

    assert isinstance(answer, PanelAddressRefused)
    assert answer.field == "host"
    assert answer.message.isprintable()
    assert len(answer.message) < 300
    assert connected == []


@pytest.mark.parametrize("port", [22, 25, 6000, 6667])
async def test_r33_a_port_of_another_protocol_is_refused_before_anything_is_sent(street, port) -> None:
    connected: list[int] = []

    def connect(host, port, access_token):
        connected.append(port)
        return street.connect(host, port, access_token)

    async with Registry(replace(street.world, connect=connect)) as registry:
        answer = await registry.add(HOST, port, None, None)

    assert isinstance(answer, PanelAddressRefused)
    assert answer.field == "port"
    assert answer.message == (
        f"port {port} is where another protocol listens than HTTP, which browsers do not ask either; real panels listen"
        " on 80"
    )
    assert connected == []


OTHERS = [
    SpanPanelConnectionError("panel 10.0.0.5 cannot be reached at /status (ConnectError); check power and network"),
    SpanPanelTimeoutError("panel 10.0.0.5 did not finish its answer at /status within 5 s; check power and network"),
    SpanPanelAnswerError("panel 10.0.0.5 answered nonsense at /status (200): the body is not JSON", 200),
    SpanPanelAuthError("panel 10.0.0.5 refused our token at /status (401); register again", 401),
    SpanPanelServerError("panel 10.0.0.5 failed at /status (500) (it says: root:x:0:0)", 500),
    SpanPanelAPIError("panel 10.0.0.5 has no /status (404)", 404),
]


async def test_r33_nobody_learns_from_the_answer_what_listens_at_an_address(registry, street) -> None:
    stranger, said = street.build(), set()
    for error in OTHERS:
        stranger.fault = error
        said.add(repr(await registry.add(HOST, 80, None, None)))
    stranger.fault, stranger.delay_s = None, 1e6
    said.add(repr(await registry.add(HOST, 80, None, None)))
    stranger.delay_s, stranger.snapshot_now = 0.0, a_snapshot(serial="")
    said.add(repr(await registry.add(HOST, 80, None, None)))

    text = f"nothing at {HOST}:80 answered as a SPAN panel with API v1; check address, power and network"
    assert said == {repr(PanelUnreachable(message=text))}


async def test_r33_the_log_tells_the_operator_what_the_answer_does_not(registry, street) -> None:
    street.build().fault = OTHERS[0]
    with structlog.testing.capture_logs() as lines:
        await registry.add(HOST, 80, None, None)

    assert [(line["event"], line["reason"]) for line in lines] == [("panel.not_met", str(OTHERS[0]))]


async def test_a_panel_that_told_who_it_is_is_told_of_in_full(registry, street) -> None:
    street.build().is_locked = SpanPanelLockedError("panel 10.0.0.5 is locked; press the door button three times", 403)
    answer = await registry.add(HOST, 80, None, None)

    assert isinstance(answer, PanelLocked)
    assert "three times" in answer.message
