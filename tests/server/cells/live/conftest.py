"""A running test."""

from __future__ import annotations

import pytest

from clients.cells.models import CellMeasurement


@pytest.fixture
async def recording(bench) -> CellMeasurement:
    started = await bench.lab.recordings.start(bench.instance_id, {"name": "running", "protocol": {"name": "p"}})
    assert isinstance(started, CellMeasurement)
    return started
