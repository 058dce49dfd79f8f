from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.rest.plant.face import running


@pytest.fixture
async def face(tmp_path: Path):
    async with running(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
async def slow(tmp_path_factory: pytest.TempPathFactory):
    """One plant for all tests of a module, in which a simulated second takes a real one."""
    async with running(tmp_path_factory.mktemp("slow"), 1.0) as opened:
        yield opened
