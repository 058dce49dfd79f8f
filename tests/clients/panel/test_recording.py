"""What a capture holds, and what it must never hold."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import httpx
import orjson
import pytest

from clients.panel import SpanPanelClient
from clients.panel.capture import CaptureWriter
from clients.panel.exceptions import SpanPanelAnswerError, SpanPanelError
from clients.panel.recording import Exchange, RecordingTransport
from clients.panel.redaction import Redaction

TOKEN = "eyJ0b2tlbg.canary.c2VjcmV0"
SERIAL = "nj-2316-0a1b2"


def status(serial: str = SERIAL) -> Exchange:
    body = orjson.dumps({"system": {"serial": serial}, "note": TOKEN})
    return Exchange("GET", "/api/v1/status", 200, {"location": f"http://{serial}.local"}, body)


def writer(stream: io.BytesIO, *, new_serial: str | None = None, max_bytes: int = 10_000) -> CaptureWriter:
    redaction = Redaction(serial=SERIAL, token=TOKEN, new_serial=new_serial)
    made = CaptureWriter(stream, redaction, max_bytes=max_bytes, monotonic=lambda: 5.0)
    made.begin(datetime(2026, 6, 21, tzinfo=UTC), 1.0)
    return made


def kept(exchange: Exchange, **options):
    stream = io.BytesIO()
    writer(stream, **options).keep(exchange)
    _, line = stream.getvalue().splitlines()
    return json.loads(line)


def test_r35_no_token_is_written():
    assert TOKEN not in json.dumps(kept(status()))


def test_the_serial_is_replaced_everywhere_on_request():
    stream = io.BytesIO()
    writer(stream, new_serial="sp-example").keep(status())

    assert SERIAL.encode() not in stream.getvalue()
    assert stream.getvalue().count(b"sp-example") == 3


def test_the_serial_stays_otherwise():
    assert kept(status())["headers"]["location"] == f"http://{SERIAL}.local"


def test_a_panel_that_was_swapped_is_renamed_too():
    line = kept(status(serial="nj-9999-swapped"), new_serial="sp-example")

    assert json.loads(line["body"])["system"]["serial"] == "sp-example-2"


def test_networks_lose_their_names_and_addresses():
    points = [{"ssid": "The Millers", "bssid": "aa:bb:cc:dd:ee:ff", "signal": -40}]
    exchange = Exchange("GET", "/api/v1/wifi/scan", 200, {}, orjson.dumps({"accessPoints": points}))

    (shown,) = json.loads(kept(exchange)["body"])["accessPoints"]

    assert shown == {"ssid": "network-1", "bssid": "02:00:00:00:00:01", "signal": -40}


@pytest.mark.parametrize("body", [b"<html>The Millers", b"[]", b'{"accessPoints": ["The Millers"]}', b"null"])
def test_a_network_list_that_nobody_understands_is_hidden(body):
    assert kept(Exchange("GET", "/api/v1/wifi/scan", 200, {}, body))["body"] == "[redacted]"


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_answers_to_changes_are_not_kept(method):
    stream = io.BytesIO()
    writer(stream).keep(Exchange(method, "/api/v1/auth/register", 200, {}, b'{"accessToken": "x"}'))

    assert len(stream.getvalue().splitlines()) == 1


def test_a_body_that_is_no_text_is_kept_all_the_same():
    assert kept(Exchange("GET", "/api/v1/panel", 200, {}, b"\xff"))["body_base64"] == "/w=="


def test_a_full_capture_takes_no_more_and_stays_whole():
    stream = io.BytesIO()
    full = writer(stream, max_bytes=600)
    for _ in range(9):
        full.keep(status())

    assert full.is_full
    assert len(stream.getvalue()) == full.written_bytes <= 600
    assert len([json.loads(line) for line in stream.getvalue().splitlines()]) == full.answers + 1


async def dripping(*chunks: bytes):
    """A body that arrives piece by piece, as over a socket."""
    for chunk in chunks:
        yield chunk


async def polled(handler) -> list[Exchange]:
    seen: list[Exchange] = []
    transport = RecordingTransport(seen.append, httpx.MockTransport(handler))
    async with SpanPanelClient("panel", access_token=TOKEN, transport=transport) as client:
        try:
            await client.get_power()
        except SpanPanelError as error:
            assert not isinstance(error, SpanPanelAnswerError) or error.status_code  # noqa: PT017
    return seen


async def test_an_answer_is_kept_as_it_came():
    headers = {"content-type": "text/html", "retry-after": "3", "server": "nginx", "set-cookie": "a=b"}
    (seen,) = await polled(lambda _: httpx.Response(503, headers=headers, content=dripping(b"<html>", b"busy")))

    assert (seen.method, seen.path, seen.status, seen.body) == ("GET", "/api/v1/panel/power", 503, b"<html>busy")
    assert seen.headers == {"content-type": "text/html", "retry-after": "3"}


async def test_a_body_that_is_not_read_to_its_end_is_not_kept():
    assert await polled(lambda _: httpx.Response(200, content=dripping(*[b"x" * 1_000_000] * 3))) == []
