from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.rest.cells.face import Face, running


@pytest.fixture
async def face(tmp_path: Path):
    async with running(tmp_path / "data") as opened:
        yield opened


@pytest.fixture(scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory):
    """One server for all tests of a module, those that do not mind what the others left."""
    async with running(tmp_path_factory.mktemp("shared") / "data") as opened:
        yield opened


@pytest.fixture
async def instance_id(face: Face) -> str:
    return str((await face.instance())["id"])
