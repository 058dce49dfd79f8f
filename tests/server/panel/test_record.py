"""Recording the emulator in virtual time, and replaying it: the same bytes come back."""

from __future__ import annotations

import asyncio
import io
import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from clients.panel import SpanPanelClient
from clients.panel.capture import CaptureWriter
from clients.panel.recording import Exchange, RecordingTransport
from clients.panel.redaction import Redaction
from emulator import transport
from emulator.panel import EmulatedPanel
from emulator.recording.replay import replayed_panel
from server.panel.record import PanelRecorder, Plan
from tests.fakes import VIRTUAL_TIME

TOLD_TWICE = "/api/v1/wifi/scan"  # its names are replaced


@pytest.fixture
def anyio_backend():
    return VIRTUAL_TIME


class Recording:
    """A capture of the house, and each answer as it was on the wire."""

    def __init__(self, plan: Plan, *, max_bytes: int = 10_000_000, inner: httpx.AsyncBaseTransport | None = None):
        self.now = asyncio.get_running_loop().time
        self.panel = EmulatedPanel.create("house-32", seed=3, monotonic=self.now)
        token = self.panel.clients.register("recorder", None, 0).token
        self.file = io.BytesIO()
        redaction = Redaction(serial=self.panel.device.serial, token=token)
        self.writer = CaptureWriter(self.file, redaction, max_bytes=max_bytes, monotonic=self.now)
        self.wire: list[tuple[float, Exchange]] = []
        self.began = self.now()
        recording = RecordingTransport(self.keep, inner or transport(self.panel))
        self.client = SpanPanelClient(
            "house",
            cache_window=0.5,
            access_token=token,
            transport=recording,
            monotonic=self.now,
        )
        self.recorder = PanelRecorder(self.client, self.writer, plan, monotonic=self.now, sleep=asyncio.sleep)

    def keep(self, exchange: Exchange) -> None:
        self.wire.append((self.now() - self.began, exchange))
        self.writer.keep(exchange)

    async def run(self) -> None:
        start = datetime.fromtimestamp(self.panel.clock.tick(), UTC)
        self.writer.begin(start, 1.0)
        async with self.client:
            await self.recorder.run(lambda: None)


async def test_a_capture_of_the_emulator_replays_to_the_same_bytes(tmp_path: Path) -> None:
    made = Recording(Plan(polls=20))
    await made.run()
    path = tmp_path / "capture.jsonl"
    path.write_bytes(made.file.getvalue())
    panel = replayed_panel(path, speed=0.0)
    headers = {"Authorization": f"Bearer {panel.clients.register('tests', None, 0).token}"}
    began, compared = panel.clock.tick(), 0

    async with httpx.AsyncClient(transport=transport(panel), base_url="http://panel", headers=headers) as client:
        for at_s, told in made.wire:
            panel.clock.jump(began + int(at_s))
            again = await client.get(told.path)
            if told.path != TOLD_TWICE:
                assert (again.status_code, again.content) == (told.status, told.body)
                assert again.headers["content-type"] == told.headers["content-type"]
                compared += 1

    assert compared == 20 * 9
    assert len({told.body for _, told in made.wire if told.path == "/api/v1/panel"}) == 20


async def test_polls_keep_even_distances():
    made = Recording(Plan(every_s=30, polls=4))
    await made.run()

    assert [at_s for at_s, told in made.wire if told.path == "/api/v1/status"] == [0, 30, 60, 90]
    assert made.recorder.ended == "polls"


async def test_it_ends_when_the_time_is_over():
    made = Recording(Plan(every_s=10, for_s=60))
    await made.run()

    assert (made.recorder.polls, made.recorder.ended) == (7, "time")


async def test_it_ends_when_the_file_is_full():
    made = Recording(Plan(), max_bytes=100_000)
    await made.run()

    assert made.recorder.ended == "size"
    assert len(made.file.getvalue()) <= 100_000


async def test_what_fails_is_recorded_and_a_lost_panel_is_a_gap() -> None:
    statuses_asked = itertools.count()

    async def oops() -> AsyncIterator[bytes]:
        yield b"oops"

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/status") and next(statuses_asked) == 1:
            raise httpx.ConnectError("gone")
        return httpx.Response(500, content=oops())

    made = Recording(Plan(polls=3), inner=httpx.MockTransport(handler))
    await made.run()

    statuses = [told.status for _, told in made.wire]
    assert statuses == [500] * (1 + 9 + 9)
    assert made.recorder.failures == len(statuses) + 1
