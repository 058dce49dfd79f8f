from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.web.packages import workshop


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """A folder of this test's own with the scripts and the npm packages; skips where they cannot be had."""
    folder = tmp_path / "web"
    folder.mkdir()
    return workshop(folder)
